/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image files in their directory: names, listing, sweeping. */
#include "store/image_format.h"

#include "base/mem.h"
#include "base/sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHOLE     "image-"
#define PARTIAL   "partial-"
#define TEMPORARY ".tmp"
#define DIGITS    16

void image_name(char out[VFS_NAME_MAX], enum image_name kind, struct wal_position at)
{
    ASSERT(kind != IMAGE_NAME_OTHER);
    snprintf(out, VFS_NAME_MAX, "%s%016" PRIx64 "-%016" PRIx64 "%s",
             kind == IMAGE_NAME_PARTIAL ? PARTIAL : WHOLE, at.index, at.term,
             kind == IMAGE_NAME_TEMPORARY ? TEMPORARY : "");
}

/* DIGITS hexadecimal digits; NULL if they are not there, else what follows them. */
static const char *parse_number(const char *text, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        char c = text[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f'))
            return NULL; /* the terminating NUL too */
        number = 16 * number + (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    *ret = number;
    return text + DIGITS;
}

enum image_name image_name_parse(const char *name, struct wal_position *ret_at)
{
    bool partial = strncmp(name, PARTIAL, strlen(PARTIAL)) == 0;
    struct wal_position at = {0};
    if (!partial && strncmp(name, WHOLE, strlen(WHOLE)) != 0)
        return IMAGE_NAME_OTHER;
    const char *rest = parse_number(name + strlen(partial ? PARTIAL : WHOLE), &at.index);
    if (rest == NULL || rest[0] != '-')
        return IMAGE_NAME_OTHER;
    rest = parse_number(rest + 1, &at.term);
    if (rest == NULL || at.index == 0 || at.term == 0)
        return IMAGE_NAME_OTHER;
    bool ends = rest[0] == '\0';
    bool temporary = !partial && strcmp(rest, TEMPORARY) == 0;
    if (!ends && !temporary)
        return IMAGE_NAME_OTHER;
    *ret_at = at;
    if (partial)
        return IMAGE_NAME_PARTIAL;
    return temporary ? IMAGE_NAME_TEMPORARY : IMAGE_NAME_WHOLE;
}

int image_compare(struct wal_position a, struct wal_position b)
{
    if (a.index != b.index)
        return a.index < b.index ? -1 : 1;
    return (a.term > b.term) - (a.term < b.term);
}

static void add(struct wal_position **list, size_t *count, struct wal_position at)
{
    *list = mem_grow(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = at;
}

static void each_name(void *ctx, const char *name)
{
    struct image_list *list = ctx;
    struct wal_position at;
    switch (image_name_parse(name, &at)) {
    case IMAGE_NAME_WHOLE: add(&list->images, &list->images_count, at); break;
    case IMAGE_NAME_PARTIAL: add(&list->partials, &list->partials_count, at); break;
    case IMAGE_NAME_TEMPORARY: add(&list->temporaries, &list->temporaries_count, at); break;
    case IMAGE_NAME_OTHER: break;
    }
}

static int compare_positions(const void *a, const void *b)
{
    return image_compare(*(const struct wal_position *)a, *(const struct wal_position *)b);
}

static void sort(struct wal_position *list, size_t count)
{
    if (count > 1)
        sort_array(list, count, sizeof *list, compare_positions);
}

int image_list(const struct vfs *vfs, const char *dir, struct image_list *ret, struct err *e)
{
    struct image_list list = {0};
    int code = vfs->list(vfs->arg, dir, each_name, &list, e);
    if (code < 0) {
        image_list_free(&list);
        return code;
    }
    sort(list.images, list.images_count);
    sort(list.partials, list.partials_count);
    *ret = list;
    return 0;
}

void image_list_free(struct image_list *list)
{
    mem_free(list->images);
    mem_free(list->partials);
    mem_free(list->temporaries);
    *list = (struct image_list){0};
}

static void remove_one(struct vfs_change *c, enum image_name kind, struct wal_position at)
{
    if (c->removes_count < VFS_CHANGE_REMOVES_MAX)
        image_name(c->remove[c->removes_count++], kind, at);
}

struct vfs_op *image_sweep_start(struct image_sweep *s, const struct vfs *vfs, const char *dir,
                                 struct wal_position keep, const struct image_writer *receiving)
{
    struct image_list list;
    struct vfs_change *c = &s->op.change;
    if (s->in_flight || image_list(vfs, dir, &list, NULL) < 0)
        return NULL; /* what cannot be listed is swept another time */
    *c = (struct vfs_change){.sync_dir = true};
    snprintf(c->dir, sizeof c->dir, "%s", dir);
    for (size_t i = 0; i < list.images_count; i++)
        if (image_compare(list.images[i], keep) < 0)
            remove_one(c, IMAGE_NAME_WHOLE, list.images[i]);
    for (size_t i = 0; i < list.partials_count; i++) {
        bool used = receiving != NULL && image_writer_is_partial(receiving) &&
                    image_compare(list.partials[i], image_writer_meta(receiving)->at) == 0;
        if (list.partials[i].index <= keep.index && !used)
            remove_one(c, IMAGE_NAME_PARTIAL, list.partials[i]);
    }
    image_list_free(&list);
    if (c->removes_count == 0)
        return NULL;
    s->op.kind = VFS_OP_CHANGE;
    s->op.owner = s;
    s->op.writes_count = 0;
    s->op.error = (struct err){0};
    s->in_flight = true;
    vfs->submit(vfs->arg, &s->op);
    return &s->op;
}

int image_sweep_on_done(struct image_sweep *s, struct vfs_op *op, int status, struct err *e)
{
    ASSERT(op == &s->op && s->in_flight && status <= 0);
    s->in_flight = false;
    if (status < 0)
        return err_set(e, status, "image: remove %s and others: %s", op->change.remove[0],
                       op->error.text[0] != '\0' ? op->error.text : err_name(status));
    return 0;
}
