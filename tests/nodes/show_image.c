/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/show_image.h"

#include "base/bytes.h"
#include "base/units.h"
#include "kv/kv_image.h"
#include "node/members/members_codec.h"
#include "store/image.h"
#include "tests/nodes/files.h"

#include <stdio.h>
#include <string.h>

#define ULL(x) ((unsigned long long)(x))
#define DIR    "/data"

/* The newest one; NULL: none, or it does not read. */
static struct image *newest(const struct nodes_one *one)
{
    const struct vfs *v = memvfs_vfs(one->disk);
    struct image_list list;
    struct image *image = NULL;
    struct err e = {0};
    char path[VFS_PATH_MAX], name[VFS_NAME_MAX];
    if (image_list(v, DIR, &list, &e) < 0)
        return NULL;
    if (list.images_count > 0) {
        struct wal_position at = list.images[list.images_count - 1];
        (void)snprintf(name, sizeof(name), "image-%llx-%llx", ULL(at.index), ULL(at.term));
        size_t len;
        uint64_t mark = 0; /* the disk's, as the header has it */
        if (files_find(one, name, path)) {
            struct bytes head = bytes_of(memvfs_bytes(one->disk, path, &len), 24);
            (void)bytes_take(&head, 16);
            mark = bytes_u64(&head);
        }
        if (image_open(v, DIR, mark, at, &image, &e) < 0)
            image = NULL;
    }
    image_list_free(&list);
    return image;
}

static bool read_state(struct image *image, struct buf *out)
{
    static uint8_t piece[IMAGE_READ_BYTES_MAX];
    struct err e = {0};
    uint64_t bytes = image_meta(image)->state_bytes;
    for (uint64_t at = 0; at < bytes;) {
        uint64_t len = bytes - at < sizeof(piece) ? bytes - at : sizeof(piece);
        if (image_read(image, at, piece, (size_t)len, &e) < 0)
            return false;
        buf_put(out, piece, (size_t)len);
        at += len;
    }
    return true;
}

bool show_image_bytes(const struct nodes_one *one, struct buf *out)
{
    struct image *image = newest(one);
    bool read = image != NULL && read_state(image, out);
    image_close(image);
    return read;
}

static void print_members(struct buf *out, const struct image_meta *m)
{
    struct membership of;
    struct err e = {0};
    buf_putf(out, ", members of entry %llu:", ULL(m->config_index));
    if (membership_decode(span_of(m->config, m->config_len), &of, &e) < 0) {
        buf_puts(out, " do not read");
        return;
    }
    bool printed[LIMIT_MEMBERS] = {false};
    for (uint32_t k = 0; k < of.config.count; k++) { /* by name: ids are made from them */
        uint32_t first = LIMIT_MEMBERS;
        for (uint32_t i = 0; i < of.config.count; i++) {
            if (!printed[i] &&
                (first == LIMIT_MEMBERS || strcmp(of.peers[i].name, of.peers[first].name) < 0))
                first = i;
        }
        printed[first] = true;
        buf_putf(out, " %s", of.peers[first].name);
    }
}

/* Text as it is, but short; what cannot be read on a line as its length. */
static void print_text(struct buf *out, const uint8_t *data, uint32_t len)
{
    bool plain = len <= 40;
    for (uint32_t i = 0; plain && i < len; i++)
        plain = data[i] >= ' ' && data[i] < 127;
    if (plain)
        buf_put(out, data, len);
    else
        buf_putf(out, "%u bytes", len);
}

/* An answer is a RESP reply: lines, which end in \r\n. */
static void print_reply(struct buf *out, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len && i < 60; i++) {
        if (data[i] == '\n' && i + 1 < len)
            buf_putc(out, ' ');
        else if (data[i] >= ' ')
            buf_putc(out, (char)data[i]);
    }
}

static void print_key(struct buf *out, struct bytes *c)
{
    uint32_t key_len = bytes_u32(c), value_len = bytes_u32(c);
    uint64_t rev = bytes_u64(c), expires = bytes_u64(c);
    const uint8_t *key = bytes_take(c, key_len), *value = bytes_take(c, value_len);
    if (c->bad)
        return;
    buf_puts(out, "  key ");
    print_text(out, key, key_len);
    buf_puts(out, " = ");
    print_text(out, value, value_len);
    buf_putf(out, ", of entry %llu%s\n", ULL(rev), expires != 0 ? ", expires" : "");
}

static void print_session(struct buf *out, struct bytes *c)
{
    uint64_t sid = bytes_u64(c), ttl = bytes_u64(c);
    (void)bytes_u64(c); /* last used: a time */
    uint64_t first_open = bytes_u64(c);
    char text[UNITS_TEXT_MAX];
    buf_putf(out, "  session %llu of %s, answered below %llu\n", ULL(sid),
             units_print_duration(ttl, text), ULL(first_open));
}

static void print_answer(struct buf *out, struct bytes *c)
{
    uint64_t seq = bytes_u64(c), index = bytes_u64(c);
    uint32_t len = bytes_u32(c);
    const uint8_t *data = bytes_take(c, len);
    if (c->bad)
        return;
    buf_putf(out, "    answer %llu, of entry %llu: ", ULL(seq), ULL(index));
    print_reply(out, data, len);
    buf_putc(out, '\n');
}

static void print_state(struct buf *out, const struct buf *state)
{
    struct bytes c = bytes_of(state->data, state->len);
    (void)bytes_take(&c, KV_IMAGE_HEAD_BYTES);
    for (bool more = true; more && !c.bad;) {
        switch (bytes_u8(&c)) {
        case 'S': print_session(out, &c); break;
        case 'A': print_answer(out, &c); break;
        case 'K': print_key(out, &c); break;
        default: more = false;
        }
    }
}

void show_image(struct buf *out, const struct nodes_one *one)
{
    struct buf state = {0};
    struct image *image = newest(one);
    if (image == NULL) {
        buf_putf(out, "%s has no image that reads\n", one->name);
        return;
    }
    const struct image_meta *m = image_meta(image);
    buf_putf(out, "%s image of entry %llu, term %llu", one->name, ULL(m->at.index),
             ULL(m->at.term));
    print_members(out, m);
    buf_putc(out, '\n');
    if (read_state(image, &state))
        print_state(out, &state);
    else
        buf_puts(out, "  does not read\n");
    buf_free(&state);
    image_close(image);
}
