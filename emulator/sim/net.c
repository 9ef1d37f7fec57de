/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/net.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/sim/breaks.h"
#include "emulator/sim/filter.h"
#include "emulator/sim/watch.h"

#include <stdlib.h>
#include <string.h>

/* Addresses and acknowledgements around what a frame carries. */
#define HEADER_BYTES 66
/* TCP's retransmission: doubled after every try. */
#define RESEND_NS_MIN (200 * NS_PER_MS)
#define RESEND_DOUBLE 3

struct link {
    struct impair_link model;
    bool in_lane; /* of a lane: what comes out of it has the link before it yet */
    uint64_t epoch;
    struct sim_packet *held; /* oldest first */
    uint64_t held_bytes;
};

/* What befalls some message types: a frame passes its lanes and then the link. */
struct lane {
    uint32_t messages;
    struct link *links; /* owned, as many as the net has */
};

struct sim_net {
    unsigned endpoints;
    uint64_t seed;
    struct lane lanes[SCENARIO_LANES_MAX];
    size_t lanes_count;
    struct sim_queue *queue;
    struct prng order; /* of what a link lets go shuffled */
    struct sim_filters filters;
    struct sim_breaks breaks;
    uint64_t quiet_until_ns[WORLD_ENDPOINTS_MAX];
    struct sim_net_counters counters;
    const struct sim_watch *watch; /* or NULL */
    uint64_t watch_began_ns;
    struct link links[];
};

static struct link *link_of(struct sim_net *net, unsigned from, unsigned to)
{
    ASSERT(from < net->endpoints && to < net->endpoints);
    return &net->links[from * net->endpoints + to];
}

struct sim_net *sim_net_new(unsigned endpoints, uint64_t seed, struct sim_queue *queue)
{
    size_t count = (size_t)endpoints * endpoints;
    ASSERT(endpoints <= WORLD_ENDPOINTS_MAX);
    struct sim_net *net = mem_alloc(sizeof(*net) + count * sizeof(net->links[0]));
    struct prng seeds = prng_named(seed, "links");
    net->endpoints = endpoints;
    net->seed = seed;
    net->queue = queue;
    net->order = prng_named(seed, "release");
    sim_filters_init(&net->filters, seed);
    for (size_t i = 0; i < count; i++)
        impair_link_init(&net->links[i].model, prng_u64(&seeds));
    return net;
}

static void free_held(const struct sim_net *net, const struct link *links)
{
    for (size_t i = 0; i < (size_t)net->endpoints * net->endpoints; i++) {
        for (struct sim_packet *p = links[i].held, *next; p != NULL; p = next) {
            next = p->next;
            sim_packet_free(p);
        }
    }
}

void sim_net_free(struct sim_net *net)
{
    if (net == NULL)
        return;
    free_held(net, net->links);
    for (size_t i = 0; i < net->lanes_count; i++) {
        free_held(net, net->lanes[i].links);
        mem_free(net->lanes[i].links);
    }
    sim_filters_free(&net->filters);
    sim_breaks_free(&net->breaks);
    mem_free(net);
}

struct sim_packet *sim_packet_new(enum sim_packet_kind kind, unsigned from, unsigned to,
                                  uint64_t connection, const void *data, size_t len)
{
    struct sim_packet *p = mem_raw(sizeof(*p) + len);
    *p = (struct sim_packet){
        .from = from, .to = to, .kind = kind, .connection = connection, .len = len};
    if (len > 0)
        memcpy(p->data, data, len);
    return p;
}

void sim_packet_free(struct sim_packet *p)
{
    mem_free(p);
}

void sim_net_watch(struct sim_net *net, const struct sim_watch *watch, uint64_t began_ns)
{
    net->watch = watch;
    net->watch_began_ns = began_ns;
}

static void tell(const struct sim_net *net, enum sim_packet_news news, const struct sim_packet *p,
                 uint64_t now_ns)
{
    const struct sim_watch *w = net->watch;
    if (w != NULL)
        w->packet(w->arg, now_ns - net->watch_began_ns, news, p);
}

static enum sim_packet_news news_of(enum impair_drop drop)
{
    switch (drop) {
    case IMPAIR_DROP_CUT: return SIM_PACKET_CUT;
    case IMPAIR_DROP_QUEUE_FULL: return SIM_PACKET_CROWDED;
    case IMPAIR_PASS:
    case IMPAIR_DROP_LOSS:
    case IMPAIR_DROP_TOO_LARGE: return SIM_PACKET_LOST;
    }
    UNREACHABLE();
}

