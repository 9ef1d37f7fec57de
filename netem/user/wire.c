/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "netem/user/forward.h"

static uint32_t interface_of(const struct carrier *c, const struct user_link *l)
{
    /* One interface a directed pair, without the diagonal. */
    int skipped = l->from + (l->to > l->from ? 1 : 0);
    return (uint32_t)(l->from * c->endpoints_count + l->to - skipped);
}

static void capture(struct carrier *c, const struct packet *packet, uint64_t now_ns,
                    const char *comment)
{
    if (c->capture != NULL)
        pcapng_packet(c->capture, interface_of(c, packet->link), now_ns, packet->data, packet->len,
                      comment);
}

static void drop(struct carrier *c, struct packet *packet, enum impair_drop why, uint64_t now_ns)
{
    struct netem_counters *n = &packet->link->n;
    char comment[64];
    switch (why) {
    case IMPAIR_PASS: UNREACHABLE();
    case IMPAIR_DROP_LOSS:
    case IMPAIR_DROP_TOO_LARGE: n->lost++; break;
    case IMPAIR_DROP_CUT: n->cut++; break;
    case IMPAIR_DROP_QUEUE_FULL: n->queue_full++; break;
    }
    if (c->capture != NULL) {
        snprintf(comment, sizeof(comment), "dropped: %s", impair_drop_name(why));
        capture(c, packet, now_ns, comment);
    }
    pool_put(&c->pool, packet);
}

/* Not by a fate of the link's: its connection is broken. */
static void drop_broken(struct carrier *c, struct packet *packet, const char *why, uint64_t now_ns)
{
    char comment[64];
    packet->link->n.cut++;
    if (c->capture != NULL) {
        snprintf(comment, sizeof(comment), "dropped: %s", why);
        capture(c, packet, now_ns, comment);
    }
    pool_put(&c->pool, packet);
}

/* What is beyond the bound gets lost, as in a queue that is full. */
static void hold(struct carrier *c, struct packet *packet, uint64_t now_ns)
{
    struct user_link *l = packet->link;
    uint64_t bytes_max = l->dice.now.hold_bytes;
    if (bytes_max != 0 && l->held_bytes + packet->len > bytes_max) {
        impair_link_leave(&l->dice);
        drop(c, packet, IMPAIR_DROP_QUEUE_FULL, now_ns);
        return;
    }
    packet->next = l->held;
    l->held = packet;
    l->held_bytes += packet->len;
}

static void enqueue(struct carrier *c, struct packet *packet, const struct impair_copy *copy,
                    uint64_t now_ns)
{
    struct user_link *l = packet->link;
    if (copy->drop != IMPAIR_PASS) {
        drop(c, packet, copy->drop, now_ns);
        return;
    }
    packet->due_ns = copy->due_ns;
    packet->epoch = l->epoch;
    packet->reordered = copy->reordered;
    l->n.reordered += copy->reordered;
    if (copy->corrupted) {
        packet->corrupted = true;
        packet->corrupt_byte = copy->corrupt_byte;
        frame_damage(packet->data, &packet->frame, copy->corrupt_byte, copy->corrupt_mask,
                     l->dice.now.corrupt_payload);
        l->n.corrupted++;
    }
    if (packet->due_ns == IMPAIR_DUE_NS_NEVER)
        hold(c, packet, now_ns);
    else
        timerq_push(&c->heap, packet->due_ns, packet);
}

/* A copy that is a packet of its own; NULL when the pool is at its bound. */
static struct packet *copy_of(struct carrier *c, const struct packet *packet)
{
    struct packet *copy = pool_get(&c->pool);
    if (copy == NULL)
        return NULL;
    memcpy(copy, packet, sizeof(*packet) + packet->len);
    copy->duplicate = true;
    return copy;
}

static void decide(struct carrier *c, struct packet *packet, uint64_t arrived_ns)
{
    struct user_link *l = packet->link;
    struct impair_fate fate;
    struct packet *second = NULL;
    uint32_t spared = l->dice.now.corrupt_payload ? packet->frame.payload_at : FRAME_ETHERNET_BYTES;
    l->n.sent++;
    breaks_note(packet, arrived_ns);
    const char *broken = breaks_meet(c, packet);
    if (broken != NULL) {
        drop_broken(c, packet, broken, arrived_ns);
        return;
    }
    impair_link_decide(&l->dice, arrived_ns, packet->len, spared, packet->frame.syn, &fate);
    if (fate.copies_count == 2) {
        l->n.duplicated++;
        second = copy_of(c, packet); /* before the first one is damaged */
    }
    enqueue(c, packet, &fate.copies[0], arrived_ns);
    if (second != NULL) {
        enqueue(c, second, &fate.copies[1], arrived_ns);
    } else if (fate.copies_count == 2) {
        c->overload_packets++;
        if (fate.copies[1].drop == IMPAIR_PASS)
            impair_link_leave(&l->dice);
    }
}

