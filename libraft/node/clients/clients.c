/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/clients/clients.h"

#include "base/mem.h"
#include "node/clients/unread.h"
#include "node/node_private.h"

#include <string.h>

/* Replies of a pipeline leave together, in parcels of about this size. */
#define DELIVERY_BYTES (1u << 20)

void clients_init(struct clients *c, uint64_t incarnation)
{
    *c = (struct clients){0};
    TAILQ_INIT(&c->dirty);
    TAILQ_INIT(&c->held_back);
    TAILQ_INIT(&c->due);
    TAILQ_INIT(&c->queued);
    TAILQ_INIT(&c->proposed);
    TAILQ_INIT(&c->to_read);
    TAILQ_INIT(&c->reading);
    TAILQ_INIT(&c->read_at);
    /* Numbers of an earlier life must not be mistaken for ours: an answer may still be under way.
     */
    c->next_ctx = incarnation << 40 | 1;
    c->next_forward_id = incarnation << 40 | 1;
}

struct request *request_new(struct clients *c, enum request_kind kind, const void *command,
                            size_t len, uint64_t deadline_ns)
{
    struct request *r = mem_raw(sizeof(*r) + len);
    *r = (struct request){
        .kind = kind, .state = REQUEST_WAITING, .deadline_ns = deadline_ns, .len = len};
    if (len > 0)
        memcpy(r->command, command, len);
    r->entry_kind = ENTRY_DATA;
    buf_init(&r->reply, LIMIT_REPLY_BYTES * 2);
    if (deadline_ns != RAFT_NEVER)
        TAILQ_INSERT_TAIL(&c->due, r, due);
    c->requests_bytes += len;
    return r;
}

void request_leave_place(struct clients *c, struct request *r)
{
    switch (r->state) {
    case REQUEST_QUEUED:
        TAILQ_REMOVE(r->kind == REQUEST_READ ? &c->to_read : &c->queued, r, place);
        break;
    case REQUEST_PROPOSED:
        TAILQ_REMOVE(&c->proposed, r, place);
        ASSERT(c->proposed_bytes >= r->len);
        c->proposed_bytes -= r->len;
        break;
    case REQUEST_FORWARDED: (void)idmap_take(&c->forwards, r->forward_id); break;
    case REQUEST_READING: TAILQ_REMOVE(&c->reading, r, place); break;
    case REQUEST_READ_AT: TAILQ_REMOVE(&c->read_at, r, place); break;
    case REQUEST_WAITING:
    case REQUEST_HELD_BACK:
    case REQUEST_ANSWERED: break;
    }
}

void request_free(struct clients *c, struct request *r)
{
    ASSERT(r->state == REQUEST_ANSWERED && r->client == NULL);
    ASSERT(c->requests_bytes >= r->len);
    c->requests_bytes -= r->len;
    watch_set_unref(c, r->watches);
    buf_free(&r->reply);
    mem_free(r);
}

void client_touch(struct clients *c, struct client *client)
{
    if (client->dirty)
        return;
    client->dirty = true;
    TAILQ_INSERT_TAIL(&c->dirty, client, dirty_link);
}

/* Whether r cannot overtake what runs already. Reads of one mode come to their points in their
 * order, but that a lease serves at once while earlier reads wait for a round, having come when it
 * did not hold. */
static bool runs_beside(const struct request *running, const struct request *r)
{
    if (r->kind != running->kind || r->kind == REQUEST_WRITE)
        return r->kind == running->kind;
    bool passes = r->mode == READ_LEASE && running->state == REQUEST_READING;
    return r->mode == running->mode && !passes;
}

void client_advance(struct node *n, struct client *client)
{
    struct request *r, *running = NULL; /* the newest of what is under way */
    TAILQ_FOREACH(r, &client->requests, in_client)
    {
        if (r->state == REQUEST_ANSWERED || r->kind == REQUEST_ADMIN)
            continue;
        if (running != NULL && !runs_beside(running, r))
            return;
        if (r->state == REQUEST_WAITING)
            requests_issue(n, r);
        if (r->state != REQUEST_ANSWERED)
            running = r;
    }
}

/* [reply, index] for connections that asked to know the log index behind each reply. */
static void put_reply(struct client *client, const struct request *r)
{
    bool indexed = r->indexed && r->kind != REQUEST_ADMIN && !r->starts_watch;
    if (indexed)
        respw_array(&client->out, 2);
    if (r->version == RESP3 && r->kind == REQUEST_WRITE) {
        int code = respw_upgrade(&client->out, span_of(r->reply.data, r->reply.len));
        ASSERT(code == 0);
    } else {
        buf_put(&client->out, r->reply.data, r->reply.len);
    }
    if (indexed)
        respw_unsigned(&client->out, r->reply_index);
}

