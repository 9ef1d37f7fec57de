/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of seen states: nothing lost, nothing twice, from one thread and from many. */
#include "base/prng.h"
#include "emulator/explore/fpset.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MANY 250000u
#define JOBS 4u

static struct fpset *opened(uint32_t bits, uint64_t bytes_max)
{
    struct fpset *s = NULL;
    struct err e = {0};
    const struct fpset_options o = {.bits = bits, .bytes_max = bytes_max};
    if (fpset_open(&s, &o, &e) != 0)
        fail_msg("%s", e.text);
    return s;
}

/* The i-th of a kind: 0 evenly spread, 1 all small (as the least of many), 2 equal first words. */
static struct fingerprint nth(uint32_t kind, uint64_t i)
{
    if (kind == 2)
        return (struct fingerprint){.word = {i / 2, i % 2}};
    return (struct fingerprint){.word = {kind == 0 ? prng_mix(i) : i, 0}};
}

static void room(struct fpset *s)
{
    struct err e = {0};
    while (fpset_wants_room(s)) {
        if (fpset_grow(s, &e) != 0)
            fail_msg("%s", e.text);
    }
}

static void test_each_is_new_once(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 3; kind++) {
        struct fpset *s = opened(kind == 2 ? 128 : 64, 64u << 20);
        for (uint64_t i = 0; i < MANY; i++) {
            assert_int_equal(fpset_insert(s, nth(kind, i)), FPSET_NEW);
            assert_int_equal(fpset_insert(s, nth(kind, i)), FPSET_SEEN);
            room(s);
        }
        for (uint64_t i = 0; i < MANY; i++)
            assert_int_equal(fpset_insert(s, nth(kind, i)), FPSET_SEEN);
        assert_int_equal(fpset_count(s), MANY);
        for (uint64_t i = MANY; i < 2 * MANY; i++) {
            assert_int_equal(fpset_insert(s, nth(kind, i)), FPSET_NEW);
            room(s);
        }
        fpset_close(s);
    }
}

static void test_zero_is_a_fingerprint(void **state)
{
    (void)state;
    static const struct fingerprint all[] = {{{0, 0}}, {{0, 7}}, {{UINT64_MAX, 0}}, {{7, 0}}};
    struct fpset *s = opened(128, FPSET_BYTES_MIN);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        assert_int_equal(fpset_insert(s, all[i]), FPSET_NEW);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        assert_int_equal(fpset_insert(s, all[i]), FPSET_SEEN);
    fpset_close(s);
    s = opened(64, FPSET_BYTES_MIN);
    assert_int_equal(fpset_insert(s, all[0]), FPSET_NEW);
    assert_int_equal(fpset_insert(s, all[1]), FPSET_SEEN); /* the second word does not count */
    fpset_close(s);
}

static void test_memory_stays_within_sixteen_bytes(void **state)
{
    (void)state;
    struct fpset *s = opened(64, 64u << 20);
    for (uint64_t i = 0; i < MANY; i++) {
        assert_int_equal(fpset_insert(s, nth(0, i)), FPSET_NEW);
        room(s);
        if (i > 100000)
            assert_true(fpset_bytes(s) < i * 16);
    }
    fpset_close(s);
}

/* Until the limit, and some more: what does not fit is refused, what is in stays in. */
static void fill(uint32_t bits, uint64_t bytes_max)
{
    struct fpset *s = opened(bits, bytes_max);
    struct err e = {0};
    uint64_t count = 0;
    while (!fpset_wants_room(s) || fpset_grow(s, &e) == 0)
        assert_int_equal(fpset_insert(s, nth(0, count++)), FPSET_NEW);
    assert_int_equal(e.code, -E_LIMIT);
    assert_true(fpset_bytes(s) <= bytes_max);
    assert_true(count * (bits / 8) > bytes_max * 3 / 4);
    for (uint64_t i = 0; i < FPSET_MARGIN; i++)
        assert_int_equal(fpset_insert(s, nth(0, count++)), FPSET_NEW);
    uint64_t in = count;
    for (uint64_t i = 0; i < 30000; i++) {
        enum fpset_answer answer = fpset_insert(s, nth(0, count + i));
        assert_true(answer != FPSET_SEEN);
        in += answer == FPSET_NEW;
    }
    assert_int_equal(fpset_count(s), in);
    assert_true(in * (bits / 8) <= bytes_max);
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(fpset_insert(s, nth(0, i)), FPSET_SEEN);
    assert_int_equal(fpset_grow(s, &e), -E_LIMIT);
    fpset_close(s);
}

static void test_the_limit_is_kept(void **state)
{
    (void)state;
    fill(64, FPSET_BYTES_MIN);
    fill(64, (5u << 20) + 12345);
    fill(128, 3u << 20);
    struct fpset *s = NULL;
    struct err e = {0};
    const struct fpset_options o = {.bits = 64, .bytes_max = FPSET_BYTES_MIN - 1};
    assert_int_equal(fpset_open(&s, &o, &e), -E_INVALID);
}

