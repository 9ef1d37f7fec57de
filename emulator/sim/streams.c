/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of clients: bytes both ways, whole and in order, as TCP promises. One segment is on
 * its way at a time and is sent again until it arrives or the connection is gone. */
#include "base/mem.h"
#include "emulator/sim/run.h"

#include <string.h>

#define SEGMENT_BYTES (64u << 10)

/* One direction: what waits, and whether a segment is on its way. */
struct flow {
    struct buf waiting;
    bool busy;
};

/* Over when both ends are gone: then its memory is for the next one. Invariant: that list's have no
 * number. */
struct connection {
    struct sim *sim;
    struct connection *next;
    uint64_t number;
    unsigned host; /* endpoint of the client */
    unsigned node;
    /* The client's end. events is NULL once it was dropped. */
    const struct connection_events *events;
    void *arg;
    bool accepted;
    struct resp_replies replies;
    /* The node's end: the client's number there; 0: none. */
    uint64_t client;
    struct resp_requests requests;
    struct flow to_node, to_client;
};

static struct connection *find(const struct sim *sim, uint64_t number)
{
    struct connection *c = sim->streams;
    while (c != NULL && c->number != number)
        c = c->next;
    return c;
}

static struct connection *find_client(const struct sim_node *n, uint64_t client)
{
    struct connection *c = n->sim->streams;
    while (c != NULL && (c->node != n->index || c->client != client))
        c = c->next;
    return c;
}

bool sim_streams_alive(const struct sim *sim, uint64_t connection)
{
    return find(sim, connection) != NULL;
}

static void post(struct connection *c, enum sim_packet_kind kind, bool to_node, const void *data,
                 size_t len)
{
    unsigned from = to_node ? c->host : c->node, to = to_node ? c->node : c->host;
    struct sim_packet *p = sim_packet_new(kind, from, to, c->number, data, len);
    p->reliable = kind == PACKET_TO_NODE || kind == PACKET_TO_CLIENT || kind == PACKET_HANG_UP ||
                  kind == PACKET_CLOSED;
    sim_net_send(c->sim->net, p, c->sim->now_ns);
}

static void discard(struct connection *c)
{
    struct connection **at = &c->sim->streams;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->number = 0;
    c->next = c->sim->streams_spare;
    c->sim->streams_spare = c;
}

/* All but its memory is as in the first one. */
static struct connection *new_connection(struct sim *sim)
{
    struct connection *c = sim->streams_spare;
    if (c == NULL) {
        c = mem_alloc(sizeof(*c));
        resp_replies_init(&c->replies, 0);
        resp_requests_init(&c->requests);
        return c;
    }
    sim->streams_spare = c->next;
    resp_replies_reset(&c->replies);
    resp_requests_reset(&c->requests);
    buf_reset(&c->to_node.waiting);
    buf_reset(&c->to_client.waiting);
    *c = (struct connection){.replies = c->replies,
                             .requests = c->requests,
                             .to_node.waiting = c->to_node.waiting,
                             .to_client.waiting = c->to_client.waiting};
    return c;
}

static void free_connection(struct connection *c)
{
    resp_replies_free(&c->replies);
    resp_requests_free(&c->requests);
    buf_free(&c->to_node.waiting);
    buf_free(&c->to_client.waiting);
    mem_free(c);
}

static void discard_if_gone(struct connection *c)
{
    if (c->events == NULL && c->client == 0)
        discard(c);
}

/* The next segment, if the last one has arrived. */
static void push(struct connection *c, bool to_node)
{
    struct flow *f = to_node ? &c->to_node : &c->to_client;
    if (f->busy || f->waiting.len == 0)
        return;
    size_t len = f->waiting.len < SEGMENT_BYTES ? f->waiting.len : SEGMENT_BYTES;
    post(c, to_node ? PACKET_TO_NODE : PACKET_TO_CLIENT, to_node, f->waiting.data, len);
    buf_consume(&f->waiting, len);
    f->busy = true;
}

/* ---- the client's end ---- */

