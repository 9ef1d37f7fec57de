/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk holds one vote a term, and it holds it before anybody hears of it. */
#include "emulator/check/registry.h"

#include <string.h>

struct vote {
    uint64_t disk;
    uint64_t term;
    int candidate; /* of term; -1 = none */
    struct event_ref ref;
};

/* A vote heard although the candidate's own vote is not on disk, unless it follows at this instant.
 */
struct tie {
    bool open;
    int candidate;
    uint64_t term;
    struct event_ref ref;
};

struct state {
    struct vote votes[TRACE_NODES_MAX];
    struct tie tie;
};

static void init(void *state, const struct check_input *in)
{
    struct state *s = state;
    (void)in;
    for (size_t i = 0; i < TRACE_NODES_MAX; i++)
        s->votes[i].candidate = -1;
}

/* A node that has no name for a candidate any more, or not yet, writes "?": it may be anybody. */
static bool nameless(const struct check_input *in, int candidate)
{
    return strcmp(trace_names_text(in->names, candidate), "?") == 0;
}

static bool differ(const struct check_input *in, int a, int b)
{
    return a != b && !nameless(in, a) && !nameless(in, b);
}

static void two_votes(const struct check_input *in, const struct vote *old,
                      const struct trace_record *rec, int candidate, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    const char *first = trace_names_text(in->names, old->candidate);
    const char *second = trace_names_text(in->names, candidate);
    unsigned long long term = old->term;
    if (!result_violate(res, "%s voted for %s and for %s in term %llu", node, first, second, term))
        return;
    result_event(res, in->names, old->ref, "vote for %s in term %llu", first, term);
    result_event(res, in->names, event_ref_of(rec), "vote for %s in term %llu", second, term);
    result_paragraph(res,
                     "%s gave its vote of term %llu to %s and later to %s. Two majorities of one "
                     "term always share a voter; if that voter votes twice, both can win.",
                     node, term, first, second);
}

/* The vote on the disk of rec->node is now (term, candidate). */
static void record(struct state *s, const struct check_input *in, const struct trace_record *rec,
                   uint64_t term, int candidate, struct check_result *res)
{
    struct vote *v = &s->votes[rec->node];
    if (v->disk != rec->disk)
        *v = (struct vote){.disk = rec->disk, .candidate = -1};
    if (candidate < 0 || term < v->term)
        return;
    if (term == v->term && v->candidate >= 0) {
        res->seen++;
        if (differ(in, v->candidate, candidate))
            two_votes(in, v, rec, candidate, res);
        return;
    }
    *v = (struct vote){rec->disk, term, candidate, event_ref_of(rec)};
}

/* Whether a disk of the candidate's has a vote of that term, or a later one. */
static bool has_voted(const struct state *s, const struct check_input *in, int candidate,
                      uint64_t term)
{
    for (nodeset left = view_member(in->view, (unsigned)candidate); left != 0; left &= left - 1) {
        if (s->votes[nodeset_first(left)].term >= term)
            return true;
    }
    return false;
}

static void on_granted(struct state *s, const struct check_input *in,
                       const struct trace_record *rec, struct check_result *res)
{
    uint64_t term = trace_has(rec, TRACE_HAS_for_term) ? rec->for_term : rec->term;
    const struct vote *own = &s->votes[rec->node];
    const char *node = trace_names_text(in->names, rec->node);
    res->seen++;
    if (own->disk == rec->disk && own->term == term && own->candidate >= 0 &&
        differ(in, own->candidate, rec->candidate))
        two_votes(in, own, rec, rec->candidate, res);
    else if (own->disk != rec->disk || own->term < term || own->candidate < 0) {
        if (result_violate(res, "%s granted its vote of term %llu before it was on disk", node,
                           (unsigned long long)term)) {
            result_event(res, in->names, event_ref_of(rec), NULL);
            result_paragraph(
                res,
                "%s told %s that it has its vote for term %llu, but the trace shows no "
                "such vote stored on %s's disk before. After a crash it could vote "
                "again in that term, for another.",
                node, trace_names_text(in->names, rec->candidate), (unsigned long long)term, node);
        }
    }
    if (in->view->nodes[rec->candidate].known && !has_voted(s, in, rec->candidate, term))
        s->tie = (struct tie){true, rec->candidate, term, event_ref_of(rec)};
}

static void settle(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct tie tie = s->tie;
    s->tie.open = false;
    if (has_voted(s, in, tie.candidate, tie.term))
        return;
    const char *name = trace_names_text(in->names, tie.candidate);
    unsigned long long term = tie.term;
    if (!result_violate(res, "%s asked for votes of term %llu before its own was on disk", name,
                        term))
        return;
    result_event(res, in->names, tie.ref, "vote for %s in term %llu", name, term);
    result_paragraph(res,
                     "%s received a vote in term %llu, so its request had left, but it had not yet "
                     "stored the term and its vote for itself. After a crash it could start in an "
                     "older term and vote in %llu for another.",
                     name, term, term);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (s->tie.open && rec->t > s->tie.ref.t_ns)
        settle(s, in, res);
    if (rec->ev == TRACE_boot || rec->ev == TRACE_votePersisted) {
        int candidate = rec->ev == TRACE_boot ? rec->vote : rec->candidate;
        record(s, in, rec, rec->term, candidate, res);
    } else if (rec->ev == TRACE_voteGranted && !rec->pre && rec->candidate >= 0) {
        on_granted(s, in, rec, res);
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    if (s->tie.open)
        settle(s, in, res);
    result_settle(res, "votes");
}

const struct checker check_one_vote = {
    .name = "oneVotePerTermAcrossRestart",
    .property = "A disk votes once a term, over restarts, and stores the vote before giving it.",
    .source = "thesis 3.4, 3.8",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON_NODES,
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
};
