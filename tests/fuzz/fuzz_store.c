/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a data directory over arbitrary files: never a crash; what is refused stays as it
 * was; what is accepted can be continued, and the next start agrees. The first byte chooses the
 * file, and whether checksums are made right first, so that what lies behind them is reached. */
#include "base/checksum.h"
#include "base/mem.h"
#include "emulator/disk/memvfs.h"
#include "store/batch.h"
#include "store/blocks.h"
#include "store/recover.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIR         "d"
#define BLOCKS_MAX  6u
#define SEGMENT_ONE DIR "/log-0000000000000001"
/* The first of a log whose beginning was dropped, on an image of entry 5. */
#define LATER         9u
#define SEGMENT_LATER DIR "/log-0000000000000009"
#define BASE_INDEX    5u

static struct store_options options(void)
{
    return (struct store_options){
        .dir = DIR,
        .wanted = {.cluster_id = 1, .generation = 1, .node_id = 1},
        .wal = {.segment_bytes = 4 * VFS_BLOCK},
    };
}

static void put_le64(uint8_t *at, uint64_t v)
{
    for (size_t i = 0; i < 8; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v |= (uint64_t)at[i] << (8 * i);
    return v;
}

/* Makes the checksum of each record right that fits in the body. */
static void mend_records(uint8_t *body, size_t len)
{
    size_t at = 0;
    while (len - at >= RECORD_HEADER_BYTES) {
        uint64_t payload = get_le(body + at, 4);
        if (payload > len - at - RECORD_HEADER_BYTES)
            return;
        uint64_t head = checksum64(body + at, RECORD_HEADER_BYTES - 8);
        put_le64(body + at + RECORD_HEADER_BYTES - 8,
                 checksum64_seeded(head, body + at + RECORD_HEADER_BYTES, (size_t)payload));
        at += RECORD_HEADER_BYTES + (size_t)payload;
    }
}

/* Turns blocks into batches that belong to their place: seq and lineage go on from block to block,
 * the rest of the header and the records are the input's. */
static void mend_segment(uint8_t *file, size_t len, bool later)
{
    struct identity id = options().wanted;
    uint64_t seq = later ? 40 : 0, previous = later ? 1234 : 0;
    size_t at = 0;
    while (at + VFS_BLOCK <= len) {
        uint8_t *b = file + at;
        struct batch_header h = {
            .log_id = identity_mark(&id),
            .segment = later ? LATER : 1,
            .segment_bytes = len,
            .offset = at,
            .seq = ++seq,
            .prev_checksum = previous,
            .base = {.index = b[20], .term = b[21]},
            .before = {.index = b[0], .term = b[1]},
            .before_chain = get_le(b + 8, 8),
            .hard_term = b[2],
            .hard_vote = b[3],
            .records = b[4],
            .body_bytes = (uint32_t)get_le(b + 5, 2) % (2 * VFS_BLOCK),
        };
        if (batch_bytes(&h) > len - at)
            h.body_bytes = (uint32_t)(len - at) - BATCH_HEADER_BYTES;
        mend_records(b + BATCH_HEADER_BYTES, h.body_bytes);
        batch_seal(b, &h);
        previous = h.checksum;
        at += (size_t)batch_bytes(&h);
    }
}

/* A directory as formatting leaves it. */
static struct memvfs *formatted(void)
{
    struct memvfs *m = memvfs_new(1);
    struct store_options o = options();
    struct store store = {0};
    struct store_report report;
    o.may_format = true;
    int code = store_open(memvfs_vfs(m), &o, &store, &report, NULL);
    ASSERT(code == 0);
    struct hard_state high = {.term = 255}; /* no log of the input's is newer */
    meta_set(store.meta, &high);
    struct vfs_op *op = meta_flush(store.meta);
    int status;
    ASSERT(op != NULL && memvfs_complete(m, &op, &status));
    code = meta_on_done(store.meta, op, status, NULL);
    ASSERT(code == 0);
    store_close(&store);
    return m;
}

/* The log of before makes way for one that begins later. */
static void begin_later(struct memvfs *m)
{
    static const char *const segments[] = {SEGMENT_ONE, DIR "/log-0000000000000002",
                                           DIR "/log-0000000000000003"};
    for (size_t i = 0; i < ARRAY_LEN(segments); i++)
        memvfs_remove(m, segments[i]);
    struct identity id = options().wanted;
    struct image_meta meta = {.at = {.index = BASE_INDEX, .term = 1}};
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), DIR, identity_mark(&id), &meta);
    int code = image_writer_finish(w, NULL);
    ASSERT(code == 0);
    struct vfs_op *op;
    int status;
    (void)image_writer_flush(w);
    bool some = memvfs_complete(m, &op, &status);
    ASSERT(some);
    code = image_writer_on_done(w, op, status, NULL);
    ASSERT(code == 0);
    image_writer_close(w);
}

