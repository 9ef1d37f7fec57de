/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_net_image.h"

#include "base/units.h"
#include "tests/support/core_image.h"

static bool take(struct net *n, raft_id id)
{
    struct host *h = &n->hosts[id - 1];
    uint64_t above = raft_image(h->core).pos.index, config_index;
    uint64_t most = raft_commit(h->core), bytes = 1 + prng_below(&n->dice, 600);
    if (most > raft_durable(h->core))
        most = raft_durable(h->core);
    if (most <= above)
        return false;
    uint64_t index = most - prng_below(&n->dice, prng_chance(&n->dice, 0.5) ? most - above : 1);
    /* Whoever was never told of the cluster's first configuration cannot name it. */
    if (host_config_at(h, index, &config_index)->count == 0)
        return false;
    checks_before(&n->checks, id);
    host_image_take(h, index, bytes, 0, net_clock(n, id));
    return true;
}

/* Mostly what costs nobody an image; else anything that is allowed. */
static bool compact(struct net *n, raft_id id)
{
    struct host *h = &n->hosts[id - 1];
    struct raft_event event = {.type = RAFT_COMPACT, .now_ns = net_clock(n, id)};
    uint64_t most = raft_compact_limit(h->core, event.now_ns), base = raft_base(h->core).index;
    if (prng_chance(&n->dice, 0.3))
        most = raft_image(h->core).pos.index;
    event.compact = base + prng_below(&n->dice, most - base + 1);
    if (prng_chance(&n->dice, 0.5))
        event.compact = most;
    checks_before(&n->checks, id);
    host_step(h, &event, NULL);
    return true;
}

bool net_image(struct net *n, raft_id id)
{
    if (!n->hosts[id - 1].up)
        return false;
    return prng_chance(&n->dice, 0.5) ? take(n, id) : compact(n, id);
}

struct raft_event net_image_unsent(struct net *n, raft_id id, const struct host_packet *packet)
{
    const struct raft_message *m = &packet->message;
    struct raft_event event = {.type = RAFT_CHUNK_UNSENT};
    event.chunk_unsent.peer = m->to;
    event.chunk_unsent.image = m->image;
    event.chunk_unsent.offset = m->offset;
    event.chunk_unsent.retry_ns = net_clock(n, id) + prng_below(&n->dice, 100 * NS_PER_MS);
    event.chunk_unsent.gone = packet->image.config == NULL;
    return event;
}

struct raft_event net_image_chunk(struct net *n, raft_id id, const struct host_packet *packet)
{
    struct host *h = &n->hosts[id - 1];
    h->receiver = HOST_TAKES;
    if (n->weather.fault_ns != 0 && prng_chance(&n->dice, 0.1)) /* fails: if it is whole */
        h->receiver = prng_chance(&n->dice, 0.2) ? HOST_BUSY : HOST_FAILS;
    return host_image_chunk(h, packet);
}

bool net_image_install(struct net *n, raft_id id)
{
    if (!host_image_whole(&n->hosts[id - 1]))
        return false;
    checks_before(&n->checks, id);
    host_image_install(&n->hosts[id - 1], net_clock(n, id));
    return true;
}
