/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs against what a caller sees: nothing that is out overlaps or changes, memory comes again,
 * empty blocks go back, and what was taken outlives those who held the slabs. */
#include "base/mem.h"
#include "base/prng.h"
#include "base/slabs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THINGS 600
#define MOVES  40000

struct thing {
    uint8_t *bytes; /* NULL: there is none */
    size_t size;
    uint8_t filled_with;
};

static struct thing taken(struct slabs *s, size_t size, uint8_t with)
{
    struct thing t = {slabs_take(s, size), size, with};
    assert_non_null(t.bytes);
    assert_int_equal((uintptr_t)t.bytes % 16, 0);
    memset(t.bytes, with, size);
    return t;
}

static void check(const struct thing *t, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(t->bytes[i], t->filled_with);
}

static void give(struct slabs *s, struct thing *t)
{
    if (t->bytes != NULL)
        check(t, t->size);
    slabs_give(s, t->bytes, t->size);
    *t = (struct thing){0};
}

/* Every size up to some way beyond the largest slot, the small ones often. */
static size_t draw_size(struct prng *rnd)
{
    return (size_t)prng_below(rnd, prng_below(rnd, 4) == 0 ? SLABS_SLOT_MAX + 300 : 200);
}

static void what_is_out_is_left_alone(void **state)
{
    static struct thing things[THINGS];
    struct slabs *s = slabs_new();
    struct prng rnd = prng_named(5, "slabs");
    size_t out = 0;
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        struct thing *t = &things[prng_below(&rnd, THINGS)];
        uint64_t move = prng_below(&rnd, 5);
        if (t->bytes == NULL) {
            *t = taken(s, draw_size(&rnd), (uint8_t)prng_below(&rnd, 256));
            out++;
        } else if (move == 0) {
            size_t size = draw_size(&rnd) + 1, both = size < t->size ? size : t->size;
            t->bytes = slabs_resize(s, t->bytes, t->size, size);
            check(t, both);
            t->size = size;
            memset(t->bytes, t->filled_with, size);
        } else if (move < 4) {
            give(s, t);
            out--;
        }
        assert_int_equal(slabs_taken(s), out);
    }
    for (size_t i = 0; i < THINGS; i++)
        give(s, &things[i]);
    assert_int_equal(slabs_taken(s), 0);
    assert_true(slabs_blocks(s) <= SLABS_SPARE);
    slabs_drop(s);
}

static void every_size_fits(void **state)
{
    struct slabs *s = slabs_new();
    (void)state;
    for (size_t size = 0; size <= SLABS_SLOT_MAX + 40; size++) {
        struct thing a = taken(s, size, 1), b = taken(s, size, 2), c = taken(s, size, 3);
        give(s, &b);
        b = taken(s, size, 4);
        give(s, &a);
        give(s, &b);
        give(s, &c);
    }
    slabs_drop(s);
}

/* A crowd that comes and goes needs as many blocks as it did the first time, never more. */
static void memory_comes_again(void **state)
{
    static struct thing things[THINGS];
    struct slabs *s = slabs_new();
    size_t most = 0;
    (void)state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < THINGS; i++)
            things[i] = taken(s, 100 + i % 2, (uint8_t)round);
        if (round == 0)
            most = slabs_blocks(s);
        assert_int_equal(slabs_blocks(s), most);
        for (size_t i = 0; i < THINGS; i++) /* not in the order in which they came */
            give(s, &things[i * 7 % THINGS]);
        assert_true(slabs_blocks(s) <= SLABS_SPARE);
    }
    slabs_drop(s);
}

/* Taken and given in turn at the edge of a block, none is asked for. */
static void a_block_does_not_come_and_go(void **state)
{
    struct slabs *s = slabs_new();
    void *first = slabs_take(s, 200), *kept[THINGS];
    size_t count = 0, blocks;
    (void)state;
    for (blocks = slabs_blocks(s); slabs_blocks(s) == blocks && count < THINGS;)
        kept[count++] = slabs_take(s, 200);
    blocks = slabs_blocks(s); /* one more than before: the last one taken is alone in it */
    for (int i = 0; i < 100; i++) {
        slabs_give(s, kept[--count], 200);
        assert_int_equal(slabs_blocks(s), blocks);
        kept[count++] = slabs_take(s, 200);
        assert_int_equal(slabs_blocks(s), blocks);
    }
    slabs_give(s, first, 200);
    while (count > 0)
        slabs_give(s, kept[--count], 200);
    slabs_drop(s);
}

static void what_was_taken_outlives_its_holders(void **state)
{
    struct slabs *s = slabs_new();
    struct slabs *shared = slabs_share(s);
    struct thing a = taken(s, 40, 7), b = taken(shared, 3000, 8);
    (void)state;
    slabs_drop(s);
    struct thing c = taken(shared, 41, 9);
    slabs_drop(shared);
    give(shared, &a);
    give(shared, &c);
    give(shared, &b); /* the last: the slabs go with it, or a sanitizer would find them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_out_is_left_alone),
        cmocka_unit_test(every_size_fits),
        cmocka_unit_test(memory_comes_again),
        cmocka_unit_test(a_block_does_not_come_and_go),
        cmocka_unit_test(what_was_taken_outlives_its_holders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
