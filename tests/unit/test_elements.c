/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/elements.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_is_packed(void **state)
{
    (void)state;
    static const struct {
        struct span packed;
        bool list, set;
    } cases[] = {
        {{"", 0}, false, false},
        {{"\0\0\0\0", 4}, true, true},
        {{"\1\0\0", 3}, false, false},
        {{"\2\0\0\0a", 5}, false, false},
        {{"\1\0\0\0ab", 6}, false, false},
        {{"\377\377\377\377a", 5}, false, false},
        {{"\1\0\0\0a\1\0\0\0b", 10}, true, true},
        {{"\1\0\0\0a\1\0\0\0a", 10}, true, false},
        {{"\1\0\0\0b\1\0\0\0a", 10}, true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(elements_valid(cases[i].packed, false), cases[i].list);
        assert_int_equal(elements_valid(cases[i].packed, true), cases[i].set);
    }
}

#define LETTERS 26

/* Sets of letters beside an array of flags. */
static void sets_are_sets(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    struct prng p = prng_seed(1);
    struct buf set = {0}, next = {0};
    bool there[LETTERS] = {0};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct span members[8];
        size_t count = prng_between(&p, 1, ARRAY_LEN(members)), changed = 0, left = 0;
        bool add = prng_chance(&p, 0.5);
        for (size_t i = 0; i < count; i++) {
            size_t at = prng_below(&p, LETTERS);
            members[i] = span_of(letters + at, 1);
            changed += there[at] != add;
            there[at] = add;
        }
        struct span before = span_of(set.data, set.len);
        buf_reset(&next);
        assert_int_equal(add ? elements_add(before, members, count, &next)
                             : elements_remove(before, members, count, &next),
                         changed);
        struct buf spare = set;
        set = next;
        next = spare;
        struct span now = span_of(set.data, set.len);
        for (size_t i = 0; i < LETTERS; i++) {
            left += there[i];
            assert_int_equal(elements_have(now, span_of(letters + i, 1)), there[i]);
        }
        assert_int_equal(elements_count(now), left);
        assert_int_equal(elements_valid(now, true), left > 0);
    }
    buf_free(&set);
    buf_free(&next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed),
        cmocka_unit_test(sets_are_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
