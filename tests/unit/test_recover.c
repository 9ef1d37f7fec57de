/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a whole directory: formatting broken off anywhere, files missing, exchanged, older
 * than each other; each has its own verdict. */
#include "store/recover.h"

#include "base/mem.h"
#include "emulator/disk/memvfs.h"
#include "store/blocks.h"
#include "store/slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define DIR     "data"
#define SEGMENT (4u * VFS_BLOCK)

struct bench {
    struct memvfs *m;
    struct store_options options;
    struct store store;
    struct store_report report;
    struct err e;
};

static struct store_options options_of(uint64_t cluster, uint64_t node)
{
    return (struct store_options){
        .dir = DIR,
        .wanted = {.cluster_id = cluster,
                   .generation = 1,
                   .node_id = node,
                   .disk_id = {1, 2, 3},
                   .bootstrap_digest = 44,
                   .cluster_name = "prod"},
        .may_format = true,
        .wal = {.segment_bytes = SEGMENT, .cache_bytes = 1000},
    };
}

static int open_store(struct bench *b)
{
    b->store = (struct store){0};
    return store_open(memvfs_vfs(b->m), &b->options, &b->store, &b->report, &b->e);
}

static void start(struct bench *b, uint64_t seed)
{
    *b = (struct bench){.m = memvfs_new(seed), .options = options_of(5, 3)};
}

static void close_store(struct bench *b)
{
    store_close(&b->store);
}

static void stop(struct bench *b)
{
    close_store(b);
    memvfs_free(b->m);
}

static void complete(struct bench *b)
{
    struct vfs_op *op;
    int status;
    while (memvfs_complete(b->m, &op, &status)) {
        int code = op->owner == b->store.wal ? wal_on_done(b->store.wal, op, status, &b->e)
                                             : meta_on_done(b->store.meta, op, status, &b->e);
        assert_int_equal(code, 0);
    }
}

/* A vote, then an entry of that term that repeats it. */
static void vote_and_append(struct bench *b, uint64_t term, uint64_t candidate)
{
    struct hard_state s = {.term = term, .vote = candidate};
    struct entry e = {.index = wal_last(b->store.wal).index + 1,
                      .term = term,
                      .kind = ENTRY_DATA,
                      .len = 3,
                      .payload = (const uint8_t *)"abc"};
    meta_set(b->store.meta, &s);
    assert_non_null(meta_flush(b->store.meta));
    wal_set_hard_state(b->store.wal, term, candidate);
    wal_append(b->store.wal, &e, 1);
    assert_non_null(wal_flush(b->store.wal)); /* both in flight: they are executed in this order */
    complete(b);
}

static void an_empty_directory_is_formatted_once(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 1);
    b.options.may_format = false;
    assert_int_equal(open_store(&b), -E_NOTFOUND);
    b.options.may_format = true;
    assert_int_equal(open_store(&b), 0);
    assert_true(b.report.formatted);
    assert_int_equal(b.store.identity.incarnation, 1);
    vote_and_append(&b, 2, 3);
    close_store(&b);
    b.options.wanted.disk_id[0] = 9; /* counts only when formatting */
    assert_int_equal(open_store(&b), 0);
    assert_false(b.report.formatted);
    assert_int_equal(b.store.identity.incarnation, 2);
    assert_int_equal(b.store.identity.disk_id[0], 1);
    assert_int_equal(b.store.identity.bootstrap_digest, 44);
    assert_int_equal(b.report.meta.state.term, 2);
    assert_int_equal(b.report.wal.last.index, 1);
    assert_int_equal(b.report.wal.hard_vote, 3);
    stop(&b);
}

static void two_processes_do_not_share(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 2);
    assert_int_equal(open_store(&b), 0);
    struct bench second = {.m = b.m, .options = b.options};
    assert_int_equal(open_store(&second), -E_BUSY);
    stop(&b);
}

static void formatting_broken_off_anywhere_is_done_again(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            struct bench b;
            start(&b, n);
            if (n % 2 == 0)
                memvfs_halt_at(b.m, n / 2 + 1);
            else
                memvfs_fail_call(b.m, n / 2 + 1, -E_NOSPACE);
            int code = open_store(&b);
            struck = memvfs_struck(b.m);
            /* The removal of leftovers may fail without harm; nothing else may. */
            if (!struck)
                assert_int_equal(code, 0);
            memvfs_crash(b.m, (enum memvfs_crash)how);
            close_store(&b);
            assert_int_equal(open_store(&b), 0);
            assert_true(code == 0 || b.report.formatted || b.store.identity.incarnation == 2);
            assert_int_equal(b.report.wal.last.index, 0);
            vote_and_append(&b, 1, 1);
            stop(&b);
        }
    }
}

