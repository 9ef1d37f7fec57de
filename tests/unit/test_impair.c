/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The link model: exact under a seed, and in the long run as its parameters promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem/model/impair.h"

#define PACKETS     20000
#define PACKET_SIZE 100u

/* What happened to PACKETS packets, one a millisecond. */
struct tally {
    int lost;
    int queue_full;
    int runs; /* of consecutive losses */
    int duplicated;
    int reordered;
    int corrupted;
    int copies; /* that passed */
    double mean_ms;
    double sd_ms;
    double min_ms;
    double max_ms;
};

static struct impair_link link_of(uint64_t seed, const struct impairment *i)
{
    struct impair_link l;
    impair_link_init(&l, seed);
    impair_link_set(&l, i);
    return l;
}

static void count_copy(struct tally *t, const struct impair_copy *copy, uint64_t now_ns,
                       double *square_ms)
{
    double ms = ((double)copy->due_ns - (double)now_ns) / 1e6;
    t->copies++;
    t->reordered += copy->reordered;
    t->corrupted += copy->corrupted;
    t->mean_ms += ms;
    *square_ms += ms * ms;
    t->min_ms = fmin(t->min_ms, ms);
    t->max_ms = fmax(t->max_ms, ms);
}

static struct tally run(uint64_t seed, const struct impairment *i)
{
    struct impair_link l = link_of(seed, i);
    struct tally t = {.min_ms = INFINITY, .max_ms = -INFINITY};
    double square_ms = 0;
    bool was_lost = false;
    for (int p = 0; p < PACKETS; p++) {
        uint64_t now_ns = (unsigned)p * NS_PER_MS;
        struct impair_fate fate;
        impair_link_decide(&l, now_ns, PACKET_SIZE, 14, false, &fate);
        t.duplicated += fate.copies_count - 1;
        bool lost = fate.copies[0].drop == IMPAIR_DROP_LOSS;
        t.runs += lost && !was_lost;
        was_lost = lost;
        for (int c = 0; c < fate.copies_count; c++) {
            t.lost += fate.copies[c].drop == IMPAIR_DROP_LOSS;
            t.queue_full += fate.copies[c].drop == IMPAIR_DROP_QUEUE_FULL;
            if (fate.copies[c].drop != IMPAIR_PASS)
                continue;
            count_copy(&t, &fate.copies[c], now_ns, &square_ms);
            impair_link_leave(&l);
        }
    }
    t.mean_ms /= t.copies;
    t.sd_ms = sqrt(square_ms / t.copies - t.mean_ms * t.mean_ms);
    return t;
}

/* Four standard deviations of a binomial count: a correct model fails one seed in 16000. */
static void assert_share(int count, int total, double share)
{
    double sigma = sqrt(total * share * (1 - share));
    if (fabs(count - total * share) > 4 * sigma)
        fail_msg("%d of %d is not %.3g", count, total, share);
}

static void a_zero_link_is_perfect(void **state)
{
    (void)state;
    struct impairment i = {0};
    struct tally t = run(1, &i);
    assert_true(impairment_is_zero(&i));
    assert_int_equal(t.copies, PACKETS);
    assert_int_equal(t.lost + t.duplicated + t.reordered + t.corrupted + t.queue_full, 0);
    assert_true(t.max_ms <= 0 && t.min_ms >= 0);
}

static void counts_are_exact_under_a_seed(void **state)
{
    (void)state;
    struct impairment i = {.delay_ns = 20 * NS_PER_MS,
                           .loss = 0.1,
                           .duplicate = 0.05,
                           .reorder = 0.25,
                           .corrupt = 0.02};
    struct tally t = run(42, &i);
    assert_int_equal(t.lost, 2110);
    assert_int_equal(t.duplicated, 991);
    assert_int_equal(t.reordered, 4753);
    assert_int_equal(t.corrupted, 412);
    struct tally again = run(42, &i);
    assert_int_equal(again.lost, t.lost);
    assert_int_equal(again.reordered, t.reordered);
    assert_true(fabs(again.mean_ms - t.mean_ms) <= 0 && fabs(again.sd_ms - t.sd_ms) <= 0);
    struct tally other = run(43, &i);
    assert_int_not_equal(other.lost, t.lost);
}

