/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a forced recovery makes of a membership, shared by a running node and a directory at rest.
 * Private to the node. */
#ifndef NODE_RECOVERY_H
#define NODE_RECOVERY_H

#include "node/members/members_codec.h"

/* The membership after it: self alone, of the next generation; all others are given up, and known
 * as such from now on (of more than LIMIT_MEMBERS the newest). */
void recovery_membership(const struct membership *old, const struct node_peer *self,
                         struct membership *ret);

/* Those of the lost with that id. */
bool recovery_gave_up(const struct membership *m, raft_id id);

/* Whether number i of the lost is one to tell people of: each is a disk, so an id that was emptied,
 * came back and was given up again has several, and whoever is a member now its older ones. */
bool recovery_tells(const struct membership *m, uint32_t i);

#endif
