/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections between nodes. Each node dials those it wants and sends on what it dialed; a
 * handshake comes first. A frame that gets lost is lost: Raft must bear it. */
#include "base/units.h"
#include "emulator/sim/run.h"

#include <string.h>

#define RETRY_NS_MIN (50 * NS_PER_MS)
#define RETRY_NS_MAX (300 * NS_PER_MS)
/* A handshake that is not answered by then is tried again. */
#define PATIENCE_NS (150 * NS_PER_MS)

void sim_peers_enrol(struct sim *sim)
{
    roster_clear(&sim->roster);
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        if (roster_find(&sim->roster, sim->nodes[i].id) < 0)
            roster_add(&sim->roster, i, sim->nodes[i].id);
    }
}

struct sim_node *sim_node_of(struct sim *sim, raft_id id)
{
    int index = roster_find(&sim->roster, id);
    return index < 0 ? NULL : &sim->nodes[index];
}

/* Who lives there: most of the time whom one looks for. */
static struct sim_node *resident(struct sim *sim, raft_id likely, const char *address)
{
    struct sim_node *n = sim_node_of(sim, likely);
    if (n != NULL && strcmp(n->address, address) == 0)
        return n;
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        if (strcmp(sim->nodes[i].address, address) == 0)
            return &sim->nodes[i];
    }
    return NULL;
}

static bool wants(const struct sim_node *n, raft_id id)
{
    for (size_t i = 0; i < n->peers_count; i++) {
        if (n->peers[i].id == id)
            return true;
    }
    return false;
}

static void post(struct sim_node *n, enum sim_packet_kind kind, unsigned to, uint64_t connection,
                 const void *data, size_t len)
{
    sim_net_send(n->sim->net, sim_packet_new(kind, n->index, to, connection, data, len),
                 n->sim->now_ns);
}

/* What was open is not any more: the node is told, and it is dialed again. */
static void broken(struct sim_node *n, unsigned to)
{
    struct sim_dial *d = &n->dials[to];
    bool was_up = d->up;
    d->number = 0;
    d->up = false;
    d->retry_ns = n->sim->now_ns + d->patience_ns;
    d->patience_ns = d->patience_ns * 2 < RETRY_NS_MAX ? d->patience_ns * 2 : RETRY_NS_MAX;
    n->dial_ns = 0;
    sim_after(n->sim, d->retry_ns - n->sim->now_ns, SIM_DIAL, n->index, n->life);
    if (was_up && n->node != NULL) {
        node_on_peer_lost(n->node, sim_node_now(n), n->sim->nodes[to].id);
        sim_node_turn(n);
    }
}

void sim_peers_wanted(struct sim_node *n, const struct node_peer *peers, size_t count)
{
    ASSERT(count <= SIM_PEERS_MAX);
    if (count > 0)
        memcpy(n->peers, peers, count * sizeof(*peers));
    n->peers_count = count;
    n->dial_ns = 0;
    for (unsigned i = 0; i < n->sim->nodes_count; i++) {
        if (n->dials[i].number != 0 && !wants(n, n->sim->nodes[i].id))
            n->dials[i] = (struct sim_dial){.patience_ns = RETRY_NS_MIN};
    }
    sim_after(n->sim, 0, SIM_DIAL, n->index, n->life);
}

/* There is one connection to a member: where it was before, it is not any more. */
static void leave_older(struct sim_node *n, const struct sim_node *to)
{
    for (unsigned i = 0; i < n->sim->nodes_count && to->copied; i++) {
        if (i != to->index && n->sim->nodes[i].id == to->id && n->dials[i].number != 0)
            n->dials[i] = (struct sim_dial){.patience_ns = RETRY_NS_MIN};
    }
    n->dial_ns = 0;
}

/* The same of those that dialed us: they hear of it. */
static void dismiss_older(struct sim_node *n, unsigned from)
{
    for (unsigned i = 0; i < n->sim->nodes_count && n->sim->nodes[from].copied; i++) {
        if (i == from || n->sim->nodes[i].id != n->sim->nodes[from].id || n->answered[i] == 0)
            continue;
        post(n, PACKET_GONE, i, n->answered[i], NULL, 0);
        n->answered[i] = 0;
    }
}

