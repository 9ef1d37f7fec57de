/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/walrig.h"

#include "base/mem.h"
#include "base/prng.h"
#include "store/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rig_adopt(struct rig *r, struct memvfs *m, uint64_t segment_bytes)
{
    *r = (struct rig){.m = m, .vfs = memvfs_vfs(m)};
    r->options = (struct wal_options){.segment_bytes = segment_bytes, .log_id = 77};
}

void rig_start(struct rig *r, uint64_t seed, uint64_t segment_bytes)
{
    rig_adopt(r, memvfs_new(seed), segment_bytes);
    r->options.create = true;
    int code = wal_open(r->vfs, RIG_DIR, &r->options, &r->wal, &r->found, &r->e);
    ASSERT(code == 0);
    r->options.create = false;
}

void rig_stop(struct rig *r)
{
    wal_close(r->wal);
    memvfs_free(r->m);
    *r = (struct rig){0};
}

int rig_open(struct rig *r)
{
    ASSERT(r->wal == NULL);
    r->e = (struct err){0};
    return wal_open(r->vfs, RIG_DIR, &r->options, &r->wal, &r->found, &r->e);
}

void rig_reopen(struct rig *r)
{
    wal_close(r->wal);
    r->wal = NULL;
    int code = rig_open(r);
    if (code < 0)
        fprintf(stderr, "reopen: %s\n", r->e.text);
    ASSERT(code == 0);
}

void rig_crash(struct rig *r, enum memvfs_crash how)
{
    memvfs_crash(r->m, how);
    wal_close(r->wal);
    r->wal = NULL;
}

void rig_payload(uint8_t *out, uint64_t index, uint64_t term, uint32_t len)
{
    uint64_t word = 0;
    for (uint32_t i = 0; i < len; i++) {
        if (i % 8 == 0)
            word = prng_mix(index * 1000003 + term * 7919 + i);
        out[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}

static struct entry make_entry(uint64_t index, uint64_t term, uint32_t len, uint8_t *payload)
{
    rig_payload(payload, index, term, len);
    return (struct entry){.index = index,
                          .term = term,
                          .stamp = 1000 * index + term,
                          .kind = (enum entry_kind)(ENTRY_NOOP + index % 5),
                          .len = len,
                          .payload = payload};
}

void rig_append(struct rig *r, uint64_t term, uint32_t len)
{
    uint8_t *payload = mem_alloc(len);
    struct entry e = make_entry(wal_last(r->wal).index + 1, term, len, payload);
    wal_append(r->wal, &e, 1);
    free(payload);
}

int rig_check(struct rig *r, uint64_t index, uint64_t term, uint32_t len)
{
    struct entry got;
    int code = wal_read(r->wal, index, &got, &r->e);
    if (code < 0)
        return code;
    uint8_t *payload = mem_alloc(len);
    struct entry want = make_entry(index, term, len, payload);
    ASSERT(got.index == want.index && got.term == want.term && got.stamp == want.stamp);
    ASSERT(got.kind == want.kind && got.len == want.len);
    ASSERT(len == 0 || memcmp(got.payload, payload, len) == 0);
    ASSERT(wal_term_at(r->wal, index) == term && wal_size_of(r->wal, index) == len);
    ASSERT(wal_chain_at(r->wal, index) == entry_chain(wal_chain_at(r->wal, index - 1), &want));
    free(payload);
    return 0;
}

void rig_expect(struct rig *r, uint64_t index, uint64_t term, uint32_t len)
{
    int code = rig_check(r, index, term, len);
    ASSERT(code == 0);
}

int rig_complete(struct rig *r)
{
    struct vfs_op *op;
    int status;
    int first = 0;
    while (memvfs_complete(r->m, &op, &status)) {
        int code = wal_on_done(r->wal, op, status, &r->e);
        if (first == 0)
            first = code;
    }
    return first;
}

int rig_drain(struct rig *r)
{
    int code = 0;
    while (code == 0 && (wal_flush(r->wal) != NULL || memvfs_queued(r->m) > 0))
        code = rig_complete(r);
    return code;
}

void rig_batch(struct rig *r, uint64_t term, unsigned count, uint32_t len)
{
    for (unsigned i = 0; i < count; i++)
        rig_append(r, term, len);
    int code = rig_drain(r);
    ASSERT(code == 0 && wal_durable(r->wal) == wal_last(r->wal).index);
}

const char *rig_segment(uint64_t number)
{
    static char path[VFS_PATH_MAX];
    char name[VFS_NAME_MAX];
    segment_name(name, number);
    vfs_path(path, RIG_DIR, name);
    return path;
}
