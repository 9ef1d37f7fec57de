/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/peers.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftd/dialer.h"
#include "raftd/listeners.h"
#include "raftd/visitor.h"

#include <string.h>

#define LIMIT_NS_MIN      (300 * NS_PER_MS) /* one retransmission of TCP takes 200 ms */
#define LOOKS_PER_SILENCE 4

struct peers {
    struct turn *turn;
    struct dialer_limits limits;
    uint64_t seed;
    uv_tcp_t listener;
    bool listening;
    bool started;
    struct visitors visitors;
    struct dialer *dialers[NODE_PEERS_MAX];
    size_t count;
    uv_timer_t watch;
    uint64_t watched_ns;
};

static uint64_t at_least(uint64_t ns)
{
    return ns > LIMIT_NS_MIN ? ns : LIMIT_NS_MIN;
}

static struct dialer *find(const struct peers *p, raft_id id)
{
    for (size_t i = 0; i < p->count; i++) {
        if (dialer_peer(p->dialers[i])->id == id)
            return p->dialers[i];
    }
    return NULL;
}

static void on_greeted(void *arg, raft_id id, uint64_t incarnation)
{
    struct dialer *d = find(arg, id);
    if (d != NULL)
        dialer_greeted(d, incarnation);
}

struct peers *peers_new(struct turn *turn, const struct raft_timing *timing, const char *clients_at,
                        uint64_t seed)
{
    struct peers *p = mem_alloc(sizeof(*p));
    p->turn = turn;
    p->seed = seed;
    p->limits = (struct dialer_limits){.connect_ns = at_least(timing->election_ns_min),
                                       .silence_ns = at_least(timing->election_ns_max),
                                       .backoff_ns_min = timing->heartbeat_ns,
                                       .backoff_ns_max = timing->election_ns_max};
    visitors_init(&p->visitors, turn, clients_at, on_greeted, p);
    (void)uv_timer_init(turn->loop, &p->watch);
    p->watch.data = p;
    return p;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct peers *p = listener->data;
    if (status == 0)
        visitors_accept(&p->visitors, listener);
}

static uint64_t watch_ns(const struct peers *p)
{
    return p->limits.silence_ns / LOOKS_PER_SILENCE;
}

static void on_watch(uv_timer_t *timer)
{
    struct peers *p = timer->data;
    uint64_t now_ns = turn_now_ns();
    bool rested = now_ns - p->watched_ns > 2 * watch_ns(p);
    p->watched_ns = now_ns;
    for (size_t i = 0; i < p->count; i++)
        dialer_watch(p->dialers[i], now_ns, rested);
    visitors_watch(&p->visitors, now_ns);
}

int peers_start(struct peers *p, const char *address, struct err *e)
{
    int code = listeners_tcp(p->turn->loop, &p->listener, "listen_peer", address, on_connection, e);
    p->listening = true;
    p->listener.data = p;
    if (code < 0)
        return code;
    p->started = true;
    p->watched_ns = turn_now_ns();
    uint64_t ms = watch_ns(p) / NS_PER_MS;
    (void)uv_timer_start(&p->watch, on_watch, ms, ms);
    for (size_t i = 0; i < p->count; i++)
        dialer_hurry(p->dialers[i]);
    return 0;
}

static const struct node_peer *find_in(const struct node_peer *list, size_t count, raft_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].id == id)
            return &list[i];
    }
    return NULL;
}

static void drop_absent(struct peers *p, const struct node_peer *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct dialer *d = p->dialers[i];
        const struct node_peer *peer = find_in(list, count, dialer_peer(d)->id);
        if (peer == NULL) {
            dialer_free(d);
            continue;
        }
        if (strcmp(peer->address, dialer_peer(d)->address) != 0)
            dialer_move(d, peer);
        p->dialers[kept++] = d;
    }
    p->count = kept;
}

void peers_set(struct peers *p, const struct node_peer *list, size_t count)
{
    ASSERT(count <= NODE_PEERS_MAX);
    drop_absent(p, list, count);
    for (size_t i = 0; i < count; i++) {
        if (find(p, list[i].id) != NULL)
            continue;
        ASSERT(p->count < NODE_PEERS_MAX);
        struct dialer *d = dialer_new(p->turn, &p->limits, &list[i], p->seed);
        p->dialers[p->count++] = d;
        if (p->started)
            dialer_hurry(d);
    }
}

bool peers_send(struct peers *p, raft_id to, const void *frame, size_t len)
{
    struct dialer *d = find(p, to);
    return d != NULL && dialer_send(d, frame, len);
}

static void tell_failure(struct peers *p, struct dialer *d)
{
    raft_id id = dialer_peer(d)->id;
    const char *why = dialer_take_failure(d);
    if (why != NULL)
        node_on_peer_unreached(p->turn->node, turn_node_ns(p->turn), id, why);
}

void peers_turn(struct peers *p)
{
    for (size_t i = 0; i < p->count; i++) {
        tell_failure(p, p->dialers[i]);
        if (dialer_take_lost(p->dialers[i]))
            node_on_peer_lost(p->turn->node, turn_node_ns(p->turn), dialer_peer(p->dialers[i])->id);
    }
}

void peers_describe(const struct peers *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct node_peer *peer = dialer_peer(p->dialers[i]);
        logger_printf(p->turn->log, ENV_ABOUT_PEER, ENV_INFO, "peer %s at %s: %s", peer->name,
                      peer->address, dialer_describe(p->dialers[i]));
    }
    logger_printf(p->turn->log, ENV_ABOUT_PEER, ENV_INFO, "connections from peers: %zu",
                  p->visitors.count);
}

void peers_stop(struct peers *p)
{
    for (size_t i = 0; i < p->count; i++)
        dialer_free(p->dialers[i]);
    p->count = 0;
    visitors_close(&p->visitors);
    if (p->listening)
        uv_close((uv_handle_t *)&p->listener, NULL);
    uv_close((uv_handle_t *)&p->watch, NULL);
}

void peers_free(struct peers *p)
{
    mem_free(p);
}
