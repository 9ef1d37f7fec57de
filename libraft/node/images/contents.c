/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot as commands: what an operator's restore is made of. It goes through the log like any
 * write, so that no node ever has a state that its log does not give. */
#include "raft/contents.h"

#include "base/mem.h"
#include "base/units.h"
#include "kv/elements.h"
#include "node/node_private.h"

#define PIECE_BYTES (1u << 20)
#define WORDS_MAX   1000u /* of one command, below what a node takes */

struct contents {
    struct buf head;                /* until it is whole */
    uint64_t left;                  /* bytes of the state that are still to come */
    struct kv_image_reader *reader; /* owned; NULL until the head is whole */
    struct image_meta meta;         /* then, without config */
    struct machine *machine;        /* owned; once all is there */
    struct buf key;                 /* the last one that was given */
    bool begun;
    struct span argv[WORDS_MAX]; /* of one command */
};

struct contents *contents_new(void)
{
    return mem_alloc(sizeof(struct contents));
}

void contents_free(struct contents *c)
{
    if (c == NULL)
        return;
    buf_free(&c->head);
    buf_free(&c->key);
    kv_image_reader_free(c->reader);
    machine_free(c->machine);
    mem_free(c);
}

/* As much of the piece as the head lacks. */
static int take_head(struct contents *c, struct span *piece, struct err *e)
{
    uint32_t missing;
    while ((missing = image_head_missing(span_of(c->head.data, c->head.len))) > 0) {
        size_t n = piece->len < missing ? piece->len : missing;
        if (n == 0)
            return 0;
        buf_put(&c->head, piece->data, n);
        *piece = span_of(piece->data + n, piece->len - n);
    }
    int code = image_head_decode(span_of(c->head.data, c->head.len), NULL, &c->meta, e);
    if (code < 0)
        return code;
    if ((c->meta.state_format & WITNESS_STATE_FORMAT) != 0)
        return err_set(e, -E_INVALID, "the snapshot is a witness's: it has no data");
    c->meta.config = NULL;
    c->left = c->meta.state_bytes;
    c->reader = kv_image_reader_new();
    return 0;
}

int contents_read(struct contents *c, struct span piece, struct err *e)
{
    int code = c->reader == NULL ? take_head(c, &piece, e) : 0;
    if (code < 0 || c->reader == NULL)
        return code;
    size_t n = piece.len < c->left ? piece.len : (size_t)c->left;
    code = n > 0 ? kv_image_read(c->reader, span_of(piece.data, n), e) : 0;
    c->left -= n;
    if (code < 0 || c->left > 0)
        return code;
    code = kv_image_finish(c->reader, &c->machine, e);
    if (code == 0)
        code = image_machine_check(&c->meta, c->machine, e);
    return code < 0 ? code : 1;
}

static void put_string(struct buf *out, const struct kv_item *item)
{
    struct span rest = item->value;
    const char *word = "SET";
    do {
        size_t n = rest.len < PIECE_BYTES ? rest.len : PIECE_BYTES;
        const struct span argv[] = {span_str(word), item->key, span_of(rest.data, n)};
        respw_request(out, argv, ARRAY_LEN(argv));
        rest = span_of(rest.data + n, rest.len - n);
        word = "APPEND";
    } while (rest.len > 0);
}

static void put_elements(struct contents *c, struct buf *out, const struct kv_item *item,
                         const char *word)
{
    struct span *argv = c->argv;
    struct bytes left = elements_of(item->value);
    struct span element;
    size_t argc = 2, bytes = 0;
    argv[0] = span_str(word);
    argv[1] = item->key;
    while (elements_next(&left, &element)) {
        if (argc == WORDS_MAX || (argc > 2 && bytes + element.len > PIECE_BYTES)) {
            respw_request(out, argv, argc);
            argc = 2;
            bytes = 0;
        }
        argv[argc++] = element;
        bytes += element.len;
    }
    respw_request(out, argv, argc);
}

/* At least as long as it would have lived. */
static void put_expiry(struct buf *out, const struct kv_item *item, uint64_t clock_ns)
{
    struct buf text = {0};
    uint64_t left_ns = item->expires_ns > clock_ns ? item->expires_ns - clock_ns : 0;
    buf_putf(&text, "%llu", (unsigned long long)(left_ns / NS_PER_MS + 1));
    const struct span argv[] = {span_str("PEXPIRE"), item->key, span_of(text.data, text.len)};
    respw_request(out, argv, ARRAY_LEN(argv));
    buf_free(&text);
}

bool contents_next(struct contents *c, struct buf *out)
{
    const struct kv *kv = machine_kv(c->machine);
    struct span key = span_of(buf_str(&c->key), c->key.len);
    struct kv_item item;
    if (c->begun ? !kv_after(kv, key, &item) : !kv_at_or_after(kv, span_of("", 0), &item))
        return false;
    switch (item.type) {
    case KV_STRING: put_string(out, &item); break;
    case KV_LIST: put_elements(c, out, &item, "RPUSH"); break;
    case KV_SET: put_elements(c, out, &item, "SADD"); break;
    }
    if (item.expires_ns != 0)
        put_expiry(out, &item, machine_clock_ns(c->machine));
    c->begun = true;
    buf_reset(&c->key);
    buf_put(&c->key, item.key.data, item.key.len);
    return true;
}