static void replace_file(struct memvfs *m, unsigned mode, const uint8_t *data, size_t size)
{
    bool mend = (mode & 1) != 0;
    size_t len = (size / VFS_BLOCK + 1) * VFS_BLOCK;
    uint8_t *file = mem_alloc(len);
    memcpy(file, data, size);
    if (mode < 2) {
        if (mend)
            mend_segment(file, len, false);
        memvfs_put(m, SEGMENT_ONE, file, mend || size % 2 == 0 ? len : size);
    } else if (mode < 4) {
        struct identity id = options().wanted;
        for (size_t at = 0; mend && at < len; at += VFS_BLOCK) {
            put_le64(file + at + 8, identity_mark(&id));
            put_le64(file + at + 48, checksum64(file + at, 48));
        }
        memvfs_put(m, DIR "/hardstate", file, mend ? len : size);
    } else if (mode < 8) {
        begin_later(m);
        if (mend)
            mend_segment(file, len, true);
        memvfs_put(m, SEGMENT_LATER, file, mend || size % 2 == 0 ? len : size);
    } else {
        for (size_t at = 0; mend && at < len; at += VFS_BLOCK)
            put_le64(file + at + 72, checksum64(file + at, 72));
        memvfs_put(m, DIR "/identity", file, mend ? len : size);
    }
    free(file);
}

static uint64_t digest(struct memvfs *m, const char *path)
{
    size_t len = 0;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    return bytes == NULL ? 0 : checksum64(bytes, len);
}

/* Appends one entry and starts once more. */
static void go_on(struct memvfs *m, struct store *store)
{
    struct store_options o = options();
    struct wal_position last = wal_last(store->wal);
    struct entry e = {
        .index = last.index + 1, .term = last.term == 0 ? 1 : last.term, .kind = ENTRY_NOOP};
    wal_append(store->wal, &e, 1);
    struct vfs_op *op;
    int status;
    while (wal_flush(store->wal) != NULL || memvfs_queued(m) > 0) {
        while (memvfs_complete(m, &op, &status)) {
            int code = wal_on_done(store->wal, op, status, NULL);
            ASSERT(code == 0);
        }
    }
    ASSERT(wal_durable(store->wal) == e.index);
    memvfs_crash(m, MEMVFS_CUT_LOSE);
    store_close(store);
    struct store_report report;
    int code = store_open(memvfs_vfs(m), &o, store, &report, NULL);
    /* An entry of term 1 over slots of term 0 is the one thing this test may do wrong. */
    ASSERT(code == 0 || (code == -E_LOST && e.term > 0));
    if (code == 0)
        ASSERT(report.wal.last.index == e.index && report.wal.cut_bytes == 0);
}

/* Two modes each: a segment, the hard state, the identity; and, from bit 7, a later segment. */
static unsigned choose_mode(uint8_t byte)
{
    static const unsigned modes[] = {0, 1, 2, 3, 8, 9};
    return (byte & 0x80) != 0 ? 6u + byte % 2 : modes[byte % 6];
}

static uint64_t log_digest(struct memvfs *m)
{
    return digest(m, SEGMENT_ONE) ^ digest(m, SEGMENT_LATER) ^ digest(m, DIR "/hardstate");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > BLOCKS_MAX * VFS_BLOCK)
        return 0;
    struct memvfs *m = formatted();
    replace_file(m, choose_mode(data[0]), data + 1, size - 1);
    uint64_t before = log_digest(m);
    struct store_options o = options();
    struct store store = {0};
    struct store_report report;
    struct err e = {0};
    int code = store_open(memvfs_vfs(m), &o, &store, &report, &e);
    if (code < 0) {
        ASSERT(e.code == code && e.text[0] != '\0');
        /* A log that is whole may be cleared behind its end before its image is looked at. */
        if ((code == -E_CORRUPT || code == -E_MISMATCH) && strncmp(e.text, "store: ", 7) != 0)
            ASSERT(before == log_digest(m));
    } else {
        go_on(m, &store);
    }
    store_close(&store);
    memvfs_free(m);
    return 0;
}
