/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's term never falls; over restarts, no term falls that anybody was told about. */
#include "emulator/check/registry.h"

struct node_terms {
    bool known;
    uint64_t disk;
    uint64_t inc;
    struct event_ref last;     /* with the greatest term of the incarnation */
    struct event_ref promised; /* with the greatest term that left the node as a promise */
};

struct state {
    struct node_terms nodes[TRACE_NODES_MAX];
};

/* Events that speak of a term which must be on disk by then. */
static bool promises(const struct trace_record *rec)
{
    return rec->ev == TRACE_votePersisted || rec->ev == TRACE_appendAccepted ||
           rec->ev == TRACE_becameLeader || (rec->ev == TRACE_voteGranted && !rec->pre);
}

static void fell(const struct check_input *in, struct event_ref high,
                 const struct trace_record *rec, const char *how, struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    unsigned long long from = high.term;
    unsigned long long to = rec->term;
    if (!result_violate(res, "the term of %s fell from %llu to %llu%s", node, from, to, how))
        return;
    result_event(res, in->names, high, NULL);
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s had reached term %llu and then worked in term %llu. Terms are Raft's "
                     "clock: a node that goes back can vote again in a term where it voted "
                     "already, and can accept a leader that was deposed.",
                     node, from, to);
}

/* The disk may be behind: a vote that it was handed in an older term is stored when the node has
 * long gone on. What is on it does not go back either. */
static struct event_ref bound(const struct node_terms *n, const struct trace_record *rec)
{
    return rec->ev == TRACE_votePersisted ? n->promised : n->last;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (rec->node < 0 || rec->ev == TRACE_fault || rec->ev == TRACE_crashed)
        return;
    struct node_terms *n = &s->nodes[rec->node];
    if (n->known && n->disk != rec->disk)
        *n = (struct node_terms){0};
    if (n->known && n->inc == rec->inc) {
        res->seen++;
        if (rec->term < bound(n, rec).term)
            fell(in, bound(n, rec), rec, "", res);
    } else if (n->known && (in->bad_disks >> rec->node & 1) == 0) {
        res->seen++;
        if (rec->term < n->promised.term)
            fell(in, n->promised, rec, " over a restart", res);
    }
    if (!n->known || n->inc != rec->inc || rec->term >= n->last.term)
        n->last = event_ref_of(rec);
    if (promises(rec) && rec->term >= n->promised.term)
        n->promised = event_ref_of(rec);
    n->known = true;
    n->disk = rec->disk;
    n->inc = rec->inc;
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "terms");
}

const struct checker check_term_monotonic = {
    .name = "termMonotonic",
    .property = "A node's term never falls, and no promised term is forgotten by a restart.",
    .source = "thesis 3.3, 3.8",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON_NODES,
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
