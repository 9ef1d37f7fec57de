/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole nodes as tests of members begin and end with them. What fails fails the test. */
#ifndef TESTS_SUPPORT_MEMBER_NODES_H
#define TESTS_SUPPORT_MEMBER_NODES_H

#include "base/units.h"
#include "tests/support/nodes.h"

#define MEMBER_NODES_LIMIT (20 * NS_PER_S)

/* n1 alone, which leads; n1 to n3, all voters, led by n1. */
void nodes_open_one(struct nodes *n, uint64_t seed);
void nodes_open_three(struct nodes *n, uint64_t seed);
/* Closes them. The laboratory's checkers find nothing wrong with what happened. */
void nodes_done(struct nodes *n);
/* Both print what they did not find. status_has: RAFT STATUS of node i has that part. */
bool reply_begins(const char *reply, const char *with);
bool status_has(struct nodes *n, unsigned i, const char *part);

#endif
