/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cluster of whole nodes of which some leave: the host's part of it, and what is left then. */
#ifndef TESTS_SUPPORT_LEAVERS_H
#define TESTS_SUPPORT_LEAVERS_H

#include "tests/support/nodes.h"

struct leavers {
    struct nodes n;
    bool stops[NODES_MAX];            /* its host wants it to stop */
    enum node_parting how[NODES_MAX]; /* how node i ended; NODE_STAYS: it runs, or was killed */
    uint64_t ended_ns[NODES_MAX];
};

/* count founders with a leader; returns its number. */
unsigned leavers_open(struct leavers *l, unsigned count, uint64_t seed);
void leavers_close(struct leavers *l);

/* SIGTERM to node i with the policy leave, or transfer. */
void leavers_leave(struct leavers *l, unsigned i);
void leavers_hand_over(struct leavers *l, unsigned i);

/* Lets time pass; a node that is done with its way out ends, as its process would. */
void leavers_run(struct leavers *l, uint64_t span_ns);
/* The same until node i has ended; how it did. Fails the test after limit. */
enum node_parting leavers_wait(struct leavers *l, unsigned i, uint64_t limit_ns);
void leavers_restart(struct leavers *l, unsigned i);

/* Voters of the configuration that node i has in force. */
unsigned leavers_voters(const struct leavers *l, unsigned i);
bool leavers_is_member(const struct leavers *l, unsigned i, unsigned of);
/* The mark on node i's disk. */
bool leavers_marked(struct leavers *l, unsigned i);
/* Asks, while time passes in which nodes may end. Reply as of nodes_ask. */
const char *leavers_ask(struct leavers *l, unsigned i, const char *words, uint64_t limit_ns);
/* Somebody who leads takes a write and all running members apply it. */
void leavers_expect_service(struct leavers *l);

#endif
