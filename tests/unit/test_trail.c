/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of terms against a twin that keeps one term an index. */
#include "base/prng.h"
#include "core/trail.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CASES 3000 /* logs; each takes about 40 operations, every answer compared */
#define CAP   6
#define MAX   64

struct twin {
    struct raft_pos base;
    uint64_t last;
    uint64_t terms[MAX]; /* of base.index + 1 + i */
};

static uint64_t twin_term(const struct twin *t, uint64_t index)
{
    if (index == t->base.index)
        return t->base.term;
    if (index < t->base.index || index > t->last)
        return 0;
    return t->terms[index - t->base.index - 1];
}

static uint32_t twin_runs(const struct twin *t, uint64_t index)
{
    uint32_t runs = 0;
    for (uint64_t i = t->base.index + 1; i <= index; i++)
        runs += i == t->base.index + 1 || twin_term(t, i) != twin_term(t, i - 1);
    return runs;
}

static uint64_t twin_find(const struct twin *t, uint64_t upto, uint64_t term)
{
    uint64_t i = upto < t->last ? upto : t->last;
    while (i > t->base.index && twin_term(t, i) > term)
        i--;
    return i > t->base.index ? i : t->base.index;
}

static uint64_t twin_run_first(const struct twin *t, uint64_t index)
{
    uint64_t i = index;
    while (i > t->base.index + 1 && twin_term(t, i - 1) == twin_term(t, index))
        i--;
    return i;
}

static void twin_compact(struct twin *t, uint64_t index)
{
    uint64_t drop = index - t->base.index;
    t->base = (struct raft_pos){twin_term(t, index), index};
    for (uint64_t i = 0; i < t->last - index; i++)
        t->terms[i] = t->terms[i + drop];
}

static void compare(const struct trail *t, const struct raft_run *runs, const struct twin *twin)
{
    struct raft_pos last = trail_last(t, runs);
    assert_true(t->last == twin->last && last.index == twin->last);
    assert_true(last.term == twin_term(twin, twin->last));
    uint64_t low = twin->base.index < 2 ? 0 : twin->base.index - 2;
    for (uint64_t i = low; i <= twin->last + 2; i++)
        assert_true(trail_term(t, runs, i) == twin_term(twin, i));
    for (uint64_t i = twin->base.index; i <= twin->last; i++) {
        assert_int_equal(trail_runs_upto(t, runs, i), twin_runs(twin, i));
        assert_true(trail_run_first(t, runs, i) == twin_run_first(twin, i));
    }
    for (uint64_t i = twin->base.index; i <= twin->last + 1; i++) {
        for (uint64_t term = 0; term <= last.term + 1; term++)
            assert_true(trail_find(t, runs, i, term) == twin_find(twin, i, term));
    }
}

static void like_the_twin(void **state)
{
    (void)state;
    struct prng p = prng_named(1, "trail");
    uint32_t full = 0, emptied = 0, compacted = 0;
    for (uint32_t i = 0; i < CASES; i++) {
        struct twin twin = {.base = {prng_below(&p, 3), prng_below(&p, 5)}};
        twin.base.term += twin.base.index > 0;
        twin.last = twin.base.index;
        struct trail t;
        struct raft_run runs[CAP];
        trail_init(&t, twin.base, CAP);
        for (uint32_t op = 0; op < 40; op++) {
            uint64_t term = twin_term(&twin, twin.last) + (prng_chance(&p, 0.3) ? 1 : 0);
            bool room = twin_runs(&twin, twin.last) < CAP || term == twin_term(&twin, twin.last);
            term += term == 0;
            assert_true(trail_has_room(&t, runs, term) == room);
            if (prng_chance(&p, 0.1)) {
                uint64_t from = twin.base.index + 1 + prng_below(&p, 20);
                trail_truncate(&t, runs, from);
                twin.last = from <= twin.last ? from - 1 : twin.last;
                emptied += twin.last == twin.base.index;
            } else if (prng_chance(&p, 0.05)) {
                uint64_t upto = twin.base.index + prng_below(&p, twin.last - twin.base.index + 1);
                compacted += upto > twin.base.index && upto < twin.last;
                trail_compact(&t, runs, upto);
                twin_compact(&twin, upto);
            } else if (prng_chance(&p, 0.01)) {
                twin.base = (struct raft_pos){term + 1, twin.last + prng_below(&p, 3)};
                twin.last = twin.base.index;
                trail_reset(&t, twin.base);
            } else if (room && twin.last - twin.base.index < MAX) {
                trail_append(&t, runs, term);
                twin.terms[twin.last++ - twin.base.index] = term;
            }
            full += !room;
            compare(&t, runs, &twin);
        }
    }
    print_message("%u full, %u emptied, %u compacted\n", full, emptied, compacted);
    assert_true(full > CASES && emptied > CASES / 10 && compacted > CASES);
}

/* By hand: terms 1 1 4 4 4 6 6. */
static void example(void **state)
{
    (void)state;
    struct trail t;
    struct raft_run runs[CAP];
    const uint64_t terms[] = {1, 1, 4, 4, 4, 6, 6};
    trail_init(&t, (struct raft_pos){0}, CAP);
    for (size_t i = 0; i < ARRAY_LEN(terms); i++)
        trail_append(&t, runs, terms[i]);
    assert_int_equal(t.count, 3);
    assert_int_equal(trail_find(&t, runs, 7, 3), 2);
    assert_int_equal(trail_find(&t, runs, 99, 5), 5);
    assert_int_equal(trail_find(&t, runs, 4, 9), 4);
    assert_int_equal(trail_find(&t, runs, 7, 0), 0);
    assert_int_equal(trail_run_first(&t, runs, 5), 3);
    trail_compact(&t, runs, 2); /* at the end of a run */
    assert_true(t.base.term == 1 && t.base.index == 2 && t.count == 2 && runs[0].first == 3);
    trail_truncate(&t, runs, 4);
    assert_int_equal(t.last, 3);
    assert_int_equal(trail_last(&t, runs).term, 4);
    trail_truncate(&t, runs, 3);
    assert_int_equal(t.count, 0);
    assert_int_equal(trail_last(&t, runs).term, 1);
    assert_int_equal(trail_term(&t, runs, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(example), cmocka_unit_test(like_the_twin)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