static void put(struct sim_net *net, enum sim_event_kind kind, struct sim_packet *p, uint64_t t_ns)
{
    sim_queue_put(net->queue, &(struct sim_event){.t_ns = t_ns, .kind = kind, .what = p});
}

/* What TCP carries is sent again, and what is not is gone. */
static void lose(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    if (!p->reliable) {
        sim_packet_free(p);
        return;
    }
    uint64_t wait_ns = RESEND_NS_MIN << (p->tries < RESEND_DOUBLE ? p->tries : RESEND_DOUBLE);
    p->tries++;
    put(net, SIM_RESEND, p, now_ns + wait_ns);
}

static void count_drop(struct sim_net *net, enum impair_drop drop)
{
    net->counters.lost += drop == IMPAIR_DROP_LOSS || drop == IMPAIR_DROP_TOO_LARGE;
    net->counters.cut += drop == IMPAIR_DROP_CUT;
    net->counters.queue_full += drop == IMPAIR_DROP_QUEUE_FULL;
}

/* Damage that TCP's checksum finds is loss; past it a frame arrives with a bit flipped. What
 * clients say has no checksum of its own: there is no damage to it but loss. */
static bool damage(struct sim_net *net, const struct link *l, struct sim_packet *p,
                   const struct impair_copy *copy)
{
    if (!l->model.now.corrupt_payload || p->reliable || p->len == 0)
        return false;
    p->data[copy->corrupt_byte - HEADER_BYTES] ^= copy->corrupt_mask;
    net->counters.damaged++;
    return true;
}

/* Kept until the gate opens; what there is no room for is lost. */
static void hold(struct sim_net *net, struct link *l, struct sim_packet *p, uint64_t now_ns)
{
    uint64_t max = l->model.now.hold_bytes;
    if (max != 0 && l->held_bytes + p->len + HEADER_BYTES > max) {
        impair_link_leave(&l->model);
        net->counters.queue_full++;
        lose(net, p, now_ns);
        return;
    }
    struct sim_packet **end = &l->held;
    while (*end != NULL)
        end = &(*end)->next;
    p->next = NULL;
    *end = p;
    l->held_bytes += p->len + HEADER_BYTES;
}

/* One copy on its way, held, or lost. */
static void send_copy(struct sim_net *net, struct link *l, struct sim_packet *p,
                      const struct impair_copy *copy, uint64_t now_ns)
{
    bool spoilt = copy->corrupted && !damage(net, l, p, copy);
    if (copy->drop != IMPAIR_PASS || spoilt) {
        count_drop(net, copy->drop == IMPAIR_PASS ? IMPAIR_DROP_LOSS : copy->drop);
        if (copy->drop == IMPAIR_PASS)
            impair_link_leave(&l->model);
        tell(net, news_of(copy->drop), p, now_ns);
        lose(net, p, now_ns);
        return;
    }
    p->epoch = l->epoch;
    p->in_lane = l->in_lane;
    if (copy->due_ns != IMPAIR_DUE_NS_NEVER) {
        put(net, l->in_lane ? SIM_RESEND : SIM_PACKET, p, copy->due_ns);
        return;
    }
    tell(net, SIM_PACKET_HELD_BACK, p, now_ns);
    hold(net, l, p, now_ns);
}

static void enter(struct sim_net *net, struct link *l, struct sim_packet *p, uint64_t now_ns)
{
    struct impair_fate fate;
    impair_link_decide(&l->model, now_ns, (uint32_t)(p->len + HEADER_BYTES), HEADER_BYTES,
                       p->kind == PACKET_SYN || p->kind == PACKET_ACCEPT, &fate);
    for (int i = 1; i < fate.copies_count; i++) {
        struct sim_packet *twin = mem_dup(p, sizeof(*p) + p->len);
        if (p->reliable || p->once) { /* TCP shows nobody a second copy */
            if (fate.copies[i].drop == IMPAIR_PASS)
                impair_link_leave(&l->model);
            sim_packet_free(twin);
        } else {
            send_copy(net, l, twin, &fate.copies[i], now_ns);
        }
    }
    send_copy(net, l, p, &fate.copies[0], now_ns);
}

