/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/leaderless.h"

#include "base/units.h"
#include "raftctl/patience.h"

#include <stdio.h>

bool leaderless_is(const struct failure *f)
{
    return strcmp(f->name, "NOLEADER") == 0 || strcmp(f->name, "TRANSFER") == 0;
}

static bool votes(const struct survey_row *row)
{
    return row->is_member && (row->member.voter || row->member.voter_old);
}

/* "up: n1, n2", or with the reasons of those that are not; nothing, if there are none. */
static size_t list(struct buf *out, const struct survey *s, bool up)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!votes(row) || row->reached != up)
            continue;
        buf_putf(out, "%s%s", count++ > 0 ? ", " : up ? "up: " : "unreachable: ", row->member.name);
        if (!up)
            buf_putf(out, " (%s)", row->error_text);
    }
    return count;
}

static void tell_voters(struct failure *f, const struct survey *s)
{
    struct buf text = {0};
    if (list(&text, s, true) > 0)
        buf_puts(&text, "; ");
    if (list(&text, s, false) > 0)
        buf_puts(&text, "; ");
    if (s->cluster.joint)
        buf_puts(&text, "a quorum of the old voters and one of the new ones are needed");
    else
        buf_putf(&text, "%zu of %zu voters are needed", survey_quorum(s), s->voters_count);
    failure_why(f, "%s", buf_str(&text));
    buf_free(&text);
}

/* Behind what to do first: what is left if too few voters will ever answer again. */
static const char *last_resort(const struct survey *s)
{
    return s == NULL || survey_quorum_answers(s)
               ? ""
               : "; if they are lost for good: raftctl explain no-quorum";
}

void leaderless_set(struct failure *f, const struct survey *s)
{
    failure_set(f, CTL_TRY_AGAIN, "NOLEADER", "the cluster has no leader");
    tell_voters(f, s);
    failure_fix(f, "raftctl wait leader   or   raftctl status%s", last_resort(s));
}

/* There is one: whoever was asked does not hear of it. */
static void tell_elsewhere(struct failure *f, const struct survey *s, const char *waited)
{
    char says[FAILURE_TEXT_MAX];
    (void)snprintf(says, sizeof(says), "%s", f->why);
    failure_set(f, CTL_TRY_AGAIN, "NOLEADER", "no leader is known there, in %s; nothing was done",
                waited);
    failure_why(f, "%s, but %s leads in term %llu", says, s->cluster.leader,
                (unsigned long long)s->cluster.term);
}

/* A read that may be old is answered without one, by a node that has heard one since its start.
 * s: NULL if nobody was reached. */
static void offer(const struct ctl *ctl, const struct survey *s, struct failure *f)
{
    bool reads = verbs_takes(ctl->verb, OPT_STALE);
    failure_fix(f, "raftctl health   or   raftctl wait leader%s%s",
                reads ? "; with --stale what a node has, if it has heard a leader since its start"
                      : "",
                last_resort(s));
}

/* Never more than it was: part of the time given is for telling. */
static const char *print_waited(uint64_t since_ns, char text[UNITS_TEXT_MAX])
{
    uint64_t waited_ns = conn_now_ns() - since_ns;
    uint64_t grain_ns = waited_ns > NS_PER_S ? 100 * NS_PER_MS : NS_PER_MS;
    return units_print_duration(waited_ns / grain_ns * grain_ns, text);
}

void leaderless_tell(const struct ctl *ctl, uint64_t deadline_ns, struct failure *f)
{
    static struct survey survey; /* large, and there is one */
    struct failure ignored;
    char text[UNITS_TEXT_MAX];
    if (strcmp(f->name, "NOLEADER") != 0)
        return;
    const char *waited = print_waited(deadline_ns - ctl->timeout_ns, text);
    bool known = ask_survey(ctl, deadline_ns, &survey, &ignored) == CTL_OK;
    if (known && survey_leads(&survey)) {
        tell_elsewhere(f, &survey, waited);
    } else {
        (void)snprintf(f->what, sizeof(f->what), "no leader in %s; nothing was done", waited);
        if (known)
            tell_voters(f, &survey);
    }
    offer(ctl, known ? &survey : NULL, f);
}

enum ctl_exit leaderless_ask(const struct ctl *ctl, const struct span *argv, size_t argc,
                             struct answer *ret, struct failure *f)
{
    static struct ctl rest; /* large, and there is one */
    struct patience patience = patience_new(ctl);
    struct failure now;
    bool said = false;
    rest = *ctl;
    do {
        rest.timeout_ns = patience_begin(&patience);
        if (ask_cluster(&rest, ASK_READ, argv, argc, ret, &now) == CTL_OK)
            return CTL_OK;
        /* What was said before says more than that the time was up. */
        if (!said || now.exit != CTL_UNKNOWN)
            *f = now;
        said = leaderless_is(f);
    } while (said && now.exit != CTL_UNKNOWN && patience_again(&patience));
    leaderless_tell(ctl, patience.deadline_ns, f);
    return f->exit;
}