static uint64_t now(void *arg)
{
    const struct sim *sim = arg;
    return sim->now_ns;
}

static void wake_at(void *arg, unsigned client, uint64_t t_ns)
{
    struct sim *sim = arg;
    struct sim_alarm *a = &sim->client_alarms[client];
    if (t_ns < sim->now_ns)
        t_ns = sim->now_ns;
    sim_alarm_set(sim, a, t_ns == UINT64_MAX ? 0 : t_ns, SIM_CLIENT, client);
}

static bool will_wake(void *arg, unsigned client)
{
    const struct sim *sim = arg;
    return sim->client_alarms[client].due_ns != 0;
}

static struct connection *open_connection(void *arg, unsigned host, unsigned node,
                                          const struct connection_events *events, void *events_arg,
                                          struct err *e)
{
    struct sim *sim = arg;
    struct connection *c = new_connection(sim);
    (void)e;
    c->sim = sim;
    c->next = sim->streams;
    c->number = ++sim->connections;
    c->host = sim->nodes_count + host;
    c->node = node;
    c->events = events;
    c->arg = events_arg;
    sim->streams = c;
    post(c, PACKET_SYN, true, NULL, 0);
    return c;
}

static int send_bytes(void *arg, struct connection *c, const void *data, size_t len, struct err *e)
{
    (void)arg;
    (void)e;
    ASSERT(c->events != NULL); /* it was not dropped */
    buf_put(&c->to_node.waiting, data, len);
    push(c, true);
    return 0;
}

static void drop(void *arg, struct connection *c, bool reset)
{
    (void)arg;
    (void)reset;
    ASSERT(c->events != NULL);
    c->events = NULL;
    c->arg = NULL;
    if (c->client != 0)
        post(c, PACKET_HANG_UP, true, NULL, 0);
    discard_if_gone(c);
}

static void on_history(void *arg, const struct trace_record *rec)
{
    sim_tell_history(arg, rec);
}

static void watch(void *arg, const char *client, unsigned node, const struct workload_op *op,
                  const struct workload_answer *answer)
{
    const struct sim *sim = arg;
    const struct sim_watch *w = sim->options->watch;
    const struct sim_operation o = {.client = client, .node = node, .op = op, .answer = answer};
    w->operation(w->arg, sim_time(sim), &o);
}

void sim_streams_io(struct sim *sim)
{
    sim->clients_io = (struct clients_io){.arg = sim,
                                          .now = now,
                                          .wake_at = wake_at,
                                          .will_wake = will_wake,
                                          .open = open_connection,
                                          .send = send_bytes,
                                          .drop = drop,
                                          .history = on_history,
                                          .watch = sim->options->watch == NULL ? NULL : watch};
}

static void lost(struct connection *c, const char *why)
{
    if (c->events != NULL)
        c->events->lost(c->arg, why);
}

static void on_bytes(struct connection *c, const struct sim_packet *p)
{
    const struct resp_value *value;
    struct err e;
    uint64_t number = c->number;
    struct sim *sim = c->sim;
    int code = 0;
    c->to_client.busy = false;
    push(c, false);
    resp_replies_feed(&c->replies, p->data, p->len);
    while (c != NULL && c->events != NULL &&
           (code = resp_replies_next(&c->replies, &value, &e)) > 0) {
        c->events->reply(c->arg, value);
        c = find(sim, number); /* the client may have dropped it */
    }
    if (c != NULL && code < 0)
        lost(c, "PROTOCOL");
}

void sim_streams_at_client(struct sim *sim, const struct sim_packet *p)
{
    struct connection *c = find(sim, p->connection);
    if (c == NULL)
        return;
    switch ((int)p->kind) {
    case PACKET_ACCEPT:
        if (c->events != NULL && !c->accepted) {
            c->accepted = true;
            c->events->connected(c->arg);
        }
        break;
    case PACKET_REFUSE: lost(c, c->accepted ? "RESET" : "REFUSED"); break;
    case PACKET_TO_CLIENT: on_bytes(c, p); break;
    case PACKET_CLOSED: lost(c, "CLOSED"); break;
    default: UNREACHABLE();
    }
}