static void others_directories_are_refused(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 3);
    assert_int_equal(open_store(&b), 0);
    close_store(&b);
    b.options = options_of(6, 3);
    assert_int_equal(open_store(&b), -E_MISMATCH);
    assert_non_null(strstr(b.e.text, "belongs to cluster 0000000000000005"));
    b.options = options_of(5, 4);
    assert_int_equal(open_store(&b), -E_MISMATCH);
    assert_non_null(strstr(b.e.text, "belongs to node 0000000000000003"));
    b.options = options_of(5, 3);
    memcpy(b.options.wanted.cluster_name, "other", 6);
    assert_int_equal(open_store(&b), -E_MISMATCH);
    assert_non_null(strstr(b.e.text, "the cluster named \"prod\", not \"other\""));
    b.options = options_of(0, 3); /* whichever cluster */
    b.options.may_format = false;
    assert_int_equal(open_store(&b), 0);
    assert_int_equal(b.store.identity.cluster_id, 5);
    close_store(&b);
    b.options = options_of(5, 3);
    assert_int_equal(open_store(&b), 0); /* refusing let go of the lock */
    stop(&b);
}

static void missing_files_are_not_made_again(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    assert_int_equal(open_store(&b), 0);
    vote_and_append(&b, 2, 3);
    close_store(&b);

    struct memvfs *whole = b.m;
    const char *paths[] = {DIR "/identity", DIR "/hardstate", DIR "/log-0000000000000001"};
    const int codes[] = {-E_LOST, -E_LOST, -E_CORRUPT};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        b.m = memvfs_clone(whole, i);
        memvfs_remove(b.m, paths[i]);
        assert_int_equal(open_store(&b), codes[i]);
        assert_false(memvfs_exists(b.m, paths[i]));
        memvfs_free(b.m);
    }
    b.m = memvfs_clone(whole, 9);
    for (unsigned n = 1; n <= 3; n++) {
        char path[] = DIR "/log-0000000000000000";
        path[sizeof path - 2] = (char)('0' + n);
        memvfs_remove(b.m, path);
    }
    assert_int_equal(open_store(&b), -E_LOST);
    memvfs_free(b.m);
    b.m = whole;
    assert_int_equal(open_store(&b), 0);
    stop(&b);
}

/* The hard state comes back from an older copy: the log knows better. */
/* R-PERS-3, R-PERS-10 */
static void an_older_hard_state_is_lost_hard_state(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 5);
    assert_int_equal(open_store(&b), 0);
    vote_and_append(&b, 2, 3);
    size_t len;
    uint8_t *bytes = memvfs_bytes(b.m, DIR "/hardstate", &len);
    uint8_t *old = mem_dup(bytes, len);
    vote_and_append(&b, 4, 1);
    close_store(&b);
    memvfs_put(b.m, DIR "/hardstate", old, len);
    assert_int_equal(open_store(&b), -E_LOST);
    assert_non_null(strstr(b.e.text, "term 2, vote 3) is older than the log (term 4, vote 1"));
    assert_true(memcmp(memvfs_bytes(b.m, DIR "/hardstate", &len), old, len) == 0); /* untouched */
    free(old);
    stop(&b);
}

