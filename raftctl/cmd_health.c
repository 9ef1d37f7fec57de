/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl health: one line a check, and the exit code of the worst. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"

#include <stdarg.h>
#include <stdio.h>

#define LAG_MAX           1000 /* entries of the leader's log that a member may not have yet */
#define SLOW_PERMILLE_MAX 100

const struct form form_health = {
    .line = "{verdict}",
    .rows = "checks",
    .columns = "CHECK=check RESULT=result DETAIL=detail",
    .schema = "verdict:s healthy:b~ checks:[{check:s result:s detail:s}] warnings:[s]"};

enum result { RESULT_OK, RESULT_WARNING, RESULT_UNKNOWN, RESULT_FAIL };

static const char *const result_names[] = {"ok", "warning", "unknown", "fail"};

/* The checks so far. */
struct checks {
    struct jsonw *w;
    enum result worst;
};

static void say(struct checks *c, const char *check, enum result result, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void say(struct checks *c, const char *check, enum result result, const char *fmt, ...)
{
    char detail[256];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    jsonw_object(c->w);
    jsonw_kv_string(c->w, "check", check);
    jsonw_kv_string(c->w, "result", result_names[result]);
    jsonw_kv_string(c->w, "detail", detail);
    jsonw_end(c->w);
    c->worst = result > c->worst ? result : c->worst;
}

static bool names_a_leader(const struct survey *s)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        if (s->rows[i].reached && s->rows[i].cluster.leader[0] != '\0')
            return true;
    }
    return false;
}

/* The latest term counts, and a leader of before may not know of it yet. */
static void put_no_leader(struct buf *out, const struct survey *s)
{
    buf_puts(out, ", none knows a leader");
    if (names_a_leader(s))
        buf_putf(out, " of term %llu", (unsigned long long)s->cluster.term);
}

/* Of the voters, or of the outgoing ones of a joint configuration: who does not know the leader is
 * up and no use to a quorum all the same. */
static void put_voters(struct buf *out, const struct survey *s, bool old)
{
    size_t all = old ? s->old_count : s->voters_count, answers = survey_answers(s, old);
    size_t agree = old ? s->old_healthy_count : s->healthy_count;
    buf_putf(out, "%zu of %zu voters answer", answers, all);
    if (answers > 0 && agree == answers)
        buf_puts(out, " and agree on the leader");
    else if (answers > 0 && s->cluster.leader[0] != '\0')
        buf_putf(out, ", %zu agree on the leader", agree);
    else if (answers > 0)
        put_no_leader(out, s);
    buf_putf(out, "; %zu needed", all / 2 + 1);
}

static void check_quorum(struct checks *c, const struct survey *s)
{
    bool enough = survey_has_quorum(s);
    enum result joint = s->cluster.joint ? RESULT_WARNING : RESULT_OK;
    struct buf voters = {0};
    put_voters(&voters, s, false);
    if (s->old_count > 0) { /* as known where the list of members is from */
        buf_puts(&voters, "; of the outgoing ones ");
        put_voters(&voters, s, true);
    }
    say(c, "quorum", enough ? joint : RESULT_FAIL, "%s", buf_str(&voters));
    buf_free(&voters);
    if (s->leaders_count > 1)
        say(c, "leader", RESULT_FAIL, "%zu nodes claim to lead in one term", s->leaders_count);
    else if (survey_leads(s))
        say(c, "leader", RESULT_OK, "%s", s->cluster.leader);
    else if (survey_leader_is_gone(s))
        say(c, "leader", RESULT_FAIL, "none: %s led, and its process is gone", s->cluster.leader);
    else
        say(c, "leader", RESULT_FAIL, "none");
}

static void check_members(struct checks *c, const struct survey *s)
{
    struct buf away = {0}, astray = {0};
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        enum survey_member is = row->is_member ? survey_member_is(s, row) : SURVEY_WELL;
        if (is == SURVEY_AWAY)
            buf_putf(&away, "%s%s is unreachable: %s", away.len > 0 ? ", " : "", row->member.name,
                     row->error_text);
        if (is == SURVEY_ASTRAY && survey_leads(s))
            buf_putf(&astray, "%s%s", astray.len > 0 ? ", " : "", row->member.name);
    }
    say(c, "members", away.len > 0 ? RESULT_FAIL : RESULT_OK, "%s",
        away.len > 0 ? buf_str(&away) : "all are reachable");
    if (astray.len > 0)
        say(c, "follow", RESULT_WARNING, "%s: does not hear of the leader %s", buf_str(&astray),
            s->cluster.leader);
    buf_free(&astray);
    if (s->foreign_count > 0)
        say(c, "cluster", RESULT_FAIL, "%zu nodes belong to another cluster", s->foreign_count);
    buf_free(&away);
}

/* No fault, and yet why something may be missing. */
static void tell_recovery(struct checks *c, const struct survey *s)
{
    struct buf text = {0};
    if (survey_put_recovery(s, &text))
        say(c, "recovered", RESULT_OK, "%s", buf_str(&text));
    buf_free(&text);
}

