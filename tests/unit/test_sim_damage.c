/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to disks: it meets the places that were asked for and no others, and equal dice damage
 * alike. */
#include "emulator/disk/damage.h"
#include "emulator/disk/memdisk.h"
#include "emulator/disk/places.h"
#include "store/batch.h"
#include "store/slot.h"
#include "tests/support/storerig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define META STORERIG_DIR "/" META_NAME

/* A directory with a log of that many batches. */
static struct storerig written(uint64_t last)
{
    struct storerig b = {.m = memvfs_new(7)};
    assert_int_equal(storerig_open(&b), 0);
    for (uint64_t i = 1; i <= last; i++)
        assert_int_equal(storerig_append(&b, i, 0), 0);
    return b;
}

static int damage(struct storerig *b, const struct world_damage *what, uint64_t seed,
                  char text[WORLD_TEXT_MAX])
{
    struct prng dice = prng_seed(seed);
    struct err e = {0};
    return damage_do(b->m, STORERIG_DIR, what, &dice, text, &e);
}

/* Bytes of the file that differ from what it was; *ret_first, *ret_last: where. */
static size_t changed(struct memvfs *m, const struct memvfs *was, const char *path,
                      size_t *ret_first, size_t *ret_last)
{
    const struct inode *now = memvfs_inode(m, path), *then = memvfs_inode(was, path);
    size_t count = 0;
    for (size_t i = 0; i < then->seen_len; i++) {
        bool differs = i >= now->seen_len || inode_seen(now, i) != inode_seen(then, i);
        if (differs && count == 0)
            *ret_first = i;
        *ret_last = differs ? i : *ret_last;
        count += differs;
        assert_true(i >= now->seen_len || inode_seen(now, i) == inode_disk(now, i));
    }
    return count;
}

/* The same over all files of the log. */
static size_t log_changed(struct memvfs *m, const struct memvfs *was)
{
    size_t count = 0, first, last;
    for (unsigned number = 1; number < 16; number++) {
        char path[VFS_PATH_MAX];
        (void)snprintf(path, sizeof(path), STORERIG_DIR "/log-%016x", number);
        if (memvfs_inode(was, path) != NULL)
            count += changed(m, was, path, &first, &last);
    }
    return count;
}

static void regions_of_the_log_are_where_its_batches_are(void **state)
{
    struct storerig b = written(5);
    struct places p;
    (void)state;
    places_find(b.m, STORERIG_DIR, WORLD_FILE_LOG, WORLD_REGION_HEADER, &p);
    assert_true(p.count >= 4); /* all but the last */
    for (size_t i = 0; i < p.count; i++) {
        assert_int_equal(p.list[i].end - p.list[i].start, BATCH_HEADER_BYTES);
        assert_int_equal(p.list[i].start % VFS_BLOCK, 0);
    }
    size_t headers = p.count;
    const struct place behind = p.list[headers - 1];
    places_free(&p);
    places_find(b.m, STORERIG_DIR, WORLD_FILE_LOG, WORLD_REGION_CRC, &p);
    assert_int_equal(p.count, 2 * headers);
    places_free(&p);
    places_find(b.m, STORERIG_DIR, WORLD_FILE_LOG, WORLD_REGION_LAST, &p);
    assert_int_equal(p.count, 1);
    assert_true(strcmp(p.list[0].path, behind.path) > 0 || p.list[0].start > behind.start);
    places_free(&p);
    places_find(b.m, STORERIG_DIR, WORLD_FILE_SNAPSHOT, WORLD_REGION_ANY, &p);
    assert_int_equal(p.count, 0);
    places_free(&p);
    storerig_stop(&b);
}

static void a_flip_changes_so_many_bytes_at_so_many_places(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct storerig b = written(5);
        struct memvfs *was = memvfs_clone(b.m, 1);
        char text[WORLD_TEXT_MAX];
        size_t first = 0, last = 0;
        const struct world_damage one = {.kind = WORLD_DAMAGE_FLIP,
                                         .files = WORLD_FILE_LOG,
                                         .region = WORLD_REGION_HEADER,
                                         .count = 1};
        assert_int_equal(damage(&b, &one, seed, text), 0);
        assert_int_equal(log_changed(b.m, was), 1);
        assert_int_equal(changed(b.m, was, META, &first, &last), 0);
        assert_non_null(strstr(text, "log-00000000000000"));
        struct world_damage both = {
            .kind = WORLD_DAMAGE_FLIP, .files = WORLD_FILE_META, .count = 2, .bytes = 3};
        assert_int_equal(damage(&b, &both, seed, text), 0);
        assert_int_equal(changed(b.m, was, META, &first, &last), 6);
        assert_true(first < VFS_BLOCK && last >= VFS_BLOCK);
        memvfs_free(was);
        storerig_stop(&b);
    }
}

