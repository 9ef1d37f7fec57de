/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between simulated endpoints: what is held and let go, doubled, overtaken, damaged. */
#include "base/units.h"
#include "emulator/sim/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define FRAME 32u /* bytes; the first says which it is */

struct rig {
    struct sim_queue queue;
    struct sim_net *net;
    uint64_t now_ns;
    char got[256]; /* the first byte of each packet that arrived */
    size_t count;
    size_t bits; /* flipped in all of them */
};

static void open_rig(struct rig *r, uint64_t seed)
{
    *r = (struct rig){.now_ns = NS_PER_S};
    r->net = sim_net_new(2, seed, &r->queue);
}

static void close_rig(struct rig *r)
{
    while (r->queue.count > 0)
        sim_packet_free(sim_queue_take(&r->queue).what);
    sim_queue_free(&r->queue);
    sim_net_free(r->net);
}

static void set(struct rig *r, const struct impairment *i)
{
    sim_net_set(r->net, 0, 0, 1, i, r->now_ns);
}

static void post(struct rig *r, char name, bool reliable)
{
    uint8_t bytes[FRAME] = {(uint8_t)name};
    struct sim_packet *p = sim_packet_new(PACKET_FRAME, 0, 1, 0, bytes, sizeof(bytes));
    p->reliable = reliable;
    sim_net_send(r->net, p, r->now_ns);
}

static void post_all(struct rig *r, const char *names)
{
    for (const char *c = names; *c != '\0'; c++)
        post(r, *c, false);
}

static void look(struct rig *r, const struct sim_packet *p)
{
    assert_true(r->count + 1 < sizeof(r->got));
    r->got[r->count++] = (char)p->data[0];
    r->got[r->count] = '\0';
    for (size_t i = 1; i < p->len; i++)
        r->bits += (size_t)__builtin_popcount(p->data[i]);
}

static void run_for(struct rig *r, uint64_t ns)
{
    uint64_t until = r->now_ns + ns;
    while (sim_queue_next_ns(&r->queue) <= until) {
        struct sim_event e = sim_queue_take(&r->queue);
        r->now_ns = e.t_ns;
        if (e.kind == SIM_RESEND) {
            sim_net_send(r->net, e.what, r->now_ns);
            continue;
        }
        struct sim_packet *p = sim_net_arrive(r->net, e.what, r->now_ns);
        if (p == NULL)
            continue;
        look(r, p);
        sim_packet_free(p);
    }
    r->now_ns = until;
}

static void held_packets_go_in_the_order_asked_for(void **state)
{
    static const struct {
        enum impair_order order;
        const char *text;
    } cases[] = {{IMPAIR_FIFO, "abcdef"}, {IMPAIR_LIFO, "fedcba"}};
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct rig r;
        open_rig(&r, 1);
        set(&r, &(struct impairment){.gate = IMPAIR_HOLD});
        post_all(&r, "abcdef");
        run_for(&r, NS_PER_S);
        assert_int_equal(r.count, 0);
        set(&r, &(struct impairment){.release_order = cases[k].order});
        post(&r, 'g', false);
        run_for(&r, NS_PER_S);
        assert_string_equal(r.got, k == 0 ? "abcdefg" : "fedcbag");
        close_rig(&r);
    }
}

static void shuffled(uint64_t seed, char got[256])
{
    struct rig r;
    open_rig(&r, seed);
    set(&r, &(struct impairment){.gate = IMPAIR_HOLD, .release_order = IMPAIR_SHUFFLE});
    post_all(&r, "abcdefghij");
    set(&r, &(struct impairment){.release_order = IMPAIR_SHUFFLE});
    run_for(&r, NS_PER_S);
    assert_int_equal(r.count, 10);
    for (const char *c = "abcdefghij"; *c != '\0'; c++)
        assert_non_null(strchr(r.got, *c));
    memcpy(got, r.got, sizeof(r.got));
    close_rig(&r);
}

static void a_shuffle_is_the_seed_s(void **state)
{
    char one[256], again[256], other[256];
    (void)state;
    shuffled(1, one);
    shuffled(1, again);
    shuffled(2, other);
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
    assert_string_not_equal(one, "abcdefghij");
}

