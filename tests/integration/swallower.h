/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A way to a node that loses writes, or the replies to them: raftctl's own, told by the words RAFT
 * SESSION WRITE, and INCR without a session. All else passes. */
#ifndef TESTS_SWALLOWER_H
#define TESTS_SWALLOWER_H

struct swallower; /* opaque */

enum swallow {
    SWALLOW_REPLIES, /* the node gets the request; of its reply nothing comes back */
    SWALLOW_REQUESTS /* the node gets nothing */
};

/* Listens at a port of loopback, and passes on to that one. It lives in a process of its own. */
struct swallower *swallower_start(unsigned to_port);
void swallower_stop(struct swallower *s);
unsigned swallower_port(const struct swallower *s);

/* So many of the next ones get lost, each with its connection; -1: all, until told otherwise. */
void swallower_eat(struct swallower *s, enum swallow what, int count);
/* How many are to get lost yet. */
int swallower_left(const struct swallower *s);

#endif