static void each_kind_changes_something(void **state)
{
    static const enum world_damage_kind kinds[] = {WORLD_DAMAGE_ZERO, WORLD_DAMAGE_TRUNCATE,
                                                   WORLD_DAMAGE_MISDIRECT, WORLD_DAMAGE_STALE,
                                                   WORLD_DAMAGE_TEAR};
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct storerig b = written(5), twin = written(5);
        struct memvfs *was = memvfs_clone(b.m, 1);
        char text[WORLD_TEXT_MAX], again[WORLD_TEXT_MAX];
        bool tears = kinds[k] == WORLD_DAMAGE_TEAR;
        const struct world_damage what = {.kind = kinds[k],
                                          .files = WORLD_FILE_LOG,
                                          .region = tears ? WORLD_REGION_LAST : WORLD_REGION_MIDDLE,
                                          .count = 1};
        assert_int_equal(damage(&b, &what, 3, text), 0);
        assert_int_equal(damage(&twin, &what, 3, again), 0);
        assert_true(log_changed(b.m, was) > 0);
        assert_string_equal(text, again);
        assert_int_equal(log_changed(twin.m, b.m), 0);
        memvfs_free(was);
        storerig_stop(&b);
        storerig_stop(&twin);
    }
}

static void what_is_not_there_cannot_be_damaged(void **state)
{
    struct storerig b = written(5);
    char text[WORLD_TEXT_MAX];
    (void)state;
    assert_int_equal(damage(&b,
                            &(struct world_damage){.kind = WORLD_DAMAGE_FLIP,
                                                   .files = WORLD_FILE_SNAPSHOT,
                                                   .count = 1},
                            1, text),
                     -E_NOTFOUND);
    storerig_stop(&b);
}

/* ---- writes that are broken off ---- */

#define FILE_NAME STORERIG_DIR "/log-7"

/* Two blocks of 'a', synced; then both written over with 'b', and torn. */
static void tear(const struct world_tear *how, uint64_t seed, char got[2 * VFS_BLOCK])
{
    static _Alignas(VFS_BLOCK) uint8_t bytes[2 * VFS_BLOCK];
    struct memvfs *m = memvfs_new(1);
    const struct vfs *v = memvfs_vfs(m);
    struct vfs_file *file = NULL;
    struct prng dice = prng_seed(seed);
    assert_int_equal(v->open(v->arg, FILE_NAME ".tmp", VFS_WRITE | VFS_CREATE, &file, NULL), 0);
    assert_int_equal(v->rename(v->arg, FILE_NAME ".tmp", FILE_NAME, NULL), 0);
    for (uint8_t c = 'a'; c <= 'b'; c++) {
        memset(bytes, c, sizeof(bytes));
        assert_int_equal(v->write(v->arg, file, 0, bytes, sizeof(bytes), NULL), 0);
        if (c == 'a')
            assert_int_equal(v->sync(v->arg, file, NULL), 0);
    }
    assert_true(damage_tear_unsynced(m, memvfs_path_of(file), how, &dice));
    assert_false(damage_tear_unsynced(m, FILE_NAME, how, &dice));
    memvfs_crash(m, MEMVFS_CUT_KEEP);
    const struct inode *i = memvfs_inode(m, FILE_NAME);
    for (size_t at = 0; at < sizeof(bytes); at++)
        assert_int_equal(inode_seen(i, at), inode_disk(i, at));
    inode_read(i, 0, got, sizeof(bytes));
    memvfs_free(m);
}

static void a_torn_write_leaves_its_part(void **state)
{
    char got[2 * VFS_BLOCK];
    (void)state;
    tear(&(struct world_tear){.keep = WORLD_KEEP_PREFIX, .at_bytes = 100}, 1, got);
    assert_true(got[0] == 'b' && got[99] == 'b' && got[100] == 'a' && got[8191] == 'a');
    tear(&(struct world_tear){.keep = WORLD_KEEP_SUFFIX, .at_bytes = 100}, 1, got);
    assert_true(got[0] == 'a' && got[99] == 'a' && got[100] == 'b' && got[8191] == 'b');
    for (uint64_t seed = 0; seed < 40; seed++) {
        unsigned kept = 0;
        tear(&(struct world_tear){.keep = WORLD_KEEP_RANDOM, .sector_bytes = 1024}, seed, got);
        for (unsigned i = 0; i < 8; i++) {
            for (unsigned k = 1; k < 1024; k++)
                assert_int_equal(got[i * 1024 + k], got[i * 1024]);
            kept += got[i * 1024] == 'b';
        }
        assert_true(kept < 8);
        tear(&(struct world_tear){.keep = WORLD_KEEP_PREFIX}, seed, got);
        assert_true(got[8191] == 'a');
        tear(&(struct world_tear){.keep = WORLD_KEEP_SUFFIX}, seed, got);
        assert_true(got[0] == 'a');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_of_the_log_are_where_its_batches_are),
        cmocka_unit_test(a_flip_changes_so_many_bytes_at_so_many_places),
        cmocka_unit_test(each_kind_changes_something),
        cmocka_unit_test(what_is_not_there_cannot_be_damaged),
        cmocka_unit_test(a_torn_write_leaves_its_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
