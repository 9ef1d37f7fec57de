/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exploration: what the reductions leave out changes no verdict, and how much they leave out. */
#include "emulator/explore/presets.h"
#include "emulator/explore/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct ex_bounds small(void)
{
    struct ex_bounds b = {.servers = 3, .terms = 1, .symmetry = true, .stale = true};
    b.budget[EX_TIMEOUT] = 1;
    b.budget[EX_ENTRY] = 1;
    return b;
}

static struct ex_result ended(const struct ex_bounds *b, uint32_t jobs, enum ex_end end)
{
    struct ex_search_options o = {
        .bounds = *b, .jobs = jobs, .calm_every = 1, .memory_bytes_max = 64u << 20, .dir = "/tmp"};
    struct ex_search *s = NULL;
    struct ex_result r;
    struct err e = {0};
    assert_null(ex_bounds_wrong(b));
    if (ex_search_open(&s, &o, &e) != 0 || ex_search_run(s, &r, &e) != 0)
        fail_msg("%s", e.text);
    ex_path_free(&r.path);
    ex_search_close(s);
    if (r.end != end)
        fail_msg("it ends otherwise (%d): %s", (int)r.end, r.broken);
    return r;
}

static struct ex_result explore(const struct ex_bounds *b, uint32_t jobs)
{
    return ended(b, jobs, EX_EXHAUSTED);
}

/* Three names in six orders: nearly every state is six. */
static void test_symmetry(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.budget[EX_CRASH] = b.budget[EX_RESTART] = b.budget[EX_DROP] = 1;
    uint64_t few = explore(&b, 1).numbers.distinct;
    b.symmetry = false;
    uint64_t all = explore(&b, 1).numbers.distinct;
    assert_in_range(all, 6 * few - 6 * few / 20, 6 * few);
}

/* A leader with a slow disk chooses its heir by name: names count, and two choices are two states.
 */
static void test_chooser(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.budget[EX_ENTRY] = 0;
    b.budget[EX_LATE] = 1;
    assert_null(ex_bounds_chooser(&b));
    b.budget[EX_BEAT] = 1;
    assert_non_null(ex_bounds_chooser(&b));
    uint64_t few = explore(&b, 1).numbers.distinct;
    b.symmetry = false;
    assert_int_equal(explore(&b, 1).numbers.distinct, few);
}

/* An entry between a joint configuration and the one that follows it is committed by the latter. */
static void test_joint(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.servers = 2;
    b.spares = b.learners = 1;
    b.budget[EX_CHANGE] = 1;
    b.budget[EX_DROP] = b.budget[EX_REORDER] = 1;
    b.changes = EX_CHANGE_SWAP;
    (void)explore(&b, 1);
}

/* One server alone has nobody to change places with. */
static void test_alone(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.servers = 1;
    b.budget[EX_CRASH] = b.budget[EX_RESTART] = b.budget[EX_LATE] = 1;
    b.terms = 2;
    b.budget[EX_TIMEOUT] = 2;
    uint64_t few = explore(&b, 1).numbers.distinct;
    b.symmetry = false;
    assert_int_equal(explore(&b, 1).numbers.distinct, few);
}

/* It leads from the beginning, and a learner hears of it at once. */
static void test_alone_with_a_learner(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.servers = b.spares = b.learners = 1;
    b.budget[EX_DROP] = 1;
    assert_true(explore(&b, 1).numbers.messages > 1);
    b.budget[EX_CHANGE] = 1;
    b.changes = EX_CHANGE_PROMOTE;
    (void)explore(&b, 1);
}

/* A server that joined takes an image, as founders do. */
static void test_image_of_who_joined(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.servers = 2;
    b.spares = 1;
    b.budget[EX_ENTRY] = 0;
    b.budget[EX_CHANGE] = b.budget[EX_IMAGE] = b.budget[EX_BEAT] = 1;
    b.changes = EX_CHANGE_ADD;
    uint64_t all = explore(&b, 1).numbers.distinct;
    b.budget[EX_IMAGE] = 0;
    assert_true(explore(&b, 1).numbers.distinct < all);
}

/* Old answers that nobody listens to: without the reduction they stay, and nothing else is there.
 * Histories are counted under their own names, so that it does not matter which of equals came
 * first. */
static void test_stale(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.terms = 2;
    b.budget[EX_TIMEOUT] = 2;
    b.budget[EX_OLD] = 1;
    b.budget[EX_ENTRY] = 0;
    b.symmetry = false;
    struct ex_result few = explore(&b, 1);
    b.stale = false;
    struct ex_result all = explore(&b, 1);
    assert_true(all.numbers.distinct > few.numbers.distinct);
    assert_int_equal(all.numbers.histories, few.numbers.histories);
}

