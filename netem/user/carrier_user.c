/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "netem/netns.h"
#include "netem/user/forward.h"

#define ETHERNET_AND_VLAN_BYTES (FRAME_ETHERNET_BYTES + 4)
#define LATENESS_NS_ALLOWED_MIN (2 * NS_PER_MS)

static void user_close(struct carrier *c)
{
    loop_stop(c);
    pcapng_close(c->capture);
    while (c->heap.count > 0)
        pool_put(&c->pool, timerq_pop(&c->heap));
    for (int l = 0; l < c->endpoints_count * c->endpoints_count; l++) {
        while (c->links[l].held != NULL) {
            struct packet *next = c->links[l].held->next;
            pool_put(&c->pool, c->links[l].held);
            c->links[l].held = next;
        }
        flows_clear(&c->links[l].flows);
    }
    for (int i = 0; i < PORT_BATCH; i++) {
        if (c->in[i] != NULL)
            pool_put(&c->pool, c->in[i]);
    }
    for (int p = 0; p < c->endpoints_count; p++)
        port_close(&c->ports[p]);
    pool_free(&c->pool);
    timerq_free(&c->heap);
    pthread_mutex_destroy(&c->lock);
    mem_free(c->ports);
    mem_free(c->links);
    mem_free(c);
}

static void init_links(struct carrier *c, uint64_t seed)
{
    for (int from = 0; from < c->endpoints_count; from++) {
        for (int to = 0; to < c->endpoints_count; to++) {
            struct user_link *l = &c->links[from * c->endpoints_count + to];
            char name[TOPO_PAIR_MAX];
            struct prng own = prng_named(seed, topo_pair_name(c->topo, from, to, name));
            l->from = from;
            l->to = to;
            impair_link_init(&l->dice, prng_u64(&own));
        }
    }
}

static int open_capture(struct carrier *c, const struct carrier_options *o, struct err *e)
{
    if (o->pcapng_path == NULL)
        return 0;
    int r = pcapng_open(o->pcapng_path, o->pcapng_bytes_max, &c->capture, e);
    for (int l = 0; l < c->endpoints_count * c->endpoints_count && r == 0; l++) {
        char name[TOPO_PAIR_MAX];
        if (c->links[l].from == c->links[l].to)
            continue;
        topo_pair_name(c->topo, c->links[l].from, c->links[l].to, name);
        pcapng_interface(c->capture, name);
    }
    return r;
}

static int open_ports(struct carrier *c, struct err *e)
{
    int home = netns_open_self(e);
    if (home < 0)
        return home;
    int r = netns_enter(c->topo->hub_fd, e);
    for (int p = 0; p < c->endpoints_count && r == 0; p++) {
        const struct endpoint *point = &c->topo->endpoints[p];
        r = port_open(&c->ports[p], p, point->name, point->hub_index, e);
    }
    netns_return(home);
    close(home);
    return r;
}

static struct carrier *make(const struct carrier_options *o)
{
    struct carrier *c = mem_alloc(sizeof(*c));
    c->topo = o->topo;
    c->endpoints_count = o->topo->endpoints_count;
    c->ports = mem_array((size_t)c->endpoints_count, sizeof(*c->ports));
    c->links = mem_array((size_t)(c->endpoints_count * c->endpoints_count), sizeof(*c->links));
    c->epoll_fd = c->timer_fd = c->wake_fd = -1;
    c->delay_ns_min = UINT64_MAX;
    c->opened_ns = mono_now_ns();
    c->release_dice = prng_named(o->seed, "release");
    ASSERT(pthread_mutex_init(&c->lock, NULL) == 0);
    for (int p = 0; p < c->endpoints_count; p++)
        c->ports[p].fd = -1;
    pool_init(&c->pool, o->topo->mtu_bytes + ETHERNET_AND_VLAN_BYTES);
    for (int i = 0; i < PORT_BATCH; i++)
        c->in[i] = pool_get(&c->pool);
    init_links(c, o->seed);
    return c;
}

static int user_open(const struct carrier_options *o, struct carrier **ret, struct err *e)
{
    struct carrier *c = make(o);
    int r = open_capture(c, o, e);
    if (r == 0)
        r = open_ports(c, e);
    if (r == 0)
        r = loop_start(c, e);
    if (r < 0) {
        user_close(c);
        return r;
    }
    *ret = c;
    return 0;
}

/* Without it a packet sent during a cut and read after the heal would pass. What is answered to
 * them leaves before the lock is given up; of what waits for its time now the thread is to be told
 * (loop_wake), for its sockets are empty. */
