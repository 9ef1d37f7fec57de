/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All nodes commit the same entry at an index, and reach the same state by applying it. */
#include "emulator/check/marks.h"
#include "emulator/check/registry.h"

#define COMMITS 1024u

struct commit {
    uint64_t index;
    struct event_ref ref;
};

struct state {
    struct marks digests;
    struct commit commits[COMMITS]; /* ring: who first reported everything up to index */
    size_t next;
    uint64_t last;
};

static void differ(const struct check_input *in, const struct mark_slot *old,
                   const struct trace_record *rec, uint64_t digest, struct check_result *res)
{
    const char *first = trace_names_text(in->names, old->first.node);
    const char *second = trace_names_text(in->names, rec->node);
    unsigned long long index = old->index;
    bool once_more = old->first.node == rec->node;
    if (!(once_more ? result_violate(res, "%s applied index %llu again and is in another state",
                                     first, index)
                    : result_violate(res,
                                     "%s and %s are in different states after applying index "
                                     "%llu",
                                     first, second, index)))
        return;
    result_event(res, in->names, old->first, "state %016llx after index %llu",
                 (unsigned long long)old->value, index);
    result_event(res, in->names, event_ref_of(rec), "state %016llx after index %llu",
                 (unsigned long long)digest, index);
    result_paragraph(res,
                     "After applying the log up to index %llu, %s and %s hold different data. "
                     "Either they applied different entries, or one entry twice or in another "
                     "order, or applying is not deterministic.",
                     index, first, once_more ? "the same node of another time" : second);
}

static void on_digest(struct state *s, const struct check_input *in, const struct trace_record *rec,
                      struct trace_mark mark, struct check_result *res)
{
    const struct mark_slot *old =
        marks_meet(&s->digests, mark.index, 0, mark.value, event_ref_of(rec));
    if (old == NULL)
        return;
    res->seen += old->first.node != rec->node; /* itself, once more: after a restart */
    if (old->value != mark.value)
        differ(in, old, rec, mark.value, res);
}

static struct event_ref first_commit(const struct state *s, uint64_t index)
{
    struct event_ref ref = {0};
    for (size_t i = 0; i < COMMITS && i < s->next; i++) {
        const struct commit *c = &s->commits[(s->next - 1 - i) % COMMITS];
        if (c->index < index)
            break;
        ref = c->ref;
    }
    return ref;
}

static void two_entries(const struct state *s, const struct check_input *in,
                        const struct trace_record *rec, uint64_t index, uint64_t theirs,
                        uint64_t mine, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    struct event_ref first = first_commit(s, index);
    unsigned long long at = index;
    if (!result_violate(res, "two different entries were committed at index %llu", at))
        return;
    result_event(res, in->names, first, "index %llu committed with term %llu", at,
                 (unsigned long long)theirs);
    result_event(res, in->names, event_ref_of(rec), "index %llu committed with term %llu", at,
                 (unsigned long long)mine);
    result_paragraph(res,
                     "The entry committed at index %llu had term %llu. %s reported the same index "
                     "as committed with an entry of term %llu: a committed entry was replaced, and "
                     "the nodes will execute different commands there.",
                     at, (unsigned long long)theirs, node, (unsigned long long)mine);
}

/* Compares the newly committed part of this log with what is known to be committed. */
static void on_committed(struct state *s, const struct check_input *in,
                         const struct trace_record *rec, struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_log *all = &in->view->committed;
    uint64_t compared = 0;
    uint64_t at = view_log_differ(&n->log, all, n->commit + 1, rec->to, &compared);
    res->seen += compared;
    if (at != 0) {
        two_entries(s, in, rec, at, view_log_term(all, at), view_log_term(&n->log, at), res);
        return;
    }
    if (rec->to > s->last) {
        s->commits[s->next++ % COMMITS] = (struct commit){rec->to, event_ref_of(rec)};
        s->last = rec->to;
    }
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (rec->ev == TRACE_committed) {
        on_committed(s, in, rec, res);
        return;
    }
    for (uint32_t i = 0; i < rec->marks_count; i++)
        on_digest(s, in, rec, rec->marks[i], res);
    if (trace_has(rec, TRACE_HAS_digest))
        on_digest(s, in, rec, (struct trace_mark){rec->to, rec->digest}, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "committed ranges and states of two nodes");
}

const struct checker check_state_machine_safety = {
    .name = "stateMachineSafety",
    .property = "At one index all nodes commit the same entry and reach the same state.",
    .source = "thesis 3.2 (state machine safety), 3.6",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(committed) | CHECKER_ON(applied),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
