/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hard state: no combination of torn, rotten or lost slots takes back a promise silently. */
#include "store/meta.h"

#include "base/mem.h"
#include "base/prng.h"
#include "emulator/disk/memvfs.h"
#include "store/blocks.h"
#include "store/slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define DIR  "data"
#define PATH DIR "/hardstate"
#define MARK 99u

struct bench {
    struct memvfs *m;
    struct meta *meta;
    struct meta_recovered found;
    struct err e;
};

static int open_meta(struct bench *b, bool create)
{
    return meta_open(memvfs_vfs(b->m), DIR, MARK, create, &b->meta, &b->found, &b->e);
}

static void start(struct bench *b, uint64_t seed)
{
    *b = (struct bench){.m = memvfs_new(seed)};
    assert_int_equal(open_meta(b, true), 0);
    assert_int_equal(meta_secure(b->meta, &b->e), 0);
}

static void stop(struct bench *b)
{
    meta_close(b->meta);
    memvfs_free(b->m);
}

/* Completes what is queued. */
static int complete(struct bench *b)
{
    struct vfs_op *op;
    int status;
    int code = 0;
    while (memvfs_complete(b->m, &op, &status)) {
        assert_ptr_equal(op->owner, b->meta);
        code = meta_on_done(b->meta, op, status, &b->e);
    }
    return code;
}

static int vote(struct bench *b, uint64_t term, uint64_t candidate)
{
    struct hard_state s = {.term = term, .vote = candidate, .hold_ns = 5};
    meta_set(b->meta, &s);
    assert_non_null(meta_flush(b->meta));
    return complete(b);
}

static void copy(struct bench *b)
{
    assert_non_null(meta_flush_copy(b->meta));
    assert_int_equal(complete(b), 0);
    assert_null(meta_flush_copy(b->meta));
}

static void expect_state(const struct hard_state *s, uint64_t term, uint64_t candidate)
{
    assert_int_equal(s->term, term);
    assert_int_equal(s->vote, candidate);
}

static void reopen(struct bench *b)
{
    meta_close(b->meta);
    b->meta = NULL;
    assert_int_equal(open_meta(b, false), 0);
    assert_int_equal(meta_secure(b->meta, &b->e), 0);
}

static void a_new_one_is_zero(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 1);
    expect_state(&b.found.state, 0, 0);
    assert_null(meta_flush(b.meta));
    assert_null(meta_flush_copy(b.meta));
    reopen(&b);
    expect_state(&b.found.state, 0, 0);
    assert_false(b.found.slot_lost);
    stop(&b);
}

static void a_vote_is_durable_when_its_operation_is_done(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 2);
    struct hard_state s = {.term = 3, .vote = 2, .hold_ns = 150};
    meta_set(b.meta, &s);
    assert_false(meta_is_durable(b.meta));
    assert_non_null(meta_flush(b.meta));
    assert_true(meta_in_flight(b.meta));
    s.term = 4; /* gathers meanwhile */
    s.vote = 0;
    meta_set(b.meta, &s);
    assert_null(meta_flush(b.meta));
    assert_null(meta_flush_copy(b.meta));
    assert_int_equal(complete(&b), 0);
    struct hard_state durable = *meta_durable(b.meta);
    expect_state(&durable, 3, 2);
    assert_false(meta_is_durable(b.meta));
    assert_null(meta_flush_copy(b.meta)); /* the change first */
    assert_non_null(meta_flush(b.meta));
    assert_int_equal(complete(&b), 0);
    assert_true(meta_is_durable(b.meta));
    memvfs_crash(b.m, MEMVFS_CUT_LOSE);
    reopen(&b);
    expect_state(&b.found.state, 4, 0);
    assert_int_equal(b.found.state.hold_ns, 150);
    stop(&b);
}

/* R-PERS-2 */
static void changes_alternate_and_copies_follow(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 3);
    for (uint64_t term = 1; term <= 20; term++) {
        assert_int_equal(vote(&b, term, term % 3), 0);
        if (term % 3 == 0)
            copy(&b);
        /* Whichever slot is lost while the write of the next one has not begun: at worst the
         * change before the last copy. */
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            struct bench other = {.m = memvfs_clone(b.m, term)};
            size_t len;
            uint8_t *bytes = memvfs_bytes(other.m, PATH, &len);
            bytes[slot * VFS_BLOCK + 20] ^= 1;
            memvfs_bytes_changed(other.m, PATH);
            assert_int_equal(open_meta(&other, false), 0);
            assert_true(other.found.slot_lost);
            assert_true(other.found.state.term == term ||
                        (term % 3 != 0 && other.found.state.term == term - 1));
            meta_close(other.meta);
            memvfs_free(other.m);
        }
    }
    reopen(&b);
    expect_state(&b.found.state, 20, 2);
    stop(&b);
}

