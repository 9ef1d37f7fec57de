/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorted arrays are in order, and equal members stand as they stood. */
#include "base/prng.h"
#include "base/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST 300

struct wide {
    uint32_t key;
    uint32_t place; /* where it stood */
    char rest[61];  /* the size is no power of two */
};

static int by_key(const void *a, const void *b)
{
    const struct wide *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static void equal_members_stay_as_they_stood(void **state)
{
    static struct wide all[MOST];
    struct prng rnd = prng_named(3, "sort");
    (void)state;
    for (size_t count = 0; count <= MOST; count++) {
        for (size_t i = 0; i < count; i++) {
            uint32_t key = (uint32_t)prng_below(&rnd, 1 + count / 3);
            all[i] = (struct wide){key, (uint32_t)i, {(char)key}};
        }
        sort_array(all, count, sizeof(all[0]), by_key);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(all[i].rest[0], (char)all[i].key);
            if (i > 0)
                assert_true(all[i - 1].key < all[i].key ||
                            (all[i - 1].key == all[i].key && all[i - 1].place < all[i].place));
        }
    }
}

static void numbers_in_any_order(void **state)
{
    static uint64_t numbers[MOST];
    struct prng rnd = prng_named(4, "sort");
    (void)state;
    for (size_t count = 0; count <= MOST; count++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            numbers[i] = count % 3 == 0 ? i : count % 3 == 1 ? count - i : prng_u64(&rnd);
            sum += numbers[i];
        }
        sort_array(numbers, count, sizeof(numbers[0]), by_number);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || numbers[i - 1] <= numbers[i]);
            sum -= numbers[i];
        }
        assert_int_equal(sum, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_members_stay_as_they_stood),
        cmocka_unit_test(numbers_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
