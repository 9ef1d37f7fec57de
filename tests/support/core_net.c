/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_net.h"

#include "base/mem.h"
#include "base/units.h"
#include "tests/support/core_image.h"
#include "tests/support/core_net_image.h"

#include <stdlib.h>
#include <string.h>

#define DRIFT_PPM 100000

enum net_kind {
    NET_DELIVER,
    NET_WAKE,
    NET_SYNCED,
    NET_RESTART,
    NET_UNSENT,
    NET_CHUNK,
    NET_INSTALL,
    NET_FAULT,
    NET_CLIENT
};

struct net_item {
    enum net_kind kind;
    raft_id id;
    uint32_t incarnation; /* of the node it belongs to: WAKE, SYNCED, UNSENT, CHUNK, INSTALL */
    uint64_t due;
    struct host_packet packet; /* DELIVER, CHUNK; UNSENT: the message that was not */
};

uint64_t net_clock(const struct net *n, raft_id id)
{
    int64_t passed = (int64_t)(n->now - NS_PER_S);
    return n->now + (uint64_t)(passed / 1000 * n->node[id - 1].ppm / 1000);
}

/* When it will show that much; not before. */
static uint64_t moment_of(const struct net *n, raft_id id, uint64_t clock_ns)
{
    uint64_t now = net_clock(n, id);
    if (clock_ns <= now)
        return n->now;
    return n->now + (clock_ns - now) * 1000 / (uint64_t)(1000 + n->node[id - 1].ppm / 1000) + 3000;
}

static void push(struct net *n, uint64_t due, struct net_item item)
{
    struct net_item *copy = mem_dup(&item, sizeof(item));
    copy->due = due;
    timerq_push(&n->queue, due, copy);
}

static void send_one(struct net *n, const struct host_packet *p)
{
    const struct net_weather *w = &n->weather;
    uint64_t delay = prng_between(&n->dice, 1, w->delay_ns_max);
    uint32_t type = p->message.type;
    bool answer = type == RAFT_REQUEST_VOTE_REPLY || type == RAFT_APPEND_REPLY;
    if (prng_chance(&n->dice, answer ? w->late_answer : w->late))
        delay = prng_between(&n->dice, 1, 2 * NS_PER_S);
    if (prng_chance(&n->dice, w->loss) || n->cut[p->message.from - 1][p->message.to - 1])
        return;
    push(
        n, n->now + delay,
        (struct net_item){.kind = NET_DELIVER, .id = p->message.to, .packet = host_packet_copy(p)});
}

static void send_messages(struct net *n, raft_id id)
{
    const struct host *h = &n->hosts[id - 1];
    for (uint32_t i = 0; i < h->out.messages_count; i++) {
        const struct raft_message *m = &h->out.messages[i];
        struct host_packet p = host_packet_of(h, m);
        bool chunk = m->type == RAFT_INSTALL_SNAPSHOT, gone = chunk && p.image.config == NULL;
        bool unsent = gone || prng_chance(&n->dice, n->weather.unsent);
        bool dup = prng_chance(&n->dice, n->weather.dup);
        if (unsent && (chunk || m->type == RAFT_APPEND)) {
            push(n, n->now,
                 (struct net_item){.kind = NET_UNSENT,
                                   .id = id,
                                   .incarnation = n->node[id - 1].incarnation,
                                   .packet = {.message = *m, .image = p.image}});
        } else {
            send_one(n, &p);
            if (dup)
                send_one(n, &p);
        }
        host_packet_free(&p);
    }
}

/* Bytes of an image take a while to be written; so does giving a whole one its name. */
static void later(struct net *n, raft_id id, enum net_kind kind, const struct host_packet *packet)
{
    struct net_item item = {.kind = kind, .id = id, .incarnation = n->node[id - 1].incarnation};
    if (packet != NULL)
        item.packet = host_packet_copy(packet);
    uint64_t most = n->weather.sync_ns_max * (kind == NET_INSTALL ? 5 : 1);
    push(n, n->now + prng_between(&n->dice, 1, most), item);
}

