/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients that ask for more than they read: their reads wait until there is room for the answers.
 *
 * A read may be executed long after it was confirmed; what it must not do is make an answer nobody
 * takes: a thousand questions for a large value would be gigabytes of them. */
#ifndef NODE_UNREAD_H
#define NODE_UNREAD_H

#include "node/clients/clients.h"

/* A read that is due: whether it is held back, because LIMIT_CLIENT_UNREAD_BYTES of answers wait
 * for its client already. It has no deadline any more: not the node is slow. */
bool unread_holds(struct node *n, struct request *r);
/* Lets those go on whose clients have read half of that. */
void unread_advance(struct node *n);
/* Whether unread_advance would. */
bool unread_has_room(const struct node *n);
/* The client goes: its reads with it. */
void unread_forget(struct node *n, struct client *client);

#endif
