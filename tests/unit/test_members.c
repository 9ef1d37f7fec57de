/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which configuration is in force, against a twin that keeps them all in a list. */
#include "base/prng.h"
#include "core/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES 2000 /* logs; each takes 40 operations: 80 000 comparisons */
#define IDS   12

struct twin {
    struct raft_config configs[64];
    uint64_t indexes[64];
    uint32_t count;
    uint64_t commit;
};

static const struct raft_member *find(const struct raft_config *c, raft_id id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return &c->members[i];
    }
    return NULL;
}

static const struct raft_config *latest(const struct twin *t)
{
    return &t->configs[t->count - 1];
}

/* The newest that has committed for certain: the one before the latest has, or there would be no
 * latest. */
static const struct raft_config *committed(const struct twin *t)
{
    bool open = t->count > 1 && t->indexes[t->count - 1] > t->commit;
    return &t->configs[t->count - 1 - open];
}

static bool votes(const struct raft_config *c, raft_id id)
{
    const struct raft_member *m = find(c, id);
    return m != NULL && (m->flags & (RAFT_VOTER | RAFT_VOTER_OLD)) != 0;
}

static struct raft_config random_config(struct prng *p)
{
    struct raft_config c = {.joint = prng_chance(p, 0.3)};
    for (raft_id id = 1; id <= IDS; id++) {
        if (!prng_chance(p, 0.4))
            continue;
        uint32_t flags = prng_chance(p, 0.7) ? RAFT_VOTER : 0;
        if (c.joint && prng_chance(p, 0.5))
            flags |= RAFT_VOTER_OLD;
        if (prng_chance(p, 0.2))
            flags |= RAFT_WITNESS;
        int32_t priority = (int32_t)prng_below(p, 5) - 2;
        c.members[c.count++] = (struct raft_member){.id = id, .flags = flags, .priority = priority};
    }
    if (c.count == 0)
        c.members[c.count++] = (struct raft_member){.id = 1, .flags = RAFT_VOTER};
    c.joint = false;
    for (uint32_t i = 0; i < c.count; i++)
        c.joint |= (c.members[i].flags & RAFT_VOTER_OLD) != 0;
    return c;
}

static void compare_member(const struct raft *r, const struct twin *t, raft_id id)
{
    const struct raft_member *now = find(latest(t), id), *before = find(committed(t), id);
    int slot = member_slot(r, id);
    assert_int_equal(slot >= 0, now != NULL || before != NULL);
    if (slot < 0)
        return;
    quorum_set bit = (quorum_set)1 << slot;
    uint32_t flags = now == NULL ? 0 : now->flags, old = before == NULL ? 0 : before->flags;
    assert_true(r->progress[slot].id == id);
    assert_int_equal((r->quorum.now & bit) != 0, (flags & RAFT_VOTER) != 0);
    assert_int_equal((r->quorum.old & bit) != 0, (flags & RAFT_VOTER_OLD) != 0);
    assert_int_equal((r->quorum_committed.now & bit) != 0, (old & RAFT_VOTER) != 0);
    assert_int_equal((r->quorum_committed.old & bit) != 0, (old & RAFT_VOTER_OLD) != 0);
    const struct raft_member *says = now != NULL ? now : before;
    assert_int_equal(member_is_witness(r, id), (says->flags & RAFT_WITNESS) != 0);
    for (int32_t priority = -3; priority <= 3; priority++)
        assert_int_equal(nodeset_has(members_above(r, priority), slot), says->priority > priority);
}

static bool is_witness(const struct twin *t, raft_id id)
{
    const struct raft_member *m = find(latest(t), id);
    if (m == NULL)
        m = find(committed(t), id);
    return m != NULL && (m->flags & RAFT_WITNESS) != 0;
}

static void compare(struct raft *r, const struct twin *t)
{
    int end = 0;
    for (raft_id id = 1; id <= IDS; id++) {
        int slot = member_slot(r, id);
        compare_member(r, t, id);
        end = slot < end ? end : slot + 1;
    }
    assert_int_equal(r->slots_end, end);
    assert_true(r->delay_ns == member_delay_ns(r));
    assert_true(r->config_indexes[r->configs_count - 1] == t->indexes[t->count - 1]);
    for (r->self = 1; r->self <= IDS; r->self++) {
        bool open = t->indexes[t->count - 1] > t->commit;
        bool may = votes(latest(t), r->self) || (open && votes(committed(t), r->self));
        assert_int_equal(member_may_campaign(r), may && !is_witness(t, r->self));
    }
    r->self = 1;
}