/* What follows from every step: messages, the next sync, the next wake-up. */
static void stepped(struct net *n, raft_id id, const struct host_packet *packet)
{
    struct host *h = &n->hosts[id - 1];
    checks_after(&n->checks, id, packet, net_clock(n, id));
    if (n->after != NULL)
        n->after(n->after_arg, id);
    n->steps++;
    send_messages(n, id);
    uint32_t incarnation = n->node[id - 1].incarnation;
    if (h->out.chunk)
        later(n, id, NET_CHUNK, packet);
    if (n->node[id - 1].syncing == 0 && h->writes_count > 0) {
        n->node[id - 1].syncing = h->writes_count;
        push(n, n->now + prng_between(&n->dice, 1, n->weather.sync_ns_max),
             (struct net_item){.kind = NET_SYNCED, .id = id, .incarnation = incarnation});
    }
    uint64_t wake = h->out.wake_at_ns;
    n->node[id - 1].spins = wake > net_clock(n, id) ? 0 : n->node[id - 1].spins + 1;
    if (n->node[id - 1].spins > 100)
        checks_fail(&n->checks, id, "wants to be woken for ever", wake, n->now);
    if (wake == n->node[id - 1].wake_at)
        return;
    n->node[id - 1].wake_at = wake;
    if (wake == RAFT_NEVER)
        return; /* the wake-up under way comes to nothing */
    push(n, moment_of(n, id, wake),
         (struct net_item){.kind = NET_WAKE, .id = id, .incarnation = incarnation});
}

static void step(struct net *n, raft_id id, struct raft_event event,
                 const struct host_packet *packet)
{
    if (!n->hosts[id - 1].up)
        return;
    checks_before(&n->checks, id);
    event.now_ns = net_clock(n, id);
    host_step(&n->hosts[id - 1], &event, packet);
    stepped(n, id, packet);
}

static void start(struct net *n, raft_id id)
{
    struct host *h = &n->hosts[id - 1];
    if (h->up)
        return;
    /* A disk that never held anything has promised nothing. */
    uint64_t hold = h->disk.term == 0 ? 0 : h->setup.timing.election_ns_min;
    h->setup.seed = prng_u64(&n->dice);
    n->node[id - 1].incarnation++;
    n->node[id - 1].syncing = 0;
    n->node[id - 1].wake_at = RAFT_NEVER;
    host_start(h, 0, hold, net_clock(n, id));
    checks_before(&n->checks, id);
    stepped(n, id, NULL);
}

static void crash(struct net *n, raft_id id)
{
    struct host *h = &n->hosts[id - 1];
    if (!h->up || (h->mirror.step != NULL && h->mirror.open == NULL))
        return; /* a clone made from a running server does not start with it */
    host_crash(h, (uint32_t)prng_below(&n->dice, h->writes_count + 1));
    h->disk.partial_offset = prng_below(&n->dice, h->disk.partial_offset + 1);
    checks_crashed(&n->checks, id);
    push(n, n->now + prng_between(&n->dice, NS_PER_MS, 1500 * NS_PER_MS),
         (struct net_item){.kind = NET_RESTART, .id = id});
}

static raft_id any_node(struct net *n)
{
    return 1 + prng_below(&n->dice, n->nodes_count);
}

/* Each link is cut with its own chance, the two directions apart. */
static void cut_links(struct net *n, double chance)
{
    for (uint32_t a = 0; a < n->nodes_count; a++) {
        for (uint32_t b = 0; b < n->nodes_count; b++)
            n->cut[a][b] = prng_chance(&n->dice, chance);
    }
}

static void lose_link(struct net *n, raft_id id)
{
    struct raft_event event = {.type = RAFT_DISCONNECTED, .disconnected = any_node(n)};
    step(n, id, event, NULL);
}

static void fault(struct net *n)
{
    raft_id id = any_node(n);
    switch (prng_below(&n->dice, 6)) {
    case 0:
    case 1: crash(n, id); break;
    case 2: cut_links(n, 0.3); break;
    case 3: /* one node alone */
        for (uint32_t a = 0; a < n->nodes_count; a++)
            n->cut[id - 1][a] = n->cut[a][id - 1] = true;
        break;
    case 4: memset(n->cut, 0, sizeof(n->cut)); break;
    default: lose_link(n, id);
    }
}