static void flush(struct node *n, struct client *client)
{
    ASSERT(
        !client->out.overflow); /* a reply left out would make the later ones answers to others */
    if (client->out.len > 0)
        n->env.reply(n->env.arg, client->id, client->out.data, client->out.len);
    if (client->out.cap > DELIVERY_BYTES)
        buf_free(&client->out); /* a large reply is rare, connections are many */
    else
        buf_reset(&client->out);
}

static void deliver(struct node *n, struct client *client)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&client->requests)) != NULL && r->state == REQUEST_ANSWERED) {
        if (client->out.len + r->reply.len > DELIVERY_BYTES)
            flush(n, client);
        put_reply(client, r);
        TAILQ_REMOVE(&client->requests, r, in_client);
        client->requests_count--;
        ASSERT(client->answered_bytes >= r->reply.len);
        client->answered_bytes -= r->reply.len;
        r->client = NULL;
        request_free(&n->clients, r);
    }
    flush(n, client);
    if (client->closing && client->requests_count == 0)
        n->env.hang_up(n->env.arg, client->id);
}

void clients_deliver(struct node *n)
{
    struct client *client;
    while ((client = TAILQ_FIRST(&n->clients.dirty)) != NULL) {
        TAILQ_REMOVE(&n->clients.dirty, client, dirty_link);
        client->dirty = false;
        client_advance(n, client);
        deliver(n, client);
    }
}

void node_on_client(struct node *node, uint64_t client)
{
    struct client *c = mem_raw(sizeof(*c));
    *c = (struct client){.id = client,
                         .version = RESP2,
                         .stale_ns = node->options.max_staleness_ns,
                         .redirects = node->options.redirects};
    TAILQ_INIT(&c->requests);
    buf_init(&c->out, LIMIT_ENTRY_BYTES * 8);
    idmap_put(&node->clients.by_id, client, c);
    node->clients.count++;
    node->clients.connections_total++;
}

void node_trust_client(struct node *node, uint64_t client)
{
    struct client *c = idmap_get(&node->clients.by_id, client);
    ASSERT(c != NULL);
    c->trusted = true;
}

/* A read that no deadline ends any more. */
static bool held_once(const struct request *r)
{
    return r->kind == REQUEST_READ && r->deadline_ns == RAFT_NEVER;
}

void node_on_client_ended(struct node *node, uint64_t client)
{
    struct client *c = idmap_get(&node->clients.by_id, client);
    if (c != NULL)
        c->ended = true;
}

void node_on_client_gone(struct node *node, uint64_t client)
{
    struct client *c = idmap_take(&node->clients.by_id, client);
    struct request *r;
    if (c == NULL)
        return;
    while ((r = TAILQ_FIRST(&c->requests)) != NULL) {
        TAILQ_REMOVE(&c->requests, r, in_client);
        r->client = NULL;
        if (r->parked)
            admin_forget(node, r); /* it goes on; nobody waits for the end */
        if (r->state == REQUEST_ANSWERED)
            request_free(&node->clients, r);
        else if (r->state == REQUEST_WAITING || held_once(r))
            requests_fail(node, r, "ABORTED the connection is gone");
    }
    if (c->dirty)
        TAILQ_REMOVE(&node->clients.dirty, c, dirty_link);
    unread_forget(node, c);
    multi_forget(&node->clients, c);
    watch_forget(node, c);
    buf_free(&c->out);
    mem_free(c);
    node->clients.count--;
}

size_t node_client_requests(const struct node *node, uint64_t client)
{
    const struct client *c = idmap_get(&node->clients.by_id, client);
    return c == NULL ? 0 : c->requests_count;
}

static void free_requests(struct clients *c)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&c->due)) != NULL) {
        TAILQ_REMOVE(&c->due, r, due);
        request_leave_place(c, r);
        r->state = REQUEST_ANSWERED;
        if (r->client == NULL)
            request_free(c, r);
    }
}

static void free_client(struct clients *c, struct client *client)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&client->requests)) != NULL) {
        TAILQ_REMOVE(&client->requests, r, in_client);
        r->client = NULL;
        r->state = REQUEST_ANSWERED;
        request_free(c, r);
    }
    multi_forget(c, client);
    buf_free(&client->out);
    mem_free(client);
}

void clients_free(struct clients *c)
{
    free_requests(c);
    for (size_t i = 0; i < c->by_id.cap; i++) {
        if (c->by_id.slots[i].id != 0)
            free_client(c, c->by_id.slots[i].what);
    }
    idmap_free(&c->by_id);
    idmap_free(&c->forwards);
}