static void catch_up(struct carrier *c, const bool senders[NETEM_ENDPOINTS_MAX])
{
    for (int p = 0; p < c->endpoints_count; p++) {
        if (senders[p])
            port_catch_up(c, &c->ports[p]);
        if (c->ports[p].out_count > 0)
            port_flush(c, &c->ports[p]);
    }
}

static int user_apply(struct carrier *c, const struct netem_change *changes, int count,
                      struct err *e)
{
    bool senders[NETEM_ENDPOINTS_MAX] = {false};
    (void)e;
    for (int i = 0; i < count; i++)
        senders[changes[i].from] = true;
    pthread_mutex_lock(&c->lock);
    catch_up(c, senders);
    uint64_t now_ns = mono_now_ns();
    for (int i = 0; i < count; i++) {
        struct user_link *l = &c->links[changes[i].from * c->endpoints_count + changes[i].to];
        wire_change(c, l, &changes[i].link, now_ns);
    }
    pthread_mutex_unlock(&c->lock);
    loop_wake(c);
    return 0;
}

static void user_breaks(struct carrier *c, const struct netem_break *breaks, int count)
{
    bool senders[NETEM_ENDPOINTS_MAX] = {false};
    for (int i = 0; i < count; i++)
        senders[breaks[i].from] = true;
    pthread_mutex_lock(&c->lock);
    catch_up(c, senders);
    for (int i = 0; i < count; i++)
        breaks_change(&c->links[breaks[i].from * c->endpoints_count + breaks[i].to], &breaks[i]);
    pthread_mutex_unlock(&c->lock);
    loop_wake(c);
}

/* The counters are always up to date. */
static int user_refresh(struct carrier *c, struct err *e)
{
    (void)c;
    (void)e;
    return 0;
}

static void user_counters(struct carrier *c, int from, int to, struct netem_counters *ret)
{
    pthread_mutex_lock(&c->lock);
    const struct user_link *l = &c->links[from * c->endpoints_count + to];
    *ret = l->n;
    ret->waiting = l->dice.queued;
    pthread_mutex_unlock(&c->lock);
}

static uint64_t lateness_allowed_ns(const struct carrier *c)
{
    uint64_t tenth_ns = c->delay_ns_min == UINT64_MAX ? 0 : c->delay_ns_min / 10;
    return tenth_ns > LATENESS_NS_ALLOWED_MIN ? tenth_ns : LATENESS_NS_ALLOWED_MIN;
}

static int user_health(struct carrier *c, struct netem_health *ret, struct err *e)
{
    (void)e;
    memset(ret, 0, sizeof(*ret));
    pthread_mutex_lock(&c->lock);
    for (int p = 0; p < c->endpoints_count; p++)
        c->overload_packets += port_lost(&c->ports[p]);
    ret->overload_packets = c->overload_packets;
    ret->foreign_packets = c->foreign_packets;
    ret->packets_count = c->lateness.count;
    ret->lateness_ns_median = lateness_quantile_ns(&c->lateness, 0.5);
    ret->lateness_ns_p99 = lateness_quantile_ns(&c->lateness, 0.99);
    ret->lateness_ns_max = c->lateness.max_ns;
    ret->lateness_ns_allowed = lateness_allowed_ns(c);
    ret->cpu_share = (double)c->cpu_ns / (double)(mono_now_ns() - c->opened_ns + 1);
    ret->truthful = ret->overload_packets == 0 && ret->lateness_ns_p99 <= ret->lateness_ns_allowed;
    if (c->capture != NULL) {
        ret->pcapng_bytes = pcapng_bytes(c->capture);
        ret->pcapng_full = pcapng_full(c->capture);
        ret->pcapng_failed = pcapng_failed(c->capture);
    }
    pthread_mutex_unlock(&c->lock);
    return 0;
}

const struct carrier_ops carrier_user = {
    .name = "user: AF_PACKET forwarder",
    .abilities = 1u << NETEM_CAN_HOLD | 1u << NETEM_CAN_SYN_ONLY | 1u << NETEM_CAN_CORRUPT_PAYLOAD |
                 1u << NETEM_CAN_MTU | 1u << NETEM_CAN_REPEAT | 1u << NETEM_CAN_CAPTURE |
                 1u << NETEM_CAN_BREAK,
    .open = user_open,
    .close = user_close,
    .apply = user_apply,
    .breaks = user_breaks,
    .refresh = user_refresh,
    .counters = user_counters,
    .health = user_health,
};