/* The lane that the packet comes to next and that would do something to it; NULL: none. */
static struct link *next_lane(struct sim_net *net, struct sim_packet *p)
{
    uint32_t bit = p->lane == net->lanes_count ? 0 : sim_message_bit(p);
    while (p->lane < net->lanes_count) {
        const struct lane *lane = &net->lanes[p->lane++];
        struct link *l = &lane->links[p->from * net->endpoints + p->to];
        if ((lane->messages & bit) != 0 && !impairment_is_zero(&l->model.now))
            return l;
    }
    return NULL;
}

static void leave(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    struct link *lane = next_lane(net, p);
    if (lane != NULL) {
        enter(net, lane, p, now_ns);
        return;
    }
    net->counters.sent++;
    tell(net, SIM_PACKET_LEAVES, p, now_ns);
    enter(net, link_of(net, p->from, p->to), p, now_ns);
}

/* It has come to the end of a lane, unless that was cut meanwhile. */
static void leave_lane(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    struct link *l = &net->lanes[p->lane - 1].links[p->from * net->endpoints + p->to];
    p->in_lane = false;
    if (p->epoch != l->epoch) {
        tell(net, SIM_PACKET_CUT, p, now_ns);
        sim_packet_free(p); /* already counted as cut */
        return;
    }
    impair_link_leave(&l->model);
    leave(net, p, now_ns);
}

/* Whether a fault of its connection lets it leave; if not, it is dealt with. */
static bool survives(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    struct sim_packet *answer;
    uint64_t after_ns;
    enum sim_break_fate fate = sim_breaks_meet(&net->breaks, p, &answer, &after_ns);
    if (fate == SIM_BREAK_PASSES)
        return true;
    if (answer != NULL)
        sim_net_tell_host(net, answer, now_ns + after_ns);
    net->counters.cut++;
    tell(net, SIM_PACKET_CUT, p, now_ns);
    if (fate == SIM_BREAK_LOSES)
        lose(net, p, now_ns);
    else
        sim_packet_free(p);
    return false;
}

void sim_net_send(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    struct sim_packet *other = NULL;
    uint64_t delay_ns = 0, quiet_ns = net->quiet_until_ns[p->from];
    if (p->in_lane) {
        leave_lane(net, p, now_ns);
        return;
    }
    if (now_ns < quiet_ns) {
        if (quiet_ns == UINT64_MAX)
            sim_packet_free(p);
        else
            put(net, SIM_RESEND, p, quiet_ns);
        return;
    }
    if (net->breaks.in_force.count > 0 && !survives(net, p, now_ns))
        return;
    enum sim_fate fate =
        p->passed ? SIM_FATE_GO : sim_filters_meet(&net->filters, p, &delay_ns, &other);
    p->passed = true;
    switch (fate) {
    case SIM_FATE_GO: leave(net, p, now_ns); break;
    case SIM_FATE_DROP:
        net->counters.filtered++;
        tell(net, SIM_PACKET_FILTERED, p, now_ns);
        sim_packet_free(p);
        break;
    case SIM_FATE_HELD: tell(net, SIM_PACKET_HELD_BACK, p, now_ns); break;
    case SIM_FATE_TWICE:
        leave(net, mem_dup(p, sizeof(*p) + p->len), now_ns);
        leave(net, p, now_ns);
        break;
    case SIM_FATE_LATER: put(net, SIM_RESEND, p, now_ns + delay_ns); break;
    case SIM_FATE_SWAP:
        leave(net, p, now_ns);
        leave(net, other, now_ns);
        break;
    }
}

void sim_net_quiet(struct sim_net *net, unsigned from, uint64_t until_ns)
{
    net->quiet_until_ns[from] = until_ns;
}

struct sim_filters *sim_net_filters(struct sim_net *net)
{
    return &net->filters;
}

void sim_net_let_go(struct sim_net *net, struct sim_packet *list, uint64_t now_ns)
{
    for (struct sim_packet *p = list, *next; p != NULL; p = next) {
        next = p->next;
        leave(net, p, now_ns);
    }
}

struct sim_breaks *sim_net_breaks(struct sim_net *net)
{
    return &net->breaks;
}

void sim_net_tell_host(struct sim_net *net, struct sim_packet *p, uint64_t t_ns)
{
    p->local = true;
    put(net, SIM_PACKET, p, t_ns);
}

struct sim_packet *sim_net_arrive(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    if (p->local)
        return p;
    struct link *l = link_of(net, p->from, p->to);
    if (p->epoch != l->epoch) {
        tell(net, SIM_PACKET_CUT, p, now_ns);
        lose(net, p, now_ns); /* already counted as cut */
        return NULL;
    }
    impair_link_leave(&l->model);
    net->counters.delivered++;
    tell(net, SIM_PACKET_ARRIVES, p, now_ns);
    return p;
}