static void a_link_holds_no_more_than_it_may(void **state)
{
    struct rig r;
    const struct impairment hold = {.gate = IMPAIR_HOLD, .hold_bytes = 3 * (FRAME + 66)};
    (void)state;
    open_rig(&r, 1);
    for (unsigned round = 1; round <= 2; round++) { /* room again once it was let go */
        set(&r, &hold);
        post_all(&r, "abcde");
        set(&r, &(struct impairment){0});
        run_for(&r, NS_PER_S);
        assert_string_equal(r.got, round == 1 ? "abc" : "abcabc");
        assert_int_equal(sim_net_counters(r.net).queue_full, 2 * round);
    }
    set(&r, &hold);
    post_all(&r, "abc");
    set(&r, &(struct impairment){.gate = IMPAIR_CUT}); /* a cut throws it away */
    set(&r, &hold);
    post_all(&r, "xyz");
    set(&r, &(struct impairment){0});
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "abcabcxyz");
    close_rig(&r);
}

static void doubled_and_overtaken(uint64_t seed, char got[256])
{
    struct rig r;
    open_rig(&r, seed);
    set(&r, &(struct impairment){.delay_ns = NS_PER_MS, .duplicate = 0.5, .reorder = 0.5});
    for (const char *c = "abcdefghijklmnopqrstuvwxyz"; *c != '\0'; c++) {
        post(&r, *c, false);
        run_for(&r, NS_PER_MS / 4);
    }
    run_for(&r, NS_PER_S);
    memcpy(got, r.got, sizeof(r.got));
    close_rig(&r);
}

static void frames_are_doubled_and_overtaken_streams_are_not(void **state)
{
    char one[256], again[256], other[256];
    size_t backwards = 0;
    struct rig r;
    (void)state;
    doubled_and_overtaken(1, one);
    doubled_and_overtaken(1, again);
    doubled_and_overtaken(2, other);
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
    assert_true(strlen(one) > 30 && strlen(one) < 52);
    for (size_t i = 1; one[i] != '\0'; i++)
        backwards += one[i] < one[i - 1];
    assert_true(backwards > 3);
    open_rig(&r, 1);
    set(&r, &(struct impairment){.duplicate = 1});
    post(&r, 'a', true);
    run_for(&r, NS_PER_S);
    assert_string_equal(r.got, "a");
    close_rig(&r);
}

static void damage_passes_or_is_loss(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 1);
    set(&r, &(struct impairment){.corrupt = 1});
    post_all(&r, "abc");
    run_for(&r, NS_PER_S);
    assert_int_equal(r.count, 0);
    assert_int_equal(sim_net_counters(r.net).lost, 3);
    set(&r, &(struct impairment){.corrupt = 1, .corrupt_payload = true});
    for (unsigned i = 0; i < 100; i++)
        post(&r, '@', false);
    run_for(&r, NS_PER_S);
    size_t named = 0;
    for (size_t i = 0; i < r.count; i++)
        named += (size_t)__builtin_popcount((unsigned char)r.got[i] ^ '@');
    assert_int_equal(r.count, 100);
    assert_int_equal(r.bits + named, 100); /* one bit each, anywhere in it */
    assert_true(named > 0 && named < 20);
    assert_int_equal(sim_net_counters(r.net).damaged, 100);
    /* What clients say has no checksum: it is sent again until it arrives whole. */
    set(&r, &(struct impairment){.corrupt = 0.5, .corrupt_payload = true});
    for (unsigned i = 0; i < 50; i++)
        post(&r, '@', true);
    run_for(&r, 60 * NS_PER_S);
    assert_int_equal(r.count, 150);
    assert_int_equal(sim_net_counters(r.net).damaged, 100);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_packets_go_in_the_order_asked_for),
        cmocka_unit_test(a_shuffle_is_the_seed_s),
        cmocka_unit_test(a_link_holds_no_more_than_it_may),
        cmocka_unit_test(frames_are_doubled_and_overtaken_streams_are_not),
        cmocka_unit_test(damage_passes_or_is_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
