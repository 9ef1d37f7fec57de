/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl watch: the changes of keys that begin so, as they come; over nodes that go away. */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/program.h"
#include "raftctl/reply.h"
#include "raftctl/stop.h"

#include <stdio.h>
#include <stdlib.h>

#define PAUSE_NS (200 * NS_PER_MS)

const struct form form_watch = {.line = "{event} {rev}[ {key}][ {value}]",
                                .plain = "{event}\t{rev}\t{key|}\t{value|}",
                                .schema = "event:s rev:n key?:k value?:k"};

/* A stream of changes. */
struct watching {
    const struct ctl *ctl;
    uint64_t next_rev; /* 0: from now on */
    uint64_t left;     /* events still to be shown; UINT64_MAX: no end */
    uint64_t end_ns;   /* when it is over, if --timeout was said; UINT64_MAX: never */
    enum ctl_exit exit;
    char refusal[FAILURE_TEXT_MAX]; /* why the last node asked does not tell of changes */
};

static bool over(const struct watching *w)
{
    return w->left == 0 || w->exit != CTL_OK || stop_asked() || conn_now_ns() >= w->end_ns;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* The command of the line, with the event in its environment, which is left as it was. */
static enum ctl_exit run_command(const struct ctl *ctl, const char *event, const struct buf *key,
                                 const struct buf *value, uint64_t rev)
{
    char rev_text[24];
    (void)snprintf(rev_text, sizeof(rev_text), "%llu", (unsigned long long)rev);
    const char *const words[][2] = {{"RAFTCTL_EVENT", event},
                                    {"RAFTCTL_REV", rev_text},
                                    {"RAFTCTL_KEY", buf_str(key)},
                                    {"RAFTCTL_VALUE", buf_str(value)}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        (void)setenv(words[i][0], words[i][1], 1);
    int code = program_run(ctl->command[0], ctl->command);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        (void)unsetenv(words[i][0]);
    if (code >= 0)
        return CTL_OK;
    struct failure f;
    failure_set(&f, CTL_NO_INPUT, "COMMAND", "%s: %s", ctl->command[0], strerror(-code));
    return print_failure(ctl, &f);
}

static const struct resp_value *part(const struct resp_value *change, size_t i)
{
    return i < change->count ? resp_bare(resp_child(change, i)) : NULL;
}

static enum ctl_exit show(const struct ctl *ctl, const char *event, uint64_t rev,
                          const struct resp_value *change, const char *endpoint)
{
    struct buf json = {0};
    struct jsonw w;
    bool keyed = strcmp(event, "compacted") != 0 && strcmp(event, "flush") != 0;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "event", event);
    jsonw_kv_u64(&w, "rev", rev);
    if (keyed && part(change, 3) != NULL)
        (void)reply_put_bytes(&w, "key", part(change, 3));
    if (keyed && part(change, 4) != NULL)
        (void)reply_put_bytes(&w, "value", part(change, 4));
    form_put_via(&w, endpoint);
    jsonw_end(&w);
    return form_show(ctl, &form_watch, &json, CTL_OK);
}

static void copy_part(struct buf *out, const struct resp_value *change, size_t i)
{
    const struct resp_value *v = part(change, i);
    if (v != NULL && v->kind == RESP_BULK)
        buf_put(out, v->text.data, v->text.len);
}

/* One message of the stream: watchkey, what, rev and the rest. False: it is none. */
static bool take(struct watching *w, const struct conn *c)
{
    const struct resp_value *change = resp_bare(c->reply), *what = part(change, 1),
                            *rev = part(change, 2);
    char event[16];
    if ((change->kind != RESP_ARRAY && change->kind != RESP_PUSH) || rev == NULL ||
        rev->kind != RESP_INTEGER || what->text.len >= sizeof(event))
        return false;
    uint64_t at = (uint64_t)rev->integer;
    (void)snprintf(event, sizeof(event), "%.*s", (int)what->text.len, what->text.data);
    if (strcmp(event, "start") == 0) {
        w->next_rev = at;
        return true;
    }
    bool gap = strcmp(event, "gap") == 0;
    w->next_rev = gap ? at : at + 1;
    w->exit = show(w->ctl, gap ? "compacted" : event, at, change, c->to.text);
    if (w->ctl->command != NULL && w->exit == CTL_OK && !gap) {
        struct buf key = {0}, value = {0};
        copy_part(&key, change, 3);
        copy_part(&value, change, 4);
        w->exit = run_command(w->ctl, event, &key, &value, at);
        buf_free(&key);
        buf_free(&value);
    }
    w->left -= w->left != UINT64_MAX;
    return true;
}

static void take_refusal(struct watching *w, const struct conn *c)
{
    if (c->reply == NULL) { /* says which node, too */
        (void)snprintf(w->refusal, sizeof(w->refusal), "%s", c->failed.text);
        return;
    }
    struct span error = resp_bare(c->reply)->text;
    (void)snprintf(w->refusal, sizeof(w->refusal), "%s: %.*s", c->to.text, (int)error.len,
                   error.data);
}

/* One connection's share of the stream. Returns whether it began at all: a node that is silent gets
 * its share of the time. */
static bool stream(struct watching *w, const struct endpoint *to)
{
    char from[24];
    struct conn c, *one = &c;
    bool began = false;
    uint64_t share_ns = w->ctl->timeout_ns / w->ctl->endpoints_count;
    (void)snprintf(from, sizeof(from), "%llu", (unsigned long long)w->next_rev);
    const struct span words[] = {span_str("WATCHKEY"),
                                 span_str(w->ctl->argc > 0 ? w->ctl->argv[0] : ""), span_str(from)};
    conn_open(&c, to);
    conn_ask(&c, words, ARRAY_LEN(words));
    conn_wait(&one, 1, earlier(conn_now_ns() + share_ns, w->end_ns));
    while (c.reply != NULL && w->left > 0 && w->exit == CTL_OK && take(w, &c)) {
        began = true;
        while (!over(w) && c.failed.code == 0 &&
               !conn_next(&c, earlier(conn_now_ns() + NS_PER_S, w->end_ns))) {
        }
    }
    if (!began)
        take_refusal(w, &c);
    conn_close(&c);
    return began;
}

static enum ctl_exit time_is_up(const struct watching *w)
{
    struct failure f;
    char within[UNITS_TEXT_MAX];
    const char *count = w->ctl->value[OPT_COUNT];
    if (count == NULL)
        return CTL_OK; /* it was to watch for so long */
    failure_set(&f, CTL_UNKNOWN, "TIMEOUT", "not %s changes within %s: %llu are missing", count,
                units_print_duration(w->ctl->timeout_ns, within), (unsigned long long)w->left);
    failure_fix(&f, "raftctl watch --from-rev %llu goes on from there",
                (unsigned long long)w->next_rev);
    return print_failure(w->ctl, &f);
}

static enum ctl_exit nobody_tells(const struct watching *w)
{
    struct failure f;
    failure_set(&f, CTL_UNREACHABLE, "UNREACHABLE", "no node tells of changes any more");
    failure_why(&f, "%s", w->refusal);
    if (w->next_rev == 0)
        failure_fix(&f, "raftctl watch, once one does");
    else
        failure_fix(&f, "raftctl watch --from-rev %llu, once one does",
                    (unsigned long long)w->next_rev);
    return print_failure(w->ctl, &f);
}

enum ctl_exit cmd_watch(const struct ctl *ctl)
{
    struct watching w = {.ctl = ctl, .left = UINT64_MAX, .end_ns = UINT64_MAX};
    const char *from = ctl->value[OPT_FROM_REV], *count = ctl->value[OPT_COUNT];
    uint64_t silent_since_ns = conn_now_ns();
    bool told = false;
    if ((from != NULL && units_u64(from, UINT64_MAX, &w.next_rev) < 0) ||
        (count != NULL && units_u64(count, UINT64_MAX, &w.left) < 0))
        UNREACHABLE(); /* they are numbers */
    if (ctl->given[OPT_TIMEOUT])
        w.end_ns = silent_since_ns + ctl->timeout_ns;
    for (size_t i = 0; !over(&w); i++) {
        bool tells = stream(&w, &ctl->endpoints[i % ctl->endpoints_count]);
        told |= tells;
        if (tells)
            silent_since_ns = conn_now_ns();
        else if (conn_now_ns() - silent_since_ns >= ctl->timeout_ns)
            break;
        if (!over(&w))
            stop_rest(PAUSE_NS, w.end_ns);
    }
    if (stop_asked())
        return CTL_INTERRUPTED;
    if (w.left == 0 || w.exit != CTL_OK)
        return w.exit;
    /* Watched it was, if not to the end: when the time ends a node may just be away. */
    return told && conn_now_ns() >= w.end_ns ? time_is_up(&w) : nobody_tells(&w);
}
