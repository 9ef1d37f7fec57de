/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of nodes, against a list of booleans. */
#include "base/nodeset.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROUNDS 2000

struct twin {
    bool has[NODESET_MAX];
};

static void is_twin(nodeset set, const struct twin *t)
{
    unsigned count = 0;
    int first = -1;
    for (int i = NODESET_MAX - 1; i >= 0; i--) {
        assert_int_equal(nodeset_has(set, i), t->has[i]);
        count += t->has[i];
        first = t->has[i] ? i : first;
    }
    assert_int_equal(nodeset_count(set), count);
    assert_int_equal(nodeset_first(set), first);
    assert_int_equal(set == 0, count == 0);
}

static void in_order(nodeset set, const struct twin *t)
{
    int at = -1;
    for (nodeset left = set; left != 0; left &= left - 1) {
        int i = nodeset_first(left);
        for (at++; at < i; at++)
            assert_false(t->has[at]);
        assert_true(t->has[i]);
    }
    for (at++; at < NODESET_MAX; at++)
        assert_false(t->has[at]);
}

static void takes_in_and_out(void **state)
{
    struct prng p = prng_seed(1);
    struct twin a = {0}, b = {0};
    nodeset set_a = 0, set_b = 0;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned i = (unsigned)prng_below(&p, NODESET_MAX),
                 k = (unsigned)prng_below(&p, NODESET_MAX);
        a.has[i] = true;
        set_a |= NODE_BIT(i);
        b.has[k] = !b.has[k];
        set_b ^= NODE_BIT(k);
        if (prng_chance(&p, 0.6)) {
            a.has[k] = false;
            set_a &= ~NODE_BIT(k);
        }
        struct twin both = {0}, any = {0}, less = {0};
        for (unsigned n = 0; n < NODESET_MAX; n++) {
            both.has[n] = a.has[n] && b.has[n];
            any.has[n] = a.has[n] || b.has[n];
            less.has[n] = a.has[n] && !b.has[n];
        }
        is_twin(set_a, &a);
        is_twin(set_a & set_b, &both);
        is_twin(set_a | set_b, &any);
        is_twin(set_a & ~set_b, &less);
        in_order(set_a, &a);
    }
}

static void counts_from_zero(void **state)
{
    (void)state;
    struct twin t = {0};
    for (unsigned n = 0; n <= NODESET_MAX; n++) {
        is_twin(nodeset_below(n), &t);
        if (n < NODESET_MAX)
            t.has[n] = true;
    }
    is_twin(NODESET_ALL, &t);
}

/* A set between words: nothing is left between them, in a table of them or beside them. */
static void leaves_no_padding(void **state)
{
    struct {
        uint64_t before;
        nodeset set;
        uint64_t after;
    } words;
    (void)state;
    assert_int_equal(sizeof(words), 4 * sizeof(uint64_t));
    assert_int_equal(sizeof(nodeset[3]), 6 * sizeof(uint64_t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_in_and_out),
        cmocka_unit_test(counts_from_zero),
        cmocka_unit_test(leaves_no_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
