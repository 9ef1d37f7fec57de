/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl wait: asks again and again until it is so, or time is up. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <stdio.h>

#define PAUSE_NS (50 * NS_PER_MS)
#define LOOK_NS  (2 * NS_PER_S)    /* a member that is silent does not use up all the time */
#define TRUST_NS (500 * NS_PER_MS) /* silence for less than that says nothing */

const struct form form_wait = {.line = "{seen}", .schema = "condition:s seen:s leader:s~ term?:n"};

/* What is waited for. */
struct condition {
    enum { WAIT_LEADER, WAIT_HEALTHY, WAIT_APPLIED, WAIT_MEMBERS, WAIT_NODE } kind;
    uint64_t number;
    char node[LIMIT_NODE_NAME + 1];
    const char *role;
    bool hasty; /* the last look was too short to call a silent node down */
};

static bool read_condition(const char *text, struct condition *ret)
{
    const char *value = strchr(text, '=');
    size_t len = value != NULL ? (size_t)(value - text) : strlen(text);
    struct span name = span_of(text, len);
    if (value == NULL) {
        ret->kind = strcmp(text, "leader") == 0 ? WAIT_LEADER : WAIT_HEALTHY;
        return ret->kind == WAIT_LEADER || strcmp(text, "healthy") == 0;
    }
    value++;
    if (span_equal(name, span_str("node"))) {
        const char *colon = strchr(value, ':');
        size_t node_len = colon != NULL ? (size_t)(colon - value) : 0;
        if (node_len == 0 || node_len > LIMIT_NODE_NAME)
            return false;
        (void)snprintf(ret->node, sizeof(ret->node), "%.*s", (int)node_len, value);
        ret->kind = WAIT_NODE;
        ret->role = colon + 1;
        return verbs_is_choice("leader|follower|candidate|learner|down", ret->role);
    }
    ret->kind = span_equal(name, span_str("applied")) ? WAIT_APPLIED : WAIT_MEMBERS;
    return (ret->kind == WAIT_APPLIED || span_equal(name, span_str("members"))) &&
           units_u64(value, UINT64_MAX, &ret->number) == 0;
}

static size_t count_members(const struct survey *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++)
        count += s->rows[i].is_member;
    return count;
}

/* How far the member is that is furthest behind; 0: one does not answer. */
static uint64_t least_applied(const struct survey *s)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->is_member)
            continue;
        uint64_t applied =
            row->reached && row->node.applied != STATUS_NUMBER_NONE ? row->node.applied : 0;
        least = applied < least ? applied : least;
    }
    return least == UINT64_MAX ? 0 : least;
}

static const char *role_of(const struct survey *s, const char *node, bool hasty)
{
    const struct survey_row *row = survey_find(s, node);
    if (hasty && row != NULL && !row->reached && row->error_number == ETIMEDOUT)
        return "silent";
    if (row == NULL || !row->reached)
        return "down";
    return row->is_member && !row->member.voter ? "learner" : row->node.role;
}

/* Whether it is so; seen says how it is. */
static bool holds(const struct condition *c, const struct survey *s, struct buf *seen)
{
    buf_reset(seen);
    switch (c->kind) {
    case WAIT_LEADER:
        buf_putf(seen, "leader %s", s->cluster.leader[0] != '\0' ? s->cluster.leader : "none");
        return survey_leads(s);
    case WAIT_HEALTHY:
        buf_putf(seen, "%zu of %zu voters well", s->healthy_count, s->voters_count);
        return survey_leads(s) && s->healthy_count == s->voters_count && !s->cluster.joint;
    case WAIT_APPLIED:
        buf_putf(seen, "applied %llu by every member", (unsigned long long)least_applied(s));
        return least_applied(s) >= c->number;
    case WAIT_MEMBERS:
        buf_putf(seen, "%zu members%s", count_members(s), s->cluster.joint ? ", changing" : "");
        return count_members(s) == c->number && !s->cluster.joint;
    case WAIT_NODE:
        buf_putf(seen, "%s is %s", c->node, role_of(s, c->node, c->hasty));
        return strcmp(role_of(s, c->node, c->hasty), c->role) == 0;
    }
    UNREACHABLE();
}

/* seen: how it was when somebody last answered; empty: nobody did, and *unreached says why. */
static enum ctl_exit give_up(const struct ctl *ctl, const struct buf *seen,
                             const struct failure *unreached)
{
    char within[UNITS_TEXT_MAX];
    struct failure failure;
    failure_set(&failure, CTL_UNKNOWN, "TIMEOUT", "%s%s within %s",
                strcmp(ctl->argv[0], "leader") == 0 ? "no " : "not ", ctl->argv[0],
                units_print_duration(ctl->timeout_ns, within));
    if (seen->len > 0)
        failure_why(&failure, "last seen: %s", buf_str(seen));
    else
        failure_why(&failure, "%s", unreached->why);
    failure_fix(&failure, "raftctl status");
    return print_failure(ctl, &failure);
}

static enum ctl_exit show(const struct ctl *ctl, const struct condition *c, const struct survey *s,
                          const struct buf *seen)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "condition", ctl->argv[0]);
    jsonw_kv_string(&w, "seen", buf_str(seen));
    jsonw_kv_text(&w, "leader", s->cluster.leader[0] != '\0' ? s->cluster.leader : NULL);
    if (s->cluster.term != STATUS_NUMBER_NONE)
        jsonw_kv_u64(&w, "term", s->cluster.term);
    form_put_via(&w, s->via);
    jsonw_end(&w);
    struct form form = form_wait;
    form.line = c->kind == WAIT_LEADER ? "{leader}" : form.line;
    return form_show(ctl, &form, &json, CTL_OK);
}

static enum ctl_exit wait_for(const struct ctl *ctl, struct condition *c, struct buf *seen)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    for (;;) {
        uint64_t now_ns = conn_now_ns(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        uint64_t look_ns = left_ns < LOOK_NS ? left_ns : LOOK_NS;
        c->hasty = look_ns < TRUST_NS;
        enum ctl_exit exit = ask_survey(ctl, now_ns + look_ns, &survey, &failure);
        if (exit == CTL_OK && holds(c, &survey, seen))
            return show(ctl, c, &survey, seen);
        if (conn_now_ns() >= deadline_ns || stop_asked())
            return give_up(ctl, seen, &failure);
        stop_rest(PAUSE_NS, deadline_ns);
    }
}

enum ctl_exit cmd_wait(const struct ctl *ctl)
{
    struct condition condition = {0};
    struct failure failure;
    struct buf seen = {0};
    if (!read_condition(ctl->argv[0], &condition)) {
        failure_set(&failure, CTL_USAGE, "USAGE", "wait for what? \"%s\" is not known",
                    ctl->argv[0]);
        failure_fix(&failure, "raftctl wait leader, healthy, applied=N, members=N or "
                              "node=NAME:leader|follower|learner|down");
        return print_failure(ctl, &failure);
    }
    enum ctl_exit exit = wait_for(ctl, &condition, &seen);
    buf_free(&seen);
    return exit;
}
