/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Within one life of a node: commit and applied never fall, applied <= commit <= last,
 * durable <= last, nothing committed is cut off, and nothing is forgotten unsaid. */
#include "emulator/check/registry.h"

struct state {
    struct event_ref committed[TRACE_NODES_MAX];
    uint64_t synced[TRACE_NODES_MAX]; /* of the log, and not cut since */
};

static void broken(const struct state *s, const struct check_input *in,
                   const struct trace_record *rec, const char *rule, uint64_t value, uint64_t bound,
                   struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    const char *event = trace_event_name(rec->ev);
    unsigned long long v = value;
    unsigned long long b = bound;
    if (!result_violate(res, "%s: %s %llu, but %s %llu", node, event, v, rule, b))
        return;
    result_event(res, in->names, s->committed[rec->node], NULL);
    result_event(res, in->names, event_ref_of(rec), "%s %llu", event, v);
    result_paragraph(res,
                     "A node keeps applied <= commit <= end of its log, and none of commit and "
                     "applied ever falls while it runs. Here %s reported %s with %llu although %s "
                     "%llu.",
                     node, event, v, rule, b);
}

/* The log holds the last entry of the image, and what follows stays. */
static bool continues(const struct check_input *in, const struct view_node *n, uint64_t index)
{
    uint64_t term = view_log_term(&in->view->committed, index);
    return term != 0 && view_log_term(&n->log, index) == term;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct view_node *n = &in->view->nodes[rec->node];
    if (rec->ev == TRACE_boot) {
        s->synced[rec->node] = 0;
        return;
    }
    if (!n->known || n->inc != rec->inc || n->disk != rec->disk)
        return;
    res->seen++;
    switch ((int)rec->ev) {
    case TRACE_committed:
        if (rec->to < n->commit)
            broken(s, in, rec, "commit was already", rec->to, n->commit, res);
        else if (rec->to > n->log.last)
            broken(s, in, rec, "the log ends at", rec->to, n->log.last, res);
        s->committed[rec->node] = event_ref_of(rec);
        break;
    case TRACE_applied:
        if (rec->to < n->applied)
            broken(s, in, rec, "applied was already", rec->to, n->applied, res);
        else if (rec->to > n->commit)
            broken(s, in, rec, "commit is only", rec->to, n->commit, res);
        break;
    case TRACE_truncated:
        if (rec->from <= n->commit)
            broken(s, in, rec, "commit is", rec->from, n->commit, res);
        if (rec->from <= s->synced[rec->node])
            s->synced[rec->node] = rec->from - 1;
        break;
    case TRACE_fsyncEnd:
        if (rec->durable > n->log.last)
            broken(s, in, rec, "the log ends at", rec->durable, n->log.last, res);
        else if (rec->durable < s->synced[rec->node])
            broken(s, in, rec, "nothing was cut, and before it was", rec->durable,
                   s->synced[rec->node], res);
        s->synced[rec->node] = rec->durable;
        break;
    case TRACE_snapshotTaken:
        if (rec->index > n->applied)
            broken(s, in, rec, "applied is only", rec->index, n->applied, res);
        else if (rec->index > n->durable && rec->index > n->image)
            broken(s, in, rec, "on disk is only", rec->index, n->durable, res);
        break;
    case TRACE_snapshotInstalled:
        if (rec->index < n->applied)
            broken(s, in, rec, "applied was already", rec->index, n->applied, res);
        if (!continues(in, n, rec->index))
            s->synced[rec->node] = 0; /* the log is gone with all that was in it */
        break;
    default: break;
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "indexes");
}

const struct checker check_commit_monotonic = {
    .name = "commitMonotonic",
    .property = "Commit and applied never fall in one life; applied <= commit <= end of the log.",
    .source = "thesis 3.5, figure 3.1",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(boot) | CHECKER_ON(committed) | CHECKER_ON(applied) |
              CHECKER_ON(truncated) | CHECKER_ON(fsyncEnd) | CHECKER_ON(snapshotTaken) |
              CHECKER_ON(snapshotInstalled),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