static void shares_hold_in_the_long_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct impairment i = {.loss = 0.1, .duplicate = 0.2, .corrupt = 0.05};
        struct tally t = run(seed, &i);
        assert_share(t.duplicated, PACKETS, 0.2);
        assert_share(t.lost, PACKETS + t.duplicated, 0.1);
        assert_share(t.corrupted, t.copies, 0.05);
    }
}

static void losses_come_in_runs(void **state)
{
    (void)state;
    struct impairment i = {
        .loss_model = IMPAIR_GILBERT_ELLIOTT, .ge_p = 0.05, .ge_r = 0.25, .loss = 1};
    assert_true(fabs(impairment_loss(&i) - 0.05 / 0.30) < 1e-9);
    struct tally t = run(7, &i);
    double share = (double)t.lost / PACKETS;
    double run_mean = (double)t.lost / t.runs;
    assert_true(share > 0.145 && share < 0.19);
    assert_true(run_mean > 3.6 && run_mean < 4.4);

    i.ge_h = 1;
    assert_int_equal(run(7, &i).lost, 0);
    i.ge_k1 = 1; /* lost in good, kept in bad */
    share = (double)run(7, &i).lost / PACKETS;
    assert_true(share > 0.80 && share < 0.87);
}

static void a_burst_is_asked_for_by_share_and_length(void **state)
{
    (void)state;
    struct impairment i = {0};
    impairment_set_burst(&i, 0.1, 8);
    assert_true(fabs(impairment_loss(&i) - 0.1) < 1e-9);
    struct tally t = run(3, &i);
    assert_true((double)t.lost / t.runs > 6.5 && (double)t.lost / t.runs < 9.5);
    impairment_set_burst(&i, 0.9, 1); /* cannot be reached: every second packet is the most */
    assert_true(i.ge_p <= 1);
    assert_int_equal(impairment_check(&i, NULL), 0);
}

static void delays_have_the_asked_spread(void **state)
{
    (void)state;
    struct impairment i = {.delay_ns = 20 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS};
    struct tally t = run(5, &i);
    assert_true(t.min_ms >= 10 && t.max_ms <= 30);
    assert_true(fabs(t.mean_ms - 20) < 0.2 && fabs(t.sd_ms - 5.77) < 0.1);

    i = (struct impairment){
        .delay_ns = 100 * NS_PER_MS, .jitter_ns = 5 * NS_PER_MS, .distribution = IMPAIR_NORMAL};
    t = run(5, &i);
    assert_true(fabs(t.mean_ms - 100) < 0.2 && fabs(t.sd_ms - 5) < 0.12);

    i.distribution = IMPAIR_EXPONENTIAL;
    t = run(5, &i);
    assert_true(t.min_ms >= 95);
    assert_true(fabs(t.mean_ms - 100) < 0.2 && fabs(t.sd_ms - 5) < 0.2);

    i.distribution = IMPAIR_PARETO;
    t = run(5, &i);
    assert_true(t.min_ms >= 95 && t.min_ms < 98 && t.max_ms > 130);
    assert_true(t.max_ms <= 100 + 5 * IMPAIR_SIGMA_MAX);
    assert_true(fabs(t.mean_ms - 100) < 0.3);
}

static void a_delay_is_never_negative(void **state)
{
    (void)state;
    struct impairment i = {
        .delay_ns = NS_PER_MS, .jitter_ns = 50 * NS_PER_MS, .distribution = IMPAIR_NORMAL};
    assert_true(run(9, &i).min_ms >= 0);
}

