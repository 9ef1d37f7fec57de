/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What counts as the same failure, and how many runs decide it. */
#include "emulator/cmd.h"
#include "emulator/trials/failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_the_check_is_the_failure(void **state)
{
    (void)state;
    struct failure a = failure_of(EXIT_CHECK_FAILED, "logMatching: n1 and n2 differ at 5");
    struct failure b = failure_of(EXIT_CHECK_FAILED, "logMatching: n3 and n2 differ at 9");
    struct failure c = failure_of(EXIT_CHECK_FAILED, "noCrash: n1 stopped");
    assert_int_equal(a.kind, FAILURE_CHECK);
    assert_string_equal(a.what, "logMatching");
    assert_true(failure_same(&a, &b));
    assert_false(failure_same(&a, &c));
}

static void test_last_words_are_the_failure_of_what_died(void **state)
{
    (void)state;
    struct failure a = failure_of(EXIT_INTERNAL, "the run died of Aborted: panic: a.c:5: x > 0");
    struct failure b = failure_of(EXIT_INTERNAL, "the run died of Aborted: panic: b.c:7: y > 0");
    struct failure c = failure_of(EXIT_CHECK_FAILED, "the run died of Aborted");
    assert_int_equal(a.kind, FAILURE_DIED);
    assert_true(failure_same(&a, &a));
    assert_false(failure_same(&a, &b));
    assert_false(failure_same(&a, &c));
}

static void test_what_shows_nothing_is_no_failure(void **state)
{
    (void)state;
    static const int codes[] = {0, EXIT_UNKNOWN, EXIT_VACUOUS, EXIT_CANNOT_RUN, EXIT_BAD_SCENARIO};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct failure f = failure_of(codes[i], "steps: a limit ran out");
        assert_int_equal(f.kind, FAILURE_NONE);
        assert_false(failure_same(&f, &f));
    }
}

static void test_votes(void **state)
{
    (void)state;
    assert_int_equal(failure_votes(0, 0, 5, 3), VOTES_OPEN);
    assert_int_equal(failure_votes(2, 2, 5, 3), VOTES_OPEN);
    assert_int_equal(failure_votes(3, 0, 5, 3), VOTES_FAILS);
    assert_int_equal(failure_votes(3, 2, 5, 3), VOTES_FAILS);
    assert_int_equal(failure_votes(0, 3, 5, 3), VOTES_PASSES); /* two more could not do it */
    assert_int_equal(failure_votes(2, 3, 5, 3), VOTES_PASSES);
    assert_int_equal(failure_votes(0, 0, 1, 1), VOTES_OPEN);
    assert_int_equal(failure_votes(0, 1, 1, 1), VOTES_PASSES);
}

/* However the runs come out, it is decided exactly when no further run can change it. */
static void test_votes_end_as_soon_as_they_can(void **state)
{
    (void)state;
    for (unsigned runs = 1; runs <= 7; runs++) {
        for (unsigned fails = 1; fails <= runs; fails++) {
            for (unsigned failed = 0; failed <= runs; failed++) {
                for (unsigned passed = 0; failed + passed <= runs; passed++) {
                    bool can_fail = runs - passed >= fails, must = failed >= fails;
                    enum failure_votes v = failure_votes(failed, passed, runs, fails);
                    assert_int_equal(v, must ? VOTES_FAILS : !can_fail ? VOTES_PASSES : VOTES_OPEN);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_check_is_the_failure),
        cmocka_unit_test(test_last_words_are_the_failure_of_what_died),
        cmocka_unit_test(test_what_shows_nothing_is_no_failure),
        cmocka_unit_test(test_votes),
        cmocka_unit_test(test_votes_end_as_soon_as_they_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
