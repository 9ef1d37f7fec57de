/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A minority that is cut off commits nothing and acknowledges nothing. */
#include "emulator/check/registry.h"

#include <string.h>

/* The window is given by the scenario's judge, or told by the fault log. */
struct state {
    nodeset nodes;
    uint64_t from_ns;
    uint64_t to_ns; /* 0: not closed */
    bool told;      /* the fault log has opened it */
    bool open;
    uint64_t before; /* last index that a node of the set had appended before the window */
    bool committed;
    struct event_ref first; /* a leader of the set committed something */
    uint64_t index;
    uint64_t asked;    /* writes called in the window, as far as it is known */
    uint64_t asked_ns; /* the first of them */
    uint64_t acked;    /* of them, acknowledged so far */
    uint64_t acked_id; /* the first of these, held */
    uint64_t acked_ns; /* … and when */
};

static void init(void *state, const struct check_input *in)
{
    struct state *s = state;
    s->from_ns = in->params->nodes_count > 0 ? in->params->from_ns : UINT64_MAX;
    s->to_ns = in->params->to_ns;
}

/* Names become known as their nodes appear. */
static bool belongs(struct state *s, const struct check_input *in, int node)
{
    for (size_t i = 0; i < in->params->nodes_count; i++) {
        if (strcmp(in->params->nodes[i], trace_names_text(in->names, node)) == 0)
            s->nodes |= NODE_BIT(node);
    }
    return (s->nodes >> node & 1) != 0;
}

static void open_window(struct state *s, const struct check_input *in)
{
    s->open = true;
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        uint64_t last = in->view->nodes[i].log.last;
        if (in->view->nodes[i].known && belongs(s, in, i) && last > s->before)
            s->before = last;
    }
}

static void hear(struct state *s, const struct check_input *in, const struct trace_record *rec)
{
    if (in->params->nodes_count > 0)
        return;
    if (!s->told && trace_text_is(rec->phase, "apart")) {
        s->told = true;
        s->nodes = rec->targets;
        s->from_ns = rec->t;
        open_window(s, in);
    } else if (s->told && s->to_ns == 0 && trace_text_is(rec->phase, "together")) {
        s->to_ns = rec->t;
    }
}

/* A write that such a node answered. Whether the window was still open then may be known only at
 * the end: of those acknowledged, the first decides. */
static void on_answer(struct state *s, const struct check_input *in, const struct trace_record *rec)
{
    const struct history_op *op = history_get(in->history, rec->op);
    if (history_only_looks(op->kind) || op->node < 0 || op->call_ns < s->from_ns ||
        (s->to_ns != 0 && op->call_ns > s->to_ns) || !belongs(s, in, op->node))
        return;
    if (s->asked++ == 0 || op->call_ns < s->asked_ns)
        s->asked_ns = op->call_ns;
    if (op->outcome != HISTORY_OK || (s->to_ns != 0 && op->ret_ns > s->to_ns))
        return;
    if (s->acked++ > 0)
        return;
    s->acked_id = op->id;
    s->acked_ns = op->ret_ns;
    history_hold(in->history, op->id);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    (void)res;
    if (rec->ev == TRACE_fault) {
        hear(s, in, rec);
        return;
    }
    if (rec->ev == TRACE_clientReturn) {
        on_answer(s, in, rec);
        return;
    }
    if (rec->t < s->from_ns || s->committed)
        return;
    if (!s->open)
        open_window(s, in);
    const struct view_node *n = &in->view->nodes[rec->node];
    /* What was appended and sent earlier may have its acknowledgement waiting in a buffer. */
    bool counts = rec->ev == TRACE_committed && n->role == VIEW_LEADER && n->term == rec->term &&
                  rec->to > n->commit && rec->to > s->before;
    if (!counts || !belongs(s, in, rec->node))
        return;
    s->committed = true;
    s->first = event_ref_of(rec);
    s->index = rec->to;
}

static uint64_t window_end(const struct state *s, const struct check_input *in)
{
    return s->to_ns != 0 ? s->to_ns : in->healed_at_ns;
}

static void judge_commit(const struct state *s, const struct check_input *in,
                         struct check_result *res)
{
    if (!s->committed || s->first.t_ns > window_end(s, in))
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
                     node, (double)s->from_ns / 1e9, (unsigned long long)s->index,
                     (unsigned long long)s->first.term);
}

static void judge_answer(const struct state *s, const struct check_input *in,
                         struct check_result *res)
{
    const struct history_op *op = history_get(in->history, s->acked_id);
    const char *node = trace_names_text(in->names, op->node);
    if (!result_violate(res, "%s, cut off from the majority, acknowledged a write", node))
        return;
    result_operation(res, in->history, op);
    result_paragraph(res,
                     "%s was among the nodes that cannot reach a quorum from %.3f s to %.3f s. It "
                     "was asked to write at %.3f s and said OK at %.3f s, though nobody else can "
                     "have stored what it acknowledged.",
                     node, (double)s->from_ns / 1e9, (double)window_end(s, in) / 1e9,
                     (double)op->call_ns / 1e9, (double)op->ret_ns / 1e9);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    judge_commit(s, in, res);
    if (s->asked > 0 && s->asked_ns <= window_end(s, in))
        res->seen = s->asked;
    if (s->acked > 0 && s->acked_ns <= window_end(s, in))
        judge_answer(s, in, res);
    result_settle(res, "writes asked of the nodes that are cut off");
}

const struct checker check_no_progress_expected = {
    .name = "noProgressExpected",
    .property = "Nodes that cannot reach a quorum commit and acknowledge nothing.",
    .source = "thesis 3.6, 6.4",
    .class = CHECKER_LIVENESS,
    .events =
        CHECKER_ON(committed) | CHECKER_ON(appended) | CHECKER_ON(fault) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .init = init,
    .feed = feed,
    .finish = finish,
};