static void correlation_keeps_the_spread(void **state)
{
    (void)state;
    struct impairment i = {
        .delay_ns = 100 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS, .delay_correlation = 0.9};
    struct impair_link l = link_of(11, &i);
    double step_ms = 0;
    double last_ms = 100;
    for (int p = 0; p < PACKETS; p++) {
        struct impair_fate fate;
        impair_link_decide(&l, 0, PACKET_SIZE, 0, false, &fate);
        double ms = (double)fate.copies[0].due_ns / 1e6;
        step_ms += fabs(ms - last_ms) / PACKETS;
        last_ms = ms;
        impair_link_leave(&l);
    }
    assert_true(step_ms < 3); /* independent uniform delays: 6.7 */
    struct tally t = run(11, &i);
    assert_true(t.sd_ms > 5.2 && t.sd_ms < 6.3);
}

static void streams_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct impairment calm = {.loss = 0.1};
    struct impairment busy = {.loss = 0.1,
                              .delay_ns = 9 * NS_PER_MS,
                              .jitter_ns = NS_PER_MS,
                              .corrupt = 0.5,
                              .reorder = 0.5};
    struct impair_link a = link_of(1, &calm);
    struct impair_link b = link_of(1, &busy);
    for (int p = 0; p < 2000; p++) {
        struct impair_fate fa;
        struct impair_fate fb;
        impair_link_decide(&a, 0, PACKET_SIZE, 0, false, &fa);
        impair_link_decide(&b, 0, PACKET_SIZE, 0, false, &fb);
        assert_int_equal(fa.copies[0].drop, fb.copies[0].drop);
    }
}

static void a_rate_serialises_and_keeps_order(void **state)
{
    (void)state;
    struct impairment i = {
        .delay_ns = 5 * NS_PER_MS, .jitter_ns = 4 * NS_PER_MS, .rate_bits_per_s = 1000000};
    struct impair_link l = link_of(2, &i);
    uint64_t last_ns = 0;
    for (int p = 0; p < 1000; p++) {
        struct impair_fate fate;
        impair_link_decide(&l, 0, 1250, 0, false, &fate); /* 10 ms of wire each */
        assert_true(fate.copies[0].due_ns >= last_ns);
        last_ns = fate.copies[0].due_ns;
        assert_true(last_ns >= (unsigned)(p + 1) * 10 * NS_PER_MS);
    }
    assert_true(last_ns < 10010 * NS_PER_MS);
}

static void a_full_queue_drops_the_newcomer(void **state)
{
    (void)state;
    struct impairment i = {.delay_ns = NS_PER_S, .limit_packets = 10};
    struct impair_link l = link_of(2, &i);
    struct impair_fate fate;
    for (int p = 0; p < 10; p++) {
        impair_link_decide(&l, 0, PACKET_SIZE, 0, false, &fate);
        assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);
    }
    impair_link_decide(&l, 0, PACKET_SIZE, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_DROP_QUEUE_FULL);
    impair_link_leave(&l);
    impair_link_decide(&l, 0, PACKET_SIZE, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);
}

static void an_mtu_swallows_what_is_larger(void **state)
{
    (void)state;
    struct impairment i = {.mtu_bytes = 576};
    struct impair_link l = link_of(2, &i);
    struct impair_fate fate;
    char text[IMPAIRMENT_TEXT_MAX];
    assert_string_equal(impairment_print(&i, text), "mtu 576B");
    assert_false(impairment_is_zero(&i));
    assert_false(impairment_equal(&i, &(struct impairment){0}));
    impair_link_decide(&l, 0, 576 + IMPAIR_ETHERNET_BYTES, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);
    impair_link_decide(&l, 0, 577 + IMPAIR_ETHERNET_BYTES, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_DROP_TOO_LARGE);
    assert_int_equal(l.queued, 1);
    i.mtu_bytes = 0;
    impair_link_set(&l, &i);
    impair_link_decide(&l, 0, 9000, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);
}

static void a_gap_spaces_reordering(void **state)
{
    (void)state;
    struct impairment i = {.delay_ns = 10 * NS_PER_MS, .reorder = 1, .gap = 5};
    struct tally t = run(1, &i);
    assert_int_equal(t.reordered, PACKETS / 5);
    assert_true(t.min_ms <= 0);
}

