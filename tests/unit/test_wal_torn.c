/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start-up verdict byte by byte: what was never acknowledged is dropped exactly, everything
 * before it refuses and changes nothing. */
#include "tests/support/waldamage.h"

#include "base/mem.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

/* R-PERS-5 */
static void the_last_batch_torn_at_every_byte_is_dropped(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    /* Bytes behind the last record are padding: only a cut before its end is a torn write. */
    size_t used = t.last_end;
    while (t.whole.data[used - 1] == 0)
        used--;
    for (size_t cut = t.last_start; cut < used; cut += cut % 64 == 0 ? 1 : 7) {
        struct copy torn = {.data = mem_dup(t.whole.data, t.whole.len), .len = t.whole.len};
        memcpy(torn.data + cut, t.before.data + cut, torn.len - cut);
        put_file(t.r.m, rig_segment(1), &torn);
        if (memcmp(torn.data, t.whole.data, torn.len) != 0)
            expect_cut(&t);
        free(torn.data);
    }
    stop_tail(&t);
}

static void every_subset_of_the_last_batch_s_sectors_is_all_or_nothing(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    size_t sectors = (t.last_end - t.last_start) / MEMVFS_SECTOR;
    assert_int_equal(sectors, 16);
    struct prng prng = prng_seed(22);
    for (unsigned i = 0; i < 1500; i++) {
        /* the subsets with one sector missing, with one present, and many others */
        uint64_t kept = i < 16   ? 0xffffu & ~(1u << i)
                        : i < 32 ? 1u << (i - 16)
                                 : prng_below(&prng, 0x10000);
        struct copy torn = {.data = mem_dup(t.before.data, t.before.len), .len = t.before.len};
        for (size_t s = 0; s < sectors; s++) {
            size_t at = t.last_start + s * MEMVFS_SECTOR;
            if ((kept >> s & 1) != 0)
                memcpy(torn.data + at, t.whole.data + at, MEMVFS_SECTOR);
        }
        put_file(t.r.m, rig_segment(1), &torn);
        if (memcmp(torn.data, t.whole.data, torn.len) == 0) {
            assert_int_equal(rig_open(&t.r), 0);
            assert_int_equal(t.r.found.last.index, 9);
            wal_close(t.r.wal);
            t.r.wal = NULL;
        } else {
            expect_cut(&t);
        }
        free(torn.data);
    }
    stop_tail(&t);
}

static void rot_anywhere_in_the_last_batch_looks_like_a_torn_write(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    for (size_t at = t.last_start; at < t.last_end; at += at % 512 < 64 ? 1 : 31) {
        put_file(t.r.m, rig_segment(1), &t.whole);
        flip(t.r.m, rig_segment(1), at, 0x10);
        expect_cut(&t);
    }
    stop_tail(&t);
}

static void rot_in_every_byte_of_synced_batches_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    /* Every byte of header and records, every 13th of the padding: of both earlier batches. */
    for (size_t at = 0; at < t.last_start; at += at % VFS_BLOCK < 1000 ? 1 : 13) {
        flip(t.r.m, rig_segment(1), at, (uint8_t)(1u << at % 8));
        expect_refusal(&t.r, -E_CORRUPT, "log-0000000000000001: offset ");
        flip(t.r.m, rig_segment(1), at, (uint8_t)(1u << at % 8));
    }
    assert_int_equal(rig_open(&t.r), 0);
    assert_int_equal(t.r.found.last.index, 9);
    stop_tail(&t);
}

static void a_lost_range_of_synced_batches_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    for (size_t s = 0; s < t.last_start / MEMVFS_SECTOR; s++) {
        size_t len;
        uint8_t *bytes = memvfs_bytes(t.r.m, rig_segment(1), &len);
        uint8_t *at = bytes + s * MEMVFS_SECTOR;
        if (at[0] == 0 && memcmp(at, at + 1, MEMVFS_SECTOR - 1) == 0)
            continue; /* padding: zeros already */
        memset(at, 0, MEMVFS_SECTOR);
        memvfs_bytes_changed(t.r.m, rig_segment(1));
        expect_refusal(&t.r, -E_CORRUPT, "synced data is damaged");
        put_file(t.r.m, rig_segment(1), &t.whole);
    }
    stop_tail(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_batch_torn_at_every_byte_is_dropped),
        cmocka_unit_test(every_subset_of_the_last_batch_s_sectors_is_all_or_nothing),
        cmocka_unit_test(rot_anywhere_in_the_last_batch_looks_like_a_torn_write),
        cmocka_unit_test(rot_in_every_byte_of_synced_batches_refuses),
        cmocka_unit_test(a_lost_range_of_synced_batches_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
