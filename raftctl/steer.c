/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/steer.h"

#include "base/units.h"
#include "raftctl/leaderless.h"
#include "raftctl/patience.h"
#include "raftctl/stop.h"

#include <stdio.h>

#define PAUSE_NS (100 * NS_PER_MS)

/* ctl with what is left of its time, and that endpoint first (NULL: the given ones alone). */
static void aim(struct ctl *to, const struct ctl *ctl, const struct endpoint *first,
                uint64_t deadline_ns)
{
    uint64_t now_ns = conn_now_ns();
    *to = *ctl;
    to->timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1;
    if (first == NULL)
        return;
    to->endpoints[0] = *first;
    to->endpoints_count = 1;
    for (size_t i = 0; i < ctl->endpoints_count && to->endpoints_count < CTL_ENDPOINTS_MAX; i++)
        to->endpoints[to->endpoints_count++] = ctl->endpoints[i];
}

/* Where a member says that it listens for clients. */
static bool address_of(const struct ctl *ctl, const struct survey *s, const char *name,
                       struct endpoint *ret)
{
    const struct survey_row *row = survey_find(s, name);
    struct err ignored;
    return row != NULL && row->member.address[0] != '\0' &&
           endpoint_member(&ctl->endpoints[0], name, row->member.address, ret, &ignored) == 0;
}

