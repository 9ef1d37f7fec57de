/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/ask.h"

#include "base/units.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIX_PEERPORT "-e with that address, or with the admin socket"

/* The codes an error reply may begin with, and what they mean for the exit code. Every other code
 * is a refusal: asking again changes nothing. */
static const struct code_row {
    const char *code;
    enum ctl_exit exit;
    const char *fix;
} codes[] = {
    {"NOLEADER", CTL_TRY_AGAIN, "raftctl wait leader"},
    {"NOTLEADER", CTL_TRY_AGAIN, "raftctl leader"},
    {"BUSY", CTL_TRY_AGAIN, NULL},
    {"TRANSFER", CTL_TRY_AGAIN, "raftctl wait leader"},
    {"NOSPACE", CTL_TRY_AGAIN, NULL},
    {"STALE", CTL_TRY_AGAIN, "raftctl wait leader, then again   or   another node with -e"},
    {"NOTDATA", CTL_TRY_AGAIN, NULL},
    {"PEERPORT", CTL_UNREACHABLE, FIX_PEERPORT},
    {"NOTMEMBER", CTL_TRY_AGAIN, "name a member with -e; who they are: raftctl member list"},
    {"ABORTED", CTL_TRY_AGAIN, NULL},
    {"INPROGRESS", CTL_TRY_AGAIN, "raftctl member list"},
    {"CONFLICT", CTL_TRY_AGAIN, "raftctl member list"},
    {"NOTCAUGHTUP", CTL_TRY_AGAIN, "raftctl status"},
    {"TIMEOUT", CTL_TRY_AGAIN, "raftctl status"},
    {"CHANGED", CTL_TRY_AGAIN, "raftctl leader"},
    {"QUORUMGUARD", CTL_NO,
     "raftctl health says who is missing: bring them back or replace them first   or   the same "
     "with --dry-run"},
    {"QUORUMALIVE", CTL_NO, "raftctl health; who is lost: raftctl member replace"},
    {"BEHIND", CTL_NO, "raftctl recover --survivor with that one's name, on its host"},
    {"LASTVOTER", CTL_NO, "raftctl member list"},
    {"TOOSLOW", CTL_NO, "the same again, later"},
    {"NOPROGRESS", CTL_NO, "raftctl status, then the same again"},
    {"NOSUCHMEMBER", CTL_NO, "who they are: raftctl member list"},
    {"NOTARGET", CTL_NO, "raftctl member list"},
    {"UNKNOWN", CTL_UNKNOWN, NULL},
    {"NOPERM", CTL_NOT_PERMITTED, NULL},
    {"NOAUTH", CTL_NOT_PERMITTED, NULL},
};

static const struct code_row *find_code(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (strcmp(codes[i].code, name) == 0)
            return &codes[i];
    }
    return NULL;
}

