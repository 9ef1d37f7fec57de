/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a damaged log can have reached: never less than it did, whatever one block of it holds
 * instead, and not more while any batch behind the damage reads. R-PERS-9. */
#include "emulator/disk/memdisk.h"
#include "store/survey.h"
#include "tests/support/storerig.h"
#include "tests/support/waldamage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEGMENTS 20

static uint64_t mark;

/* Entries 1..last, a batch each. */
static struct storerig written(uint64_t last)
{
    struct storerig b = {.m = memvfs_new(7)};
    assert_int_equal(storerig_open(&b), 0);
    mark = store_mark(&b.store);
    for (uint64_t i = 1; i <= last; i++)
        assert_int_equal(storerig_append(&b, i, 0), 0);
    return b;
}

static uint64_t reached(struct storerig *b)
{
    struct survey found = {0};
    struct err e = {0};
    assert_int_equal(survey_take(memvfs_vfs(b->m), STORERIG_DIR, mark, &found, &e), 0);
    buf_free(&found.config);
    return found.last_max;
}

/* The bound with each block flipped in turn, header or body: the smallest, and the largest but for
 * the newest batch. */
static void flip_each(struct storerig *b, size_t at, uint64_t least, uint64_t usual)
{
    unsigned above = 0, looked = 0;
    for (unsigned s = 1; s <= SEGMENTS; s++) {
        char path[VFS_PATH_MAX];
        size_t len = 0;
        (void)snprintf(path, sizeof path, STORERIG_DIR "/log-%016x", s);
        if (!memvfs_exists(b->m, path))
            continue;
        uint8_t *data = memvfs_bytes(b->m, path, &len);
        for (size_t block = 0; block < len; block += VFS_BLOCK) {
            if (data[block] == 0)
                continue;
            flip(b->m, path, block + at, 0x5a);
            assert_true(reached(b) >= least);
            above += reached(b) > usual;
            flip(b->m, path, block + at, 0x5a);
            looked++;
        }
    }
    assert_true(looked > 10);
    assert_true(above <= 1);
}

static void one_block(void **state)
{
    (void)state;
    struct storerig b = written(30);
    assert_int_equal(reached(&b), 30);
    flip_each(&b, 40, 30, 30);  /* a header */
    flip_each(&b, 165, 30, 30); /* a record */
    storerig_stop(&b);
}

/* What was cut off again was in the log once. */
static void truncated(void **state)
{
    (void)state;
    struct storerig b = written(30);
    wal_truncate(b.store.wal, 21);
    assert_int_equal(storerig_run(&b), 0);
    assert_int_equal(storerig_append(&b, 22, 9), 0);
    assert_int_equal(reached(&b), 30);
    flip_each(&b, 40, 30, 30);
    storerig_stop(&b);
}

/* An image that the log does not show yet. */
/* A file lost its end, at a block's boundary or within one: what stood there may have been synced
 * and acknowledged. */
static void shortened(void **state)
{
    (void)state;
    for (size_t left = 0; left <= 3 * VFS_BLOCK; left += VFS_BLOCK / 2) {
        struct storerig b = written(30);
        char path[VFS_PATH_MAX];
        unsigned newest = SEGMENTS;
        size_t len = 0;
        do
            (void)snprintf(path, sizeof path, STORERIG_DIR "/log-%016x", newest--);
        while (!memvfs_exists(b.m, path) || memvfs_bytes(b.m, path, &len)[0] == 0);
        inode_shorten(memvfs_inode(b.m, path), left);
        assert_true(reached(&b) >= 30);
        storerig_stop(&b);
    }
}

static void image_above(void **state)
{
    (void)state;
    struct storerig b = written(12);
    struct image_meta m = storerig_meta(40);
    assert_int_equal(storerig_put_image(&b, &m), 0);
    assert_int_equal(reached(&b), 40);
    storerig_stop(&b);
}

/* Nothing reads: as many records as there is room for. */
static void nothing_reads(void **state)
{
    (void)state;
    struct storerig b = written(2);
    flip(b.m, STORERIG_DIR "/log-0000000000000001", 40, 1);
    flip(b.m, STORERIG_DIR "/log-0000000000000001", VFS_BLOCK + 40, 1);
    assert_in_range(reached(&b), 2, 2 * VFS_BLOCK / 40 + 1);
    storerig_stop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block),   cmocka_unit_test(truncated),     cmocka_unit_test(shortened),
        cmocka_unit_test(image_above), cmocka_unit_test(nothing_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