/* The more may be lost or late, the more there is to see; and no promise breaks. */
static void test_drops(void **state)
{
    (void)state;
    uint64_t seen = 0;
    struct ex_bounds b = small();
    for (uint8_t drops = 0; drops < 4; drops++) {
        b.budget[EX_DROP] = drops;
        uint64_t distinct = explore(&b, 1).numbers.distinct;
        assert_true(distinct > seen);
        seen = distinct;
    }
}

/* All together they may be fewer than each by itself. */
static void test_faults(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.budget[EX_CRASH] = b.budget[EX_DROP] = b.budget[EX_DUPLICATE] = 1;
    uint64_t all = explore(&b, 1).numbers.distinct;
    b.budget[EX_FAULT] = 3;
    assert_int_equal(explore(&b, 1).numbers.distinct, all);
    b.budget[EX_FAULT] = 1;
    uint64_t one = explore(&b, 1).numbers.distinct;
    assert_true(one < all);
    b.budget[EX_DROP] = b.budget[EX_DUPLICATE] = 0;
    assert_true(explore(&b, 1).numbers.distinct < one);
}

/* Every single state of a cluster whose members change, lag behind images and hand over. */
static void test_calm(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.spares = b.learners = 1;
    b.budget[EX_ENTRY] = 0;
    b.budget[EX_CHANGE] = b.budget[EX_IMAGE] = b.budget[EX_TRANSFER] = b.budget[EX_DROP] = 1;
    b.changes = EX_CHANGE_PROMOTE | EX_CHANGE_REMOVE;
    struct ex_numbers n = explore(&b, 1).numbers;
    assert_int_equal(n.calmed, n.distinct);
}

static void test_jobs(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.budget[EX_CRASH] = b.budget[EX_RESTART] = 1;
    struct ex_result one = explore(&b, 1), three = explore(&b, 3);
    assert_int_equal(one.numbers.distinct, three.numbers.distinct);
    assert_int_equal(one.numbers.generated, three.numbers.generated);
    assert_int_equal(one.numbers.depth, three.numbers.depth);
}

/* What one worker stepped no other one steps again. Under their own names: of states that differ by
 * a renaming, who is first goes on. */
static void test_jobs_step_once(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.budget[EX_CRASH] = b.budget[EX_RESTART] = 1;
    b.symmetry = false;
    struct ex_result one = explore(&b, 1), three = explore(&b, 3);
    assert_true(one.numbers.transitions > 100);
    assert_int_equal(one.numbers.transitions, three.numbers.transitions);
    assert_memory_equal(one.reasons, three.reasons, sizeof(one.reasons));
}

/* Where there is no room here for what comes, nothing is exhausted; and it is told which room. */
static void test_room(void **state)
{
    (void)state;
    struct ex_bounds b = small();
    b.servers = 1;
    b.budget[EX_ENTRY] = 25;
    struct ex_numbers n = ended(&b, 1, EX_CRAMPED).numbers;
    assert_int_equal(n.ended.times[EX_LIMIT_LOG], ex_ended_cramped(&n.ended));
    b.budget[EX_IMAGE] = 2; /* a log that was cut has no more room: histories go from the first */
    assert_true(ended(&b, 1, EX_CRAMPED).numbers.ended.times[EX_LIMIT_LOG] > 0);
    b.budget[EX_IMAGE] = 0;
    b.budget[EX_ENTRY] = 10;
    b.budget[EX_LATE] = 1;
    assert_true(ended(&b, 1, EX_CRAMPED).numbers.ended.times[EX_LIMIT_WRITES] > 0);
    b.budget[EX_LATE] = 0;
    (void)explore(&b, 1);
    char text[80];
    ex_limit_text(EX_LIMIT_LOG, text, sizeof(text));
    assert_string_equal(text, "20 entries in a log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_symmetry),
                                       cmocka_unit_test(test_alone),
                                       cmocka_unit_test(test_stale),
                                       cmocka_unit_test(test_drops),
                                       cmocka_unit_test(test_faults),
                                       cmocka_unit_test(test_calm),
                                       cmocka_unit_test(test_jobs),
                                       cmocka_unit_test(test_room),
                                       cmocka_unit_test(test_chooser),
                                       cmocka_unit_test(test_joint),
                                       cmocka_unit_test(test_alone_with_a_learner),
                                       cmocka_unit_test(test_image_of_who_joined),
                                       cmocka_unit_test(test_jobs_step_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
