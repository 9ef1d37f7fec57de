/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/waldamage.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct copy copy_file(struct memvfs *m, const char *path)
{
    struct copy c;
    uint8_t *bytes = memvfs_bytes(m, path, &c.len);
    ASSERT(bytes != NULL);
    c.data = mem_dup(bytes, c.len);
    return c;
}

void put_file(struct memvfs *m, const char *path, const struct copy *c)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    ASSERT(len == c->len);
    memcpy(bytes, c->data, len);
    memvfs_bytes_changed(m, path);
}

bool file_is(struct memvfs *m, const char *path, const struct copy *c)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    return bytes != NULL && len == c->len && memcmp(bytes, c->data, len) == 0;
}

void flip(struct memvfs *m, const char *path, size_t at, uint8_t mask)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    ASSERT(at < len);
    bytes[at] ^= mask;
    memvfs_bytes_changed(m, path);
}

void start_tail(struct tail *t)
{
    rig_start(&t->r, 21, TAIL_SEGMENT);
    rig_batch(&t->r, 1, 2, 100);
    rig_batch(&t->r, 2, 3, 200);
    t->before = copy_file(t->r.m, rig_segment(1));
    rig_batch(&t->r, 2, 4, 1500);
    t->whole = copy_file(t->r.m, rig_segment(1));
    t->last_start = 2 * VFS_BLOCK;
    t->last_end = 4 * VFS_BLOCK;
    ASSERT(memcmp(t->before.data, t->whole.data, t->last_start) == 0);
    wal_close(t->r.wal);
    t->r.wal = NULL;
}

void stop_tail(struct tail *t)
{
    free(t->before.data);
    free(t->whole.data);
    rig_stop(&t->r);
}

static void open_well(struct rig *r)
{
    int code = rig_open(r);
    ASSERT(code == 0);
}

void expect_cut(struct tail *t)
{
    struct rig *r = &t->r;
    open_well(r);
    ASSERT(r->found.last.index == 5);
    ASSERT(file_is(r->m, rig_segment(1), &t->before));
    rig_batch(r, 3, 1, 40);
    rig_crash(r, MEMVFS_CUT_LOSE);
    open_well(r);
    ASSERT(r->found.last.index == 6);
    ASSERT(r->found.cut_bytes == 0);
    rig_expect(r, 5, 2, 200);
    rig_expect(r, 6, 3, 40);
    wal_close(r->wal);
    r->wal = NULL;
}

void expect_refusal(struct rig *r, int code, const char *word)
{
    struct copy files[3];
    for (uint64_t n = 1; n <= 3; n++)
        if (memvfs_exists(r->m, rig_segment(n)))
            files[n - 1] = copy_file(r->m, rig_segment(n));
        else
            files[n - 1] = (struct copy){0};
    int got = rig_open(r);
    if (got != code || strstr(r->e.text, word) == NULL) {
        fprintf(stderr, "expected %d with '%s', got %d: %s\n", code, word, got, r->e.text);
        ASSERT(false);
    }
    ASSERT(r->wal == NULL);
    for (uint64_t n = 1; n <= 3; n++) {
        if (files[n - 1].data != NULL)
            ASSERT(file_is(r->m, rig_segment(n), &files[n - 1]));
        free(files[n - 1].data);
    }
}
