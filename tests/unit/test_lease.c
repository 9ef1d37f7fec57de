/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of leases (R-READ-8), against its own worked example and a plain twin. */
#include "base/prng.h"
#include "base/units.h"
#include "core/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define E_NS (150 * NS_PER_MS)

/* In tenths of a millisecond, cut. */
static uint64_t tenths(uint64_t ns)
{
    return ns / (100 * NS_PER_US);
}

static void worked_example(void **state)
{
    const uint64_t starts_ms[] = {100, 90, 40, 0};
    const uint64_t wanted[] = {2227, 2127, 1627, 1227};
    uint64_t expiries[LIMIT_MEMBERS] = {UINT64_MAX};
    struct quorum five = {.now = 0x1f};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(starts_ms); i++) {
        expiries[i + 1] = lease_expiry(starts_ms[i] * NS_PER_MS, E_NS, 100000);
        assert_int_equal(tenths(expiries[i + 1]), wanted[i]);
    }
    assert_int_equal(tenths(lease_value(five, five, expiries)), 2127);
}

/* lease·(1+drift)/(1-drift) of true time is not more than the promise: never too long, and too
 * short by rounding alone. */
static void never_longer_than_the_promise(void **state)
{
    struct prng random = prng_named(1, "lease");
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t drift = prng_below(&random, LEASE_DRIFT_PPM_MAX);
        uint64_t hold = prng_below(&random, 60 * NS_PER_S);
        long double left = (long double)lease_expiry(1000, hold, drift) - 1000;
        long double r = (long double)drift / 1e6L;
        long double promised = (long double)hold / (1 + r);
        assert_true(left / (1 - r) <= promised + 1e-3L);
        assert_true(left / (1 - r) >= promised - 3);
    }
    /* A promise from a message that claims anything does not overflow. */
    assert_true(lease_expiry(NS_PER_S, INT64_MAX, 0) < 2 * 3600 * NS_PER_S);
    assert_int_equal(lease_expiry(NS_PER_S, 0, 1000), NS_PER_S);
}

static bool majority(quorum_set half, quorum_set holders)
{
    unsigned all = nodeset_count(half), hold = nodeset_count(half & holders);
    return all == 0 || 2 * hold > all;
}

/* Those whose promise lasts beyond t are a majority of every half of both configurations: then no
 * majority is free to elect anybody. */
static bool blocks(struct quorum a, struct quorum b, const uint64_t *expiries, uint64_t t)
{
    quorum_set holders = 0;
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++)
        holders |= (quorum_set)(expiries[i] >= t) << i;
    return majority(a.now, holders) && majority(a.old, holders) && majority(b.now, holders) &&
           majority(b.old, holders);
}

static struct quorum random_quorum(struct prng *random, quorum_set members)
{
    struct quorum q = {.now = prng_u64(random) & members};
    if (q.now == 0)
        q.now = 1;
    if (prng_chance(random, 0.3))
        q.old = prng_u64(random) & members;
    return q;
}

static void naive_twin(void **state)
{
    struct prng random = prng_named(2, "lease");
    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        quorum_set members = ((quorum_set)1 << prng_between(&random, 1, 10)) - 1;
        struct quorum latest = random_quorum(&random, members);
        struct quorum committed =
            prng_chance(&random, 0.5) ? latest : random_quorum(&random, members);
        uint64_t expiries[LIMIT_MEMBERS], best = 0;
        for (uint32_t i = 0; i < LIMIT_MEMBERS; i++)
            expiries[i] = prng_chance(&random, 0.1) ? UINT64_MAX : prng_below(&random, 20);
        for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
            if (expiries[i] > best && blocks(latest, committed, expiries, expiries[i]))
                best = expiries[i];
        }
        assert_int_equal(lease_value(latest, committed, expiries), best);
    }
}

static void nobody_no_lease(void **state)
{
    uint64_t expiries[LIMIT_MEMBERS] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    struct quorum three = {.now = 7}, nobody = {0};
    (void)state;
    assert_int_equal(lease_value(nobody, three, expiries), 0);
    assert_int_equal(lease_value(three, nobody, expiries), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example),
        cmocka_unit_test(never_longer_than_the_promise),
        cmocka_unit_test(naive_twin),
        cmocka_unit_test(nobody_no_lease),
    };
    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
