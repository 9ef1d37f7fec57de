/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/storerig.h"

#include "base/mem.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

int storerig_open(struct storerig *b)
{
    struct store_options o = {
        .dir = STORERIG_DIR,
        .wanted = {.cluster_id = 5, .generation = 1, .node_id = 3, .disk_id = {1, 2, 3}},
        .may_format = true,
        .wal = {.segment_bytes = STORERIG_SEGMENT, .cache_bytes = 300},
    };
    b->store = (struct store){0};
    b->e = (struct err){0};
    return store_open(memvfs_vfs(b->m), &o, &b->store, &b->report, &b->e);
}

static int on_done(struct storerig *b, struct vfs_op *op, int status)
{
    if (op->owner == b->store.wal)
        return wal_on_done(b->store.wal, op, status, &b->e);
    if (op->owner == b->store.meta)
        return meta_on_done(b->store.meta, op, status, &b->e);
    if (op->owner == &b->sweep)
        return image_sweep_on_done(&b->sweep, op, status, &b->e);
    assert_ptr_equal(op->owner, b->writer);
    return image_writer_on_done(b->writer, op, status, &b->e);
}

/* Until nothing moves any more; the first failure. */
int storerig_run(struct storerig *b)
{
    for (;;) {
        struct vfs_op *op;
        int status;
        (void)meta_flush(b->store.meta);
        (void)wal_flush(b->store.wal);
        if (b->writer != NULL)
            (void)image_writer_flush(b->writer);
        if (!memvfs_complete(b->m, &op, &status))
            return 0;
        int code = on_done(b, op, status);
        if (code < 0)
            return code;
    }
}

/* The leader's log: the terms rise at 5, 13 and 25. */
uint64_t storerig_term(uint64_t index)
{
    return index < 5 ? 1 : index < 13 ? 2 : index < 25 ? 3 : 4;
}

struct entry storerig_entry(uint64_t index, uint64_t term)
{
    static char text[40];
    int n = snprintf(text, sizeof text, "entry %u of %u", (unsigned)index, (unsigned)term);
    return (struct entry){.index = index,
                          .term = term,
                          .kind = ENTRY_DATA,
                          .len = (uint32_t)n,
                          .payload = (const uint8_t *)text};
}

uint64_t storerig_chain(uint64_t index)
{
    uint64_t chain = 0;
    for (uint64_t i = 1; i <= index; i++) {
        struct entry e = storerig_entry(i, storerig_term(i));
        chain = entry_chain(chain, &e);
    }
    return chain;
}

/* Appends the entries up to `last` as the leader has them, or of `term` if that is not 0. */
int storerig_append(struct storerig *b, uint64_t last, uint64_t term)
{
    while (wal_last(b->store.wal).index < last) {
        uint64_t index = wal_last(b->store.wal).index + 1;
        struct entry e = storerig_entry(index, term != 0 ? term : storerig_term(index));
        struct hard_state h = *meta_wanted(b->store.meta);
        if (h.term < e.term) {
            h = (struct hard_state){.term = e.term, .hold_ns = h.hold_ns};
            meta_set(b->store.meta, &h);
            (void)meta_flush(b->store.meta);
        }
        wal_append(b->store.wal, &e, 1);
        (void)wal_flush(b->store.wal);
    }
    return storerig_run(b);
}

void storerig_state(uint8_t *state, uint64_t index)
{
    for (size_t i = 0; i < STORERIG_STATE_BYTES; i++)
        state[i] = (uint8_t)prng_mix(index * 100000 + i);
}

struct image_meta storerig_meta(uint64_t index)
{
    return (struct image_meta){.at = {.index = index, .term = storerig_term(index)},
                               .chain = storerig_chain(index),
                               .config_index = 1,
                               .config = (const uint8_t *)"cfg",
                               .config_len = 3};
}

int storerig_finish_writer(struct storerig *b, const uint8_t *state)
{
    size_t at = (size_t)image_writer_next_offset(b->writer);
    image_writer_append(b->writer, state + at, STORERIG_STATE_BYTES - at);
    int code = storerig_run(b);
    if (code == 0)
        code = image_writer_finish(b->writer, &b->e);
    if (code == 0)
        code = storerig_run(b);
    return code;
}

int storerig_put_image(struct storerig *b, const struct image_meta *m)
{
    uint8_t *state = mem_alloc(STORERIG_STATE_BYTES);
    storerig_state(state, m->at.index);
    b->writer = image_writer_begin(memvfs_vfs(b->m), STORERIG_DIR, store_mark(&b->store), m);
    int code = storerig_finish_writer(b, state);
    free(state);
    if (code == 0) {
        assert_int_equal(image_writer_state(b->writer), IMAGE_DONE);
        image_writer_close(b->writer);
        b->writer = NULL;
    }
    return code;
}

void storerig_stop(struct storerig *b)
{
    store_close(&b->store);
    memvfs_free(b->m);
}
