/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms are born in campaigns only, and nobody who just heard a leader helps to depose it. */
#include "emulator/check/registry.h"

struct state {
    struct event_ref born; /* the greatest term somebody may legally be in */
    struct event_ref tie;  /* a greater one, whose campaign may follow at the same instant */
    bool tied;
    struct event_ref heard[TRACE_NODES_MAX]; /* last entries accepted from a leader */
    uint64_t told[TRACE_NODES_MAX]; /* greatest term in which the node was told to campaign now */
};

/* Events that bring a new term into the world. */
static bool gives_birth(const struct trace_record *rec)
{
    return rec->ev == TRACE_boot || rec->ev == TRACE_becameLeader ||
           (rec->ev == TRACE_campaign && !rec->pre) ||
           (rec->ev == TRACE_votePersisted && rec->candidate == rec->node);
}

static void settle(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct event_ref ref = s->tie;
    s->tied = false;
    if (ref.term <= s->born.term)
        return;
    const char *node = trace_names_text(in->names, ref.node);
    if (!result_violate(res, "%s is in term %llu, for which nobody has campaigned", node,
                        (unsigned long long)ref.term))
        return;
    result_event(res, in->names, s->born, NULL);
    result_event(res, in->names, ref, NULL);
    result_paragraph(res,
                     "The highest term anybody campaigned for was %llu when %s appeared in term "
                     "%llu. A pre-vote asks about a future term and must not change the term of "
                     "the one that is asked; otherwise a node that cannot win disturbs a working "
                     "leader again and again.",
                     (unsigned long long)s->born.term, node, (unsigned long long)ref.term);
}

static void on_term(struct state *s, const struct check_input *in, const struct trace_record *rec,
                    struct check_result *res)
{
    if (rec->term <= s->born.term)
        return;
    /* A survivor that is told to go on alone writes its new term without asking anybody. */
    bool forced = in->facts->forced_recovery && rec->ev == TRACE_appended;
    if (forced || gives_birth(rec)) {
        s->born = event_ref_of(rec);
        return;
    }
    res->seen++;
    if (!s->tied || rec->term > s->tie.term)
        s->tie = event_ref_of(rec);
    s->tied = true;
}

/* A vote or pre-vote given while a leader was heard less than an election timeout ago. A quarter
 * of it is left for stamps that are taken a little after the decision. */
static void on_granted(const struct state *s, const struct check_input *in,
                       const struct trace_record *rec, struct check_result *res)
{
    uint64_t hold_ns = in->facts->election_timeout_ns_min;
    const struct event_ref *heard = &s->heard[rec->node];
    res->seen++;
    if (hold_ns == 0 || in->facts->clock_faults || rec->candidate < 0 || heard->t_ns == 0 ||
        rec->t >= heard->t_ns + hold_ns - hold_ns / 4)
        return;
    uint64_t for_term = trace_has(rec, TRACE_HAS_for_term) ? rec->for_term : rec->term;
    if (!rec->pre && for_term <= s->told[rec->candidate] + 1)
        return; /* the leader itself asked for this campaign */
    if (!rec->pre && for_term <= heard->term)
        return; /* decided before, durable only now: the leader of that term is deposed by none */
    const char *node = trace_names_text(in->names, rec->node);
    const char *candidate = trace_names_text(in->names, rec->candidate);
    if (!result_violate(res, "%s gave %s a %s %.3f ms after hearing its leader", node, candidate,
                        rec->pre ? "pre-vote" : "vote", (double)(rec->t - heard->t_ns) / 1e6))
        return;
    result_event(res, in->names, *heard, "entries accepted from the leader of term %llu",
                 (unsigned long long)heard->term);
    result_event(res, in->names, event_ref_of(rec), "%s for %s, term %llu",
                 rec->pre ? "pre-vote" : "vote", candidate, (unsigned long long)for_term);
    result_paragraph(res,
                     "%s had accepted entries from its leader %.3f ms before, less than the "
                     "election timeout of %.3f ms, and still helped %s to start an election. A "
                     "server that hears a leader must refuse, or one that is cut off (or was "
                     "removed) can depose a leader everybody else is content with.",
                     node, (double)(rec->t - heard->t_ns) / 1e6, (double)hold_ns / 1e6, candidate);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (s->tied && rec->t > s->tie.t_ns)
        settle(s, in, res);
    if (rec->node < 0 || rec->ev == TRACE_crashed || rec->ev == TRACE_fault ||
        rec->ev == TRACE_clientReturn || rec->ev == TRACE_clientInvoke)
        return;
    on_term(s, in, rec, res);
    const struct view_node *n = &in->view->nodes[rec->node];
    if (rec->ev == TRACE_boot)
        s->heard[rec->node] = (struct event_ref){0};
    else if (rec->ev == TRACE_appended && n->known && n->role != VIEW_LEADER &&
             n->role != VIEW_CANDIDATE)
        s->heard[rec->node] = event_ref_of(rec);
    else if (rec->ev == TRACE_timeoutNow && rec->target >= 0)
        s->told[rec->target] = rec->term;
    else if (rec->ev == TRACE_voteGranted)
        on_granted(s, in, rec, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    if (s->tied)
        settle(s, in, res);
    result_settle(res, "votes and adopted terms");
}

const struct checker check_pre_vote_non_disruption = {
    .name = "preVoteNonDisruption",
    .property = "Only campaigns raise terms, and who hears a leader does not help to depose it.",
    .source = "thesis 9.6, 4.2.3",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON_NODES,
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
