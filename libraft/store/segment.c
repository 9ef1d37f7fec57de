/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/segment.h"

#include "base/mem.h"
#include "base/sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX      "log-"
#define TEMPORARY   ".tmp"
#define DIGITS      16
#define SCRUB_BYTES (64u << 10) /* looked at, and if need be overwritten, at once */

void segment_name(char out[VFS_NAME_MAX], uint64_t number)
{
    snprintf(out, VFS_NAME_MAX, PREFIX "%016" PRIx64, number);
}

void segment_temporary_name(char out[VFS_NAME_MAX], uint64_t number)
{
    snprintf(out, VFS_NAME_MAX, PREFIX "%016" PRIx64 TEMPORARY, number);
}

/* The number behind PREFIX, and what follows it; false if it is none of the log's names. */
static bool parse_name(const char *name, uint64_t *ret_number, const char **ret_rest)
{
    size_t prefix = strlen(PREFIX);
    if (strncmp(name, PREFIX, prefix) != 0)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        char c = name[prefix + i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f'))
            return false; /* the terminating NUL too */
        number = 16 * number + (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    *ret_number = number;
    *ret_rest = name + prefix + DIGITS;
    return true;
}

static void add_number(uint64_t **numbers, size_t *count, uint64_t number)
{
    if (*count == 0 || (*count & (*count - 1)) == 0)
        *numbers = mem_grow(*numbers, *count == 0 ? 1 : 2 * *count, sizeof **numbers);
    (*numbers)[(*count)++] = number;
}

static void each_name(void *ctx, const char *name)
{
    struct segment_list *list = ctx;
    uint64_t number;
    const char *rest;
    if (!parse_name(name, &number, &rest))
        return;
    if (rest[0] == '\0')
        add_number(&list->numbers, &list->count, number);
    else if (strcmp(rest, TEMPORARY) == 0)
        add_number(&list->temporaries, &list->temporaries_count, number);
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int segment_list(const struct vfs *v, const char *dir, struct segment_list *ret, struct err *e)
{
    struct segment_list list = {0};
    int code = v->list(v->arg, dir, each_name, &list, e);
    if (code < 0) {
        segment_list_free(&list);
        return code;
    }
    if (list.count > 0)
        sort_array(list.numbers, list.count, sizeof list.numbers[0], compare_numbers);
    *ret = list;
    return 0;
}

void segment_list_free(struct segment_list *list)
{
    mem_free(list->numbers);
    mem_free(list->temporaries);
    *list = (struct segment_list){0};
}

int segment_open(const struct vfs *v, const char *dir, uint64_t number, unsigned flags,
                 struct vfs_file **ret, struct err *e)
{
    char name[VFS_NAME_MAX];
    char path[VFS_PATH_MAX];
    segment_name(name, number);
    vfs_path(path, dir, name);
    return v->open(v->arg, path, flags | VFS_DIRECT, ret, e);
}

int segment_remove(const struct vfs *v, const char *dir, uint64_t number, bool temporary,
                   struct err *e)
{
    char name[VFS_NAME_MAX];
    char path[VFS_PATH_MAX];
    if (temporary)
        segment_temporary_name(name, number);
    else
        segment_name(name, number);
    vfs_path(path, dir, name);
    return v->unlink(v->arg, path, e);
}

void segment_prepare(struct vfs_op *op, const char *dir, uint64_t number, uint64_t size_bytes,
                     uint64_t recycled)
{
    char name[VFS_NAME_MAX];
    struct vfs_prepare *p = &op->prepare;
    op->kind = VFS_OP_PREPARE;
    op->writes_count = 0;
    *p = (struct vfs_prepare){.size_bytes = size_bytes};
    snprintf(p->dir, sizeof p->dir, "%s", dir);
    segment_name(name, number);
    vfs_path(p->path, dir, name);
    segment_temporary_name(name, number);
    vfs_path(p->temporary, dir, name);
    if (recycled != 0) {
        segment_name(name, recycled);
        vfs_path(p->recycled, dir, name);
    }
}

void segment_discard(struct vfs_op *op, const char *dir, uint64_t number)
{
    struct vfs_change *c = &op->change;
    op->kind = VFS_OP_CHANGE;
    op->writes_count = 0;
    *c = (struct vfs_change){.removes_count = 1, .sync_dir = true};
    snprintf(c->dir, sizeof c->dir, "%s", dir);
    segment_name(c->remove[0], number);
}

static uint64_t count_used(const uint8_t *data, size_t len)
{
    uint64_t used = 0;
    for (size_t at = 0; at < len; at += VFS_BLOCK)
        if (!blocks_all_zero(data + at, VFS_BLOCK))
            used += VFS_BLOCK;
    return used;
}

int segment_clear(const struct vfs *v, const struct segment *s, struct reader *r, uint64_t offset,
                  uint64_t bytes, struct err *e)
{
    struct blocks zeros = {0};
    ASSERT(offset <= s->size_bytes && bytes <= s->size_bytes - offset);
    blocks_reserve(&zeros, SCRUB_BYTES);
    memset(zeros.data, 0, SCRUB_BYTES);
    int code = 0;
    for (uint64_t at = 0; at < bytes && code == 0; at += SCRUB_BYTES) {
        uint64_t left = bytes - at;
        size_t n = left < SCRUB_BYTES ? (size_t)left : SCRUB_BYTES;
        code = v->write(v->arg, s->file, offset + at, zeros.data, n, e);
    }
    reader_forget(r);
    blocks_free(&zeros);
    return code;
}

int segment_scrub(const struct vfs *v, const struct segment *s, struct reader *r, uint64_t *bytes,
                  struct err *e)
{
    struct blocks zeros = {0};
    blocks_reserve(&zeros, SCRUB_BYTES);
    memset(zeros.data, 0, SCRUB_BYTES);
    int code = 0;
    for (uint64_t at = s->end; at < s->size_bytes && code == 0; at += SCRUB_BYTES) {
        uint64_t left = s->size_bytes - at;
        size_t n = left < SCRUB_BYTES ? (size_t)left : SCRUB_BYTES;
        const uint8_t *data;
        code = reader_view(r, v, s->file, s->number, s->size_bytes, at, n, &data, e);
        if (code < 0)
            break;
        uint64_t used = count_used(data, n);
        *bytes += used;
        if (used > 0)
            code = v->write(v->arg, s->file, at, zeros.data, n, e);
    }
    reader_forget(r);
    blocks_free(&zeros);
    return code;
}
