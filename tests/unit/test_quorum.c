/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Majority arithmetic: the table of small numbers, and a slower twin that asks every subset. */
#include "base/limits.h"
#include "base/prng.h"
#include "core/quorum.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CASES 60000

static void majorities(void **state)
{
    (void)state;
    const uint32_t expected[] = {1, 1, 2, 2, 3, 3, 4, 4, 5};
    for (uint32_t n = 1; n < ARRAY_LEN(expected); n++)
        assert_int_equal(quorum_majority(n), expected[n]);
}

/* Two majorities of a set always meet: more than half, counted by hand. */
static bool twin_is_majority(quorum_set voters, quorum_set part)
{
    uint32_t all = 0, have = 0;
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        all += voters >> i & 1;
        have += (voters & part) >> i & 1;
    }
    return 2 * have > all;
}

static bool twin_won(struct quorum q, quorum_set granted)
{
    if (q.now == 0 && q.old == 0)
        return false;
    return (q.now == 0 || twin_is_majority(q.now, granted)) &&
           (q.old == 0 || twin_is_majority(q.old, granted));
}

/* Lost: not even if everybody who has not refused grants. */
static enum quorum_result twin_vote(struct quorum q, quorum_set granted, quorum_set denied)
{
    if (twin_won(q, granted))
        return QUORUM_WON;
    return twin_won(q, ~denied) ? QUORUM_PENDING : QUORUM_LOST;
}

/* The largest value for which those at or above it are a quorum: tries every value there is. */
static uint64_t twin_value(struct quorum q, const uint64_t *values)
{
    uint64_t best = 0;
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        quorum_set reached = 0;
        for (uint32_t j = 0; j < LIMIT_MEMBERS; j++)
            reached |= (quorum_set)(values[j] >= values[i]) << j;
        if (twin_won(q, reached) && values[i] > best)
            best = values[i];
    }
    return best;
}

/* Up to max members, more or less scattered over the slots. */
static quorum_set random_set(struct prng *p, uint32_t max)
{
    quorum_set set = 0;
    uint64_t span = prng_chance(p, 0.5) ? 8 : LIMIT_MEMBERS;
    for (uint64_t n = prng_below(p, max + 1); n > 0; n--)
        set |= (quorum_set)1 << prng_below(p, span);
    return set;
}

static struct quorum random_quorum(struct prng *p)
{
    struct quorum q = {.now = random_set(p, 9)};
    if (prng_chance(p, 0.4))
        q.old = random_set(p, 9);
    return q;
}

static void votes_like_the_twin(void **state)
{
    (void)state;
    struct prng p = prng_named(1, "quorum votes");
    uint32_t seen[3] = {0};
    for (uint32_t i = 0; i < CASES; i++) {
        struct quorum q = random_quorum(&p);
        quorum_set granted = random_set(&p, 12);
        quorum_set denied = random_set(&p, 12) & ~granted;
        enum quorum_result result = quorum_vote(q, granted, denied);
        assert_int_equal(result, twin_vote(q, granted, denied));
        seen[result]++;
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_true(seen[i] > CASES / 100);
}

static void values_like_the_twin(void **state)
{
    (void)state;
    struct prng p = prng_named(1, "quorum values");
    for (uint32_t i = 0; i < CASES; i++) {
        struct quorum q = random_quorum(&p);
        uint64_t values[LIMIT_MEMBERS], range = prng_chance(&p, 0.5) ? 4 : UINT64_MAX;
        for (uint32_t j = 0; j < LIMIT_MEMBERS; j++)
            values[j] = prng_below(&p, range);
        if (quorum_members(q) != 0)
            assert_true(quorum_value(q, values) == twin_value(q, values));
    }
}

/* An empty configuration decides nothing; an empty half has nothing to say. */
static void nobody(void **state)
{
    (void)state;
    uint64_t values[LIMIT_MEMBERS] = {7, 9, 8};
    assert_int_equal(quorum_vote((struct quorum){0}, ~(quorum_set)0, 0), QUORUM_LOST);
    assert_true(quorum_value((struct quorum){0}, values) == 0);
    assert_true(quorum_value((struct quorum){.now = 7}, values) == 8);
    assert_true(quorum_value((struct quorum){.now = 7, .old = 1}, values) == 7);
}

/* {1,2,3} and {3,4,5}: 3, 4 and 5 are three of five and yet no majority of the first half. */
static void union_is_not_enough(void **state)
{
    (void)state;
    struct quorum q = {.now = 0x1c, .old = 0x07};
    assert_int_equal(quorum_vote(q, 0x1c, 0), QUORUM_PENDING);
    assert_int_equal(quorum_vote(q, 0x0e, 0), QUORUM_WON);
    assert_int_equal(quorum_vote(q, 0x1c, 0x03), QUORUM_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(majorities),           cmocka_unit_test(votes_like_the_twin),
        cmocka_unit_test(values_like_the_twin), cmocka_unit_test(nobody),
        cmocka_unit_test(union_is_not_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
