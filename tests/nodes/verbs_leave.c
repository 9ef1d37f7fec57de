/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes that go in order, as a process does that is told to: leave, handover, parting. */
#include "tests/nodes/stage.h"

#include <string.h>

static const char *parting_text(enum node_parting how)
{
    switch (how) {
    case NODE_STAYS: return "stays";
    case NODE_PARTING: return "is on its way";
    case NODE_LEFT: return "has left";
    case NODE_STOPS: return "stops as a member";
    case NODE_LEAVE_UNKNOWN: return "stops, and does not know whether it has left";
    case NODE_REMOVED: return "was removed";
    }
    return "?";
}

/* A process that is done with its way out ends; whatever matters is on its disk by then. */
static void end_those_done(struct stage *s)
{
    for (unsigned i = 0; i < s->n.count; i++) {
        struct nodes_one *one = &s->n.one[i];
        enum node_parting how =
            one->node == NULL || one->fatal != 0 ? NODE_STAYS : node_parting(one->node);
        if (how == NODE_STAYS || how == NODE_PARTING)
            continue;
        buf_putf(s->out, "%s %s, exit %d\n", one->name, parting_text(how), node_parting_exit(how));
        nodes_crash(&s->n, i, MEMVFS_CUT_LOSE);
    }
}

/* leave n2...: they are told to leave, all at this instant. */
static int verb_leave(struct stage *s, struct words *line)
{
    do {
        unsigned i = stage_running(s, line);
        if (line->err.code < 0)
            return line->err.code;
        node_leave(s->n.one[i].node, nodes_clock(&s->n, i));
    } while (words_peek(line) != NULL);
    return words_end(line);
}

/* handover n1: it is told to stop, and to hand leadership over before. */
static int verb_handover(struct stage *s, struct words *line)
{
    unsigned i = stage_running(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    node_hand_over(s->n.one[i].node, nodes_clock(&s->n, i));
    return 0;
}

/* parting D: time passes, and whoever is done with its way out ends. */
static int verb_parting(struct stage *s, struct words *line)
{
    uint64_t span_ns = words_duration(line);
    if (words_end(line) < 0)
        return line->err.code;
    for (uint64_t end_ns = s->n.now_ns + span_ns; s->n.now_ns < end_ns;) {
        nodes_run(&s->n, NS_PER_MS);
        end_those_done(s);
    }
    return 0;
}

const struct stage_verb stage_verbs_leave[] = {
    {"leave", verb_leave}, {"handover", verb_handover}, {"parting", verb_parting}, {NULL, NULL}};