static void greet(struct sim_node *n, const struct sim_node *to)
{
    struct sim_dial *d = &n->dials[to->index];
    struct peer_hello hello = node_hello(n->node, to->id);
    leave_older(n, to);
    d->number = ++n->sim->connections;
    d->retry_ns = n->sim->now_ns + PATIENCE_NS;
    if (d->patience_ns == 0)
        d->patience_ns = RETRY_NS_MIN;
    struct buf *out = &n->sim->greeting;
    struct err e = {0};
    buf_reset(out);
    if (peer_hello_encode(out, &hello, &e) < 0)
        UNREACHABLE(); /* the node introduces itself properly */
    post(n, PACKET_HELLO, to->index, d->number, out->data, out->len);
    sim_after(n->sim, PATIENCE_NS, SIM_DIAL, n->index, n->life);
}

void sim_peers_moved(struct sim *sim)
{
    for (unsigned i = 0; i < sim->nodes_count; i++)
        sim->nodes[i].dial_ns = 0;
}

/* Each of those it greets brings it back here: it goes through all of them only when one is due. */
void sim_peers_dial(struct sim_node *n)
{
    uint64_t next_ns = UINT64_MAX;
    if (n->node == NULL || n->sim->now_ns < n->dial_ns)
        return;
    n->dial_ns = UINT64_MAX;
    for (size_t i = 0; i < n->peers_count; i++) {
        const struct sim_node *to = resident(n->sim, n->peers[i].id, n->peers[i].address);
        if (to == NULL || to == n)
            continue;
        struct sim_dial *d = &n->dials[to->index];
        if (!d->up && n->sim->now_ns >= d->retry_ns)
            greet(n, to);
        if (!d->up && d->retry_ns < next_ns)
            next_ns = d->retry_ns;
    }
    if (next_ns < n->dial_ns)
        n->dial_ns = next_ns;
}

/* Whoever of that name it is connected to: there may be a copy. NULL: nobody. */
static const struct sim_node *dialed(const struct sim_node *n, raft_id id)
{
    const struct sim *sim = n->sim;
    int first = roster_find(&sim->roster, id);
    if (first < 0)
        return NULL;
    unsigned end = sim->nodes[first].copied ? sim->nodes_count : (unsigned)first + 1;
    for (unsigned i = (unsigned)first; i < end; i++) {
        if (n->dials[i].up && sim->nodes[i].id == id)
            return &sim->nodes[i];
    }
    return NULL;
}

bool sim_peers_send(struct sim_node *n, raft_id to, const void *frame, size_t len)
{
    const struct sim_node *peer = dialed(n, to);
    if (peer == NULL)
        return false;
    struct sim_packet *p = sim_packet_new(PACKET_FRAME, n->index, peer->index,
                                          n->dials[peer->index].number, frame, len);
    /* Raft bears copies; a command that is forwarded twice is done twice. */
    p->once = len <= FRAME_TYPE_OFFSET || !peer_type_is_raft(p->data[FRAME_TYPE_OFFSET]);
    sim_net_send(n->sim->net, p, n->sim->now_ns);
    return true;
}

/* ---- arriving ---- */

/* The frame that a packet is. It may have been damaged on its way, its length too: then the rest of
 * the stream makes no sense. */
static int read_frame(const struct sim_packet *p, struct frame *ret, struct err *e)
{
    return frame_read(span_of((const char *)p->data, p->len), ret, e);
}

/* As a daemon does: it hangs up on who sends what it cannot trust. */
static void hang_up(struct sim_node *n, const struct sim_packet *p)
{
    if (n->answered[p->from] == p->connection)
        n->answered[p->from] = 0;
    post(n, PACKET_GONE, p->from, p->connection, NULL, 0);
}

