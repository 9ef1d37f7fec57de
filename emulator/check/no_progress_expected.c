/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A minority that is cut off commits nothing and acknowledges nothing. */
#include "emulator/check/registry.h"

#include <string.h>

struct state {
    uint64_t nodes;
    uint64_t before; /* last index that a node of the set had appended before the window */
    bool committed;
    struct event_ref first; /* a leader of the set committed something */
    uint64_t index;
};

static void init(void *state, const struct check_input *in)
{
    struct state *s = state;
    for (size_t i = 0; i < in->params->nodes_count; i++) {
        const char *name = in->params->nodes[i];
        int node = trace_names_find(in->names, name, strlen(name));
        if (node >= 0)
            s->nodes |= 1ull << node;
    }
}

/* Names become known as their nodes appear. */
static bool belongs(struct state *s, const struct check_input *in, int node)
{
    for (size_t i = 0; i < in->params->nodes_count; i++) {
        if (strcmp(in->params->nodes[i], trace_names_text(in->names, node)) == 0)
            s->nodes |= 1ull << node;
    }
    return (s->nodes >> node & 1) != 0;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct view_node *n = &in->view->nodes[rec->node];
    (void)res;
    if (rec->ev == TRACE_appended) {
        if (rec->t < in->params->from_ns && rec->to > s->before && belongs(s, in, rec->node))
            s->before = rec->to;
        return;
    }
    /* What was appended and sent earlier may have its acknowledgement waiting in a buffer. */
    bool counts = n->role == VIEW_LEADER && n->term == rec->term && rec->to > n->commit &&
                  rec->to > s->before;
    if (s->committed || rec->t < in->params->from_ns || !counts || !belongs(s, in, rec->node))
        return;
    s->committed = true;
    s->first = event_ref_of(rec);
    s->index = rec->to;
}

static uint64_t window_end(const struct check_input *in)
{
    return in->params->to_ns != 0 ? in->params->to_ns : in->healed_at_ns;
}

/* Was the operation asked and answered inside the window? */
static bool inside(const struct check_input *in, const struct history_op *op)
{
    return op->call_ns >= in->params->from_ns && op->ret_ns != HISTORY_NEVER &&
           op->ret_ns <= window_end(in);
}

static void judge_commit(const struct state *s, const struct check_input *in,
                         struct check_result *res)
{
    if (!s->committed || s->first.t_ns > window_end(in))
        return;
    const char *node = trace_names_text(in->names, s->first.node);
    if (!result_violate(res, "%s, cut off from the majority, committed index %llu", node,
                        (unsigned long long)s->index))
        return;
    result_event(res, in->names, s->first, "committed up to index %llu",
                 (unsigned long long)s->index);
    result_paragraph(res,
                     "%s was among the nodes that cannot reach a quorum from %.3f s on, and still "
                     "moved its commit index to %llu as leader of term %llu.",
                     node, (double)in->params->from_ns / 1e9, (unsigned long long)s->index,
                     (unsigned long long)s->first.term);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    const struct history *h = in->history;
    judge_commit(s, in, res);
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->kind == HISTORY_READ || op->node < 0 || !belongs(s, in, op->node))
            continue;
        res->seen += op->call_ns >= in->params->from_ns && op->call_ns <= window_end(in);
        if (op->outcome != HISTORY_OK || !inside(in, op))
            continue;
        if (result_violate(res, "%s, cut off from the majority, acknowledged a write",
                           trace_names_text(in->names, op->node))) {
            result_operation(res, h, op);
            result_paragraph(res, "The write was asked and answered with OK inside the window in "
                                  "which this node cannot reach a quorum.");
        }
    }
    result_settle(res, "writes asked of the nodes that are cut off");
}

const struct checker check_no_progress_expected = {
    .name = "noProgressExpected",
    .property = "Nodes that cannot reach a quorum commit and acknowledge nothing.",
    .source = "thesis 3.6, 6.4",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(committed) | CHECKER_ON(appended),
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
};
