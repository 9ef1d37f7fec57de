/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/places.h"

#include "base/mem.h"
#include "base/sort.h"
#include "store/batch.h"
#include "store/blocks.h"
#include "store/image_format.h"
#include "store/slot.h"

#include <stdlib.h>
#include <string.h>

/* The smallest thing with a checksum: a batch, a slot, the header or a piece of an image. The
 * tables are in the store's README. */
struct unit {
    size_t file; /* of the list of names */
    unsigned kind;
    uint64_t start, header_end, end;
    uint64_t sums[2]; /* where checksums of 8 bytes stand; both may be the same */
    bool head;        /* of an image: its header */
    uint64_t age[2];  /* what was written later has the larger one */
};

struct finder {
    struct memvfs *m;
    char (*names)[VFS_PATH_MAX];
    size_t names_count;
    const char *dir;
    struct unit *units;
    size_t units_count, units_cap;
};

#define SUM_BYTES       8u
#define SLOT_HEADER_END 48u
#define SLOT_SUM        560u
#define BATCH_BODY_SUM  120u
#define BATCH_HEAD_SUM  152u
#define IMAGE_SUM       120u
#define IMAGE_STATE     72u
#define IMAGE_HEAD_END  128u
#define PIECE_SUM       24u

static uint64_t little(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = bytes; i > 0; i--)
        value = value << 8 | at[i - 1];
    return value;
}

static void add(struct finder *f, const struct unit *u)
{
    f->units = mem_room(f->units, f->units_count + 1, &f->units_cap, sizeof(*f->units));
    f->units[f->units_count++] = *u;
}

static void look_at_log(struct finder *f, size_t file, const char *name, const uint8_t *data,
                        size_t len)
{
    uint64_t number = strtoull(name + strlen("log-"), NULL, 16);
    for (uint64_t at = 0; at + VFS_BLOCK <= len;) {
        struct batch_header h;
        bool here = batch_look(data + at, VFS_BLOCK, &h) == BATCH_HEADER && h.segment == number &&
                    h.offset == at && batch_bytes(&h) <= len - at;
        if (here)
            add(f, &(struct unit){.file = file,
                                  .kind = WORLD_FILE_LOG,
                                  .start = at,
                                  .header_end = at + BATCH_HEADER_BYTES,
                                  .end = at + BATCH_HEADER_BYTES + h.body_bytes,
                                  .sums = {at + BATCH_BODY_SUM, at + BATCH_HEAD_SUM},
                                  .age = {h.seq, 0}});
        at += here ? batch_bytes(&h) : VFS_BLOCK;
    }
}

static void look_at_slots(struct finder *f, size_t file, const uint8_t *data, size_t len)
{
    for (uint64_t i = 0; i < SLOTS && (i + 1) * VFS_BLOCK <= len; i++) {
        uint64_t at = i * VFS_BLOCK;
        if (!blocks_all_zero(data + at, VFS_BLOCK))
            add(f, &(struct unit){.file = file,
                                  .kind = WORLD_FILE_META,
                                  .start = at,
                                  .header_end = at + SLOT_HEADER_END,
                                  .end = at + SLOT_SUM + SUM_BYTES,
                                  .sums = {at + SLOT_SUM, at + SLOT_SUM},
                                  .age = {little(data + at + 16, 8), 0}});
    }
}

static void look_at_image(struct finder *f, size_t file, const char *name, const uint8_t *data,
                          size_t len)
{
    struct wal_position at = {0};
    if (image_name_parse(name, &at) != IMAGE_NAME_WHOLE || len < VFS_BLOCK)
        return;
    uint64_t header = image_header_bytes_of(data), state = little(data + IMAGE_STATE, 8);
    if (header > IMAGE_HEADER_BYTES_MAX || header > len)
        return;
    add(f, &(struct unit){.file = file,
                          .kind = WORLD_FILE_SNAPSHOT,
                          .header_end = IMAGE_HEAD_END,
                          .end = IMAGE_HEAD_END + little(data + 12, 4),
                          .sums = {IMAGE_SUM, IMAGE_SUM},
                          .head = true,
                          .age = {at.index, 0}});
    for (uint64_t offset = 0; offset < state; offset += IMAGE_PIECE_BYTES) {
        uint64_t start = image_frame_at((uint32_t)header, offset);
        uint64_t end = start + PIECE_HEADER_BYTES + image_piece_len(state, offset);
        if (end > len)
            return;
        add(f, &(struct unit){.file = file,
                              .kind = WORLD_FILE_SNAPSHOT,
                              .start = start,
                              .header_end = start + PIECE_HEADER_BYTES,
                              .end = end,
                              .sums = {start + PIECE_SUM, start + PIECE_SUM},
                              .age = {at.index, offset + 1}});
    }
}

