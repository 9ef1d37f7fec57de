/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all workers look up: found while it grows, each once. */
#include "base/prng.h"
#include "emulator/explore/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

#define MANY    200000u
#define READERS 3u

static void value_of(uint64_t key, uint64_t ret[EX_VALUE_WORDS])
{
    ret[0] = prng_mix(key);
    ret[1] = ~key;
}

static void add(struct ex_table *t, uint64_t key)
{
    uint64_t value[EX_VALUE_WORDS];
    value_of(key, value);
    ex_table_add(t, key, value);
}

static bool is_there(const struct ex_table *t, uint64_t key)
{
    uint64_t value[EX_VALUE_WORDS], right[EX_VALUE_WORDS];
    if (!ex_table_find(t, key, value))
        return false;
    value_of(key, right);
    assert_memory_equal(value, right, sizeof(value));
    return true;
}

static void test_alone(void **state)
{
    (void)state;
    struct ex_table t;
    uint64_t at = 0, key, value[EX_VALUE_WORDS], sum = 0;
    ex_table_init(&t);
    for (uint64_t i = 1; i <= MANY; i++) {
        assert_false(is_there(&t, i));
        add(&t, i);
        assert_true(is_there(&t, i));
        assert_true(is_there(&t, 1 + prng_mix(i) % i));
    }
    assert_int_equal(ex_table_count(&t), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(ex_table_each(&t, &at, &key, value));
        sum += key;
    }
    assert_false(ex_table_each(&t, &at, &key, value));
    assert_int_equal(sum, (uint64_t)MANY * (MANY + 1) / 2);
    ex_table_free(&t);
}

struct reading {
    const struct ex_table *table;
    const _Atomic uint64_t *added; /* keys 1.. are there */
    bool all_there;
};

/* What was added before is there, and what is being added is there with its value or not at all. */
static void *read_all(void *arg)
{
    struct reading *r = arg;
    uint64_t added = 0, value[EX_VALUE_WORDS], right[EX_VALUE_WORDS];
    r->all_there = true;
    for (uint64_t i = 0; added < MANY; i++) {
        added = atomic_load_explicit(r->added, memory_order_acquire);
        uint64_t key = i % 2 == 0 ? added + 1 : 1 + prng_mix(i) % (added + 1);
        bool there = ex_table_find(r->table, key, value);
        value_of(key, right);
        if (there ? memcmp(value, right, sizeof(value)) != 0 : key <= added)
            r->all_there = false;
    }
    return NULL;
}

static void test_while_it_grows(void **state)
{
    (void)state;
    struct ex_table t;
    _Atomic uint64_t added = 0;
    pthread_t threads[READERS];
    struct reading readings[READERS];
    ex_table_init(&t);
    for (uint32_t i = 0; i < READERS; i++) {
        readings[i] = (struct reading){&t, &added, false};
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readings[i]), 0);
    }
    for (uint64_t i = 1; i <= MANY; i++) {
        add(&t, i);
        atomic_store_explicit(&added, i, memory_order_release);
    }
    for (uint32_t i = 0; i < READERS; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_true(readings[i].all_there);
    }
    ex_table_free(&t);
}

/* Values of one hash are still different ones, the hash at either end included. */
static void test_equal_hashes(void **state)
{
    (void)state;
    static struct ex_pool p;
    const uint64_t hashes[] = {0, 7, UINT64_MAX};
    ex_pool_init(&p, sizeof(uint64_t));
    for (uint64_t i = 0; i < 300; i++) {
        assert_int_equal(ex_pool_find(&p, hashes[i % 3], &i, sizeof(i)), UINT32_MAX);
        assert_int_equal(ex_pool_add(&p, hashes[i % 3], &i), i);
    }
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(ex_pool_find(&p, hashes[i % 3], &i, sizeof(i)), i);
    assert_int_equal(ex_pool_count(&p), 300);
    ex_pool_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_while_it_grows),
        cmocka_unit_test(test_equal_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
