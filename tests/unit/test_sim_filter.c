/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults on single message types: whom they meet, and in which order frames arrive then. */
#include "base/units.h"
#include "emulator/scenario/vocab.h"
#include "emulator/sim/filter.h"
#include "raft/raft.h"
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DELAY_NS NS_PER_MS

struct rig {
    struct sim_queue queue;
    struct sim_net *net;
    uint64_t now_ns;
    char got[64]; /* the last byte of each frame that arrived */
    size_t got_count;
};

static void open_rig(struct rig *r)
{
    *r = (struct rig){.now_ns = NS_PER_S};
    r->net = sim_net_new(3, 1, &r->queue);
    sim_net_set(r->net, 0, 0, 1, &(struct impairment){.delay_ns = DELAY_NS}, r->now_ns);
    sim_net_set(r->net, 0, 0, 2, &(struct impairment){.delay_ns = DELAY_NS}, r->now_ns);
}

static void close_rig(struct rig *r)
{
    while (r->queue.count > 0)
        sim_packet_free(sim_queue_take(&r->queue).what);
    sim_queue_free(&r->queue);
    sim_net_free(r->net);
}

static void post(struct rig *r, unsigned to, uint8_t type, char what)
{
    uint8_t frame[FRAME_TYPE_OFFSET + 2] = {0};
    frame[FRAME_TYPE_OFFSET] = type;
    frame[FRAME_TYPE_OFFSET + 1] = (uint8_t)what;
    sim_net_send(r->net, sim_packet_new(PACKET_FRAME, 0, to, 0, frame, sizeof(frame)), r->now_ns);
}

static void run_for(struct rig *r, uint64_t ns)
{
    uint64_t until = r->now_ns + ns;
    while (sim_queue_next_ns(&r->queue) <= until) {
        struct sim_event e = sim_queue_take(&r->queue);
        struct sim_packet *p = e.what;
        r->now_ns = e.t_ns;
        if (e.kind == SIM_RESEND) {
            sim_net_send(r->net, p, r->now_ns);
            continue;
        }
        p = sim_net_arrive(r->net, p, r->now_ns);
        assert_non_null(p);
        assert_true(r->got_count + 1 < sizeof(r->got));
        r->got[r->got_count++] = (char)p->data[p->len - 1];
        r->got[r->got_count] = '\0';
        sim_packet_free(p);
    }
    r->now_ns = until;
}

/* On the link from the first endpoint to the second, for one type. */
static uint64_t put_filter(struct rig *r, enum message_id message, enum world_verdict verdict,
                           uint64_t count)
{
    nodeset links[WORLD_ENDPOINTS_MAX] = {1u << 1};
    uint64_t number = 0;
    struct err e = {0};
    struct world_filter f = {.links = links,
                             .messages = 1u << message,
                             .verdict = verdict,
                             .count = count,
                             .probability = 1,
                             .delay_ns = 10 * DELAY_NS};
    assert_int_equal(sim_filters_add(sim_net_filters(r->net), &f, &number, &e), 0);
    return number;
}

static void lift(struct rig *r, uint64_t number)
{
    sim_net_let_go(r->net, sim_filters_remove(sim_net_filters(r->net), number, NULL), r->now_ns);
}

static void a_dropped_type_does_not_arrive_and_others_do(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    uint64_t number = put_filter(&r, MESSAGE_AppendEntriesReply, WORLD_DROP, 2);
    post(&r, 1, RAFT_APPEND_REPLY, 'a');
    post(&r, 1, RAFT_APPEND, 'b');
    post(&r, 2, RAFT_APPEND_REPLY, 'c'); /* another link */
    assert_true(sim_filters_active(sim_net_filters(r.net), number));
    post(&r, 1, RAFT_APPEND_REPLY, 'd');
    assert_false(sim_filters_active(sim_net_filters(r.net), number)); /* it was for two */
    post(&r, 1, RAFT_APPEND_REPLY, 'e');
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "bce");
    assert_int_equal(sim_net_counters(r.net).filtered, 2);
    close_rig(&r);
}

static void copies_and_delays(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    uint64_t number = put_filter(&r, MESSAGE_RequestVote, WORLD_DUPLICATE, 0);
    post(&r, 1, RAFT_REQUEST_VOTE, 'a');
    run_for(&r, 2 * DELAY_NS);
    assert_string_equal(r.got, "aa");
    lift(&r, number);
    (void)put_filter(&r, MESSAGE_PreVoteReply, WORLD_DELAY, 0);
    post(&r, 1, RAFT_PRE_VOTE_REPLY, 'l');
    post(&r, 1, RAFT_HEARTBEAT, 'h');
    run_for(&r, 10 * DELAY_NS);
    assert_string_equal(r.got, "aah");
    run_for(&r, DELAY_NS);
    assert_string_equal(r.got, "aahl");
    close_rig(&r);
}

static void what_is_held_goes_on_in_order(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    uint64_t number = put_filter(&r, MESSAGE_Heartbeat, WORLD_HOLD, 2);
    for (const char *c = "abc"; *c != '\0'; c++)
        post(&r, 1, RAFT_HEARTBEAT, *c);
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "c");
    assert_true(sim_filters_active(sim_net_filters(r.net), number)); /* it holds two */
    lift(&r, number);
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "cab");
    assert_false(sim_filters_active(sim_net_filters(r.net), number));
    close_rig(&r);
}

static void neighbours_swap_places(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r);
    uint64_t number = put_filter(&r, MESSAGE_AppendEntries, WORLD_SWAP, 0);
    for (const char *c = "abcde"; *c != '\0'; c++)
        post(&r, 1, RAFT_APPEND, *c);
    post(&r, 1, RAFT_HEARTBEAT, 'h');
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "badch");
    lift(&r, number);
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "badche");
    close_rig(&r);
}

static void a_chance_is_drawn_for_each(void **state)
{
    struct rig r;
    nodeset links[WORLD_ENDPOINTS_MAX] = {1u << 1};
    uint64_t number = 0;
    struct err e = {0};
    struct world_filter f = {.links = links,
                             .messages = 1u << MESSAGE_TimeoutNow,
                             .verdict = WORLD_DROP,
                             .probability = 0.25};
    (void)state;
    open_rig(&r);
    assert_int_equal(sim_filters_add(sim_net_filters(r.net), &f, &number, &e), 0);
    for (unsigned i = 0; i < 2000; i++)
        post(&r, 1, RAFT_TIMEOUT_NOW, 't');
    assert_in_range(sim_net_counters(r.net).filtered, 400, 600);
    for (unsigned i = 1; i < SIM_FILTERS_MAX; i++)
        assert_int_equal(sim_filters_add(sim_net_filters(r.net), &f, &number, &e), 0);
    assert_int_equal(sim_filters_add(sim_net_filters(r.net), &f, &number, &e), -E_LIMIT);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_type_does_not_arrive_and_others_do),
        cmocka_unit_test(copies_and_delays),
        cmocka_unit_test(what_is_held_goes_on_in_order),
        cmocka_unit_test(neighbours_swap_places),
        cmocka_unit_test(a_chance_is_drawn_for_each),
    };
    return cmocka_run_group_tests_name("sim_filter", tests, NULL, NULL);
}
