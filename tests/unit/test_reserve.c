/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program's reserve, seen through mem.h: what is out never overlaps or changes, zeroes are
 * zeroes, memory comes again, so that the same load twice needs no more, and beyond the reserve it
 * goes on with the C library's. */
#include "base/mem.h"
#include "base/prng.h"
#include "base/reserve.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RESERVE_BYTES (32u << 20)
#define THINGS        300
#define MOVES         20000

struct thing {
    uint8_t *bytes; /* NULL: there is none */
    size_t size;
    uint8_t filled_with;
};

static bool all_are(const uint8_t *bytes, size_t size, uint8_t with)
{
    return size == 0 || (bytes[0] == with && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Mostly small, now and then some pages. */
static size_t draw_size(struct prng *rnd)
{
    return (size_t)prng_below(rnd, prng_below(rnd, 8) == 0 ? 5 * RESERVE_PAGE_BYTES : 600);
}

static struct thing taken(struct prng *rnd, uint8_t with)
{
    struct thing t = {NULL, draw_size(rnd), with};
    switch (prng_below(rnd, 3)) {
    case 0:
        t.bytes = mem_alloc(t.size);
        assert_true(all_are(t.bytes, t.size, 0));
        break;
    case 1:
        t.bytes = mem_aligned(4096, t.size + 1);
        assert_int_equal((uintptr_t)t.bytes % 4096, 0);
        break;
    default: t.bytes = mem_grow(NULL, t.size + 1, 1); break;
    }
    assert_int_equal((uintptr_t)t.bytes % 16, 0);
    memset(t.bytes, with, t.size);
    return t;
}

static void grown(struct thing *t, struct prng *rnd)
{
    size_t size = t->size + draw_size(rnd);
    t->bytes = mem_grow(t->bytes, size + 1, 1);
    assert_true(all_are(t->bytes, t->size, t->filled_with));
    memset(t->bytes, t->filled_with, size);
    t->size = size;
}

static void given(struct thing *t)
{
    assert_true(all_are(t->bytes, t->size, t->filled_with));
    mem_free(t->bytes);
    *t = (struct thing){0};
}

static void load(void)
{
    static struct thing things[THINGS];
    struct prng rnd = prng_named(5, "reserve");
    for (int i = 0; i < MOVES; i++) {
        struct thing *t = &things[prng_below(&rnd, THINGS)];
        if (t->bytes == NULL)
            *t = taken(&rnd, (uint8_t)i);
        else if (prng_below(&rnd, 4) == 0 && t->size < RESERVE_PAGE_BYTES)
            grown(t, &rnd);
        else
            given(t);
    }
    for (int i = 0; i < THINGS; i++) {
        if (things[i].bytes != NULL)
            given(&things[i]);
    }
}

static void without_one_the_c_library_serves(void **state)
{
    (void)state;
    uint8_t *before = mem_alloc(100);
    assert_int_equal(reserve_room(before), 0);
    assert_int_equal(reserve_room(NULL), 0);
    load();
    mem_free(before);
    mem_free(NULL);
}

static void what_is_out_is_left_alone(void **state)
{
    (void)state;
    uint8_t *before = mem_dup("before", 6);
    static uint8_t memory[RESERVE_BYTES];
    (void)reserve_open(memory, sizeof(memory));
    load(); /* under a sanitizer there is none now either */
    before = mem_grow(before, 20000, 1);
    assert_int_equal(reserve_room(before), 0); /* it stays where it came from */
    assert_memory_equal(before, "before", 6);
    mem_free(before);
}

static void the_same_again_needs_no_more(void **state)
{
    (void)state;
    load();
    size_t used = reserve_used();
    static uint8_t other[2 * RESERVE_BYTES];
    assert_false(reserve_open(other, sizeof(other))); /* there is one */
    for (int i = 0; i < 5; i++)
        load();
    assert_int_equal(reserve_used(), used);
}

static void room_is_what_was_asked_for(void **state)
{
    (void)state;
    for (size_t size = 1; size < 9 * RESERVE_PAGE_BYTES && reserve_used() > 0;
         size += 1 + size / 7) {
        uint8_t *p = mem_alloc(size);
        size_t room = reserve_room(p);
        assert_true(room >= size);
        assert_true(room < 16 + size + size / 4 + RESERVE_PAGE_BYTES * (size > 4096));
        assert_ptr_equal(mem_grow(p, room, 1), p);
        mem_free(p);
    }
}

static void beyond_it_the_c_library_serves(void **state)
{
    static uint8_t *out[RESERVE_BYTES / (1u << 20) + 4];
    size_t beyond = 0, count = sizeof(out) / sizeof(out[0]);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        out[i] = mem_alloc(1u << 20);
        assert_true(all_are(out[i], 1u << 20, 0));
        memset(out[i], (int)i, 1u << 20);
        beyond += reserve_room(out[i]) == 0;
    }
    assert_true(beyond >= 4);
    uint8_t *aligned = mem_aligned(RESERVE_PAGE_BYTES, 1u << 21);
    assert_int_equal((uintptr_t)aligned % RESERVE_PAGE_BYTES, 0);
    mem_free(aligned);
    out[0] = mem_grow(out[0], 3u << 20, 1); /* from the reserve out of it */
    for (size_t i = 0; i < count; i++) {
        assert_true(all_are(out[i], 1u << 20, (uint8_t)i));
        mem_free(out[i]);
    }
}

static void *take_elsewhere(void *arg)
{
    uint8_t *p = mem_alloc(100);
    *(size_t *)arg = reserve_room(p);
    mem_free(p);
    load();
    return NULL;
}

static void other_threads_have_the_c_library(void **state)
{
    pthread_t other;
    size_t room = 1, used = reserve_used();
    uint8_t *own = mem_dup("own", 3);
    (void)state;
    assert_int_equal(pthread_create(&other, NULL, take_elsewhere, &room), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(room, 0);
    assert_int_equal(reserve_used(), used);
    assert_string_equal(own, "own");
    mem_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_one_the_c_library_serves),
        cmocka_unit_test(what_is_out_is_left_alone),
        cmocka_unit_test(the_same_again_needs_no_more),
        cmocka_unit_test(room_is_what_was_asked_for),
        cmocka_unit_test(other_threads_have_the_c_library),
        cmocka_unit_test(beyond_it_the_c_library_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