void net_propose(struct net *n, raft_id id)
{
    struct raft_event event = {.type = RAFT_PROPOSE, .propose = {0, ENTRY_DATA}};
    event.propose.count = 1 + (uint32_t)prng_below(&n->dice, 5);
    step(n, id, event, NULL);
}

/* A node that leads, perhaps one of several that think so; else any. */
static raft_id any_leader(struct net *n)
{
    raft_id start = any_node(n);
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        raft_id id = 1 + (start - 1 + i) % n->nodes_count;
        if (n->hosts[id - 1].up && raft_role(n->hosts[id - 1].core) == RAFT_LEADER)
            return id;
    }
    return start;
}

/* Everybody of the configuration, by node: 0 not in it, 1 learner, 2 voter. */
static void members_of(const struct raft_config *c, uint32_t ret[CHECK_NODES])
{
    memset(ret, 0, CHECK_NODES * sizeof(*ret));
    for (uint32_t i = 0; i < c->count; i++)
        ret[c->members[i].id - 1] = (c->members[i].flags & ~RAFT_WITNESS) == 0 ? 1 : 2;
}

/* Some node that is of this kind, 1..nodes_count; any if none is. */
static raft_id one_of(struct net *n, const uint32_t *kinds, uint32_t kind)
{
    raft_id start = any_node(n);
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        raft_id id = 1 + (start - 1 + i) % n->nodes_count;
        if (kinds[id - 1] == kind)
            return id;
    }
    return start;
}

static int32_t draw_priority(struct net *n)
{
    static const int32_t some[] = {-RAFT_PRIORITY_USUAL, -50, 0, 0, 50, 155};
    return some[prng_below(&n->dice, ARRAY_LEN(some))];
}

/* As it is, and of the role wanted; once in a while somebody errs about a witness. */
static struct raft_member member_wanted(struct net *n, const struct raft_config *now, raft_id id,
                                        uint32_t flags)
{
    struct raft_member m = {.id = id};
    for (uint32_t i = 0; i < now->count; i++) {
        if (now->members[i].id == id)
            m = now->members[i];
    }
    bool errs = m.flags != 0 && prng_chance(&n->dice, 0.01);
    m.flags = flags | (n->witness[id - 1] != errs ? RAFT_WITNESS : 0);
    return m;
}

/* The membership somebody wants next: a learner more, a learner that votes, a voter that only
 * learns, a member less, or several of these at once, which makes it joint. */
static struct raft_config wanted(struct net *n, raft_id leader)
{
    uint64_t index;
    uint32_t kinds[CHECK_NODES];
    struct raft_config c = {0};
    const struct raft_config *now = raft_config(n->hosts[leader - 1].core, &index);
    if (n->priorities && now->count > 0 && prng_chance(&n->dice, 0.2)) {
        c = *now;
        c.members[prng_below(&n->dice, c.count)].priority = draw_priority(n);
        c.joint = false;
        for (uint32_t i = 0; i < c.count; i++)
            c.members[i].flags &= RAFT_VOTER | RAFT_WITNESS;
        return c;
    }
    members_of(now, kinds);
    uint64_t choice = prng_below(&n->dice, 10);
    if (choice <= 2)
        kinds[one_of(n, kinds, 0) - 1] = 1;
    if (choice >= 3 && choice <= 5)
        kinds[one_of(n, kinds, 1) - 1] = 2;
    if (choice == 6)
        kinds[any_node(n) - 1] = 1;
    if (choice == 7)
        kinds[prng_chance(&n->dice, 0.3) ? leader - 1 : any_node(n) - 1] = 0;
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        if (choice >= 8 && kinds[i] != 0)
            kinds[i] = prng_chance(&n->dice, 0.35) ? (uint32_t)prng_below(&n->dice, 2) : 2;
        if (kinds[i] != 0)
            c.members[c.count++] = member_wanted(n, now, i + 1, kinds[i] == 2 ? RAFT_VOTER : 0);
    }
    return c;
}