static void test_room_can_be_made_ahead(void **state)
{
    (void)state;
    struct fpset *s = opened(64, 64u << 20);
    struct err e = {0};
    assert_int_equal(fpset_insert(s, nth(0, 0)), FPSET_NEW);
    assert_int_equal(fpset_reserve(s, MANY, &e), 0);
    for (uint64_t i = 1; i < MANY; i++) {
        assert_int_equal(fpset_insert(s, nth(0, i)), FPSET_NEW);
        assert_false(fpset_wants_room(s));
    }
    assert_int_equal(fpset_insert(s, nth(0, 0)), FPSET_SEEN);
    assert_int_equal(fpset_reserve(s, 1ull << 40, &e), -E_LIMIT);
    fpset_close(s);
}

/* Threads that insert the same fingerprints in different orders, and one that makes room meanwhile:
 * those inserting meet it at a barrier after each part. */
struct crowd {
    struct fpset *s;
    pthread_barrier_t barrier;
    uint32_t kind;
};

struct one_of_many {
    struct crowd *crowd;
    uint64_t start, fresh;
    int code;
    pthread_t thread;
};

#define PART 8192u

static void *insert_all(void *arg)
{
    struct one_of_many *one = arg;
    struct crowd *crowd = one->crowd;
    for (uint64_t i = 0; i < MANY; i++) {
        if (i % PART == 0) {
            if (pthread_barrier_wait(&crowd->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
                one->code = fpset_reserve(crowd->s, fpset_count(crowd->s) + JOBS * PART, NULL);
            pthread_barrier_wait(&crowd->barrier);
        }
        /* In parts that overlap with the others', each from another end. */
        uint64_t at = one->start % 2 == 0 ? i : i / PART * PART + (PART - 1 - i % PART);
        struct fingerprint f = nth(crowd->kind, (one->start / 2 * PART / 2 + at) % MANY);
        fpset_prefetch(crowd->s, f);
        enum fpset_answer answer = fpset_insert(crowd->s, f);
        if (answer == FPSET_FULL)
            one->code = -E_LIMIT;
        one->fresh += answer == FPSET_NEW;
    }
    return NULL;
}

static void test_of_many_threads_one_is_first(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 3; kind++) {
        struct crowd crowd = {.s = opened(kind == 2 ? 128 : 64, 64u << 20), .kind = kind};
        struct one_of_many all[JOBS];
        pthread_barrier_init(&crowd.barrier, NULL, JOBS);
        for (uint64_t i = 0; i < JOBS; i++) {
            all[i] = (struct one_of_many){.crowd = &crowd, .start = i};
            assert_int_equal(pthread_create(&all[i].thread, NULL, insert_all, &all[i]), 0);
        }
        uint64_t fresh = 0;
        for (uint32_t i = 0; i < JOBS; i++) {
            assert_int_equal(pthread_join(all[i].thread, NULL), 0);
            assert_int_equal(all[i].code, 0);
            fresh += all[i].fresh;
        }
        pthread_barrier_destroy(&crowd.barrier);
        assert_int_equal(fresh, MANY);
        assert_int_equal(fpset_count(crowd.s), MANY);
        for (uint64_t i = 0; i < MANY; i++)
            assert_int_equal(fpset_insert(crowd.s, nth(kind, i)), FPSET_SEEN);
        fpset_close(crowd.s);
    }
}

static bool near(double a, double b)
{
    return a > b * 0.999999 && a < b * 1.000001;
}

static void test_chances(void **state)
{
    (void)state;
    assert_true(fpset_missed_chance(0, 0, 64, 1) == 0);
    assert_true(fpset_missed_chance(1, 1000, 64, 1) == 0);
    /* 2^33 states, seen often: 2^33 (2^33 - 1) / 2 pairs. */
    assert_true(near(fpset_missed_chance(1ull << 33, 1ull << 36, 64, 1), 1.0));
    assert_true(near(fpset_missed_chance(1ull << 30, 1ull << 36, 64, 1), 0x1p-5));
    assert_true(near(fpset_missed_chance(1ull << 30, 1ull << 36, 128, 1), 0x1p-69));
    /* Hardly any answer was "seen". */
    assert_true(near(fpset_missed_chance(1ull << 30, (1ull << 30) + 1024, 64, 1), 0x1p-24));
    /* The least of six: 36/11 as often. */
    assert_true(near(fpset_missed_chance(1ull << 30, 1ull << 36, 64, 6), 0x1p-5 * 36 / 11));
    assert_true(fpset_missed_chance(UINT64_MAX / 2, UINT64_MAX, 64, 24) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_new_once),
        cmocka_unit_test(test_zero_is_a_fingerprint),
        cmocka_unit_test(test_memory_stays_within_sixteen_bytes),
        cmocka_unit_test(test_the_limit_is_kept),
        cmocka_unit_test(test_room_can_be_made_ahead),
        cmocka_unit_test(test_of_many_threads_one_is_first),
        cmocka_unit_test(test_chances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