void sim_net_lose(struct sim_net *net, struct sim_packet *p, uint64_t now_ns)
{
    struct link *l = link_of(net, p->from, p->to);
    if (p->local) {
        sim_packet_free(p);
        return;
    }
    if (p->epoch == l->epoch) {
        impair_link_leave(&l->model);
        net->counters.lost++;
    }
    tell(net, SIM_PACKET_LOST, p, now_ns);
    lose(net, p, now_ns);
}

/* ---- gates ---- */

static size_t take_held(struct link *l, struct sim_packet **out, size_t max)
{
    size_t count = 0;
    for (struct sim_packet *p = l->held; p != NULL && count < max; p = p->next)
        out[count++] = p;
    return count;
}

static void arrange(struct sim_net *net, enum impair_order order, struct sim_packet **list,
                    size_t count)
{
    for (size_t i = 0; i < count / 2 && order == IMPAIR_LIFO; i++) {
        struct sim_packet *p = list[i];
        list[i] = list[count - 1 - i];
        list[count - 1 - i] = p;
    }
    for (size_t i = count; i > 1 && order == IMPAIR_SHUFFLE; i--) {
        size_t j = (size_t)prng_below(&net->order, i);
        struct sim_packet *p = list[i - 1];
        list[i - 1] = list[j];
        list[j] = p;
    }
}

static void release(struct sim_net *net, struct link *l, uint64_t now_ns)
{
    size_t count = 0;
    for (const struct sim_packet *p = l->held; p != NULL; p = p->next)
        count++;
    if (count == 0)
        return;
    struct sim_packet **list = mem_array(count, sizeof(struct sim_packet *));
    count = take_held(l, list, count);
    l->held = NULL;
    l->held_bytes = 0;
    arrange(net, l->model.now.release_order, list, count);
    for (size_t i = 0; i < count; i++)
        put(net, l->in_lane ? SIM_RESEND : SIM_PACKET, list[i], now_ns + l->model.now.delay_ns);
    mem_free(list);
}

static void cut(struct sim_net *net, struct link *l, uint64_t now_ns)
{
    net->counters.cut += impair_link_clear(&l->model);
    l->epoch++;
    for (struct sim_packet *p = l->held, *next; p != NULL; p = next) {
        next = p->next;
        tell(net, SIM_PACKET_CUT, p, now_ns);
        lose(net, p, now_ns);
    }
    l->held = NULL;
    l->held_bytes = 0;
}

static struct link *lane_links(struct sim_net *net, uint32_t messages)
{
    size_t count = (size_t)net->endpoints * net->endpoints;
    for (size_t i = 0; i < net->lanes_count; i++) {
        if (net->lanes[i].messages == messages)
            return net->lanes[i].links;
    }
    ASSERT(net->lanes_count < SCENARIO_LANES_MAX); /* the runner's links have no more */
    struct lane *lane = &net->lanes[net->lanes_count++];
    struct prng seeds = prng_named(net->seed ^ messages, "lane");
    *lane = (struct lane){.messages = messages, .links = mem_array(count, sizeof(*lane->links))};
    for (size_t i = 0; i < count; i++) {
        impair_link_init(&lane->links[i].model, prng_u64(&seeds));
        lane->links[i].in_lane = true;
    }
    return lane->links;
}

void sim_net_set(struct sim_net *net, uint32_t messages, unsigned from, unsigned to,
                 const struct impairment *state, uint64_t now_ns)
{
    ASSERT(from < net->endpoints && to < net->endpoints);
    struct link *links = messages == 0 ? net->links : lane_links(net, messages);
    struct link *l = &links[from * net->endpoints + to];
    enum impair_gate before = l->model.now.gate;
    impair_link_set(&l->model, state);
    if (state->gate == IMPAIR_CUT && before != IMPAIR_CUT)
        cut(net, l, now_ns);
    else if (state->gate == IMPAIR_OPEN && before == IMPAIR_HOLD)
        release(net, l, now_ns);
}

bool sim_net_is_cut(const struct sim_net *net, unsigned from, unsigned to)
{
    return net->links[from * net->endpoints + to].model.now.gate == IMPAIR_CUT;
}

struct sim_net_counters sim_net_counters(const struct sim_net *net)
{
    return net->counters;
}
