/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What virtual time rests on: the order of events, and what links do to packets. */
#include "base/prng.h"
#include "base/units.h"
#include "emulator/sim/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- the queue ---- */

static void events_come_in_the_order_of_time_then_of_making(void **state)
{
    struct sim_queue q = {0};
    struct prng p = prng_seed(7);
    uint64_t made = 0, taken = 0, last_t = 0, last_number = 0;
    (void)state;
    assert_true(sim_queue_next_ns(&q) == UINT64_MAX);
    while (taken < 20000) {
        if (made < 20000 && (q.count == 0 || prng_chance(&p, 0.55))) {
            /* Few times, so that many are equal; never before what was taken. */
            uint64_t t = last_t + prng_below(&p, 5);
            sim_queue_put(&q, &(struct sim_event){.t_ns = t, .number = ++made});
            continue;
        }
        assert_true(q.count > 0);
        uint64_t next = sim_queue_next_ns(&q);
        struct sim_event e = sim_queue_take(&q);
        assert_true(e.t_ns == next && e.t_ns >= last_t);
        assert_true(e.t_ns > last_t || e.number > last_number || taken == 0);
        last_t = e.t_ns;
        last_number = e.number;
        taken++;
    }
    assert_int_equal(q.taken, 20000);
    sim_queue_free(&q);
}

/* ---- links ---- */

#define DELAY_NS (2 * NS_PER_MS)

struct rig {
    struct sim_queue queue;
    struct sim_net *net;
    uint64_t now_ns;
    char got[64]; /* the first byte of each packet that arrived */
    size_t got_count;
};

static void open_rig(struct rig *r)
{
    *r = (struct rig){.now_ns = NS_PER_S};
    r->net = sim_net_new(3, 1, &r->queue);
    sim_net_set(r->net, 0, 0, 1, &(struct impairment){.delay_ns = DELAY_NS}, r->now_ns);
}

static void close_rig(struct rig *r)
{
    while (r->queue.count > 0)
        sim_packet_free(sim_queue_take(&r->queue).what);
    sim_queue_free(&r->queue);
    sim_net_free(r->net);
}

static void post(struct rig *r, char what, bool reliable)
{
    struct sim_packet *p = sim_packet_new(PACKET_FRAME, 0, 1, 0, &what, 1);
    p->reliable = reliable;
    sim_net_send(r->net, p, r->now_ns);
}

static void run_until(struct rig *r, uint64_t t_ns)
{
    while (sim_queue_next_ns(&r->queue) <= t_ns) {
        struct sim_event e = sim_queue_take(&r->queue);
        struct sim_packet *p = e.what;
        r->now_ns = e.t_ns;
        if (e.kind == SIM_RESEND) {
            sim_net_send(r->net, p, r->now_ns);
            continue;
        }
        p = sim_net_arrive(r->net, p, r->now_ns);
        if (p == NULL)
            continue;
        assert_true(r->got_count + 1 < sizeof(r->got));
        r->got[r->got_count++] = (char)p->data[0];
        sim_packet_free(p);
    }
    r->now_ns = t_ns;
}

static void set(struct rig *r, enum impair_gate gate, enum impair_order order)
{
    sim_net_set(r->net, 0, 0, 1,
                &(struct impairment){.delay_ns = DELAY_NS, .gate = gate, .release_order = order},
                r->now_ns);
}

static void packets_take_the_links_delay(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    uint64_t began = r.now_ns;
    post(&r, 'a', false);
    post(&r, 'b', false);
    run_until(&r, began + DELAY_NS - 1);
    assert_string_equal(r.got, "");
    run_until(&r, began + DELAY_NS);
    assert_string_equal(r.got, "ab");
    close_rig(&r);
}

/* A cut throws away what is under way; TCP sends its part again, and again, until it passes. */
static void a_cut_loses_what_is_under_way_and_streams_bear_it(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    post(&r, 'l', false);
    post(&r, 's', true);
    run_until(&r, r.now_ns + DELAY_NS / 2);
    set(&r, IMPAIR_CUT, IMPAIR_FIFO);
    post(&r, 'x', false);
    run_until(&r, r.now_ns + 3 * NS_PER_S);
    assert_string_equal(r.got, "");
    assert_true(sim_net_counters(r.net).cut >= 3);
    set(&r, IMPAIR_OPEN, IMPAIR_FIFO);
    run_until(&r, r.now_ns + 3 * NS_PER_S);
    assert_string_equal(r.got, "s");
    close_rig(&r);
}

static void held_packets_leave_in_the_order_asked_for(void **state)
{
    static const struct {
        enum impair_order order;
        const char *want;
    } cases[] = {{IMPAIR_FIFO, "abcdz"}, {IMPAIR_LIFO, "dcbaz"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rig r;
        open_rig(&r);
        set(&r, IMPAIR_HOLD, cases[i].order);
        for (const char *c = "abcd"; *c != '\0'; c++)
            post(&r, *c, false);
        run_until(&r, r.now_ns + 10 * NS_PER_S);
        assert_string_equal(r.got, "");
        set(&r, IMPAIR_OPEN, cases[i].order);
        post(&r, 'z', false);
        run_until(&r, r.now_ns + NS_PER_S);
        assert_string_equal(r.got, cases[i].want);
        close_rig(&r);
    }
}

static void loss_and_copies_are_the_models(void **state)
{
    struct rig r;
    unsigned got = 0;
    (void)state;
    open_rig(&r);
    sim_net_set(r.net, 0, 0, 1,
                &(struct impairment){.delay_ns = DELAY_NS, .loss = 0.25, .duplicate = 1}, r.now_ns);
    for (unsigned i = 0; i < 2000; i++) {
        post(&r, 'p', false);
        r.got_count = 0;
        run_until(&r, r.now_ns + 10 * DELAY_NS);
        got += (unsigned)r.got_count;
    }
    assert_in_range(got, 2800, 3200); /* 2000 packets, two copies, each lost with 1/4 */
    r.got_count = 0;
    for (unsigned i = 0; i < 50; i++)
        post(&r, 's', true); /* each exactly once, whatever it takes */
    run_until(&r, r.now_ns + 60 * NS_PER_S);
    assert_int_equal(r.got_count, 50);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_the_order_of_time_then_of_making),
        cmocka_unit_test(packets_take_the_links_delay),
        cmocka_unit_test(a_cut_loses_what_is_under_way_and_streams_bear_it),
        cmocka_unit_test(held_packets_leave_in_the_order_asked_for),
        cmocka_unit_test(loss_and_copies_are_the_models),
    };
    return cmocka_run_group_tests_name("sim_parts", tests, NULL, NULL);
}
