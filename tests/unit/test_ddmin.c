/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delta debugging on lists whose minimum is known. */
#include "emulator/shrink/ddmin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS_MAX 300

/* Fails while all that is needed is there. Of a pair with_both, both or neither must be there. */
struct rule {
    const size_t *needed;
    size_t needed_count;
    size_t both[2]; /* equal: no pair */
    size_t asked;   /* cuts that were tried */
    size_t stop_after;
};

static bool cut_out(const struct ddmin_cut *cut, size_t at)
{
    return (at >= cut->from && at < cut->to) || (at >= cut->also_from && at < cut->also_to);
}

static bool has(const size_t *kept, size_t count, const struct ddmin_cut *cut, size_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (kept[i] == item && !cut_out(cut, i))
            return true;
    }
    return false;
}

static bool fails(const struct rule *r, const size_t *kept, size_t count,
                  const struct ddmin_cut *cut)
{
    for (size_t i = 0; i < r->needed_count; i++) {
        if (!has(kept, count, cut, r->needed[i]))
            return false;
    }
    return r->both[0] == r->both[1] ||
           has(kept, count, cut, r->both[0]) == has(kept, count, cut, r->both[1]);
}

static int first(void *arg, const size_t *kept, size_t kept_count, const struct ddmin_cut *cuts,
                 size_t cuts_count, size_t *ret)
{
    struct rule *r = arg;
    for (size_t i = 0; i < cuts_count; i++) {
        assert_true(cuts[i].from < cuts[i].to && cuts[i].to <= kept_count);
        assert_true(cuts[i].also_from <= cuts[i].also_to && cuts[i].also_to <= kept_count);
        if (r->stop_after != 0 && r->asked == r->stop_after)
            return -1;
        r->asked++;
        if (fails(r, kept, kept_count, &cuts[i])) {
            *ret = i;
            return 1;
        }
    }
    return 0;
}

static size_t reduce(struct rule *r, size_t count, size_t kept[ITEMS_MAX])
{
    const struct ddmin_oracle oracle = {.arg = r, .first = first};
    for (size_t i = 0; i < count; i++)
        kept[i] = i;
    assert_int_equal(ddmin(&oracle, kept, &count), 0);
    return count;
}

static void test_only_what_is_needed_stays_in_order(void **state)
{
    (void)state;
    static const size_t needed[] = {3, 77, 78, 190};
    struct rule r = {.needed = needed, .needed_count = 4};
    size_t kept[ITEMS_MAX];
    assert_int_equal(reduce(&r, 200, kept), 4);
    assert_memory_equal(kept, needed, sizeof(needed));
    /* Four times the depth of halving, twice, and the last rounds: far below the 200 that one item
     * at a time would take. */
    assert_true(r.asked < 120);
}

static void test_nothing_is_needed(void **state)
{
    (void)state;
    struct rule r = {0};
    size_t kept[ITEMS_MAX];
    assert_int_equal(reduce(&r, ITEMS_MAX, kept), 0);
    assert_int_equal(r.asked, 1);
    assert_int_equal(reduce(&r, 0, kept), 0);
    assert_int_equal(r.asked, 1);
}

static void test_everything_is_needed(void **state)
{
    (void)state;
    size_t needed[64], kept[ITEMS_MAX];
    for (size_t i = 0; i < 64; i++)
        needed[i] = i;
    struct rule r = {.needed = needed, .needed_count = 64};
    assert_int_equal(reduce(&r, 64, kept), 64);
    assert_true(r.asked <= 2 * 64); /* 1 + 2 + 4 + … + 64 */
}

/* Neither can go alone: what takes a node away, and what brings it back. */
static void test_two_that_go_together_go(void **state)
{
    (void)state;
    static const size_t needed[] = {5};
    struct rule r = {.needed = needed, .needed_count = 1, .both = {2, 8}};
    size_t kept[ITEMS_MAX];
    assert_int_equal(reduce(&r, 11, kept), 1);
    assert_int_equal(kept[0], 5);
}

static void test_when_stopped_what_failed_last_is_left(void **state)
{
    (void)state;
    static const size_t needed[] = {1, 50};
    for (size_t stop = 1; stop < 20; stop++) {
        struct rule r = {.needed = needed, .needed_count = 2, .stop_after = stop};
        const struct ddmin_oracle oracle = {.arg = &r, .first = first};
        const struct ddmin_cut none = {0};
        size_t kept[ITEMS_MAX], count = 100;
        for (size_t i = 0; i < count; i++)
            kept[i] = i;
        int code = ddmin(&oracle, kept, &count);
        assert_true(code == -1 || r.asked < stop);
        assert_true(fails(&r, kept, count, &none));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_needed_stays_in_order),
        cmocka_unit_test(test_nothing_is_needed),
        cmocka_unit_test(test_everything_is_needed),
        cmocka_unit_test(test_two_that_go_together_go),
        cmocka_unit_test(test_when_stopped_what_failed_last_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