static void change(struct net *n)
{
    raft_id id = any_leader(n);
    bool leads = raft_role(n->hosts[id - 1].core) == RAFT_LEADER;
    if (!n->hosts[id - 1].up || (!leads && prng_chance(&n->dice, 0.9)))
        return;
    struct raft_config config = wanted(n, id);
    struct raft_event event = {.type = RAFT_CHANGE, .change = {.config = &config}};
    if (prng_chance(&n->dice, 0.2))
        (void)raft_config(n->hosts[id - 1].core, &event.change.expected);
    if (prng_chance(&n->dice, 0.02))
        event.change.expected++;
    event.change.relabel = prng_chance(&n->dice, 0.1);
    if (config.count > 0)
        step(n, id, event, NULL);
}

static void transfer(struct net *n)
{
    if (prng_chance(&n->dice, 0.1)) {
        step(n, any_leader(n), (struct raft_event){.type = RAFT_STEP_DOWN}, NULL);
        return;
    }
    raft_id target = prng_chance(&n->dice, 0.5) ? 0 : any_node(n);
    step(n, any_leader(n), (struct raft_event){.type = RAFT_TRANSFER, .transfer = {target, 0}},
         NULL);
}

static void client(struct net *n)
{
    raft_id id = any_node(n);
    if (n->images && prng_chance(&n->dice, 0.24)) {
        if (net_image(n, id))
            stepped(n, id, NULL);
        /* What is gone now may just have been under way. */
        if (prng_chance(&n->dice, 0.3))
            lose_link(n, id);
        return;
    }
    if (n->churn && prng_chance(&n->dice, 0.2)) {
        change(n);
        return;
    }
    if (n->transfers && prng_chance(&n->dice, 0.04)) {
        transfer(n);
        return;
    }
    if (!n->hosts[id - 1].up)
        return;
    if (prng_chance(&n->dice, 0.6)) {
        net_propose(n, id);
        return;
    }
    struct raft_event event = {.type = RAFT_READ, .read = {.ctx = checks_read(&n->checks, id)}};
    event.read.lease = n->leases && prng_chance(&n->dice, 0.5);
    step(n, id, event, NULL);
}

/* Something of an earlier incarnation, or a wake-up that was put off. */
static bool outdated(const struct net *n, const struct net_item *item)
{
    if (item->kind != NET_WAKE && item->kind != NET_SYNCED && item->kind != NET_UNSENT &&
        item->kind != NET_CHUNK && item->kind != NET_INSTALL)
        return false;
    if (!n->hosts[item->id - 1].up || item->incarnation != n->node[item->id - 1].incarnation)
        return true;
    return item->kind == NET_WAKE && n->hosts[item->id - 1].out.wake_at_ns > net_clock(n, item->id);
}

static void synced(struct net *n, raft_id id)
{
    uint32_t count = n->node[id - 1].syncing;
    n->node[id - 1].syncing = 0;
    checks_before(&n->checks, id);
    host_sync(&n->hosts[id - 1], count, net_clock(n, id));
    stepped(n, id, NULL);
}

static void unsent(struct net *n, const struct net_item *item)
{
    const struct raft_message *m = &item->packet.message;
    struct raft_event event = {.type = RAFT_UNSENT};
    event.unsent.peer = m->to;
    event.unsent.first = m->prev.index + 1;
    if (m->type == RAFT_INSTALL_SNAPSHOT)
        event = net_image_unsent(n, item->id, &item->packet);
    step(n, item->id, event, NULL);
}

