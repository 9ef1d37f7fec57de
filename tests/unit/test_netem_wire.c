/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user carrier's links, fed by hand: what a packet meets that is read when they change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "netem/user/forward.h"

enum { N1, N2, NODES };

/* A carrier whose thread does not run: what is sent stays in the socket until a change takes it. */
struct bench {
    struct topo topo;
    struct carrier carrier;
    struct port ports[NODES];
    struct user_link links[NODES * NODES];
    int n1_fd; /* n1's end of its wire */
};

static void set_gate(struct bench *b, enum impair_gate gate)
{
    struct err e = {0};
    struct netem_change change = {.from = N1, .to = N2, .link = {.gate = gate}};
    assert_int_equal(carrier_user.apply(&b->carrier, &change, 1, &e), 0);
}

static struct bench *bench_new(enum impair_gate gate)
{
    struct bench *b = mem_alloc(sizeof(*b));
    struct carrier *c = &b->carrier;
    int wire[2];
    b->topo.nodes_count = b->topo.endpoints_count = NODES;
    for (int i = 0; i < NODES; i++)
        b->topo.endpoints[i].number = (uint16_t)(i + 1);
    c->topo = &b->topo;
    c->endpoints_count = NODES;
    c->ports = b->ports;
    c->links = b->links;
    c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(pthread_mutex_init(&c->lock, NULL), 0);
    for (int l = 0; l < NODES * NODES; l++) {
        b->links[l].from = l / NODES;
        b->links[l].to = l % NODES;
        impair_link_init(&b->links[l].dice, 1);
    }
    pool_init(&c->pool, 64);
    for (int i = 0; i < PORT_BATCH; i++)
        c->in[i] = pool_get(&c->pool);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wire), 0);
    b->n1_fd = wire[0];
    b->ports[N1].fd = wire[1];
    b->ports[N2].fd = -1;
    set_gate(b, gate);
    return b;
}

static void bench_free(struct bench *b)
{
    struct carrier *c = &b->carrier;
    while (c->heap.count > 0)
        pool_put(&c->pool, timerq_pop(&c->heap));
    for (int i = 0; i < PORT_BATCH; i++)
        pool_put(&c->pool, c->in[i]);
    pool_free(&c->pool);
    timerq_free(&c->heap);
    pthread_mutex_destroy(&c->lock);
    port_close(&b->ports[N1]);
    close(b->n1_fd);
    close(c->wake_fd);
    mem_free(b);
}

/* UDP datagrams from n1 to n2. */
static void send_some(struct bench *b, int count)
{
    static const uint8_t frame[42] = {2,    0, 0, 0,  0, 2, 2, 0, 0, 0,  0, 1, 0x08, 0, /* IPv4 */
                                      0x45, 0, 0, 28, 0, 0, 0, 0, 0, 17, 0, 0};
    for (int i = 0; i < count; i++)
        assert_int_equal(send(b->n1_fd, frame, sizeof(frame), 0), sizeof(frame));
}

static void a_heal_lets_nothing_through_that_was_sent_before_it(void **state)
{
    (void)state;
    struct bench *b = bench_new(IMPAIR_CUT);
    const struct user_link *l = &b->links[N1 * NODES + N2];
    send_some(b, 3);
    set_gate(b, IMPAIR_OPEN);
    assert_int_equal(l->n.sent, 3);
    assert_int_equal(l->n.cut, 3);
    assert_int_equal(b->carrier.heap.count, 0);
    send_some(b, 2);
    set_gate(b, IMPAIR_OPEN); /* no change to them */
    assert_int_equal(l->n.cut, 3);
    assert_int_equal(b->carrier.heap.count, 2);
    bench_free(b);
}

static void what_was_sent_while_the_link_held_is_held(void **state)
{
    (void)state;
    struct bench *b = bench_new(IMPAIR_HOLD);
    const struct user_link *l = &b->links[N1 * NODES + N2];
    send_some(b, 3);
    set_gate(b, IMPAIR_HOLD);
    assert_int_equal(l->held_bytes, 3 * 42);
    send_some(b, 1);
    set_gate(b, IMPAIR_CUT);
    assert_int_equal(l->n.cut, 4);
    bench_free(b);
}

/* The thread, which sees nothing in the socket any more, has to look at the heap. */
static void the_thread_is_told_of_what_was_taken(void **state)
{
    (void)state;
    struct bench *b = bench_new(IMPAIR_OPEN);
    struct netem_break none = {.from = N1, .to = N2};
    uint64_t woken;
    assert_int_equal(read(b->carrier.wake_fd, &woken, sizeof(woken)), sizeof(woken));
    send_some(b, 1);
    set_gate(b, IMPAIR_OPEN);
    assert_int_equal(b->carrier.heap.count, 1);
    assert_int_equal(read(b->carrier.wake_fd, &woken, sizeof(woken)), sizeof(woken));
    send_some(b, 1);
    carrier_user.breaks(&b->carrier, &none, 1);
    assert_int_equal(b->carrier.heap.count, 2);
    assert_int_equal(read(b->carrier.wake_fd, &woken, sizeof(woken)), sizeof(woken));
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heal_lets_nothing_through_that_was_sent_before_it),
        cmocka_unit_test(what_was_sent_while_the_link_held_is_held),
        cmocka_unit_test(the_thread_is_told_of_what_was_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