/* Nothing was done, and it may be otherwise in a moment. */
static bool passes(const struct failure *f)
{
    static const char *const names[] = {"NOTLEADER", "NOLEADER", "INPROGRESS", "NOTCAUGHTUP"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(f->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Who leads. Nodes that are silent take a quarter of the time that is left, and not all of it; if
 * none has answered by then, more. */
static enum ctl_exit look(const struct ctl *ctl, uint64_t deadline_ns, struct survey *ret,
                          struct failure *f)
{
    for (;;) {
        uint64_t began_ns = conn_now_ns();
        uint64_t left_ns = deadline_ns > began_ns ? deadline_ns - began_ns : 0;
        uint64_t until_ns = began_ns + left_ns / 4;
        enum ctl_exit exit = ask_survey(ctl, until_ns, ret, f);
        bool early = conn_now_ns() < until_ns, late = left_ns < 8 * PAUSE_NS;
        if (exit == CTL_OK || early || late || stop_asked())
            return exit;
    }
}

/* A minute without a word looks as if it hung. Once: the reasons may be others at every look. */
static void say_leaderless(const struct ctl *ctl, const struct survey *before, uint64_t from_ns,
                           bool *said)
{
    char text[2 * FAILURE_TEXT_MAX + 2]; /* what, ": ", why */
    struct failure f;
    if (survey_leads(before) || *said || conn_now_ns() < from_ns)
        return;
    leaderless_set(&f, before);
    (void)snprintf(text, sizeof(text), "%s: %s", f.what, f.why);
    print_waits(ctl, text);
    *said = true;
}

static enum ctl_exit ask_leader(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                                size_t argc, struct answer *ret, struct survey *ret_before,
                                uint64_t *ret_took_ns, struct failure *f)
{
    static struct ctl aimed; /* large, and there is one */
    struct patience patience = patience_new(ctl);
    uint64_t deadline_ns = patience.deadline_ns, from_ns = conn_now_ns() + PATIENCE_SILENT_NS;
    bool said = false, told = false;
    for (;;) {
        struct endpoint leader;
        struct failure silence;
        (void)patience_begin(&patience);
        enum ctl_exit exit = look(ctl, deadline_ns, ret_before, &silence);
        if (exit != CTL_OK) {
            /* What was said before, if anything, says more than that the time was up. */
            *f = said ? *f : silence;
            return f->exit;
        }
        said = true;
        if (survey_leads(ret_before)) {
            bool known = address_of(ctl, ret_before, ret_before->cluster.leader, &leader);
            aim(&aimed, ctl, known ? &leader : NULL, deadline_ns);
            uint64_t began_ns = conn_now_ns();
            exit = ask_cluster(&aimed, kind, argv, argc, ret, f);
            *ret_took_ns = conn_now_ns() - began_ns;
        } else {
            leaderless_set(f, ret_before);
            exit = f->exit;
        }
        if (exit == CTL_OK || !passes(f))
            return exit;
        if (ctl->refused != NULL)
            ctl->refused(ctl->of_meanwhile, ret_before);
        if (!patience_again(&patience))
            return exit;
        say_leaderless(ctl, ret_before, from_ns, &told);
    }
}

/* What ^C cut short before it was sent is not done, whoever was there. */
static enum ctl_exit let_go(enum ctl_exit exit, struct failure *f)
{
    stop_let_go();
    if (exit != CTL_UNREACHABLE || !stop_asked())
        return exit;
    failure_set(f, CTL_INTERRUPTED, "CANCELLED", "cancelled: nothing was sent");
    return f->exit;
}

/* Once a change is sent, ^C ends the wait for it, and what may go on is told. */
enum ctl_exit steer_leader(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                           size_t argc, struct answer *ret, struct survey *ret_before,
                           uint64_t *ret_took_ns, struct failure *f)
{
    if (kind == ASK_READ)
        return ask_leader(ctl, kind, argv, argc, ret, ret_before, ret_took_ns, f);
    stop_catch();
    return let_go(ask_leader(ctl, kind, argv, argc, ret, ret_before, ret_took_ns, f), f);
}

/* Whether what came over it is the status of that node. */
static bool is_node(const struct conn *c, const char *name)
{
    static struct status_doc doc; /* large, and there is one */
    struct err ignored;
    const struct resp_value *value = c->reply == NULL ? NULL : resp_bare(c->reply);
    return value != NULL && value->kind == RESP_BULK &&
           status_doc_parse(value->text, &doc, &ignored) == 0 && strcmp(doc.node.name, name) == 0;
}

/* Takes out those that have answered or failed, closed; the place of the one that is the node, or
 * -1. */
static int take_answers(struct conn **waiting, size_t *count, const struct conn *conns,
                        const char *name)
{
    size_t kept = 0;
    int found = -1;
    for (size_t i = 0; i < *count; i++) {
        struct conn *c = waiting[i];
        bool silent = c->reply == NULL && c->failed.code == 0;
        if (silent)
            waiting[kept++] = c;
        else if (is_node(c, name))
            found = (int)(c - conns);
    }
    *count = kept;
    return found;
}

bool steer_endpoint(const struct ctl *ctl, const char *name, bool socket_only, uint64_t deadline_ns,
                    struct endpoint *ret)
{
    const struct span status[] = {span_str("RAFT"), span_str("STATUS")};
    static struct conn conns[CTL_ENDPOINTS_MAX]; /* large, and there is one of each */
    struct conn *waiting[CTL_ENDPOINTS_MAX] = {NULL};
    size_t count = 0;
    int found = -1;
    for (size_t i = 0; i < ctl->endpoints_count; i++) {
        conn_open(&conns[i], &ctl->endpoints[i]);
        conn_ask(&conns[i], status, ARRAY_LEN(status));
        if (!socket_only || ctl->endpoints[i].is_unix)
            waiting[count++] = &conns[i];
    }
    while (found < 0 && count > 0 && conn_now_ns() < deadline_ns && !stop_asked()) {
        conn_turn(waiting, count, deadline_ns);
        found = take_answers(waiting, &count, conns, name);
    }
    if (found >= 0)
        *ret = ctl->endpoints[found];
    for (size_t i = 0; i < ctl->endpoints_count; i++)
        conn_close(&conns[i]);
    return found >= 0;
}

/* Where it is among the endpoints takes a quarter of the time at most, where the others say that it
 * listens another one: half is left for the question. */
enum ctl_exit steer_find(const struct ctl *ctl, const char *name, struct ctl *ret,
                         struct failure *f)
{
    static struct survey survey; /* large, and there is one */
    uint64_t began_ns = conn_now_ns(), deadline_ns = began_ns + ctl->timeout_ns;
    *ret = *ctl;
    ret->endpoints_count = 1;
    if (!steer_endpoint(ctl, name, false, began_ns + ctl->timeout_ns / 4, &ret->endpoints[0])) {
        if (ask_survey(ctl, began_ns + ctl->timeout_ns / 2, &survey, f) != CTL_OK)
            return f->exit;
        if (!address_of(ctl, &survey, name, &ret->endpoints[0])) {
            bool known = survey_find(&survey, name) != NULL;
            failure_set(f, known ? CTL_UNREACHABLE : CTL_NO, known ? "UNREACHABLE" : "NOSUCHMEMBER",
                        "nobody knows where %s is", name);
            failure_why(f, "no endpoint is it, and it is no member that told its address");
            failure_fix(f, "raftctl member list   or name one of its endpoints with -e");
            return f->exit;
        }
    }
    uint64_t now_ns = conn_now_ns();
    ret->timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1;
    return CTL_OK;
}

enum ctl_exit steer_ask(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                        size_t argc, struct answer *ret, struct failure *f)
{
    if (kind == ASK_READ)
        return ask_cluster(ctl, kind, argv, argc, ret, f);
    stop_catch();
    return let_go(ask_cluster(ctl, kind, argv, argc, ret, f), f);
}

enum ctl_exit steer_node(const struct ctl *ctl, const char *name, enum ask_kind kind,
                         const struct span *argv, size_t argc, struct answer *ret,
                         struct failure *f)
{
    static struct ctl aimed; /* large, and there is one */
    enum ctl_exit exit = steer_find(ctl, name, &aimed, f);
    return exit == CTL_OK ? steer_ask(&aimed, kind, argv, argc, ret, f) : exit;
}

enum ctl_exit steer_failed(const struct ctl *ctl, struct failure *f)
{
    if (f->exit == CTL_UNKNOWN)
        failure_fix(f, "see what became of it: raftctl status   or   raftctl member list");
    return print_failure(ctl, f);
}