static void happen(struct net *n, struct net_item *item)
{
    raft_id id = item->id;
    switch (item->kind) {
    case NET_DELIVER: step(n, id, (struct raft_event){.type = RAFT_RECEIVE}, &item->packet); break;
    case NET_WAKE:
        n->node[id - 1].wake_at = RAFT_NEVER;
        step(n, id, (struct raft_event){.type = RAFT_TIMEOUT}, NULL);
        break;
    case NET_SYNCED: synced(n, id); break;
    case NET_RESTART: start(n, id); break;
    case NET_UNSENT: unsent(n, item); break;
    case NET_CHUNK:
        step(n, id, net_image_chunk(n, id, &item->packet), NULL);
        if (host_image_whole(&n->hosts[id - 1]))
            later(n, id, NET_INSTALL, NULL);
        break;
    case NET_INSTALL:
        if (net_image_install(n, id))
            stepped(n, id, NULL);
        break;
    case NET_FAULT:
        if (n->weather.fault_ns == 0)
            break; /* healed meanwhile */
        fault(n);
        push(n, n->now + prng_between(&n->dice, 1, 2 * n->weather.fault_ns), *item);
        break;
    case NET_CLIENT:
        if (n->weather.client_ns == 0)
            break;
        client(n);
        push(n, n->now + prng_between(&n->dice, 1, 2 * n->weather.client_ns), *item);
        break;
    }
}

bool net_step(struct net *n)
{
    struct net_item *item = timerq_pop(&n->queue);
    ASSERT(item->due >= n->now);
    n->now = item->due;
    if (!outdated(n, item))
        happen(n, item);
    host_packet_free(&item->packet);
    free(item);
    return n->checks.failure[0] == '\0';
}

/* Voters of 1..7 nodes, learners, joint halves. */
static void draw_shape(struct net *n)
{
    static const struct {
        uint32_t nodes;
        uint32_t flags[CHECK_NODES];
    } shapes[] = {
        {3, {1, 1, 1}},       {5, {1, 1, 1, 1, 1}}, {4, {1, 1, 1, 1}},
        {4, {1, 1, 1, 0}},    {2, {1, 1}},          {1, {1}},
        {2, {1, 0}},          {5, {2, 2, 3, 1, 1}}, {4, {3, 3, 1, 2}},
        {3, {1, 1, 1}},       {5, {1, 1, 1, 1, 1}}, {3, {1, 1, 9}},
        {5, {1, 1, 1, 9, 9}},
    };
    n->priorities = prng_chance(&n->dice, 0.3);
    size_t shape = prng_below(&n->dice, ARRAY_LEN(shapes));
    n->nodes_count = shapes[shape].nodes;
    n->config.count = n->nodes_count;
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        uint32_t flags = shapes[shape].flags[i];
        n->config.members[i] = (struct raft_member){.id = i + 1, .flags = flags};
        n->witness[i] = (flags & RAFT_WITNESS) != 0;
        if (n->priorities)
            n->config.members[i].priority = draw_priority(n);
        n->config.joint |= (flags & RAFT_VOTER_OLD) != 0;
    }
    n->churn = prng_chance(&n->dice, 0.5);
    n->images = prng_chance(&n->dice, 0.6);
    n->transfers = prng_chance(&n->dice, 0.5);
    if (n->churn)
        n->nodes_count += (uint32_t)prng_below(&n->dice, 3);
    for (uint32_t i = n->config.count; i < n->nodes_count; i++)
        n->witness[i] = prng_chance(&n->dice, 0.3);
}

static void draw_weather(struct net *n)
{
    struct net_weather *w = &n->weather;
    w->loss = prng_unit(&n->dice) * 0.2;
    w->dup = prng_unit(&n->dice) * 0.2;
    w->late = prng_unit(&n->dice) * 0.05;
    w->late_answer = prng_chance(&n->dice, 0.3) ? 0.4 : w->late;
    w->unsent = prng_unit(&n->dice) * 0.1;
    w->delay_ns_max = prng_between(&n->dice, NS_PER_MS, 60 * NS_PER_MS);
    w->sync_ns_max = prng_between(&n->dice, NS_PER_MS, 80 * NS_PER_MS);
    if (prng_chance(&n->dice, 0.2))
        w->sync_ns_max = 500 * NS_PER_MS; /* longer than an election */
    if (prng_chance(&n->dice, 0.05))
        w->sync_ns_max = 3 * NS_PER_S; /* longer than a leader may wait */
    w->fault_ns = prng_between(&n->dice, 50 * NS_PER_MS, 800 * NS_PER_MS);
    w->client_ns = prng_between(&n->dice, 2 * NS_PER_MS, 30 * NS_PER_MS);
}

