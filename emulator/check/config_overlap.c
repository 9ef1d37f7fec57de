/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A leader changes the configuration one committed step at a time, quorums of consecutive
 * configurations meet, and nobody leads by one older than what it knows to be committed. */
#include "emulator/check/registry.h"

/* Do all majorities of two voter sets share a member? */
static bool majorities_meet(nodeset a, nodeset b)
{
    int only_a = (int)nodeset_count(a & ~b);
    int only_b = (int)nodeset_count(b & ~a);
    int both = (int)nodeset_count(a & b);
    int from_a = (only_a + both) / 2 + 1 - only_a; /* must be taken from the common part */
    int from_b = (only_b + both) / 2 + 1 - only_b;
    return (from_a > 0 ? from_a : 0) + (from_b > 0 ? from_b : 0) > both;
}

/* A joint configuration's quorum holds a majority of each half: one meeting pair is enough. */
static bool quorums_meet(const struct view_config *a, const struct view_config *b)
{
    if (majorities_meet(a->voters, b->voters))
        return true;
    if (a->old != 0 && majorities_meet(a->old, b->voters))
        return true;
    if (b->old != 0 && majorities_meet(a->voters, b->old))
        return true;
    return a->old != 0 && b->old != 0 && majorities_meet(a->old, b->old);
}

static void disjoint(const struct check_input *in, const struct trace_record *rec,
                     const struct view_config *prev, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res, "quorums of the configurations at %llu and %llu need not meet",
                        (unsigned long long)prev->index, (unsigned long long)rec->index))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s replaced the configuration at index %llu by the one at index %llu. A "
                     "majority of the first and a majority of the second can be disjoint, so both "
                     "could elect a leader and commit at once. Change one voter at a time, or go "
                     "through a joint configuration.",
                     node, (unsigned long long)prev->index, (unsigned long long)rec->index);
}

static void too_early(const struct check_input *in, const struct trace_record *rec,
                      const char *what, uint64_t index, uint64_t commit, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res, "%s appended a configuration at %llu while %s at %llu is uncommitted",
                        node, (unsigned long long)rec->index, what, (unsigned long long)index))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s, leader of term %llu, appended the configuration at index %llu. Its "
                     "commit index was %llu, below %s at index %llu. Two open changes, or a change "
                     "before the leader's first entry of its term is committed, allow two "
                     "majorities that do not meet.",
                     node, (unsigned long long)rec->term, (unsigned long long)rec->index,
                     (unsigned long long)commit, what, (unsigned long long)index);
}

/* A leader counts by a configuration that is no older than what it knows to be committed. */
static void on_leader(const struct check_input *in, const struct trace_record *rec,
                      struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_config *due = view_config_agreed(in->view, n->commit);
    const char *node = trace_names_text(in->names, rec->node);
    if (due == NULL || !trace_has(rec, TRACE_HAS_config_index))
        return;
    res->seen++;
    if (rec->config_index >= due->index)
        return;
    if (!result_violate(
            res, "%s leads by the configuration at %llu, but the one at %llu is committed", node,
            (unsigned long long)rec->config_index, (unsigned long long)due->index))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s knew everything up to index %llu to be committed, and with it the "
                     "configuration at index %llu. It was elected, and counts, by an older one: "
                     "what it takes for a majority need not meet the majorities of the others.",
                     node, (unsigned long long)n->commit, (unsigned long long)due->index);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_config *prev = view_config_latest(n);
    (void)state;
    if (rec->ev == TRACE_becameLeader && !in->facts->forced_recovery)
        on_leader(in, rec, res);
    if (rec->ev == TRACE_becameLeader)
        return;
    if (n->role != VIEW_LEADER || n->term != rec->term || prev == NULL ||
        prev->index >= rec->index || prev->voters == 0 || in->facts->forced_recovery)
        return;
    struct view_config next = {rec->index, rec->voters, rec->old, rec->learners};
    uint64_t first = view_log_term_start(&n->log, rec->term);
    res->seen++;
    if (prev->index > n->commit)
        too_early(in, rec, "the previous configuration", prev->index, n->commit, res);
    else if ((first != 0 || view_log_term(&n->log, n->log.last) != 0) &&
             (first == 0 || first > n->commit))
        too_early(in, rec, "the first entry of its term", first != 0 ? first : n->log.last + 1,
                  n->commit, res);
    else if (!quorums_meet(prev, &next))
        disjoint(in, rec, prev, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "configurations");
}

const struct checker check_config_overlap = {
    .name = "configOverlap",
    .property = "One configuration change at a time; quorums of neighbours always meet.",
    .source = "thesis 4.1, 4.3; Ongaro, raft-dev, July 2015",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(configAppended) | CHECKER_ON(becameLeader),
    .state_size = 1,
    .feed = feed,
    .finish = finish,
};
