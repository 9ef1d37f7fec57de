/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole life of a data directory, with images, compaction and an installation, stopped anywhere:
 * what was promised is there, and the next life goes on. */
#include "base/mem.h"
#include "tests/support/effort.h"
#include "tests/support/storerig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define STRIDE (SANITIZED ? 3u : 1u) /* calls from one end to the next */

/* Receives the leader's image, going on with what there is. */
static int receive_image(struct storerig *b, uint64_t index)
{
    uint8_t *state = mem_alloc(STORERIG_STATE_BYTES);
    struct image_meta m = storerig_meta(index);
    struct image_digest *d = mem_alloc(sizeof *d);
    storerig_state(state, index);
    image_digest_add(d, state, STORERIG_STATE_BYTES);
    m.state_bytes = STORERIG_STATE_BYTES;
    m.digest = image_digest_value(d);
    free(d);
    b->writer = b->store.partial;
    b->store.partial = NULL;
    if (b->writer == NULL)
        b->writer = image_partial_begin(memvfs_vfs(b->m), STORERIG_DIR, store_mark(&b->store), &m);
    assert_true(image_writer_meta(b->writer)->digest == m.digest);
    int code = storerig_finish_writer(b, state);
    free(state);
    if (code == 0) {
        image_writer_close(b->writer);
        b->writer = NULL;
    }
    return code;
}

static int sweep(struct storerig *b, uint64_t index)
{
    struct wal_position keep = {.index = index, .term = storerig_term(index)};
    while (image_sweep_start(&b->sweep, memvfs_vfs(b->m), STORERIG_DIR, keep, NULL) != NULL) {
        int code = storerig_run(b);
        if (code < 0)
            return code;
    }
    return 0;
}

/* One step of a life; 0, or the failure that ends the process. */
static int live(struct storerig *b, unsigned step)
{
    struct image_meta m;
    struct wal_origin origin = {.at = {.index = 30, .term = storerig_term(30)},
                                .chain = storerig_chain(30)};
    struct hard_state h = {.term = 4};
    int code = 0;
    switch (step) {
    case 0: return storerig_append(b, 10, 0);
    case 1: m = storerig_meta(6); return storerig_put_image(b, &m);
    case 2: wal_compact(b->store.wal, 5); return storerig_append(b, 12, 0);
    case 3: m = storerig_meta(11); return storerig_put_image(b, &m);
    case 4: wal_compact(b->store.wal, 11); return storerig_run(b);
    case 5: return sweep(b, 11);
    case 6: return storerig_append(b, 16, 2); /* 13 to 16 are not the leader's */
    case 7:
        meta_set(b->store.meta, &h);
        code = storerig_run(b);
        return code < 0 ? code : receive_image(b, 30);
    case 8: wal_reset_to(b->store.wal, &origin); return storerig_run(b);
    case 9: return sweep(b, 30);
    case 10: return storerig_append(b, 33, 0);
    case 11: m = storerig_meta(32); return storerig_put_image(b, &m);
    default: wal_compact(b->store.wal, 31); return storerig_run(b);
    }
}

/* Where a started node has to go on: what each step needs is there, or the step before is redone.
 */
static unsigned step_of(const struct storerig *b)
{
    uint64_t image = b->store.image == NULL ? 0 : image_meta(b->store.image)->at.index;
    uint64_t base = wal_base(b->store.wal).index, last = wal_last(b->store.wal).index;
    if (image == 0)
        return last < 10 ? 0 : 1;
    if (image == 6)
        return last < 12 ? 2 : 3;
    if (image == 11)
        return base < 11 ? 4 : last < 16 ? 5 : 7;
    if (image == 30)
        return last < 33 ? 9 : 11;
    return 12;
}

static void check(struct storerig *b)
{
    struct wal_position base = wal_base(b->store.wal), last = wal_last(b->store.wal);
    uint64_t image = b->store.image == NULL ? 0 : image_meta(b->store.image)->at.index;
    assert_true(base.index <= image && image <= last.index);
    assert_true(last.index >= b->promised);
    assert_true(wal_chain_at(b->store.wal, image) == storerig_chain(image));
    assert_true(base.index <= 12 || base.index >= 30);
    for (uint64_t i = base.index + 1; i <= last.index; i++) {
        struct entry got;
        struct entry want = storerig_entry(i, i > 12 && i < 30 ? 2 : storerig_term(i));
        assert_int_equal(wal_read(b->store.wal, i, &got, &b->e), 0);
        assert_true(got.term == want.term && got.len == want.len);
        assert_int_equal(memcmp(got.payload, storerig_entry(i, want.term).payload, want.len), 0);
    }
}

/* Lives until something fails or all is done; then the process is gone. */
static bool live_on(struct storerig *b, enum memvfs_crash how)
{
    int code = storerig_open(b);
    b->promised = 0;
    if (code == 0) {
        check(b);
        for (unsigned step = step_of(b); step <= 12 && code == 0; step++) {
            code = live(b, step);
            if (code == 0)
                b->promised = wal_durable(b->store.wal);
        }
    }
    bool done = code == 0;
    memvfs_crash(b->m, how);
    image_writer_close(b->writer);
    b->writer = NULL;
    b->sweep = (struct image_sweep){0};
    store_close(&b->store);
    return done;
}

/* R-PERS-14 */
static void any_call_of_a_life_may_be_the_last(void **state)
{
    (void)state;
    struct storerig b;
    for (unsigned how = 0; how < 6; how++) {
        bool struck = true;
        for (uint64_t n = 1 + how % STRIDE; struck; n += STRIDE) {
            memset(&b, 0, sizeof b);
            b.m = memvfs_new(10 * n + how);
            memvfs_set_direct(b.m, how % 2 == 0);
            if (how < 4)
                memvfs_halt_at(b.m, n);
            else
                memvfs_fail_call(b.m, n, -E_IO);
            bool done = live_on(&b, how < 2 ? MEMVFS_CUT_RANDOM : (enum memvfs_crash)(n % 4));
            struck = !done;
            /* A second life, cut short somewhere too; then one to the end. */
            uint64_t promised = b.promised;
            memvfs_halt_at(b.m, 1 + n * 7 % 150);
            int code = storerig_open(&b);
            if (code == 0 && wal_last(b.store.wal).index < promised)
                fail_msg("%u was promised, %u are there", (unsigned)promised,
                         (unsigned)wal_last(b.store.wal).index);
            memvfs_crash(b.m, MEMVFS_CUT_RANDOM);
            store_close(&b.store);
            if (storerig_open(&b) < 0)
                fail_msg("how %u, call %u: %s", how, (unsigned)n, b.e.text);
            b.promised = promised;
            check(&b);
            store_close(&b.store);
            if (!live_on(&b, MEMVFS_CUT_LOSE))
                fail_msg("how %u, call %u: %s", how, (unsigned)n, b.e.text);
            assert_int_equal(storerig_open(&b), 0);
            assert_int_equal(image_meta(b.store.image)->at.index, 32);
            assert_int_equal(wal_base(b.store.wal).index, 31);
            assert_int_equal(wal_last(b.store.wal).index, 33);
            check(&b);
            storerig_stop(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_of_a_life_may_be_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
