/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user carrier's links, fed by hand: what a packet meets that is read late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "netem/user/forward.h"

enum { N1, N2, NODES };

struct bench {
    struct topo topo;
    struct carrier carrier;
    struct port ports[NODES];
    struct user_link links[NODES * NODES];
};

static struct bench *bench_new(void)
{
    struct bench *b = mem_alloc(sizeof(*b));
    b->topo.nodes_count = b->topo.endpoints_count = NODES;
    for (int i = 0; i < NODES; i++)
        b->topo.endpoints[i].number = (uint16_t)(i + 1);
    b->carrier.topo = &b->topo;
    b->carrier.endpoints_count = NODES;
    b->carrier.ports = b->ports;
    b->carrier.links = b->links;
    for (int l = 0; l < NODES * NODES; l++) {
        b->links[l].from = l / NODES;
        b->links[l].to = l % NODES;
        impair_link_init(&b->links[l].dice, 1);
    }
    pool_init(&b->carrier.pool, 64);
    b->carrier.in[0] = pool_get(&b->carrier.pool);
    return b;
}

static void bench_free(struct bench *b)
{
    while (b->carrier.heap.count > 0)
        pool_put(&b->carrier.pool, timerq_pop(&b->carrier.heap));
    pool_put(&b->carrier.pool, b->carrier.in[0]);
    pool_free(&b->carrier.pool);
    timerq_free(&b->carrier.heap);
    mem_free(b);
}

static struct user_link *n1_to_n2(struct bench *b)
{
    return &b->links[N1 * NODES + N2];
}

static void set_gate(struct bench *b, enum impair_gate gate, uint64_t now_ns)
{
    struct impairment to = {.gate = gate};
    wire_change(&b->carrier, n1_to_n2(b), &to, now_ns);
}

/* A UDP datagram from n1 to n2 that reached the hub at this time. */
static void arrive(struct bench *b, uint64_t arrived_ns)
{
    static const uint8_t frame[42] = {2,    0, 0, 0,  0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0, /* IPv4 */
                                      0x45, 0, 0, 28, 0, 0, 0, 0, 0, 17};
    struct packet *packet = b->carrier.in[0];
    memcpy(packet->data, frame, sizeof(frame));
    packet->len = sizeof(frame);
    wire_arrived(&b->carrier, N1, 0, arrived_ns);
}

static void a_heal_lets_nothing_through_that_came_before_it(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    arrive(b, 50);
    assert_int_equal(b->carrier.heap.count, 1);
    set_gate(b, IMPAIR_CUT, 100);
    arrive(b, 110);
    set_gate(b, IMPAIR_OPEN, 200);
    arrive(b, 199); /* read from the socket after the heal */
    assert_int_equal(b->carrier.heap.count, 1);
    assert_int_equal(n1_to_n2(b)->n.cut, 3);
    arrive(b, 200);
    assert_int_equal(b->carrier.heap.count, 2);
    assert_int_equal(n1_to_n2(b)->n.cut, 3);
    assert_int_equal(n1_to_n2(b)->n.sent, 4);
    bench_free(b);
}

static void what_was_held_is_let_go_however_late_it_is_read(void **state)
{
    (void)state;
    struct bench *b = bench_new();
    set_gate(b, IMPAIR_HOLD, 100);
    set_gate(b, IMPAIR_OPEN, 200);
    arrive(b, 150);
    assert_int_equal(b->carrier.heap.count, 1);
    assert_int_equal(n1_to_n2(b)->n.cut, 0);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heal_lets_nothing_through_that_came_before_it),
        cmocka_unit_test(what_was_held_is_let_go_however_late_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
