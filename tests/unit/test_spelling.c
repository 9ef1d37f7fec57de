/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far words are from each other. */
#include "base/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

static void expect(const char *a, const char *b, size_t distance)
{
    assert_int_equal(spelling_distance(span_str(a), span_str(b)), distance);
    assert_int_equal(spelling_distance(span_str(b), span_str(a)), distance);
}

static void each_slip_counts_one(void **state)
{
    (void)state;
    expect("", "", 0);
    expect("", "abc", 3);
    expect("leader", "leader", 0);
    expect("LEADER", "leader", 0);
    expect("leadr", "leader", 1);
    expect("leqder", "leader", 1);
    expect("laeder", "leader", 1); /* neighbours change places */
    expect("ca", "abc", 3);        /* and nothing comes between them then */
    expect("kitten", "sitting", 3);
}

static void longer_words_are_far(void **state)
{
    char word[SPELLING_MAX + 2];
    (void)state;
    memset(word, 'a', sizeof(word));
    struct span longest = span_of(word, SPELLING_MAX), longer = span_of(word, SPELLING_MAX + 1);
    assert_int_equal(spelling_distance(longest, longest), 0);
    assert_int_equal(spelling_distance(longest, span_str("")), SPELLING_MAX);
    assert_true(spelling_distance(longer, longest) == SIZE_MAX);
    assert_true(spelling_distance(longest, longer) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slip_counts_one),
        cmocka_unit_test(longer_words_are_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
