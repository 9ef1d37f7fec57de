/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/prng.h"
#include "kv/kv.h"
#include "kv/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a naive twin: a sorted array ---- */

#define TWIN_MAX 600

struct twin_item {
    char key[16];
    char value[40];
    uint64_t rev;
};

struct twin {
    struct twin_item items[TWIN_MAX];
    size_t count;
};

static size_t twin_position(const struct twin *t, const char *key)
{
    size_t i = 0;
    while (i < t->count && strcmp(t->items[i].key, key) < 0)
        i++;
    return i;
}

static bool twin_has(const struct twin *t, size_t at, const char *key)
{
    return at < t->count && strcmp(t->items[at].key, key) == 0;
}

static void twin_put(struct twin *t, const char *key, const char *value, uint64_t rev)
{
    size_t at = twin_position(t, key);
    if (!twin_has(t, at, key)) {
        assert_true(t->count < TWIN_MAX);
        memmove(&t->items[at + 1], &t->items[at], (t->count++ - at) * sizeof(t->items[0]));
    }
    (void)snprintf(t->items[at].key, sizeof(t->items[at].key), "%s", key);
    (void)snprintf(t->items[at].value, sizeof(t->items[at].value), "%s", value);
    t->items[at].rev = rev;
}

static bool twin_delete(struct twin *t, const char *key)
{
    size_t at = twin_position(t, key);
    if (!twin_has(t, at, key))
        return false;
    memmove(&t->items[at], &t->items[at + 1], (--t->count - at) * sizeof(t->items[0]));
    return true;
}

static void expect_item(const struct kv_item *item, const struct twin_item *twin)
{
    assert_true(span_equal(item->key, span_str(twin->key)));
    assert_true(span_equal(item->value, span_str(twin->value)));
    assert_int_equal(item->rev, twin->rev);
}

/* Walks both in order. */
static void expect_equal(const struct kv *kv, const struct twin *t)
{
    struct kv_item item = {0};
    assert_int_equal(kv_count(kv), t->count);
    bool more = kv_at_or_after(kv, (struct span){0}, &item);
    for (size_t i = 0; i < t->count; i++) {
        assert_true(more);
        expect_item(&item, &t->items[i]);
        more = kv_after(kv, item.key, &item);
    }
    assert_false(more);
}

/* The digest and the size of a map built afresh from the twin, in another order. */
static void expect_same_sums(const struct kv *kv, const struct twin *t)
{
    struct kv *fresh = kv_new();
    for (size_t i = t->count; i > 0; i--)
        kv_put(fresh, span_str(t->items[i - 1].key), span_str(t->items[i - 1].value),
               t->items[i - 1].rev);
    assert_int_equal(kv_digest(kv), kv_digest(fresh));
    assert_int_equal(kv_bytes(kv), kv_bytes(fresh));
    kv_free(fresh);
}

static void random_key(struct prng *p, char key[16])
{
    (void)snprintf(key, 16, "k%03u", (unsigned)prng_below(p, TWIN_MAX));
}

static void random_step(struct prng *p, struct kv *kv, struct twin *t, uint64_t rev)
{
    char key[16], value[24];
    random_key(p, key);
    (void)snprintf(value, sizeof(value), "v%llu", (unsigned long long)prng_below(p, 1000));
    size_t at = twin_position(t, key);
    /* Phases of mostly growing and mostly shrinking reach splits and merges of every kind. */
    bool grow = rev / 2000 % 2 == 0;
    if (prng_chance(p, grow ? 0.8 : 0.2)) {
        kv_put(kv, span_str(key), span_str(value), rev);
        twin_put(t, key, value, rev);
    } else if (prng_chance(p, 0.05) && twin_has(t, at, key) && strlen(t->items[at].value) < 30) {
        char longer[40];
        (void)snprintf(longer, sizeof(longer), "%.32s+", t->items[at].value);
        kv_append(kv, span_str(key), span_str("+"), rev);
        twin_put(t, key, longer, rev);
    } else {
        bool had = twin_delete(t, key);
        assert_int_equal(kv_delete(kv, span_str(key)), had);
    }
    struct kv_item item;
    at = twin_position(t, key);
    assert_int_equal(kv_get(kv, span_str(key), &item), twin_has(t, at, key));
    random_key(p, key);
    at = twin_position(t, key);
    assert_int_equal(kv_at_or_after(kv, span_str(key), &item), at < t->count);
    if (at < t->count)
        expect_item(&item, &t->items[at]);
}