/* A write of the next state torn at every sector, and rot in either slot after a copy. */
static void a_torn_write_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    for (unsigned copied = 0; copied < 2; copied++) {
        for (uint64_t seed = 0; seed < 100; seed++) {
            struct bench b;
            start(&b, seed);
            memvfs_set_direct(b.m, seed % 2 == 0);
            assert_int_equal(vote(&b, 7, 1), 0);
            if (copied)
                copy(&b);
            struct hard_state s = {.term = 8, .vote = 3, .hold_ns = 5};
            meta_set(b.meta, &s);
            assert_non_null(meta_flush(b.meta));
            memvfs_crash(b.m, seed < 50 ? MEMVFS_CUT_RANDOM : MEMVFS_KILL);
            reopen(&b);
            bool old = b.found.state.term == 7 && b.found.state.vote == 1;
            bool new = b.found.state.term == 8 && b.found.state.vote == 3;
            assert_true(old || new);
            uint64_t term = b.found.state.term;
            memvfs_crash(b.m, MEMVFS_CUT_LOSE); /* what a start reports stays */
            reopen(&b);
            assert_int_equal(b.found.state.term, term);
            assert_false(b.found.slot_lost);
            stop(&b);
        }
    }
}

static void who_stops_finishes_the_write(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bench b;
        start(&b, seed);
        assert_int_equal(vote(&b, 1, 1), 0);
        struct hard_state s = {.term = 2, .vote = 2, .hold_ns = 5};
        meta_set(b.meta, &s);
        assert_non_null(meta_flush(b.meta));
        memvfs_crash(b.m, MEMVFS_STOP);
        reopen(&b);
        expect_state(&b.found.state, 2, 2);
        assert_false(b.found.slot_lost);
        stop(&b);
    }
}

static void a_failed_write_is_final_and_nothing_durable_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 80; seed++) {
        struct bench b;
        start(&b, seed);
        memvfs_set_direct(b.m, seed % 2 == 0);
        reopen(&b);
        assert_int_equal(vote(&b, 1, 1), 0);
        assert_int_equal(vote(&b, 2, 2), 0);
        memvfs_fail_call(b.m, 1 + seed / 2 % 2, seed % 3 == 0 ? -E_NOSPACE : -E_IO);
        assert_true(vote(&b, 3, 3) < 0);
        assert_true(meta_failed(b.meta));
        assert_null(meta_flush(b.meta));
        assert_null(meta_flush_copy(b.meta));
        struct hard_state durable = *meta_durable(b.meta);
        expect_state(&durable, 2, 2);
        /* The process ends and starts again; then, at any call of that start, the power fails. */
        memvfs_crash(b.m, MEMVFS_KILL);
        meta_close(b.meta);
        assert_int_equal(open_meta(&b, false), 0);
        uint64_t seen = b.found.state.term;
        assert_true(seen == 2 || seen == 3);
        memvfs_halt_at(b.m, 1 + seed / 4 % 5);
        bool secured = meta_secure(b.meta, &b.e) == 0;
        memvfs_crash(b.m, (enum memvfs_crash)(1 + seed % 3));
        reopen(&b);
        assert_true(b.found.state.term >= 2);
        if (secured)
            assert_int_equal(b.found.state.term, seen);
        stop(&b);
    }
}

/* Puts two slots on disk and opens. seq 0 = an invalid slot. */
static int open_slots(struct bench *b, const uint64_t seq[2], const struct hard_state s[2])
{
    *b = (struct bench){.m = memvfs_new(1)};
    struct blocks block = {0};
    blocks_reserve(&block, SLOTS * VFS_BLOCK);
    for (unsigned i = 0; i < SLOTS; i++) {
        slot_encode(block.data + i * VFS_BLOCK, i, MARK, seq[i], &s[i]);
        if (seq[i] == 0)
            block.data[i * VFS_BLOCK + 30] ^= 4;
    }
    memvfs_put(b->m, PATH, block.data, SLOTS * VFS_BLOCK);
    blocks_free(&block);
    return open_meta(b, false);
}

#define STATE(t, v, h)                           \
    {                                            \
        .term = (t), .vote = (v), .hold_ns = (h) \
    }

static void every_combination_of_slots_has_its_verdict(void **state)
{
    (void)state;
    const struct {
        uint64_t seq[2];
        struct hard_state s[2];
        int code;
        uint64_t term;
    } cases[] = {
        {{4, 4}, {STATE(7, 1, 5), STATE(7, 1, 5)}, 0, 7},       /* copies */
        {{5, 4}, {STATE(8, 0, 5), STATE(7, 1, 5)}, 0, 8},       /* the newer one */
        {{4, 5}, {STATE(7, 0, 5), STATE(7, 1, 5)}, 0, 7},       /* a vote added */
        {{0, 5}, {STATE(9, 9, 5), STATE(7, 1, 5)}, 0, 7},       /* one lost */
        {{5, 0}, {STATE(7, 1, 5), STATE(9, 9, 5)}, 0, 7},       /* one lost */
        {{0, 0}, {STATE(7, 1, 5), STATE(7, 1, 5)}, -E_LOST, 0}, /* both lost */
        {{4, 4}, {STATE(7, 1, 5), STATE(7, 2, 5)}, -E_LOST, 0}, /* copies that differ */
        {{5, 4}, {STATE(6, 1, 5), STATE(7, 1, 5)}, -E_LOST, 0}, /* a falling term */
        {{5, 4}, {STATE(7, 2, 5), STATE(7, 1, 5)}, -E_LOST, 0}, /* a changed vote */
        {{5, 4}, {STATE(7, 0, 5), STATE(7, 1, 5)}, -E_LOST, 0}, /* a vote taken back */
        {{5, 4}, {STATE(7, 1, 4), STATE(7, 1, 5)}, -E_LOST, 0}, /* a shorter hold */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        assert_int_equal(open_slots(&b, cases[i].seq, cases[i].s), cases[i].code);
        if (cases[i].code == 0)
            assert_int_equal(b.found.state.term, cases[i].term);
        else
            assert_non_null(strstr(b.e.text, "must never vote again: replace the member"));
        stop(&b);
    }
}

