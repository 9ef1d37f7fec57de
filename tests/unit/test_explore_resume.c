/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search in pieces, and with several threads, is the search in one. */
#include "base/units.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/search_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/raft-explore-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    char path[100];
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/state", dir);
    (void)unlink(path);
    return rmdir(dir);
}

/* Small enough for a sanitizer: some 40 000 states. */
static struct ex_search_options small(uint32_t jobs)
{
    return (struct ex_search_options){
        .bounds = {.servers = 3,
                   .terms = 2,
                   .budget = {[EX_TIMEOUT] = 2, [EX_ENTRY] = 1, [EX_CRASH] = 1},
                   .symmetry = true,
                   .stale = true},
        .jobs = jobs,
        .calm_every = 500,
        .memory_bytes_max = 64 * MIB,
        .dir = "/tmp"};
}

static void run(struct ex_search *s, struct ex_result *r)
{
    struct err e = {0};
    if (ex_search_run(s, r, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_not_equal(r->end, EX_VIOLATED);
}

static struct ex_result result_in_one(uint32_t jobs, bool wide)
{
    struct err e = {0};
    struct ex_search *s;
    struct ex_result r;
    struct ex_search_options o = small(jobs);
    o.wide = wide;
    assert_int_equal(ex_search_open(&s, &o, &e), 0);
    run(s, &r);
    assert_int_equal(r.end, EX_EXHAUSTED);
    assert_true(wide ? r.missed < 1e-11 : r.missed > 1e-11);
    ex_search_close(s);
    return r;
}

static struct ex_numbers in_one(uint32_t jobs, bool wide)
{
    return result_in_one(jobs, wide).numbers;
}

static void assert_same(const struct ex_numbers *a, const struct ex_numbers *b)
{
    assert_int_equal(a->depth, b->depth);
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->generated, b->generated);
    assert_memory_equal(&a->ended, &b->ended, sizeof(a->ended));
    assert_int_equal(a->calmed, b->calmed);
    assert_true(a->calmed_sum == b->calmed_sum); /* and the same ones */
}

static void test_any_number_of_jobs(void **state)
{
    (void)state;
    struct ex_numbers one = in_one(1, false), two = in_one(2, false), four = in_one(4, false);
    print_message("%llu states in %u steps\n", (unsigned long long)one.distinct, one.depth);
    assert_true(one.distinct > 5000);
    assert_same(&one, &two);
    assert_same(&one, &four);
}

/* Each process goes on with so many states more, or so many steps, until it is done. */
static uint32_t in_pieces(struct ex_search_options all, uint64_t states, uint32_t steps,
                          struct ex_result *r)
{
    struct err e = {0};
    uint32_t pieces = 0;
    *r = (struct ex_result){.end = EX_LIMITED};
    while (r->end != EX_EXHAUSTED) {
        struct ex_search *s;
        struct ex_search_options o = all;
        o.states_max = states == 0 ? 0 : r->numbers.distinct + states;
        o.depth_max = steps == 0 ? 0 : r->numbers.depth + steps;
        if (pieces > 0) { /* these are the checkpoint's */
            o.bounds = (struct ex_bounds){0};
            o.wide = false;
        }
        int code = pieces == 0 ? ex_search_open(&s, &o, &e) : ex_search_resume(&s, &o, dir, &e);
        if (code != 0)
            fail_msg("%s", e.text);
        run(s, r);
        if (r->end == EX_LIMITED && ex_search_save(s, dir, &e) != 0)
            fail_msg("%s", e.text);
        ex_search_close(s);
        pieces++;
    }
    return pieces;
}

/* Sums of equal parts in different places must not be equal: two servers, and a network that loses,
 * doubles and reorders. */
static void test_any_fingerprint(void **state)
{
    (void)state;
    struct ex_numbers numbers[2];
    for (uint32_t wide = 0; wide < 2; wide++) {
        struct err e = {0};
        struct ex_search *s;
        struct ex_result r;
        struct ex_search_options o = small(2);
        o.bounds = ex_preset("quick")->bounds;
        o.bounds.servers = 2;
        o.bounds.budget[EX_TIMEOUT] = 2;
        o.bounds.budget[EX_DROP] = 1;
        o.bounds.budget[EX_RESTART] = o.bounds.budget[EX_LATE] = 1;
        o.bounds.budget[EX_DUPLICATE] = 1;
        o.wide = wide == 1;
        assert_int_equal(ex_search_open(&s, &o, &e), 0);
        run(s, &r);
        assert_int_equal(r.end, EX_EXHAUSTED);
        ex_search_close(s);
        numbers[wide] = r.numbers;
    }
    print_message("%llu states\n", (unsigned long long)numbers[0].distinct);
    assert_same(&numbers[0], &numbers[1]);
    struct ex_numbers narrow = in_one(1, false), wide = in_one(2, true);
    assert_same(&narrow, &wide);
}

static void test_in_pieces(void **state)
{
    (void)state;
    struct ex_result one = result_in_one(1, false);
    struct ex_numbers whole = one.numbers;
    struct ex_search_options wide = small(2);
    struct ex_result r;
    wide.wide = true;
    assert_true(in_pieces(small(1), whole.distinct / 5, 0, &r) > 3);
    assert_same(&whole, &r.numbers);
    assert_int_equal(whole.transitions, r.numbers.transitions); /* nothing is stepped twice */
    assert_memory_equal(one.reasons, r.reasons, sizeof(r.reasons));
    assert_true(in_pieces(small(1), 0, 4, &r) > 3);
    assert_same(&whole, &r.numbers);
    assert_true(in_pieces(wide, whole.distinct / 3, 0, &r) > 2);
    assert_same(&whole, &r.numbers);
}

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    struct err e = {0};
    struct ex_search *s = NULL;
    struct ex_search_options o = small(1);
    assert_int_equal(ex_search_resume(&s, &o, "/nonexistent/place", &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "/nonexistent/place"));
    o.states_max = 1000;
    struct ex_result r;
    assert_int_equal(ex_search_open(&s, &o, &e), 0);
    run(s, &r);
    assert_int_equal(r.end, EX_LIMITED);
    assert_int_equal(ex_search_save(s, "/nonexistent/place", &e), -E_NOTFOUND);
    assert_int_equal(ex_search_save(s, dir, &e), 0);
    ex_search_close(s);
    char path[100];
    (void)snprintf(path, sizeof(path), "%s/state", dir);
    for (off_t len = 100000; len > 0; len /= 3) {
        assert_int_equal(truncate(path, len), 0);
        assert_int_equal(ex_search_resume(&s, &o, dir, &e), -E_CORRUPT);
    }
}

/* Two threads: one sees that time is up, the other that a promise is broken. */
static void test_what_is_found_does_not_undo_a_halt(void **state)
{
    struct ex_search_options o = small(1);
    struct ex_search *s;
    struct err e = {0};
    (void)state;
    assert_int_equal(ex_search_open(&s, &o, &e), 0);
    struct ex_worker *w = &s->workers[0];
    ex_cluster_begin(&w->from, &s->space);
    ex_expand(&w->expander, &w->from);
    assert_true(w->expander.count > 0);
    for (uint32_t i = 0; i < w->expander.count; i++)
        w->expander.next[i].broken = "a promise";
    s->halt = EX_HALTED;
    w->pending = 0;
    assert_true(ex_worker_look_up(w));
    assert_true(s->found);
    assert_int_equal(s->halt, EX_HALTED);
    ex_search_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_found_does_not_undo_a_halt),
        cmocka_unit_test(test_any_number_of_jobs),
        cmocka_unit_test(test_any_fingerprint),
        cmocka_unit_test(test_in_pieces),
        cmocka_unit_test(test_what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