/* As wrong as they may be, or less, in either direction. */
static void draw_clocks(struct net *n)
{
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        int64_t ppm = (int64_t)prng_below(&n->dice, 2 * DRIFT_PPM + 1) - DRIFT_PPM;
        if (prng_chance(&n->dice, 0.5))
            ppm = prng_chance(&n->dice, 0.5) ? DRIFT_PPM : -DRIFT_PPM;
        n->node[i].ppm = ppm / 1000 * 1000;
    }
}

void net_draw(struct net *n, uint64_t seed)
{
    *n = (struct net){.seed = seed, .now = NS_PER_S, .dice = prng_named(seed, "net")};
    draw_shape(n);
    draw_weather(n);
    struct host_setup setup = {
        .limits = {.terms_max = 250, .uncommitted_max = 40},
        .timing = {150 * NS_PER_MS, 300 * NS_PER_MS, 50 * NS_PER_MS},
        .entry_ids = &n->entry_ids,
    };
    setup.limits.window_max = 1 + (uint32_t)prng_below(&n->dice, 5);
    setup.limits.batch_max = 1 + (uint32_t)prng_below(&n->dice, 6);
    setup.limits.chunk_bytes = 64;
    bool mixed = prng_chance(&n->dice, 0.2);
    setup.pre_vote = prng_chance(&n->dice, 0.7);
    setup.check_quorum = prng_chance(&n->dice, 0.8);
    n->leases = setup.check_quorum && prng_chance(&n->dice, 0.5);
    setup.lease_reads = n->leases;
    setup.clock_drift_ppm = DRIFT_PPM;
    if (n->leases)
        draw_clocks(n);
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        setup.id = i + 1;
        if (mixed)
            setup.pre_vote = prng_chance(&n->dice, 0.5);
        setup.config = i < n->config.count ? &n->config : &n->outsider;
        host_init(&n->hosts[i], &setup);
    }
}

void net_begin(struct net *n)
{
    checks_init(&n->checks, n->hosts, n->nodes_count);
    for (raft_id id = 1; id <= n->nodes_count; id++)
        start(n, id);
    push(n, n->now, (struct net_item){.kind = NET_CLIENT});
    push(n, n->now + n->weather.fault_ns, (struct net_item){.kind = NET_FAULT});
}

void net_init(struct net *n, uint64_t seed)
{
    net_draw(n, seed);
    net_begin(n);
}

void net_free(struct net *n)
{
    while (n->queue.count > 0) {
        struct net_item *item = timerq_pop(&n->queue);
        host_packet_free(&item->packet);
        free(item);
    }
    timerq_free(&n->queue);
    for (uint32_t i = 0; i < n->nodes_count; i++)
        host_free(&n->hosts[i]);
    checks_free(&n->checks);
}

void net_heal(struct net *n)
{
    n->weather = (struct net_weather){.delay_ns_max = 2 * NS_PER_MS,
                                      .sync_ns_max = 2 * NS_PER_MS,
                                      .client_ns = n->weather.client_ns};
    memset(n->cut, 0, sizeof(n->cut));
    for (raft_id id = 1; id <= n->nodes_count; id++)
        start(n, id);
}

raft_id net_leader(const struct net *n)
{
    for (raft_id id = 1; id <= n->nodes_count; id++) {
        if (n->hosts[id - 1].up && raft_term_committed(n->hosts[id - 1].core))
            return id;
    }
    return 0;
}

const char *net_failure(const struct net *n)
{
    return n->checks.failure[0] == '\0' ? NULL : n->checks.failure;
}

/* Six timeouts, and ten attempts of two (a collision of five voters' timers more than ten times is
 * one in a million); one more each with priorities, or five if nobody but those of priority 0 is
 * left. */
uint64_t net_bound_ns(const struct net *n)
{
    uint64_t timeouts = n->priorities ? 76 : 26;
    if (n->leases)
        timeouts += timeouts / 8; /* on clocks a tenth too slow */
    return timeouts * n->hosts[0].setup.timing.election_ns_min;
}