static void check_lag(struct checks *c, const struct survey *s)
{
    uint64_t most = 0;
    const char *who = "";
    const struct survey_row *leader = survey_find(s, s->cluster.leader);
    size_t others = 0;
    bool known = leader != NULL && leader->reached;
    for (size_t i = 0; i < s->rows_count; i++)
        others += s->rows[i].is_member && &s->rows[i] != leader;
    known = known && others == 0; /* nobody could lag */
    for (size_t i = 0; i < s->rows_count; i++) {
        uint64_t lag = s->rows[i].is_member ? survey_lag(s, &s->rows[i]) : STATUS_NUMBER_NONE;
        if (lag == STATUS_NUMBER_NONE)
            continue;
        known = true;
        who = lag > most ? s->rows[i].member.name : who;
        most = lag > most ? lag : most;
    }
    if (!known)
        say(c, "lag", RESULT_UNKNOWN, "%s",
            leader == NULL    ? "nobody leads"
            : leader->reached ? "the leader has heard of no other member yet"
                              : "the leader is unreachable");
    else if (most == 0)
        say(c, "lag", RESULT_OK, "none");
    else
        say(c, "lag", most > LAG_MAX ? RESULT_FAIL : RESULT_OK, "%s lacks %llu entries", who,
            (unsigned long long)most);
}

static void check_disks(struct checks *c, const struct survey *s)
{
    const struct survey_row *slow = NULL, *damaged = NULL;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->reached)
            continue;
        if (row->node.slow_permille != STATUS_NUMBER_NONE &&
            row->node.slow_permille > SLOW_PERMILLE_MAX)
            slow = row;
        if (row->node.restoring != STATUS_NUMBER_NONE)
            damaged = row;
    }
    if (damaged != NULL)
        say(c, "disk", RESULT_FAIL, "%s had a damaged log and is told it again",
            damaged->member.name);
    else if (slow != NULL)
        say(c, "disk", RESULT_WARNING, "%s: %llu of 1000 commits wait for the disk",
            slow->member.name, (unsigned long long)slow->node.slow_permille);
    else
        say(c, "disk", RESULT_OK, "no commits wait for it");
}

/* A client session is opened and closed: entries of the log, and no key of anybody's. */
static void check_write(struct checks *c, const struct ctl *ctl)
{
    const struct span open[] = {span_str("RAFT"), span_str("SESSION"), span_str("OPEN")};
    struct answer answer;
    struct failure f;
    char took[UNITS_TEXT_MAX];
    uint64_t began_ns = conn_now_ns();
    enum ctl_exit exit = ask_cluster(ctl, ASK_WRITE, open, ARRAY_LEN(open), &answer, &f);
    uint64_t took_ns = (conn_now_ns() - began_ns) / NS_PER_MS * NS_PER_MS;
    if (exit != CTL_OK) {
        say(c, "write", exit == CTL_UNKNOWN ? RESULT_UNKNOWN : RESULT_FAIL, "%s", f.what);
        return;
    }
    if (answer.value->kind == RESP_INTEGER)
        (void)snprintf(answer.session, sizeof(answer.session), "%lld",
                       (long long)answer.value->integer);
    ask_close(&answer);
    say(c, "write", RESULT_OK, "committed in %s", units_print_duration(took_ns, took));
}

static void say_warning(void *to, const char *text)
{
    jsonw_string(to, text);
}

static enum ctl_exit show(const struct ctl *ctl, const struct survey *s)
{
    static const char *const verdicts[] = {"healthy", "healthy, with a warning", "not known",
                                           "NOT healthy"};
    static const enum ctl_exit exits[] = {CTL_OK, CTL_OK, CTL_UNKNOWN, CTL_NO};
    struct buf json = {0};
    struct jsonw w;
    struct checks c = {.w = &w};
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_key(&w, "checks");
    jsonw_array(&w);
    check_quorum(&c, s);
    check_members(&c, s);
    ASSERT(c.worst != RESULT_OK || survey_is_healthy(s)); /* what wait healthy waits for */
    tell_recovery(&c, s);
    check_lag(&c, s);
    check_disks(&c, s);
    if (ctl->given[OPT_WRITE])
        check_write(&c, ctl);
    jsonw_end(&w);
    jsonw_kv_string(&w, "verdict", verdicts[c.worst]);
    jsonw_key(&w, "healthy");
    jsonw_raw(&w, c.worst == RESULT_UNKNOWN ? "null" : c.worst == RESULT_FAIL ? "false" : "true");
    jsonw_key(&w, "warnings");
    jsonw_array(&w);
    survey_warn(s, say_warning, &w);
    jsonw_end(&w);
    form_put_via(&w, s->via);
    jsonw_end(&w);
    return form_show(ctl, &form_health, &json, exits[c.worst]);
}

enum ctl_exit cmd_health(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns / 2, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    return show(ctl, &survey);
}
