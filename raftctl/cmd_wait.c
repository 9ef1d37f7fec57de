/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl wait: asks again and again until it is so, or time is up. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/near.h"
#include "raftctl/patience.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAUSE_NS (50 * NS_PER_MS)
#define LOOK_NS  (2 * NS_PER_S)    /* a member that is silent does not use up all the time */
#define TRUST_NS (500 * NS_PER_MS) /* silence for less than that says nothing */
#define AGAIN_NS (5 * NS_PER_S)    /* between two words, if there is another one */

const struct form form_wait = {.line = "{seen}", .schema = "condition:s seen:s leader:s~ term?:n"};

/* What is waited for. */
struct condition {
    enum { WAIT_LEADER, WAIT_HEALTHY, WAIT_APPLIED, WAIT_CAUGHT_UP, WAIT_MEMBERS, WAIT_NODE } kind;
    uint64_t number;                /* entries that may be missing yet, of WAIT_CAUGHT_UP */
    char node[LIMIT_NODE_NAME + 1]; /* of WAIT_CAUGHT_UP: empty if it is about all voters */
    const char *role;
    bool hasty; /* the last look was too short to call a silent node down */
};

/* caught-up or caught-up=N */
static bool read_caught_up(const char *text, struct condition *ret)
{
    static const char word[] = "caught-up";
    const char *rest = text + strlen(word);
    if (strncmp(text, word, strlen(word)) != 0)
        return false;
    ret->kind = WAIT_CAUGHT_UP;
    return *rest == '\0' || (*rest == '=' && units_u64(rest + 1, UINT64_MAX, &ret->number) == 0);
}

/* NAME:ROLE */
static bool read_node(const char *text, struct condition *ret)
{
    size_t len = strcspn(text, ":");
    if (text[len] == '\0' || len == 0 || len > LIMIT_NODE_NAME)
        return false;
    (void)snprintf(ret->node, sizeof(ret->node), "%.*s", (int)len, text);
    ret->kind = WAIT_NODE;
    ret->role = text + len + 1;
    return verbs_is_choice(CTL_ROLES, ret->role) || read_caught_up(ret->role, ret);
}

static bool read_condition(const char *text, struct condition *ret)
{
    const char *value = strchr(text, '=');
    size_t len = value != NULL ? (size_t)(value - text) : strlen(text);
    struct span name = span_of(text, len);
    if (read_caught_up(text, ret))
        return true;
    if (value == NULL) {
        ret->kind = strcmp(text, "leader") == 0 ? WAIT_LEADER : WAIT_HEALTHY;
        return ret->kind == WAIT_LEADER || strcmp(text, "healthy") == 0;
    }
    if (span_equal(name, span_str("node")))
        return read_node(value + 1, ret);
    ret->kind = span_equal(name, span_str("applied")) ? WAIT_APPLIED : WAIT_MEMBERS;
    return (ret->kind == WAIT_APPLIED || span_equal(name, span_str("members"))) &&
           units_u64(value + 1, UINT64_MAX, &ret->number) == 0;
}

static size_t count_members(const struct survey *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++)
        count += s->rows[i].is_member;
    return count;
}

static const struct survey_row *find_member(const struct survey *s, const char *name)
{
    const struct survey_row *row = survey_find(s, name);
    return row != NULL && row->is_member ? row : NULL;
}

static uint64_t applied_of(const struct survey_row *row)
{
    return row->node.applied != STATUS_NUMBER_NONE ? row->node.applied : 0;
}

/* The member that answers and is furthest behind; those that do not answer are counted apart. */
static bool all_applied(const struct survey *s, uint64_t index, struct buf *seen)
{
    uint64_t least = UINT64_MAX;
    size_t silent = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && !row->reached)
            silent++;
        else if (row->is_member && applied_of(row) < least)
            least = applied_of(row);
    }
    least = least == UINT64_MAX ? 0 : least;
    buf_putf(seen, "applied %llu by every member", (unsigned long long)least);
    if (silent > 0)
        buf_putf(seen, " that answers, %zu of %zu are unreachable", silent, count_members(s));
    return silent == 0 && least >= index;
}

/* Why it has no role that one could see. */
static const char *absence_of(const struct survey_row *row, bool hasty)
{
    return hasty && row->error_number == ETIMEDOUT ? "has not answered yet" : "is unreachable";
}