static void the_cross_check_knows_every_order(void **state)
{
    (void)state;
    const struct {
        struct hard_state slots;
        uint64_t term, vote;
        struct wal_position last;
        bool older;
    } cases[] = {
        {{.term = 0, .vote = 0}, 0, 0, {0, 0}, false},
        {{.term = 5, .vote = 2}, 5, 2, {9, 5}, false},
        {{.term = 5, .vote = 2}, 5, 0, {9, 5}, false},
        {{.term = 6, .vote = 0}, 5, 2, {9, 5}, false},
        {{.term = 5, .vote = 0}, 5, 2, {9, 5}, true},
        {{.term = 5, .vote = 1}, 5, 2, {9, 5}, true},
        {{.term = 4, .vote = 2}, 5, 2, {9, 4}, true},
        {{.term = 4, .vote = 0}, 4, 0, {9, 5}, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_true(store_hard_state_is_older(&cases[i].slots, cases[i].term, cases[i].vote,
                                              cases[i].last) == cases[i].older);
}

/* Vote in flight, entry behind it in flight, then a crash: the slots are never behind the log. */
static void the_log_never_runs_ahead_of_the_slots(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct bench b;
        start(&b, seed);
        assert_int_equal(open_store(&b), 0);
        vote_and_append(&b, 1, 1);
        memvfs_set_direct(b.m, seed % 2 == 0);
        close_store(&b);
        assert_int_equal(open_store(&b), 0);
        struct hard_state s = {.term = 2, .vote = 2};
        struct entry e = {.index = 2, .term = 2, .kind = ENTRY_NOOP};
        meta_set(b.store.meta, &s);
        assert_non_null(meta_flush(b.store.meta));
        wal_set_hard_state(b.store.wal, 2, 2);
        wal_append(b.store.wal, &e, 1);
        assert_non_null(wal_flush(b.store.wal));
        memvfs_crash(b.m, (enum memvfs_crash)(seed % 4));
        close_store(&b);
        assert_int_equal(open_store(&b), 0);
        assert_true(b.report.meta.state.term >= b.report.wal.last.term);
        stop(&b);
    }
}

static void one_copy_of_the_identity_is_enough_and_none_is_refused(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 6);
    assert_int_equal(open_store(&b), 0);
    close_store(&b);
    size_t len;
    for (size_t i = 0; i < 80; i++) {
        for (unsigned lost = 1; lost <= 3; lost++) { /* the first, the second, both */
            struct bench o = {.m = memvfs_clone(b.m, i), .options = b.options};
            uint8_t *bytes = memvfs_bytes(o.m, DIR "/identity", &len);
            assert_int_equal(len, 2 * VFS_BLOCK);
            bytes[i] ^= (lost & 1) != 0 ? 0x20 : 0;
            bytes[VFS_BLOCK + i] ^= (lost & 2) != 0 ? 0x20 : 0;
            memvfs_bytes_changed(o.m, DIR "/identity");
            assert_int_equal(open_store(&o), lost == 3 ? -E_CORRUPT : 0);
            if (lost != 3)
                assert_int_equal(o.store.identity.incarnation, 2);
            stop(&o);
        }
    }
    const size_t lens[] = {0, 79};
    uint8_t *bytes = mem_dup(memvfs_bytes(b.m, DIR "/identity", &len), len);
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        memvfs_put(b.m, DIR "/identity", bytes, lens[i]);
        assert_int_equal(open_store(&b), -E_CORRUPT);
    }
    free(bytes);
    stop(&b);
}

/* Nothing is left on the disk: starting needs no space, and the node can vote. */
static void a_full_disk_does_not_keep_a_node_from_starting(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 9);
    assert_int_equal(open_store(&b), 0);
    memvfs_set_capacity(b.m, memvfs_used(b.m, NULL));
    for (unsigned i = 0; i < 3; i++) {
        memvfs_crash(b.m, (enum memvfs_crash)i);
        close_store(&b);
        assert_int_equal(open_store(&b), 0);
        assert_int_equal(b.store.identity.incarnation, 2 + i);
        struct hard_state s = *meta_wanted(b.store.meta);
        s.term++;
        meta_set(b.store.meta, &s);
        assert_non_null(meta_flush(b.store.meta));
        complete(&b);
        assert_true(meta_is_durable(b.store.meta));
    }
    stop(&b);
}

/* A change of the identity stopped at each call and by each crash: the old one or the new one, and
 * after a start for ever what that start said. */
