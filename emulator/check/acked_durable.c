/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write that was answered with OK had been committed, and at the end a quorum still has it. */
#include "emulator/check/registry.h"

struct state {
    uint64_t acked;    /* greatest index answered with OK */
    uint64_t acked_id; /* its operation, held */
    bool any;
    uint64_t tie_id; /* answered, but its commit may follow at the same instant; held */
    uint64_t tie_ns;
    bool tie;
};

static bool is_traced(const struct view *view)
{
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        if (view->nodes[i].known)
            return true;
    }
    return false;
}

static void early(const struct check_input *in, const struct history_op *op,
                  struct check_result *res)
{
    unsigned long long index = op->index;
    unsigned long long committed = in->view->committed.last;
    if (!result_violate(res, "a write at index %llu was answered with OK before it was committed",
                        index))
        return;
    result_operation(res, in->history, op);
    result_paragraph(res,
                     "The client was told OK for its write at index %llu. No node had reported an "
                     "index beyond %llu as committed by then, so a crash could still lose it.",
                     index, committed);
}

static void settle(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct history_op *op = history_get(in->history, s->tie_id);
    s->tie = false;
    if (in->view->committed.last < op->index)
        early(in, op, res);
    history_release(in->history, s->tie_id);
}

/* The newest one is all that the end has to know: its index is the greatest. */
static void remember(struct state *s, const struct check_input *in, const struct history_op *op)
{
    if (s->any)
        history_release(in->history, s->acked_id);
    s->any = true;
    s->acked = op->index;
    s->acked_id = op->id;
    history_hold(in->history, op->id);
}

static void on_return(struct state *s, const struct check_input *in, const struct trace_record *rec,
                      struct check_result *res)
{
    const struct history_op *op = history_get(in->history, rec->op);
    if (op->outcome != HISTORY_OK || history_only_looks(op->kind) || op->index == 0 ||
        !is_traced(in->view))
        return;
    res->seen++;
    if (op->index > s->acked)
        remember(s, in, op);
    if (in->view->committed.last >= op->index ||
        (s->tie && history_get(in->history, s->tie_id)->index >= op->index))
        return;
    if (s->tie)
        history_release(in->history, s->tie_id);
    s->tie = true;
    s->tie_ns = rec->t;
    s->tie_id = op->id; /* with the greatest index of the instant */
    history_hold(in->history, op->id);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (s->tie && rec->t > s->tie_ns)
        settle(s, in, res);
    if (rec->ev == TRACE_clientReturn)
        on_return(s, in, rec, res);
}

/* The newest configuration that is known to be committed anywhere. */
static const struct view_config *newest_config(const struct view *view)
{
    const struct view_config *best = NULL;
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        const struct view_config *c = view_config_committed(&view->nodes[i]);
        if (c != NULL && (best == NULL || c->index > best->index))
            best = c;
    }
    return best;
}

/* It has the entry, or may have it for all the trace says. term: of the entry; 0: not known. */
static bool keeps(const struct view_node *n, uint64_t index, uint64_t term)
{
    uint64_t have = n->role == VIEW_DOWN ? n->durable : n->log.last;
    uint64_t mine = view_log_term(&n->log, index);
    return !n->known || n->image >= index ||
           (have >= index && (mine == term || mine == 0 || term == 0));
}

/* Voters that do, on their own disk or a copy of it. */
static nodeset keepers(const struct check_input *in, nodeset voters, uint64_t index)
{
    nodeset set = voters & in->bad_disks;
    uint64_t term = view_log_term(&in->view->committed, index);
    for (nodeset left = voters; left != 0; left &= left - 1) {
        unsigned i = (unsigned)nodeset_first(left);
        for (nodeset same = view_member(in->view, i); same != 0; same &= same - 1) {
            if (keeps(&in->view->nodes[nodeset_first(same)], index, term))
                set |= NODE_BIT(i);
        }
    }
    return set;
}

static void at_the_end(const struct state *s, const struct check_input *in,
                       struct check_result *res)
{
    const struct view_config *config = newest_config(in->view);
    if (config == NULL || config->voters == 0)
        return;
    nodeset have = keepers(in, config->voters | config->old, s->acked);
    if (view_is_quorum(config, have))
        return;
    const struct history_op *op = history_get(in->history, s->acked_id);
    unsigned some = nodeset_count(have);
    unsigned all = nodeset_count(config->voters | config->old);
    const char *joint = config->old != 0 ? ", each half of which needs a majority" : "";
    if (!result_violate(res, "an acknowledged write is gone: index %llu is on %u of %u voters%s",
                        (unsigned long long)s->acked, some, all, joint))
        return;
    result_operation(res, in->history, op);
    result_paragraph(res,
                     "The client was told OK for its write at index %llu. When the run ended, only "
                     "%u of the %u voters%s held that entry in their log or image, so the cluster "
                     "no longer guarantees it.",
                     (unsigned long long)s->acked, some, all,
                     config->old != 0 ? " of a joint configuration" : "");
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    if (s->tie)
        settle(s, in, res);
    if (s->any)
        at_the_end(s, in, res);
    result_settle(res, "acknowledged writes with a log index");
}

const struct checker check_acked_durable = {
    .name = "ackedDurable",
    .property = "A write answered with OK is committed, and survives to the end on a quorum.",
    .source = "thesis 6.3, 3.6.2",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(committed) | CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