static void gates_stop_hold_and_filter(void **state)
{
    (void)state;
    struct impairment i = {.gate = IMPAIR_CUT};
    struct impair_link l = link_of(1, &i);
    struct impair_fate fate;
    impair_link_decide(&l, 5, PACKET_SIZE, 0, true, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_DROP_CUT);

    i.gate = IMPAIR_SYN_ONLY;
    impair_link_set(&l, &i);
    impair_link_decide(&l, 5, PACKET_SIZE, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_DROP_CUT);
    impair_link_decide(&l, 5, PACKET_SIZE, 0, true, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);

    i.gate = IMPAIR_HOLD;
    impair_link_set(&l, &i);
    impair_link_decide(&l, 5, PACKET_SIZE, 0, false, &fate);
    assert_int_equal(fate.copies[0].drop, IMPAIR_PASS);
    assert_true(fate.copies[0].due_ns == IMPAIR_DUE_NS_NEVER);
    assert_int_equal(l.queued, 2);
}

static void damage_spares_the_protected_bytes(void **state)
{
    (void)state;
    struct impairment i = {.corrupt = 1};
    struct impair_link l = link_of(1, &i);
    bool first = false;
    bool last = false;
    for (int p = 0; p < 5000; p++) {
        struct impair_fate fate;
        impair_link_decide(&l, 0, PACKET_SIZE, 14, false, &fate);
        struct impair_copy *c = &fate.copies[0];
        assert_true(c->corrupted && c->corrupt_byte >= 14 && c->corrupt_byte < PACKET_SIZE);
        assert_true(c->corrupt_mask != 0 && (c->corrupt_mask & (c->corrupt_mask - 1)) == 0);
        first = first || c->corrupt_byte == 14;
        last = last || c->corrupt_byte == PACKET_SIZE - 1;
        impair_link_decide(&l, 0, 14, 14, false, &fate);
        assert_false(fate.copies[0].corrupted);
    }
    assert_true(first && last);
}

static void bounds_are_checked_by_name(void **state)
{
    (void)state;
    const struct {
        struct impairment link;
        const char *word;
    } bad[] = {
        {{.loss = 1.5}, "loss"},
        {{.loss = -0.1}, "loss"},
        {{.duplicate = NAN}, "duplicate"},
        {{.ge_k1 = INFINITY}, "k1"},
        {{.delay_ns = IMPAIR_DELAY_NS_MAX + 1}, "delay"},
        {{.jitter_ns = UINT64_MAX}, "jitter"},
        {{.reorder = 0.1}, "reorder"},
        {{.rate_bits_per_s = 1}, "rate"},
        {{.limit_packets = UINT32_MAX}, "queue"},
        {{.mtu_bytes = IMPAIR_MTU_BYTES_MIN - 1}, "mtu"},
        {{.mtu_bytes = 1ull << 32 | 576}, "mtu"},
        {{.gate = (enum impair_gate)9}, "gate"},
        {{.distribution = (enum impair_distribution)(-1)}, "distribution"},
        {{.distribution = IMPAIR_TABLE}, "the table is empty"},
    };
    for (size_t b = 0; b < ARRAY_LEN(bad); b++) {
        struct err e = {0};
        assert_int_equal(impairment_check(&bad[b].link, &e), -E_INVALID);
        assert_non_null(strstr(e.text, bad[b].word));
    }
}

static void quantiles_are_inverse_and_monotonic(void **state)
{
    (void)state;
    for (int d = IMPAIR_UNIFORM; d <= IMPAIR_EXPONENTIAL; d++) {
        double last = -INFINITY;
        for (int k = 1; k < 4096; k++) {
            double x = impair_quantile((enum impair_distribution)d, NULL, k / 4096.0);
            assert_true(x >= last && fabs(x) <= IMPAIR_SIGMA_MAX);
            last = x;
        }
    }
    for (int k = 1; k < 4096; k++) {
        double u = k / 4096.0;
        double x = impair_quantile(IMPAIR_NORMAL, NULL, u);
        assert_true(fabs(0.5 * erfc(-x / sqrt(2)) - u) < 1e-9);
    }
    assert_true(fabs(impair_quantile(IMPAIR_NORMAL, NULL, 0.975) - 1.959963984540054) < 1e-9);
    assert_true(impair_quantile(IMPAIR_PARETO, NULL, 1 - 0x1p-53) <= IMPAIR_SIGMA_MAX);
}

