/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/clients/unread.h"

#include "node/node_private.h"

/* Bytes in front of a request's answer. What is answered leaves before it; but not if all of that
 * waits for this one. */
static size_t bytes_before(const struct node *n, const struct client *c, const struct request *r)
{
    size_t on_its_way = n->env.unread == NULL ? 0 : n->env.unread(n->env.arg, c->id);
    return on_its_way + (TAILQ_FIRST(&c->requests) == r ? 0 : c->answered_bytes);
}

static bool has_room(const struct node *n, const struct client *c)
{
    const struct request *first = TAILQ_FIRST(&c->requests);
    bool waits = first != NULL && first->state == REQUEST_HELD_BACK;
    return bytes_before(n, c, waits ? first : NULL) < LIMIT_CLIENT_UNREAD_BYTES / 2;
}

/* Those behind one that waits wait too: a connection never reads backwards. */
bool unread_holds(struct node *n, struct request *r)
{
    struct client *c = r->client;
    if (c == NULL || (!c->held_back && bytes_before(n, c, r) < LIMIT_CLIENT_UNREAD_BYTES))
        return false;
    request_leave_place(&n->clients, r);
    r->state = REQUEST_HELD_BACK;
    if (r->deadline_ns != RAFT_NEVER)
        TAILQ_REMOVE(&n->clients.due, r, due);
    r->deadline_ns = RAFT_NEVER;
    if (!c->held_back)
        TAILQ_INSERT_TAIL(&n->clients.held_back, c, held_back_link);
    c->held_back = true;
    return true;
}

void unread_forget(struct node *n, struct client *client)
{
    if (client->held_back)
        TAILQ_REMOVE(&n->clients.held_back, client, held_back_link);
    client->held_back = false;
}

/* In front of all that came later. */
static void release(struct node *n, struct client *c)
{
    struct request *r;
    TAILQ_FOREACH_REVERSE(r, &c->requests, request_list, in_client)
    {
        if (r->state != REQUEST_HELD_BACK)
            continue;
        r->state = REQUEST_READ_AT;
        TAILQ_INSERT_HEAD(&n->clients.read_at, r, place);
    }
    unread_forget(n, c);
}

void unread_advance(struct node *n)
{
    struct client *c, *next;
    for (c = TAILQ_FIRST(&n->clients.held_back); c != NULL; c = next) {
        next = TAILQ_NEXT(c, held_back_link);
        if (has_room(n, c))
            release(n, c);
    }
}

bool unread_has_room(const struct node *n)
{
    const struct client *c;
    TAILQ_FOREACH(c, &n->clients.held_back, held_back_link)
    {
        if (has_room(n, c))
            return true;
    }
    return false;
}