/* As conditions call it. */
static const char *role_of(const struct survey_row *row, bool hasty)
{
    if (!row->reached)
        return hasty && row->error_number == ETIMEDOUT ? "" : "down";
    if (!row->member.voter)
        return "learner";
    return strcmp(row->node.role, "pre-candidate") == 0 ? "candidate" : row->node.role;
}

static bool has_role(const struct condition *c, const struct survey *s, struct buf *seen)
{
    const struct survey_row *row = find_member(s, c->node);
    if (row == NULL) {
        buf_putf(seen, "no member is named %s", c->node);
        return false;
    }
    if (row->reached)
        buf_putf(seen, "%s is %s", c->node, row->member.voter ? row->node.role : "learner");
    else
        buf_putf(seen, "%s %s", c->node, absence_of(row, c->hasty));
    return strcmp(role_of(row, c->hasty), c->role) == 0;
}

static bool is_caught_up(const struct condition *c, const struct survey *s,
                         const struct survey_row *row)
{
    uint64_t commit = s->cluster.commit != STATUS_NUMBER_NONE ? s->cluster.commit : 0;
    uint64_t enough = commit > c->number ? commit - c->number : 0;
    return survey_follows(s, row) && applied_of(row) >= enough;
}

/* A node that is there but hears of no leader does not know what it lacks. */
static bool node_caught_up(const struct condition *c, const struct survey *s, struct buf *seen)
{
    const struct survey_row *row = find_member(s, c->node);
    if (row == NULL)
        buf_putf(seen, "no member is named %s", c->node);
    else if (!row->reached)
        buf_putf(seen, "%s %s", c->node, absence_of(row, c->hasty));
    else if (!survey_follows(s, row))
        buf_putf(seen, "%s follows no leader", c->node);
    else
        buf_putf(seen, "%s has applied %llu of %llu", c->node, (unsigned long long)applied_of(row),
                 (unsigned long long)s->cluster.commit);
    return row != NULL && survey_leads(s) && is_caught_up(c, s, row);
}

static bool voters_caught_up(const struct condition *c, const struct survey *s, struct buf *seen)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        count += row->is_member && row->member.voter && is_caught_up(c, s, row);
    }
    buf_putf(seen, "%zu of %zu voters caught up", count, s->voters_count);
    return survey_leads(s) && count == s->voters_count;
}

static bool is_healthy(const struct condition *c, const struct survey *s, struct buf *seen)
{
    buf_putf(seen, "%zu of %zu voters well", s->healthy_count, s->voters_count);
    if (!survey_leads(s))
        buf_puts(seen, ", nobody leads");
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && !row->reached)
            buf_putf(seen, ", %s %s", row->member.name, absence_of(row, c->hasty));
    }
    for (size_t i = 0; i < s->foreign_count; i++)
        buf_putf(seen, ", %s is of another cluster", s->foreign[i].member.name);
    if (s->cluster.joint)
        buf_puts(seen, ", a change of voters is under way");
    return survey_is_healthy(s);
}

/* Whether it is so; seen says how it is. */
static bool holds(const struct condition *c, const struct survey *s, struct buf *seen)
{
    buf_reset(seen);
    switch (c->kind) {
    case WAIT_LEADER:
        buf_putf(seen, "leader %s", s->cluster.leader[0] != '\0' ? s->cluster.leader : "none");
        return survey_leads(s);
    case WAIT_HEALTHY: return is_healthy(c, s, seen);
    case WAIT_APPLIED: return all_applied(s, c->number, seen);
    case WAIT_CAUGHT_UP:
        return c->node[0] != '\0' ? node_caught_up(c, s, seen) : voters_caught_up(c, s, seen);
    case WAIT_MEMBERS:
        buf_putf(seen, "%zu member%s%s", count_members(s), count_members(s) == 1 ? "" : "s",
                 s->cluster.joint ? ", changing" : "");
        return count_members(s) == c->number && !s->cluster.joint;
    case WAIT_NODE: return has_role(c, s, seen);
    }
    UNREACHABLE();
}

/* Nobody was given up on for want of time alone. */
static bool is_complete(const struct survey *s)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->reached && (row->error_number == ETIMEDOUT || row->error_number == ECANCELED))
            return false;
    }
    return true;
}