enum ctl_exit ask_explain(const struct conn *c, struct span text, struct failure *f)
{
    const char *space = text.len == 0 ? NULL : memchr(text.data, ' ', text.len);
    size_t name_len = space == NULL ? text.len : (size_t)(space - text.data);
    char name[FAILURE_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%.*s", (int)name_len, text.data);
    const struct code_row *row = find_code(name);
    size_t skip = space == NULL ? 0 : name_len + 1;
    failure_set(f, row == NULL ? CTL_NO : row->exit, name, "%.*s", (int)(text.len - skip),
                text.data + skip);
    failure_why(f, "that is the answer of %s", c->to.text);
    if (row != NULL && row->fix != NULL)
        failure_fix(f, "%s", row->fix);
    return f->exit;
}

static enum ctl_exit explain_unreached(const struct ctl *ctl, const struct err *e,
                                       struct failure *f)
{
    failure_set(f, CTL_UNREACHABLE, "UNREACHABLE", "no node answered (%zu asked)",
                ctl->endpoints_count);
    failure_why(f, "%s", e->text);
    if (strstr(e->text, "PEERPORT") != NULL)
        failure_fix(f, FIX_PEERPORT);
    else if (e->code == -E_TIMEOUT || strstr(e->text, "connection closed") != NULL)
        failure_fix(f, "is that the port of clients, or the admin socket, of a node that runs?");
    else
        failure_fix(f, "name a node that runs with -e, or start one");
    return f->exit;
}

/* Something was sent, and nobody knows what became of it. */
static void set_doubt(struct failure *f, const struct conn *c, enum ask_kind kind,
                      const char *within)
{
    char end[64] = "the connection was lost";
    if (c->error_number == ECANCELED)
        (void)snprintf(end, sizeof(end), "it was ended before the reply");
    else if (c->failed.code == -E_TIMEOUT)
        (void)snprintf(end, sizeof(end), "no reply within %s", within);
    failure_set(f, CTL_UNKNOWN, "UNKNOWN", "outcome unknown: %s; %s", end,
                kind == ASK_WRITE ? "the write may or may not be applied"
                                  : "it may or may not be done, now or later");
}

static enum ctl_exit explain_silence(const struct ctl *ctl, const struct conn *c,
                                     enum ask_kind kind, struct failure *f)
{
    char timeout[UNITS_TEXT_MAX];
    /* A rest of the time that was given: whole tenths of a second are enough, or milliseconds. */
    const uint64_t grain = ctl->timeout_ns > NS_PER_S ? 100 * NS_PER_MS : NS_PER_MS;
    uint64_t left = (ctl->timeout_ns + grain - 1) / grain * grain;
    const char *within = units_print_duration(left, timeout);
    if (kind == ASK_READ)
        failure_set(f, CTL_UNKNOWN, "TIMEOUT", "no reply within %s", within);
    else
        set_doubt(f, c, kind, within);
    failure_why(f, "%s took the request and did not answer it (%s)", c->to.text, c->failed.text);
    failure_fix(f, kind == ASK_WRITE ? "read the key back: raftctl get KEY" : "raftctl status");
    return f->exit;
}

/* What is said on the connection first. False: the node refuses it, and *f says why; silence shows
 * when the question is asked. */
static bool say_before(struct conn *c, const struct ctl *ctl, enum ask_kind kind, uint64_t reply_ns,
                       struct failure *f)
{
    const struct span mode[] = {span_str("RAFT"), span_str("READMODE"),
                                span_str(ctl->consistency != NULL ? ctl->consistency : "")};
    const struct ctl_words say_mode = {mode, ARRAY_LEN(mode)};
    bool moded = kind == ASK_READ && ctl->consistency != NULL;
    for (size_t i = 0; i < ctl->before_count + moded; i++) {
        const struct ctl_words *words = i < ctl->before_count ? &ctl->before[i] : &say_mode;
        conn_ask(c, words->argv, words->argc);
        conn_wait(&c, 1, reply_ns);
        if (c->reply != NULL && resp_bare(c->reply)->kind == RESP_ERROR) {
            (void)ask_explain(c, resp_bare(c->reply)->text, f);
            return false;
        }
    }
    return true;
}

#define MEANWHILE_NS NS_PER_S

/* Until the reply is there, or the time is up; whoever wants to looks around meanwhile. */
static void wait_reply(const struct ctl *ctl, struct conn *c, uint64_t reply_ns)
{
    while (ctl->meanwhile != NULL && c->reply == NULL && c->failed.code == 0 && !stop_asked()) {
        uint64_t until_ns = conn_now_ns() + MEANWHILE_NS;
        if (until_ns >= reply_ns)
            break;
        conn_turn(&c, 1, until_ns);
        if (c->reply == NULL && c->failed.code == 0 && !stop_asked())
            ctl->meanwhile(ctl->of_meanwhile, reply_ns);
    }
    conn_wait(&c, 1, reply_ns);
}

/* Asks one endpoint. CTL_UNREACHABLE: the request has not left. */
static enum ctl_exit ask_one(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                             size_t argc, uint64_t connect_ns, uint64_t reply_ns,
                             struct answer *ret, struct failure *f)
{
    struct conn *c = &ret->conn;
    conn_wait_connected(c, connect_ns);
    if (!say_before(c, ctl, kind, reply_ns, f))
        return f->exit;
    conn_ask(c, argv, argc);
    wait_reply(ctl, c, reply_ns);
    if (c->reply != NULL) {
        ret->value = resp_bare(c->reply);
        if (ret->value->kind == RESP_ERROR)
            return ask_explain(c, ret->value->text, f);
        return CTL_OK;
    }
    if (c->sent)
        return explain_silence(ctl, c, kind, f);
    return explain_unreached(ctl, &c->failed, f);
}

bool ask_counts_less(const struct failure *f)
{
    return f->exit == CTL_UNREACHABLE || strcmp(f->name, "NOTMEMBER") == 0;
}

/* Whether another endpoint may be asked the same without doing it twice. */
static bool may_go_on(enum ask_kind kind, enum ctl_exit exit)
{
    return exit == CTL_UNREACHABLE || exit == CTL_TRY_AGAIN ||
           (exit == CTL_UNKNOWN && kind == ASK_READ);
}

enum ctl_exit ask_cluster(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                          size_t argc, struct answer *ret, struct failure *f)
{
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    enum ctl_exit worst = CTL_OK;
    ret->session[0] = '\0';
    for (size_t i = 0; i < ctl->endpoints_count; i++) {
        uint64_t now_ns = conn_now_ns();
        uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        uint64_t share_ns = now_ns + left_ns / (ctl->endpoints_count - i);
        struct failure here;
        conn_open(&ret->conn, &ctl->endpoints[i]);
        enum ctl_exit exit = ask_one(ctl, kind, argv, argc, share_ns,
                                     kind == ASK_READ ? share_ns : deadline_ns, ret, &here);
        if (exit == CTL_OK)
            return CTL_OK;
        conn_close(&ret->conn);
        bool more = worst != CTL_OK && ask_counts_less(f) && exit != CTL_UNREACHABLE;
        if (worst == CTL_OK || worst == CTL_UNREACHABLE || more || !may_go_on(kind, exit)) {
            worst = exit;
            *f = here;
        }
        if (!may_go_on(kind, exit))
            break;
    }
    ASSERT(worst != CTL_OK);
    return worst;
}

void ask_close(struct answer *a)
{
    const struct span words[] = {span_str("RAFT"), span_str("SESSION"), span_str("CLOSE"),
                                 span_str(a->session)};
    if (a->session[0] != '\0' && a->conn.reply != NULL)
        conn_tell(&a->conn, words, ARRAY_LEN(words));
    conn_close(&a->conn);
}

enum ctl_exit ask_survey(const struct ctl *ctl, uint64_t deadline_ns, struct survey *ret,
                         struct failure *f)
{
    struct err e = {0};
    if (survey_take(ctl->endpoints, ctl->endpoints_count, deadline_ns, ret, &e) < 0)
        return explain_unreached(ctl, &e, f);
    return CTL_OK;
}

enum ctl_exit ask_surprised(const struct answer *a, struct failure *f)
{
    failure_set(f, CTL_INTERNAL, "INTERNAL", "%s answered with a %s", a->conn.to.text,
                resp_kind_name(a->value->kind));
    failure_fix(f, "is this a raftd of the same version? raftctl status");
    return f->exit;
}