/* One in four a jitter early, one in four two late: nothing but the three delays of the table. */
static void delays_come_from_a_table_as_often_as_it_says(void **state)
{
    (void)state;
    static const struct impair_table table = {
        .count = 4, .quantiles = {-IMPAIR_TABLE_UNIT, 0, 0, 2 * IMPAIR_TABLE_UNIT}};
    static const struct impair_table same = {
        .count = 4, .quantiles = {-IMPAIR_TABLE_UNIT, 0, 0, 2 * IMPAIR_TABLE_UNIT}};
    static const struct impair_table other = {.count = 1, .quantiles = {0}};
    struct impairment i = {.delay_ns = 20 * NS_PER_MS,
                           .jitter_ns = 5 * NS_PER_MS,
                           .distribution = IMPAIR_TABLE,
                           .table = &table};
    struct impair_link l;
    int early = 0, even = 0, late = 0;
    impair_link_init(&l, 3);
    impair_link_set(&l, &i);
    for (uint64_t k = 0; k < 4000; k++) {
        struct impair_fate fate;
        impair_link_decide(&l, k * NS_PER_S, 100, 0, false, &fate);
        uint64_t delay_ns = fate.copies[0].due_ns - k * NS_PER_S;
        early += delay_ns == 15 * NS_PER_MS;
        even += delay_ns == 20 * NS_PER_MS;
        late += delay_ns == 30 * NS_PER_MS;
        impair_link_leave(&l);
    }
    assert_int_equal(early + even + late, 4000);
    assert_true(abs(early - 1000) < 120 && abs(late - 1000) < 120);

    struct impairment j = i;
    j.table = &same;
    assert_true(impairment_equal(&i, &j));
    j.table = &other;
    assert_false(impairment_equal(&i, &j));
    assert_true(impair_quantile(IMPAIR_TABLE, &table, 1 - 0x1p-53) > 1.9);
}

static void a_link_reads_as_a_sentence(void **state)
{
    (void)state;
    char text[IMPAIRMENT_TEXT_MAX];
    struct impairment i = {0};
    assert_string_equal(impairment_print(&i, text), "perfect");
    i = (struct impairment){.delay_ns = 20 * NS_PER_MS,
                            .jitter_ns = 5 * NS_PER_MS,
                            .distribution = IMPAIR_NORMAL,
                            .loss = 0.1,
                            .gate = IMPAIR_CUT};
    assert_string_equal(impairment_print(&i, text), "20ms ±5ms normal, loss 10%, cut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zero_link_is_perfect),
        cmocka_unit_test(counts_are_exact_under_a_seed),
        cmocka_unit_test(shares_hold_in_the_long_run),
        cmocka_unit_test(losses_come_in_runs),
        cmocka_unit_test(a_burst_is_asked_for_by_share_and_length),
        cmocka_unit_test(delays_have_the_asked_spread),
        cmocka_unit_test(a_delay_is_never_negative),
        cmocka_unit_test(correlation_keeps_the_spread),
        cmocka_unit_test(streams_do_not_disturb_each_other),
        cmocka_unit_test(a_rate_serialises_and_keeps_order),
        cmocka_unit_test(a_full_queue_drops_the_newcomer),
        cmocka_unit_test(an_mtu_swallows_what_is_larger),
        cmocka_unit_test(a_gap_spaces_reordering),
        cmocka_unit_test(gates_stop_hold_and_filter),
        cmocka_unit_test(damage_spares_the_protected_bytes),
        cmocka_unit_test(bounds_are_checked_by_name),
        cmocka_unit_test(quantiles_are_inverse_and_monotonic),
        cmocka_unit_test(delays_come_from_a_table_as_often_as_it_says),
        cmocka_unit_test(a_link_reads_as_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
