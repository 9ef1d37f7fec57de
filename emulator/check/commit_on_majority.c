/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A leader commits only an entry of its own term that a quorum of its latest configuration holds
 * on disk. */
#include "emulator/check/registry.h"

#define TIES 16u

/* A commit whose last sync may still follow at the same instant of the merged trace. */
struct tie {
    struct event_ref ref;
    uint64_t index;
    uint64_t term;
    struct view_config config;
};

/* What a node told a leader of that term it has. */
struct told {
    uint64_t term;
    uint64_t match;
};

struct state {
    struct tie ties[TIES];
    size_t ties_count;
    struct told told[TRACE_NODES_MAX];
};

static bool holds(const struct view_node *n, const struct tie *tie)
{
    return n->image >= tie->index ||
           (n->durable >= tie->index && view_log_term(&n->log, tie->index) == tie->term);
}

static bool member_holds(const struct check_input *in, unsigned member, const struct tie *tie)
{
    const struct view_node *nodes = in->view->nodes;
    if (holds(&nodes[member], tie))
        return true;
    nodeset left = view_member(in->view, member);
    while (left != 0 && !holds(&nodes[nodeset_first(left)], tie))
        left &= left - 1;
    return left != 0;
}

/* Who holds the entry of a tie on disk. A disk that went bad may have lost it while the node's
 * word, given when it had it, was on its way. */
static nodeset holders(const struct state *s, const struct check_input *in, const struct tie *tie)
{
    nodeset set = 0;
    for (nodeset left = tie->config.voters | tie->config.old; left != 0; left &= left - 1) {
        unsigned i = (unsigned)nodeset_first(left);
        bool had = nodeset_has(in->bad_disks, i) && s->told[i].term == tie->term &&
                   s->told[i].match >= tie->index;
        if (had || !in->view->nodes[i].known || member_holds(in, i, tie))
            set |= NODE_BIT(i);
    }
    return set;
}

static bool is_held(const struct state *s, const struct check_input *in, const struct tie *tie)
{
    return view_is_quorum(&tie->config, holders(s, in, tie));
}

static void note_told(struct state *s, const struct trace_record *rec)
{
    struct told *told = &s->told[rec->node];
    if (told->term != rec->for_term)
        *told = (struct told){.term = rec->for_term};
    if (rec->match > told->match)
        told->match = rec->match;
}

static void too_few(const struct state *s, const struct check_input *in, const struct tie *tie,
                    struct check_result *res)
{
    const char *node = trace_names_text(in->names, tie->ref.node);
    nodeset voters = tie->config.voters | tie->config.old;
    unsigned have = nodeset_count(holders(s, in, tie));
    unsigned long long index = tie->index;
    if (!result_violate(res, "%s committed index %llu that only %u of %u voters hold on disk", node,
                        index, have, nodeset_count(voters)))
        return;
    result_event(res, in->names, tie->ref, "committed up to index %llu in term %llu", index,
                 (unsigned long long)tie->ref.term);
    result_paragraph(res,
                     "%s, leader of term %llu, declared index %llu committed. At that moment the "
                     "entry was synced on %u of the %u voters of its latest configuration, which "
                     "is no quorum%s: if those fail, the entry is gone although clients may have "
                     "been told it is safe.",
                     node, (unsigned long long)tie->ref.term, index, have, nodeset_count(voters),
                     tie->config.old != 0 ? " (both halves of a joint configuration need one)"
                                          : "");
}

static void settle(struct state *s, const struct check_input *in, struct check_result *res)
{
    for (size_t i = 0; i < s->ties_count; i++) {
        if (!is_held(s, in, &s->ties[i]))
            too_few(s, in, &s->ties[i], res);
    }
    s->ties_count = 0;
}

static void old_term(const struct check_input *in, const struct trace_record *rec, uint64_t term,
                     struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    unsigned long long index = rec->to;
    if (!result_violate(res,
                        "%s, leader of term %llu, committed index %llu of term %llu by counting",
                        node, (unsigned long long)rec->term, index, (unsigned long long)term))
        return;
    result_event(res, in->names, event_ref_of(rec), "committed up to index %llu", index);
    result_paragraph(res,
                     "A leader may count copies only of entries of its own term. %s leads term "
                     "%llu and committed up to index %llu, an entry of term %llu. Such an entry "
                     "can be on a majority and still be overwritten by a leader whose last entry "
                     "has a newer term (figure 3.7 of the thesis).",
                     node, (unsigned long long)rec->term, index, (unsigned long long)term);
}

static void on_committed(struct state *s, const struct check_input *in,
                         const struct trace_record *rec, struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    if (n->role != VIEW_LEADER || n->term != rec->term || rec->to <= n->commit)
        return;
    uint64_t term = view_log_term(&n->log, rec->to);
    if (term == 0)
        return;
    res->seen++;
    if (term != rec->term) {
        old_term(in, rec, term, res);
        return;
    }
    const struct view_config *config = view_config_latest(n);
    if (config == NULL || config->voters == 0)
        return;
    struct tie tie = {event_ref_of(rec), rec->to, term, *config};
    if (is_held(s, in, &tie))
        return;
    if (s->ties_count == TIES)
        too_few(s, in, &tie, res);
    else
        s->ties[s->ties_count++] = tie;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (s->ties_count > 0 && rec->t > s->ties[0].ref.t_ns)
        settle(s, in, res);
    if (rec->ev == TRACE_committed)
        on_committed(s, in, rec, res);
    else if (rec->ev == TRACE_appendAccepted)
        note_told(s, rec);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    settle(state, in, res);
    result_settle(res, "commits of leaders");
}

const struct checker check_commit_on_majority = {
    .name = "commitOnMajority",
    .property = "A leader commits only entries of its term that a quorum holds durably.",
    .source = "thesis 3.6.2, figure 3.7; 4.3; 10.2.1",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON_NODES,
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
