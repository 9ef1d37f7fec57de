/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether what is applied here may be shown as the state of the cluster. After a start only what
 * the image holds is known to be committed, and the log is applied anew: until this node knows how
 * far that reached, its state is older than anything it has shown in an earlier life. The first
 * leader it hears says how far; or it leads itself. From then on the state only grows, and whoever
 * is cut off goes on showing what it has. */
#include "node/node_private.h"

#include <stdio.h>

/* A leader's commit index counts with its term: before the first entry of its own has committed it
 * does not know what is committed either, but that entry lies above all of it (T 6.4). Heartbeats
 * tell less, since they are cut to what is known of this log. */
static void meet(struct node *n, uint64_t commit)
{
    n->met = (struct raft_pos){.term = n->term, .index = commit};
}

void current_step(struct node *n, const struct raft_event *event)
{
    const struct raft_message *m = event->type == RAFT_RECEIVE ? event->receive.message : NULL;
    if (n->met.term != 0 || n->dead)
        return;
    if (n->role == RAFT_LEADER)
        meet(n, n->commit);
    else if (m != NULL && m->type == RAFT_APPEND && m->term == n->term && m->from == n->leader)
        meet(n, m->commit);
}

/* Once true it stays so: both only grow. */
bool current_is(const struct node *n)
{
    return n->met.term != 0 && n->applied >= n->met.index &&
           raft_term_at(n->raft, n->applied) >= n->met.term;
}

void current_refuse(struct node *n, struct request *r)
{
    char line[192] = "STALE no leader was heard since this node started, so it does not know what "
                     "is committed; try again, or ask another";
    if (n->met.term != 0 && n->applied >= n->met.index)
        (void)snprintf(line, sizeof(line),
                       "STALE this node started lately, and of the entries of term %llu or later, "
                       "which tell what was committed, it has applied none yet; try again, or ask "
                       "another",
                       (unsigned long long)n->met.term);
    else if (n->met.term != 0)
        (void)snprintf(line, sizeof(line),
                       "STALE this node started lately, and has applied %llu of %llu entries or "
                       "more that were committed then; try again, or ask another",
                       (unsigned long long)n->applied, (unsigned long long)n->met.index);
    requests_fail(n, r, line);
}