static void each_name(void *ctx, const char *name)
{
    struct finder *f = ctx;
    f->names = mem_grow(f->names, f->names_count + 1, sizeof(f->names[0]));
    vfs_path(f->names[f->names_count++], f->dir, name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void look_at_files(struct finder *f)
{
    for (size_t i = 0; i < f->names_count; i++) {
        const char *name = f->names[i] + strlen(f->dir) + 1;
        size_t len = 0;
        const uint8_t *data = memvfs_bytes(f->m, f->names[i], &len);
        if (strncmp(name, "log-", 4) == 0 && strchr(name, '.') == NULL)
            look_at_log(f, i, name, data, len);
        else if (strcmp(name, META_NAME) == 0)
            look_at_slots(f, i, data, len);
        else if (strncmp(name, "image-", 6) == 0)
            look_at_image(f, i, name, data, len);
    }
}

static int older(const struct unit *a, const struct unit *b)
{
    if (a->age[0] != b->age[0])
        return a->age[0] < b->age[0] ? -1 : 1;
    return a->age[1] < b->age[1] ? -1 : a->age[1] > b->age[1];
}

/* Of its kind nothing was written after it. */
static bool is_last(const struct finder *f, const struct unit *u)
{
    for (size_t i = 0; i < f->units_count; i++) {
        if (f->units[i].kind == u->kind && older(u, &f->units[i]) < 0)
            return false;
    }
    return true;
}

static void put(const struct finder *f, const struct unit *u, uint64_t start, uint64_t end,
                struct places *ret)
{
    struct place p = {.start = start, .end = end};
    if (start >= end)
        return;
    memcpy(p.path, f->names[u->file], sizeof(p.path));
    ret->list = mem_room(ret->list, ret->count + 1, &ret->cap, sizeof(p));
    ret->list[ret->count++] = p;
}

/* Of a log, "header", "crc" and "middle" mean what was written before its last batch: damage there
 * can be told from a write that was broken off. */
static void choose(const struct finder *f, const struct unit *u, enum world_region region,
                   struct places *ret)
{
    bool last = is_last(f, u), inner = u->kind != WORLD_FILE_LOG || !last;
    bool headed = u->kind != WORLD_FILE_SNAPSHOT || u->head;
    switch (region) {
    case WORLD_REGION_ANY: put(f, u, u->start, u->end, ret); return;
    case WORLD_REGION_LAST:
        if (last)
            put(f, u, u->start, u->end, ret);
        return;
    case WORLD_REGION_HEADER:
        if (inner && headed)
            put(f, u, u->start, u->header_end, ret);
        return;
    case WORLD_REGION_MIDDLE:
        if (inner && !u->head)
            put(f, u, u->header_end, u->end, ret);
        return;
    case WORLD_REGION_CRC: break;
    }
    for (unsigned i = 0; i < 2 && inner; i++) {
        if (i == 0 || u->sums[1] != u->sums[0])
            put(f, u, u->sums[i], u->sums[i] + SUM_BYTES, ret);
    }
}

void places_find(struct memvfs *m, const char *dir, unsigned files, enum world_region region,
                 struct places *ret)
{
    struct finder f = {.m = m, .dir = dir};
    memvfs_names(m, dir, each_name, &f);
    if (f.names_count > 0)
        sort_array(f.names, f.names_count, sizeof(f.names[0]), by_name);
    look_at_files(&f);
    *ret = (struct places){0};
    for (size_t i = 0; i < f.units_count; i++) {
        if ((f.units[i].kind & files) != 0)
            choose(&f, &f.units[i], region, ret);
    }
    mem_free(f.units);
    mem_free(f.names);
}

void places_free(struct places *p)
{
    mem_free(p->list);
    *p = (struct places){0};
}