/* ---- the node's end ---- */

static void close_at_node(struct connection *c)
{
    post(c, PACKET_CLOSED, false, NULL, 0);
    c->client = 0;
    discard_if_gone(c);
}

static void on_syn(struct sim_node *n, struct connection *c)
{
    if (n->node == NULL || !sim_node_serves(n)) {
        post(c, PACKET_REFUSE, false, NULL, 0);
        return;
    }
    if (c->client == 0) {
        c->client = ++n->sim->client_numbers;
        node_on_client(n->node, c->client);
    }
    post(c, PACKET_ACCEPT, false, NULL, 0);
}

static void on_requests(struct sim_node *n, struct connection *c, const struct sim_packet *p)
{
    struct resp_request request;
    struct err e;
    c->to_node.busy = false;
    if (c->client == 0 || n->node == NULL) {
        post(c, PACKET_REFUSE, false, NULL, 0);
        return;
    }
    push(c, true);
    resp_requests_feed(&c->requests, p->data, p->len);
    while (c != NULL && c->client != 0 && resp_requests_next(&c->requests, &request, &e) > 0) {
        node_on_request(n->node, sim_node_now(n), c->client, request.argv, request.argc);
        c = find(n->sim, p->connection); /* the node may have hung up */
    }
    sim_node_turn(n);
}

void sim_streams_at_node(struct sim_node *n, const struct sim_packet *p)
{
    struct connection *c = find(n->sim, p->connection);
    if (c == NULL)
        return;
    switch ((int)p->kind) {
    case PACKET_SYN: on_syn(n, c); break;
    case PACKET_TO_NODE: on_requests(n, c, p); break;
    case PACKET_HANG_UP:
        if (c->client != 0 && n->node != NULL) {
            node_on_client_gone(n->node, c->client);
            sim_node_turn(n);
        }
        c->client = 0;
        discard_if_gone(c);
        break;
    default: UNREACHABLE();
    }
}

void sim_streams_reply(struct sim_node *n, uint64_t client, const void *bytes, size_t len)
{
    struct connection *c = find_client(n, client);
    if (c == NULL)
        return;
    buf_put(&c->to_client.waiting, bytes, len);
    push(c, false);
}

size_t sim_streams_unread(const struct sim_node *n, uint64_t client)
{
    const struct connection *c = find_client(n, client);
    return c == NULL ? 0 : c->to_client.waiting.len;
}

void sim_streams_hang_up(struct sim_node *n, uint64_t client)
{
    struct connection *c = find_client(n, client);
    if (c != NULL)
        close_at_node(c);
}

void sim_streams_died(struct sim_node *n)
{
    for (struct connection *c = n->sim->streams, *next; c != NULL; c = next) {
        next = c->next;
        if (c->node != n->index || c->client == 0)
            continue;
        buf_reset(&c->to_client.waiting);
        post(c, PACKET_REFUSE, false, NULL, 0);
        c->client = 0;
        discard_if_gone(c);
    }
}

unsigned sim_streams_reset(struct sim *sim, const nodeset *links)
{
    unsigned count = 0;
    for (const struct connection *c = sim->streams; c != NULL; c = c->next) {
        if ((links[c->host] >> c->node & 1) == 0 && (links[c->node] >> c->host & 1) == 0)
            continue;
        count += c->accepted && c->client != 0;
        sim_net_tell_host(sim->net,
                          sim_packet_new(PACKET_REFUSE, c->node, c->host, c->number, NULL, 0),
                          sim->now_ns);
        sim_net_tell_host(sim->net,
                          sim_packet_new(PACKET_HANG_UP, c->host, c->node, c->number, NULL, 0),
                          sim->now_ns);
    }
    return count;
}

void sim_streams_free(struct sim *sim)
{
    while (sim->streams != NULL)
        discard(sim->streams);
    for (struct connection *c = sim->streams_spare, *next; c != NULL; c = next) {
        next = c->next;
        free_connection(c);
    }
}
