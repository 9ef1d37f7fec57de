/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which members answer: what a leader says of one that does not any more, and of its return. */
#ifndef NODE_CONTACTS_H
#define NODE_CONTACTS_H

#include "raft/env.h"

/* All zero: this node does not lead. */
struct contacts {
    uint64_t looked_ns; /* 0: not yet */
    uint32_t count;
    struct contact {
        raft_id id;
        uint64_t heard_ns; /* or since when it could be */
        uint64_t lost_ns;  /* while silent: when it was heard last before */
        uint64_t back_ns;  /* while silent: since when it answers all the same; 0: it does not */
        bool silent;       /* for an election timeout, and that was said; its return was not */
        bool explained;    /* so was why, though it runs */
    } list[LIMIT_MEMBERS];
};

struct node;

/* Once a turn. Says each silence and each return once. */
void contacts_look(struct node *n);
/* Of whom is not dialed any more nothing is known. */
void contacts_sweep(struct node *n, const struct node_peer *peers, size_t count);
/* It said something on a connection that it dialed. */
void contacts_heard(struct node *n, raft_id peer);

#define CONTACTS_FAULT_MAX 512
/* Why the other does not take part though it runs: one refuses the other, or it cannot be dialed at
 * the address it says. NULL: not known, and perhaps it does not run. */
const char *contacts_fault(const struct node *n, const struct node_peer *p,
                           char out[CONTACTS_FAULT_MAX]);

#endif
