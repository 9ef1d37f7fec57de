/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages that have become void: whatever happens from here on, nobody does anything because of
 * them. message.h knows some by their receiver's disk alone; these take a look at both ends. */
#ifndef EXPLORE_DEAD_H
#define EXPLORE_DEAD_H

#include "emulator/explore/cluster.h"
#include "emulator/explore/memo.h"

/* The one at a place of c's: its receiver, which is up, will never change because of it, and sends
 * nothing but what is void, too. dead.c has the argument, type by type; that a message stays void
 * is tested in every state of small bounds. */
bool ex_message_is_dead(struct ex_memo *memo, const struct ex_cluster *c, uint32_t at);

#endif
