/* SPDX-License-Identifier: GPL-3.0-or-later */
/* At most one leader a term, and it was elected by a quorum of its own configuration. */
#include "emulator/check/registry.h"

#define TERMS 4096u /* a window over the newest terms */

struct term_slot {
    uint64_t term;                    /* 0 = free */
    nodeset granted[TRACE_NODES_MAX]; /* by candidate: who gave it a vote */
    struct event_ref leader;
    uint64_t leader_inc;
    bool led;
};

/* An election whose votes may still follow at the same instant of the merged trace. */
struct tie {
    bool open;
    struct event_ref ref;
    struct view_config config;
};

struct state {
    struct term_slot terms[TERMS];
    struct tie tie;
};

static struct term_slot *slot_of(struct state *s, uint64_t term)
{
    struct term_slot *slot = &s->terms[term % TERMS];
    if (term == 0 || slot->term > term)
        return NULL;
    if (slot->term < term)
        *slot = (struct term_slot){.term = term};
    return slot;
}

/* Who voted for the node, by whichever name of its member. */
static nodeset votes_for(const struct term_slot *slot, const struct check_input *in, int node)
{
    nodeset votes = 0;
    for (nodeset left = view_member(in->view, (unsigned)node); left != 0; left &= left - 1)
        votes |= slot->granted[nodeset_first(left)];
    return votes;
}

static bool elected(struct state *s, const struct check_input *in, const struct tie *tie)
{
    const struct term_slot *slot = slot_of(s, tie->ref.term);
    return slot == NULL || view_is_quorum(&tie->config, votes_for(slot, in, tie->ref.node));
}

/* Time has passed the tie: what is missing now is missing. */
static void settle(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct event_ref ref = s->tie.ref;
    s->tie.open = false;
    if (elected(s, in, &s->tie))
        return;
    const char *name = trace_names_text(in->names, ref.node);
    const struct term_slot *slot = slot_of(s, ref.term);
    nodeset voters = s->tie.config.voters | s->tie.config.old;
    unsigned votes = nodeset_count(votes_for(slot, in, ref.node) & voters);
    unsigned long long term = ref.term;
    if (!result_violate(res, "%s became leader of term %llu with the votes of %u of %u voters",
                        name, term, votes, nodeset_count(voters)))
        return;
    result_event(res, in->names, ref, NULL);
    result_paragraph(res,
                     "A candidate may lead only when a majority of the voters of its latest "
                     "configuration (of both halves while it is joint) voted for it in its term. "
                     "Voters that voted for %s in term %llu, by the trace: %u (its own vote counts "
                     "once it is on disk). With fewer than a majority, two candidates can win the "
                     "same term.",
                     name, term, votes);
}

static void on_leader(struct state *s, const struct check_input *in, const struct trace_record *rec,
                      struct check_result *res)
{
    struct term_slot *slot = slot_of(s, rec->term);
    if (slot == NULL)
        return;
    res->seen++;
    if (slot->led && (slot->leader.node != rec->node || slot->leader_inc != rec->inc)) {
        const char *first = trace_names_text(in->names, slot->leader.node);
        const char *second = trace_names_text(in->names, rec->node);
        if (result_violate(res, "term %llu has two leaders: %s and %s",
                           (unsigned long long)rec->term, first, second)) {
            result_event(res, in->names, slot->leader, NULL);
            result_event(res, in->names, event_ref_of(rec), NULL);
            result_paragraph(res,
                             "%s became leader of term %llu, and later %s became leader of the "
                             "same term. Each of them may commit its own entries at the same "
                             "indexes; somebody voted twice, or a majority was counted wrongly.",
                             first, (unsigned long long)rec->term, second);
        }
        return;
    }
    slot->led = true;
    slot->leader = event_ref_of(rec);
    slot->leader_inc = rec->inc;
    const struct view_config *config = view_config_latest(&in->view->nodes[rec->node]);
    struct tie tie = {.open = true, .ref = event_ref_of(rec)};
    if (config == NULL || config->voters == 0)
        return;
    tie.config = *config;
    if (!elected(s, in, &tie))
        s->tie = tie;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (s->tie.open && rec->t > s->tie.ref.t_ns)
        settle(s, in, res);
    if (rec->ev == TRACE_becameLeader) {
        on_leader(s, in, rec, res);
    } else if (rec->ev == TRACE_voteGranted && !rec->pre && rec->candidate >= 0) {
        struct term_slot *slot =
            slot_of(s, trace_has(rec, TRACE_HAS_for_term) ? rec->for_term : rec->term);
        if (slot != NULL)
            slot->granted[rec->candidate] |= view_member(in->view, (unsigned)rec->node);
    } else if (rec->ev == TRACE_votePersisted && rec->candidate >= 0) {
        nodeset itself = view_member(in->view, (unsigned)rec->node);
        struct term_slot *slot = slot_of(s, rec->term);
        if (slot != NULL && nodeset_has(itself, (unsigned)rec->candidate))
            slot->granted[rec->candidate] |= itself;
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    if (s->tie.open)
        settle(s, in, res);
    result_settle(res, "elections");
}

const struct checker check_election_safety = {
    .name = "electionSafety",
    .property = "A term has at most one leader, elected by a quorum of its configuration.",
    .source = "thesis 3.2 (election safety), 3.4, 4.3",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON_NODES,
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