static void twin_truncate(struct twin *t, uint64_t index)
{
    while (t->count > 1 && t->indexes[t->count - 1] >= index)
        t->count--;
}

/* Members keep their slot and what is known of them as long as they are members. */
static void kept(const struct raft *before, const struct raft *after)
{
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        raft_id id = before->progress[i].id;
        int slot = member_slot(after, id);
        if (id == 0 || slot < 0)
            continue;
        assert_int_equal(slot, i);
        assert_true(after->progress[i].match == before->progress[i].match);
    }
}

/* An image is taken over: as the configuration in force there it brings the one that the log has,
 * or, where the log goes, another. */
static void install(struct prng *p, struct raft *r, struct twin *t, uint64_t *last)
{
    uint64_t upto = t->commit + 1 + prng_below(p, *last - t->commit + 3);
    bool reset = upto > *last || prng_chance(p, 0.3);
    uint32_t at = t->count - 1;
    while (at > 0 && t->indexes[at] > upto)
        at--;
    struct raft_config c = reset ? random_config(p) : t->configs[at];
    uint64_t index = reset ? prng_below(p, upto + 1) : t->indexes[at];
    members_install(r, &c, index, reset ? UINT64_MAX : upto, 0);
    t->commit = r->commit = upto;
    members_committed(r, 0);
    if (!reset)
        return;
    t->configs[0] = c;
    t->indexes[0] = index;
    t->count = 1;
    *last = upto;
}

static void operate(struct prng *p, struct raft *r, struct twin *t, uint64_t *last)
{
    uint64_t choice = prng_below(p, 4);
    if (prng_chance(p, 0.05)) {
        install(p, r, t, last);
        return;
    }
    if (choice <= 1 && r->configs_count < RAFT_CONFIGS && t->count < ARRAY_LEN(t->configs)) {
        struct raft_config c = random_config(p);
        *last += 1 + prng_below(p, 3);
        members_append(r, &c, *last, 0);
        t->configs[t->count] = c;
        t->indexes[t->count++] = *last;
    } else if (choice == 2 && *last > t->commit) {
        uint64_t index = t->commit + 1 + prng_below(p, *last - t->commit);
        members_truncate(r, index, 0);
        twin_truncate(t, index);
        *last = index - 1;
    } else {
        t->commit += prng_below(p, *last - t->commit + 1);
        r->commit = t->commit;
        members_committed(r, 0);
    }
}

static void like_the_twin(void **state)
{
    (void)state;
    struct prng p = prng_named(1, "members");
    struct raft *r = malloc(sizeof(*r)), *before = malloc(sizeof(*r));
    struct twin *t = malloc(sizeof(*t));
    assert_non_null(r);
    assert_non_null(before);
    assert_non_null(t);
    for (uint32_t i = 0; i < CASES; i++) {
        memset(r, 0, sizeof(*r));
        memset(t, 0, sizeof(*t));
        t->configs[0] = random_config(&p);
        t->count = 1;
        members_append(r, &t->configs[0], 0, 0);
        uint64_t last = 0;
        for (uint32_t op = 0; op < 40; op++) {
            for (uint32_t slot = 0; slot < LIMIT_MEMBERS; slot++)
                r->progress[slot].match = r->progress[slot].id == 0 ? 0 : prng_below(&p, 1000);
            *before = *r;
            operate(&p, r, t, &last);
            kept(before, r);
            compare(r, t);
        }
    }
    free(r);
    free(before);
    free(t);
}

/* Alone is who is a quorum by itself: of both halves while they differ. */
static void sole_voter(void **state)
{
    (void)state;
    struct raft *r = calloc(1, sizeof(*r));
    struct raft_config c = {.count = 2, .members = {{1, RAFT_VOTER, 0}, {2, 0, 0}}};
    assert_non_null(r);
    members_append(r, &c, 0, 0);
    r->self = 1;
    assert_true(member_sole_voter(r));
    r->self = 2;
    assert_false(member_sole_voter(r));
    r->self = 3;
    assert_false(member_sole_voter(r));
    c.joint = 1;
    c.members[1].flags = RAFT_VOTER_OLD;
    members_append(r, &c, 1, 0);
    r->self = 1;
    assert_false(member_sole_voter(r));
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_the_twin),
                                       cmocka_unit_test(sole_voter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
