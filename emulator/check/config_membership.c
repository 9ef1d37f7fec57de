/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who leads is a voter of its latest or its committed configuration. */
#include "emulator/check/registry.h"

static bool votes_in(const struct view_config *c, nodeset member)
{
    return c != NULL && ((c->voters | c->old) & member) != 0;
}

/* A node that starts again does not know what was committed: from the snapshot on, everything may
 * be rolled back, and then its vote, or its lead, is needed again. */
struct state {
    uint64_t commit[TRACE_NODES_MAX]; /* known to be, in this life */
};

static void note_commit(struct state *s, const struct check_input *in,
                        const struct trace_record *rec)
{
    if (rec->ev == TRACE_boot)
        s->commit[rec->node] = in->view->nodes[rec->node].image;
    else if (rec->to > s->commit[rec->node])
        s->commit[rec->node] = rec->to;
}

/* The newest that must be committed. There is one open change at a time: what stood before the
 * newest is, whether the node still knows that or not. */
static const struct view_config *known_committed(const struct view_node *n, uint64_t commit)
{
    size_t at = n->configs_count;
    if (at == 0)
        return NULL;
    at--;
    if (at > 0 && n->configs[at].index > commit)
        at--;
    return &n->configs[at];
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_config *latest = view_config_latest(n);
    if (rec->ev == TRACE_boot || rec->ev == TRACE_committed) {
        note_commit(s, in, rec);
        return;
    }
    if (latest == NULL || latest->voters == 0)
        return;
    if (rec->ev == TRACE_appended && (n->role != VIEW_LEADER || n->term != rec->term))
        return;
    res->seen++;
    nodeset member = view_member(in->view, (unsigned)rec->node);
    if (votes_in(latest, member) || votes_in(known_committed(n, s->commit[rec->node]), member))
        return;
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res, "%s %s in term %llu without being a voter", node,
                        rec->ev == TRACE_appended ? "goes on leading" : "became leader",
                        (unsigned long long)rec->term))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s is no voter of its latest configuration (index %llu), nor of the newest "
                     "one it knows to be committed. Only voters may lead; a leader that removes "
                     "itself steps down when its removal is committed.",
                     node, (unsigned long long)latest->index);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "elections and appends of leaders");
}

const struct checker check_config_membership = {
    .name = "configMembership",
    .property = "A leader is a voter of its latest or its committed configuration.",
    .source = "thesis 4.2.2",
    .class = CHECKER_SAFETY,
    .events =
        CHECKER_ON(becameLeader) | CHECKER_ON(appended) | CHECKER_ON(boot) | CHECKER_ON(committed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