static void test_against_the_twin(void **state)
{
    (void)state;
    struct twin *t = mem_alloc(sizeof(*t));
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct prng p = prng_seed(seed);
        struct kv *kv = kv_new();
        t->count = 0;
        for (uint64_t rev = 1; rev <= 8000; rev++) {
            random_step(&p, kv, t, rev);
            if (rev % 100 == 0) {
                expect_equal(kv, t);
                expect_same_sums(kv, t);
            }
        }
        while (t->count > 0) {
            assert_true(kv_delete(kv, span_str(t->items[t->count / 2].key)));
            (void)twin_delete(t, t->items[t->count / 2].key);
        }
        assert_int_equal(kv_digest(kv), 0);
        assert_int_equal(kv_bytes(kv), 0);
        expect_equal(kv, t);
        kv_free(kv);
    }
    free(t);
}

/* Copies taken at random moments stay what they were, whichever side goes on changing, and may be
 * freed in any order. */
static void test_copies_stand_still(void **state)
{
    (void)state;
    enum { COPIES = 6 };
    struct twin *twins = mem_array(COPIES + 1, sizeof(*twins));
    struct kv *kvs[COPIES + 1] = {kv_new()};
    struct prng p = prng_seed(9);
    for (uint64_t rev = 1; rev <= 30000; rev++) {
        size_t at = prng_below(&p, COPIES + 1);
        if (prng_chance(&p, 0.01)) { /* replace one map by a copy of another */
            size_t from = prng_below(&p, COPIES + 1);
            if (kvs[from] != NULL && from != at) {
                kv_free(kvs[at]);
                kvs[at] = kv_copy(kvs[from]);
                twins[at] = twins[from];
            }
        }
        if (kvs[at] != NULL)
            random_step(&p, kvs[at], &twins[at], rev);
        if (rev % 1000 == 0) {
            for (size_t i = 0; i <= COPIES; i++) {
                if (kvs[i] != NULL)
                    expect_equal(kvs[i], &twins[i]);
            }
        }
    }
    for (size_t i = 0; i <= COPIES; i++)
        kv_free(kvs[i]);
    free(twins);
}

/* The tree alone, its rules checked after every step, in both orders. */
static void test_tree_rules(void **state)
{
    (void)state;
    for (int order = TREE_BY_KEY; order <= TREE_BY_PLACE; order++) {
        struct tree t = {.order = (enum tree_order)order}, old = t;
        struct prng p = prng_seed((uint64_t)order + 5);
        for (int step = 0; step < 20000; step++) {
            char text[16];
            bool grow = step / 4000 % 2 == 0;
            (void)snprintf(text, sizeof(text), "%u", (unsigned)prng_below(&p, 2000));
            struct span key = span_str(text);
            if (prng_chance(&p, grow ? 0.7 : 0.3)) {
                struct item *item = item_new(key, key, (struct span){0}, 1);
                tree_put(&t, item);
                item_unref(item);
            } else {
                (void)tree_remove(&t, (struct tree_probe){key, item_place(key)});
            }
            if (step % 500 == 0) {
                tree_drop(&old);
                old = tree_copy(&t);
            }
            if (step % 10 == 0) {
                assert_null(tree_problem(&t));
                assert_null(tree_problem(&old));
            }
        }
        tree_drop(&old);
        tree_drop(&t);
    }
}

static void test_digest_sees_everything(void **state)
{
    (void)state;
    struct kv *a = kv_new(), *b = kv_new();
    assert_int_equal(kv_digest(a), 0);
    kv_put(a, span_str("x"), span_str("1"), 1);
    kv_put(a, span_str("y"), span_str("2"), 2);
    kv_put(b, span_str("y"), span_str("2"), 2);
    kv_put(b, span_str("x"), span_str("1"), 1);
    assert_int_equal(kv_digest(a), kv_digest(b));
    uint64_t before = kv_digest(a);
    kv_put(b, span_str("x"), span_str("1"), 3); /* the rev */
    assert_int_not_equal(kv_digest(b), before);
    kv_put(b, span_str("x"), span_str("2"), 1); /* the value */
    assert_int_not_equal(kv_digest(b), before);
    kv_put_until(b, span_str("x"), span_str("1"), 1, 7); /* the expiry */
    assert_int_not_equal(kv_digest(b), before);
    kv_put(b, span_str("x"), span_str("1"), 1);
    assert_int_equal(kv_digest(b), before);
    kv_put(b, span_str("z"), span_str(""), 1); /* the key */
    assert_int_not_equal(kv_digest(b), before);
    kv_clear(b);
    kv_put(b, span_str("x"), span_str("2"), 1); /* values swapped between keys */
    kv_put(b, span_str("y"), span_str("1"), 2);
    assert_int_not_equal(kv_digest(b), before);
    kv_clear(b);
    kv_put(b, span_str("xy"), span_str("1"), 1); /* a byte moved from value to key */
    kv_put(a, span_str("x"), span_str("y1"), 1);
    assert_int_not_equal(kv_digest(a), kv_digest(b));
    kv_free(a);
    kv_free(b);
}