void wire_arrived(struct carrier *c, int from, int slot, uint64_t arrived_ns)
{
    struct packet *packet = c->in[slot];
    if (!frame_parse(packet->data, packet->len, &packet->frame)) {
        c->foreign_packets++;
        return;
    }
    int to = topo_endpoint_of(c->topo, packet->frame.to_number);
    if (to < 0 || to == from) {
        c->foreign_packets++;
        return;
    }
    struct packet *refill = pool_get(&c->pool);
    if (refill == NULL) {
        c->overload_packets++;
        return;
    }
    c->in[slot] = refill;
    packet->link = &c->links[from * c->endpoints_count + to];
    decide(c, packet, arrived_ns);
}

void wire_due(struct carrier *c, struct packet *packet, uint64_t now_ns)
{
    struct user_link *l = packet->link;
    if (packet->epoch != l->epoch) {
        capture(c, packet, now_ns, "dropped: cut, in flight"); /* counted when it was cut */
        pool_put(&c->pool, packet);
        return;
    }
    const char *broken = breaks_meet(c, packet);
    if (broken != NULL) {
        impair_link_leave(&l->dice);
        drop_broken(c, packet, broken, now_ns);
        return;
    }
    switch (l->dice.now.gate) {
    case IMPAIR_OPEN: break;
    case IMPAIR_CUT: UNREACHABLE(); /* the cut made every epoch an old one */
    case IMPAIR_HOLD: hold(c, packet, now_ns); return;
    case IMPAIR_SYN_ONLY:
        if (packet->frame.syn)
            break;
        impair_link_leave(&l->dice);
        drop(c, packet, IMPAIR_DROP_CUT, now_ns);
        return;
    }
    port_send(c, &c->ports[l->to], packet);
}

static void capture_sent(struct carrier *c, const struct packet *packet, uint64_t now_ns)
{
    char comment[64];
    int n = 0;
    if (packet->corrupted)
        n = snprintf(comment, sizeof(comment), "corrupted byte %u", packet->corrupt_byte);
    if (packet->duplicate && n < (int)sizeof(comment))
        n += snprintf(comment + n, sizeof(comment) - (size_t)n, "%sduplicate", n > 0 ? ", " : "");
    if (packet->reordered && n < (int)sizeof(comment))
        n += snprintf(comment + n, sizeof(comment) - (size_t)n, "%sreordered", n > 0 ? ", " : "");
    capture(c, packet, now_ns, n > 0 ? comment : NULL);
}

void wire_left(struct carrier *c, struct packet *packet, uint64_t now_ns)
{
    if (packet->link == NULL) {
        pool_put(&c->pool, packet);
        return;
    }
    impair_link_leave(&packet->link->dice);
    packet->link->n.delivered++;
    lateness_add(&c->lateness, now_ns > packet->due_ns ? now_ns - packet->due_ns : 0);
    if (c->capture != NULL)
        capture_sent(c, packet, now_ns);
    pool_put(&c->pool, packet);
}

void wire_refused(struct carrier *c, struct packet *packet)
{
    if (packet->link != NULL)
        impair_link_leave(&packet->link->dice);
    c->overload_packets++;
    if (packet->link != NULL && c->capture != NULL)
        capture(c, packet, packet->due_ns, "dropped: overload");
    pool_put(&c->pool, packet);
}

/* Packets held on the link go into the heap, due now, in the order asked for. */
static void release(struct carrier *c, struct user_link *l, enum impair_order order,
                    uint64_t now_ns)
{
    struct packet **list = NULL;
    size_t count = 0;
    for (struct packet *p = l->held; p != NULL; p = p->next)
        count++;
    if (count == 0)
        return;
    list = mem_array(count, sizeof(struct packet *));
    size_t at = 0;
    for (struct packet *p = l->held; p != NULL; p = p->next, at++)
        list[order == IMPAIR_FIFO ? count - 1 - at : at] = p; /* held is newest first */
    for (size_t i = count; order == IMPAIR_SHUFFLE && i > 1; i--) {
        size_t other = (size_t)prng_below(&c->release_dice, i);
        struct packet *swapped = list[i - 1];
        list[i - 1] = list[other];
        list[other] = swapped;
    }
    for (size_t i = 0; i < count; i++) {
        list[i]->due_ns = now_ns;
        timerq_push(&c->heap, now_ns, list[i]);
    }
    l->held = NULL;
    l->held_bytes = 0;
    mem_free(list);
}

void wire_change(struct carrier *c, struct user_link *l, const struct impairment *to,
                 uint64_t now_ns)
{
    if (to->gate == IMPAIR_CUT && l->dice.now.gate != IMPAIR_CUT) {
        l->epoch++;
        l->n.cut += impair_link_clear(&l->dice);
    }
    if (to->gate != IMPAIR_HOLD)
        release(c, l, to->release_order, now_ns);
    if (to->delay_ns > 0 && to->delay_ns < c->delay_ns_min)
        c->delay_ns_min = to->delay_ns;
    impair_link_set(&l->dice, to);
}
