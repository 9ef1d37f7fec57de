/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots by id, against going through a list. */
#include "base/prng.h"
#include "base/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROUNDS 2000

static int search(const uint64_t ids[LIMIT_MEMBERS], uint64_t id)
{
    for (int slot = 0; slot < LIMIT_MEMBERS; slot++) {
        if (ids[slot] == id)
            return slot;
    }
    return -1;
}

static void nobody_is_in_an_empty_one(void **state)
{
    struct roster r = {0};
    (void)state;
    for (uint64_t id = 0; id < 1000; id++)
        assert_int_equal(roster_find(&r, id), -1);
    roster_add(&r, 7, 5);
    assert_int_equal(roster_find(&r, 5), 7);
    assert_int_equal(roster_find(&r, 0), -1);
    roster_clear(&r);
    assert_int_equal(roster_find(&r, 5), -1);
    roster_add(&r, 7, 5); /* the slot is free again */
}

/* Few different ids, so that many are looked for that are, or were, there; and ids that differ in
 * their upper or in their lower bits only. */
static uint64_t draw(struct prng *p)
{
    uint64_t id = 1 + prng_below(p, 300);
    return prng_chance(p, 0.5) ? id : id << 55 | id >> 9;
}

static void finds_as_a_search_does(void **state)
{
    struct prng p = prng_seed(1);
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct roster r = {0};
        uint64_t ids[LIMIT_MEMBERS] = {0};
        unsigned wanted = (unsigned)prng_below(&p, LIMIT_MEMBERS + 1);
        for (unsigned i = 0; i < wanted; i++) {
            unsigned slot = (unsigned)prng_below(&p, LIMIT_MEMBERS);
            uint64_t id = draw(&p);
            if (id == 0 || ids[slot] != 0 || search(ids, id) >= 0)
                continue;
            ids[slot] = id;
            roster_add(&r, slot, id);
        }
        for (int slot = 0; slot < LIMIT_MEMBERS; slot++)
            assert_true(ids[slot] == 0 || roster_find(&r, ids[slot]) == slot);
        for (unsigned i = 0; i < 100; i++) {
            uint64_t id = draw(&p);
            assert_int_equal(roster_find(&r, id), id == 0 ? -1 : search(ids, id));
        }
    }
}

/* All of them lead to the last place: the search goes round, and ends. */
static void hashes_may_be_equal(void **state)
{
    struct roster r = {0};
    uint64_t ids[LIMIT_MEMBERS], id = 0;
    (void)state;
    for (unsigned slot = 0; slot < LIMIT_MEMBERS; slot++) {
        do
            id++;
        while (roster_hash(id) != ROSTER_PLACES - 1);
        ids[slot] = id;
        roster_add(&r, slot, id);
    }
    for (unsigned slot = 0; slot < LIMIT_MEMBERS; slot++)
        assert_int_equal(roster_find(&r, ids[slot]), slot);
    do
        id++;
    while (roster_hash(id) != ROSTER_PLACES - 1);
    assert_int_equal(roster_find(&r, id), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_in_an_empty_one),
        cmocka_unit_test(finds_as_a_search_does),
        cmocka_unit_test(hashes_may_be_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