/* seen: how it was when last looked at; empty: nobody answered then, and *unreached says why. */
static enum ctl_exit give_up(const struct ctl *ctl, const struct buf *seen,
                             const struct failure *unreached)
{
    char within[UNITS_TEXT_MAX];
    struct failure failure;
    const char *not = strcmp(ctl->argv[0], "leader") == 0 ? "no" : "not";
    if (stop_asked())
        failure_set(&failure, CTL_INTERRUPTED, "CANCELLED", "cancelled: %s %s yet", not,
                    ctl->argv[0]);
    else
        failure_set(&failure, CTL_UNKNOWN, "TIMEOUT", "%s %s within %s", not, ctl->argv[0],
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

/* A look that the deadline cut short, or ^C, says nothing of those it missed: the one before is
 * told, unless there is none. */
static void keep(struct buf *seen, const struct buf *now, bool complete)
{
    if (!complete && seen->len > 0)
        return;
    buf_reset(seen);
    buf_puts(seen, buf_str(now));
}

/* What was said of a wait that goes on, and from when on there may be more. */
struct word {
    struct buf text;
    uint64_t next_ns;
};

/* A minute without a word looks as if it hung. */
static void say_how_it_is(const struct ctl *ctl, struct word *said, const struct buf *seen,
                          const struct failure *unreached)
{
    struct buf text = {0};
    if (conn_now_ns() < said->next_ns)
        return;
    if (seen->len > 0)
        buf_puts(&text, buf_str(seen));
    else
        buf_putf(&text, "no node answers: %s", unreached->why);
    if (strcmp(buf_str(&text), buf_str(&said->text)) != 0) {
        print_waits(ctl, buf_str(&text));
        said->next_ns = conn_now_ns() + AGAIN_NS;
    }
    buf_free(&said->text);
    said->text = text;
}

static enum ctl_exit wait_for(const struct ctl *ctl, struct condition *c, struct buf *seen,
                              struct buf *now, struct word *said)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    said->next_ns = conn_now_ns() + PATIENCE_SILENT_NS;
    for (;;) {
        uint64_t now_ns = conn_now_ns(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        uint64_t look_ns = left_ns < LOOK_NS ? left_ns : LOOK_NS;
        c->hasty = look_ns < TRUST_NS;
        enum ctl_exit exit = ask_survey(ctl, now_ns + look_ns, &survey, &failure);
        if (exit == CTL_OK && holds(c, &survey, now))
            return show(ctl, c, &survey, now);
        bool cut = stop_asked() || (look_ns < LOOK_NS && conn_now_ns() >= now_ns + look_ns);
        if (exit == CTL_OK)
            keep(seen, now, is_complete(&survey) || (look_ns == LOOK_NS && !stop_asked()));
        else if (!cut)
            buf_reset(seen); /* how it was is not how it is */
        if (conn_now_ns() >= deadline_ns || stop_asked())
            return give_up(ctl, seen, &failure);
        say_how_it_is(ctl, said, seen, &failure);
        stop_rest(PAUSE_NS, deadline_ns);
    }
}

static void not_known(const char *word, struct failure *f)
{
    static const char *const words[] = {
        "leader", "healthy", "applied=", "members=", "node=", "caught-up"};
    struct near near = near_new(span_str(word));
    struct buf text = {0};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strncmp(word, words[i], strlen(words[i])) != 0) /* begun well, it is not the word */
            near_offer(&near, span_str(words[i]), span_str(words[i]));
    }
    near_put(&text, &near, "");
    failure_set(f, CTL_USAGE, "USAGE", "wait for what? \"%s\" is not known%s", word,
                buf_str(&text));
    failure_fix(f, "raftctl wait " CTL_CONDITIONS);
    buf_free(&text);
}

enum ctl_exit cmd_wait(const struct ctl *ctl)
{
    struct condition condition = {0};
    struct failure failure;
    struct buf seen = {0}, now = {0};
    struct word said = {0};
    if (!read_condition(ctl->argv[0], &condition)) {
        not_known(ctl->argv[0], &failure);
        return print_failure(ctl, &failure);
    }
    stop_catch(); /* ^C ends the wait, and how it was last is told */
    enum ctl_exit exit = wait_for(ctl, &condition, &seen, &now, &said);
    stop_let_go();
    buf_free(&seen);
    buf_free(&now);
    buf_free(&said.text);
    return exit;
}