static void on_hello(struct sim_node *n, const struct sim_packet *p)
{
    struct frame frame;
    struct peer_hello hello;
    struct buf *out = &n->sim->greeting;
    struct err e = {0};
    int code = read_frame(p, &frame, &e);
    if (code == 0)
        code = peer_hello_decode(&frame, &hello, &e);
    if (code < 0) {
        hang_up(n, p);
        return;
    }
    struct peer_hello_reply reply = node_answer_hello(n->node, &hello);
    if (reply.refusal == PEER_ACCEPTED) {
        dismiss_older(n, p->from);
        n->answered[p->from] = p->connection;
    }
    buf_reset(out);
    if (peer_hello_reply_encode(out, &reply, &e) < 0)
        UNREACHABLE();
    post(n, PACKET_HELLO_REPLY, p->from, p->connection, out->data, out->len);
    sim_node_turn(n);
}

static void on_hello_reply(struct sim_node *n, const struct sim_packet *p)
{
    struct frame frame;
    struct peer_hello_reply reply;
    struct err e = {0};
    struct sim_dial *d = &n->dials[p->from];
    if (d->number != p->connection || d->up)
        return;
    int code = read_frame(p, &frame, &e);
    if (code == 0)
        code = peer_hello_reply_decode(&frame, &reply, &e);
    if (code == 0)
        code = node_check_hello_reply(n->node, n->sim->nodes[p->from].id, &reply, &e);
    if (code < 0) {
        broken(n, p->from);
        return;
    }
    d->up = true;
    d->patience_ns = RETRY_NS_MIN;
    sim_node_turn(n);
}

static void on_frame(struct sim_node *n, const struct sim_packet *p)
{
    struct frame frame;
    struct err e;
    if (n->answered[p->from] != p->connection) {
        post(n, PACKET_GONE, p->from, p->connection, NULL, 0);
        return;
    }
    struct frame_expect expect = node_expect(n->node, n->sim->nodes[p->from].id);
    int code = read_frame(p, &frame, &e);
    if (code == 0)
        code = frame_check(&frame.header, &expect, &e);
    if (code == 0)
        code = node_on_frame(n->node, sim_node_now(n), &frame, &e);
    if (code < 0)
        hang_up(n, p);
    sim_node_turn(n);
}

void sim_peers_packet(struct sim_node *n, const struct sim_packet *p)
{
    if (p->kind == PACKET_GONE) {
        if (n->dials[p->from].number == p->connection)
            broken(n, p->from);
    } else if (n->node == NULL) {
        if (p->kind != PACKET_HELLO_REPLY)
            post(n, PACKET_GONE, p->from, p->connection, NULL, 0);
    } else if (p->kind == PACKET_HELLO) {
        on_hello(n, p);
    } else if (p->kind == PACKET_HELLO_REPLY) {
        on_hello_reply(n, p);
    } else {
        on_frame(n, p);
    }
}

void sim_peers_died(struct sim_node *n)
{
    for (unsigned i = 0; i < n->sim->nodes_count; i++) {
        if (n->answered[i] != 0)
            post(n, PACKET_GONE, i, n->answered[i], NULL, 0);
        n->answered[i] = 0;
        n->dials[i] = (struct sim_dial){.patience_ns = RETRY_NS_MIN};
    }
    n->peers_count = 0;
    n->dial_ns = 0;
}

static bool uses(const nodeset *links, unsigned a, unsigned b)
{
    return (links[a] >> b & 1) != 0 || (links[b] >> a & 1) != 0;
}

unsigned sim_peers_reset(struct sim *sim, const nodeset *links)
{
    unsigned count = 0;
    for (unsigned a = 0; a < sim->nodes_count; a++) {
        for (unsigned b = 0; b < sim->nodes_count; b++) {
            uint64_t number = sim->nodes[a].dials[b].number;
            if (number == 0 || !uses(links, a, b))
                continue;
            count += sim->nodes[a].dials[b].up;
            if (sim->nodes[b].answered[a] == number)
                sim->nodes[b].answered[a] = 0;
            sim_net_tell_host(sim->net, sim_packet_new(PACKET_GONE, b, a, number, NULL, 0),
                              sim->now_ns);
        }
    }
    return count;
}