static void files_of_others_are_refused_by_name(void **state)
{
    (void)state;
    struct bench b = {.m = memvfs_new(1)};
    assert_int_equal(open_meta(&b, false), -E_LOST);
    assert_non_null(strstr(b.e.text, "missing"));
    assert_int_equal(meta_open(memvfs_vfs(b.m), DIR, MARK + 1, true, &b.meta, &b.found, &b.e), 0);
    meta_close(b.meta);
    b.meta = NULL;
    assert_int_equal(open_meta(&b, false), -E_MISMATCH);

    size_t len;
    uint8_t *bytes = memvfs_bytes(b.m, PATH, &len);
    uint8_t *swap = mem_dup(bytes, VFS_BLOCK); /* slots in each other's places */
    memcpy(bytes, bytes + VFS_BLOCK, VFS_BLOCK);
    memcpy(bytes + VFS_BLOCK, swap, VFS_BLOCK);
    memvfs_bytes_changed(b.m, PATH);
    free(swap);
    assert_int_equal(meta_open(memvfs_vfs(b.m), DIR, MARK + 1, false, &b.meta, &b.found, &b.e),
                     -E_MISMATCH);
    const size_t lens[] = {0, 1, 55, VFS_BLOCK - 1};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        memvfs_put(b.m, PATH, NULL, lens[i]);
        assert_int_equal(open_meta(&b, false), -E_LOST);
    }
    memvfs_free(b.m);
}

static void half_a_file_is_completed(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    assert_int_equal(vote(&b, 9, 1), 0);
    copy(&b);
    size_t len;
    uint8_t *bytes = memvfs_bytes(b.m, PATH, &len);
    uint8_t *first = mem_dup(bytes, VFS_BLOCK);
    meta_close(b.meta);
    b.meta = NULL;
    memvfs_put(b.m, PATH, first, VFS_BLOCK);
    free(first);
    assert_int_equal(open_meta(&b, false), 0);
    assert_true(b.found.slot_lost);
    expect_state(&b.found.state, 9, 1);
    assert_int_equal(meta_secure(b.meta, &b.e), 0);
    reopen(&b);
    assert_false(b.found.slot_lost);
    stop(&b);
}

/* Random votes, copies, crashes: what was durable never comes back older. */
static void random_votes_and_crashes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct bench b;
        struct prng prng = prng_named(seed, "votes");
        start(&b, seed);
        struct hard_state flight = {0}, durable = {0};
        for (unsigned i = 0; i < 120; i++) {
            struct hard_state s = *meta_wanted(b.meta);
            switch (prng_below(&prng, 8)) {
            case 0:
                s.term++;
                s.vote = prng_below(&prng, 3);
                break;
            case 1: s.vote = s.vote != 0 ? s.vote : 1 + prng_below(&prng, 3); break;
            case 2: s.hold_ns++; break;
            case 3: (void)meta_flush_copy(b.meta); break;
            case 4:
            case 5:
                if (meta_flush(b.meta) != NULL)
                    flight = *meta_wanted(b.meta);
                break;
            default: assert_int_equal(complete(&b), 0); break;
            }
            meta_set(b.meta, &s);
            durable = *meta_durable(b.meta);
            if (prng_below(&prng, 20) == 0) {
                bool flying = meta_in_flight(b.meta);
                memvfs_crash(b.m, (enum memvfs_crash)prng_below(&prng, 4));
                memvfs_set_direct(b.m, prng_below(&prng, 2) == 0);
                reopen(&b);
                const struct hard_state *f = &b.found.state;
                assert_true(hard_state_equal(f, &durable) ||
                            (flying && hard_state_equal(f, &flight)));
            }
        }
        stop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_one_is_zero),
        cmocka_unit_test(a_vote_is_durable_when_its_operation_is_done),
        cmocka_unit_test(changes_alternate_and_copies_follow),
        cmocka_unit_test(a_torn_write_leaves_the_old_or_the_new),
        cmocka_unit_test(who_stops_finishes_the_write),
        cmocka_unit_test(a_failed_write_is_final_and_nothing_durable_is_lost),
        cmocka_unit_test(every_combination_of_slots_has_its_verdict),
        cmocka_unit_test(files_of_others_are_refused_by_name),
        cmocka_unit_test(half_a_file_is_completed),
        cmocka_unit_test(random_votes_and_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