/* Arguments may point into the map that changes. */
static void test_aliases(void **state)
{
    (void)state;
    struct kv *kv = kv_new();
    struct kv_item item;
    kv_put(kv, span_str("a"), span_str("text"), 1);
    assert_true(kv_get(kv, span_str("a"), &item));
    kv_append(kv, item.key, item.value, 2);
    assert_true(kv_get(kv, span_str("a"), &item));
    assert_true(span_equal(item.value, span_str("texttext")));
    kv_put(kv, item.value, item.key, 3);
    assert_true(kv_get(kv, span_str("texttext"), &item));
    assert_true(span_equal(item.value, span_str("a")));
    assert_true(kv_delete(kv, item.key));
    assert_int_equal(kv_count(kv), 1);
    kv_free(kv);
}

static void test_bytewise_order(void **state)
{
    (void)state;
    static const struct span keys[] = {{"", 0},   {"\0", 1}, {"\0\0", 2}, {"a", 1},    {"a\0b", 3},
                                       {"ab", 2}, {"b", 1},  {"\x7f", 1}, {"\x80", 1}, {"\xff", 1}};
    struct kv *kv = kv_new();
    for (size_t i = ARRAY_LEN(keys); i > 0; i--)
        kv_put(kv, keys[i - 1], span_str("v"), 1);
    struct kv_item item;
    assert_true(kv_at_or_after(kv, (struct span){0}, &item));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_true(span_equal(item.key, keys[i]));
        assert_int_equal(kv_after(kv, item.key, &item), i + 1 < ARRAY_LEN(keys));
    }
    kv_free(kv);
}

/* A scan in steps, with writes between them: every key that was there all the time is seen, and
 * nothing that never was. */
static void test_scan_misses_nothing(void **state)
{
    (void)state;
    struct prng p = prng_seed(3);
    struct kv *kv = kv_new();
    bool seen[500] = {false};
    char key[16];
    for (unsigned i = 0; i < 500; i++) {
        (void)snprintf(key, sizeof(key), "keep%u", i);
        kv_put(kv, span_str(key), span_str("v"), 1);
    }
    struct kv_item item;
    uint64_t place = 0, rev = 2;
    while (kv_scan_at(kv, place, &item)) {
        assert_true(kv_scan_place(item.key) >= place);
        place = kv_scan_place(item.key) + 1;
        assert_true(place <= 1ull << KV_SCAN_BITS);
        if (item.key.data[0] == 'k') {
            uint64_t number;
            assert_true(span_to_u64(span_of(item.key.data + 4, item.key.len - 4), &number));
            seen[number] = true;
        }
        for (int i = 0; i < 10; i++) {
            (void)snprintf(key, sizeof(key), "%s%u", prng_chance(&p, 0.3) ? "keep" : "temp",
                           (unsigned)prng_below(&p, 500));
            if (key[0] == 'k' || prng_chance(&p, 0.5))
                kv_put(kv, span_str(key), span_str("w"), rev++);
            else
                (void)kv_delete(kv, span_str(key));
        }
    }
    for (unsigned i = 0; i < 500; i++)
        assert_true(seen[i]);
    kv_free(kv);
}

/* Items behind one another in scan order, from a key that exists and from one that does not. */
static void test_scan_after(void **state)
{
    (void)state;
    struct kv *kv = kv_new();
    char key[16];
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        kv_put(kv, span_str(key), span_str("v"), 1);
    }
    struct kv_item item, next = {0};
    size_t count = 1;
    assert_true(kv_scan_at(kv, 0, &item));
    while (kv_scan_after(kv, item.key, &next)) {
        assert_true(kv_scan_place(next.key) > kv_scan_place(item.key));
        struct kv *copy = kv_copy(kv);
        struct kv_item again;
        assert_true(kv_delete(copy, item.key));
        assert_true(kv_scan_after(copy, item.key, &again));
        assert_true(span_equal(again.key, next.key));
        kv_free(copy);
        item = next;
        count++;
    }
    assert_int_equal(count, 200);
    kv_free(kv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_twin),
        cmocka_unit_test(test_copies_stand_still),
        cmocka_unit_test(test_tree_rules),
        cmocka_unit_test(test_digest_sees_everything),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_bytewise_order),
        cmocka_unit_test(test_scan_misses_nothing),
        cmocka_unit_test(test_scan_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