static void an_identity_changes_as_a_whole(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 10);
    assert_int_equal(open_store(&b), 0);
    close_store(&b);
    struct identity old, new, now;
    assert_int_equal(identity_read(memvfs_vfs(b.m), DIR, &old, &b.e), 0);
    new = old;
    new.generation = 9;
    new.superseded = true;
    bool struck = true;
    for (uint64_t n = 1; struck; n++) {
        for (unsigned how = 0; how < 16; how++) {
            struct memvfs *m = memvfs_clone(b.m, 16 * n + how);
            if (how < 8)
                memvfs_fail_call(m, n, -E_IO);
            else
                memvfs_halt_at(m, n);
            int code = identity_write(memvfs_vfs(m), DIR, &new, &b.e);
            struck = memvfs_struck(m);
            memvfs_crash(m, (enum memvfs_crash)(how % 4));
            memvfs_fail_call(m, UINT32_MAX, -E_IO);
            assert_int_equal(identity_read(memvfs_vfs(m), DIR, &now, &b.e), 0);
            assert_true(now.generation == (now.superseded ? 9 : 1));
            assert_true(code < 0 || now.superseded);
            /* The next life, interrupted as well: what it found is not taken back. */
            bool superseded = now.superseded;
            now.incarnation++;
            memvfs_halt_at(m, 1 + n % 14);
            code = identity_write(memvfs_vfs(m), DIR, &now, &b.e);
            memvfs_crash(m, MEMVFS_CUT_RANDOM);
            struct identity last;
            assert_int_equal(identity_read(memvfs_vfs(m), DIR, &last, &b.e), 0);
            if (code == 0)
                assert_true(last.superseded == superseded && last.incarnation == now.incarnation);
            memvfs_free(m);
        }
    }
    stop(&b);
}

static void marks_and_generation_are_kept(void **state)
{
    (void)state;
    struct bench b;
    struct identity id;
    start(&b, 7);
    assert_int_equal(open_store(&b), 0);
    b.store.identity.left = true;
    b.store.identity.superseded = true;
    b.store.identity.generation = 8;
    assert_int_equal(identity_write(b.store.vfs, DIR, &b.store.identity, &b.e), 0);
    memvfs_crash(b.m, MEMVFS_CUT_LOSE);
    close_store(&b);
    assert_int_equal(identity_read(memvfs_vfs(b.m), DIR, &id, &b.e), 0);
    assert_true(id.left && id.superseded && id.formatted);
    assert_int_equal(id.generation, 8);
    assert_int_equal(open_store(&b), 0);
    assert_true(b.store.identity.left);
    stop(&b);
}

/* Each call of a start fails once, with each kind of crash: the next start succeeds and finds the
 * same; the incarnation never repeats after a start that succeeded. */
/* R-PERS-13 */
static void every_call_of_a_start_fails_once(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 8);
    assert_int_equal(open_store(&b), 0);
    vote_and_append(&b, 2, 3);
    vote_and_append(&b, 3, 1);
    close_store(&b);
    struct memvfs *whole = b.m;
    bool struck = true;
    for (uint64_t n = 1; struck; n++) {
        for (unsigned how = 0; how < 8; how++) {
            b.m = memvfs_clone(whole, n);
            memvfs_set_direct(b.m, n % 2 == 0);
            if (how < 4)
                memvfs_fail_call(b.m, n, -E_IO);
            else
                memvfs_halt_at(b.m, n);
            int code = open_store(&b);
            struck = memvfs_struck(b.m);
            assert_true(code == 0 || struck);
            memvfs_crash(b.m, (enum memvfs_crash)(how % 4));
            close_store(&b);
            assert_int_equal(open_store(&b), 0);
            assert_int_equal(b.report.meta.state.term, 3);
            assert_int_equal(b.report.wal.last.index, 2);
            assert_true(b.store.identity.incarnation >= (code == 0 ? 3 : 2));
            close_store(&b);
            memvfs_free(b.m);
        }
    }
    b.m = whole;
    stop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_directory_is_formatted_once),
        cmocka_unit_test(two_processes_do_not_share),
        cmocka_unit_test(formatting_broken_off_anywhere_is_done_again),
        cmocka_unit_test(others_directories_are_refused),
        cmocka_unit_test(missing_files_are_not_made_again),
        cmocka_unit_test(an_older_hard_state_is_lost_hard_state),
        cmocka_unit_test(the_cross_check_knows_every_order),
        cmocka_unit_test(the_log_never_runs_ahead_of_the_slots),
        cmocka_unit_test(one_copy_of_the_identity_is_enough_and_none_is_refused),
        cmocka_unit_test(a_full_disk_does_not_keep_a_node_from_starting),
        cmocka_unit_test(an_identity_changes_as_a_whole),
        cmocka_unit_test(marks_and_generation_are_kept),
        cmocka_unit_test(every_call_of_a_start_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
