/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RESP replies. First byte: size of the chunks the stream comes in. */
#include "base/checksum.h"
#include "wire/resp_reply.h"

#include "base/respw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Checks the shape of a reply and folds it into digest. */
static uint64_t look_at(const struct resp_value *root, uint64_t digest)
{
    for (size_t i = 0; i < root->nodes; i++) {
        const struct resp_value *v = root + i;
        ASSERT(v->nodes >= 1 && v->nodes <= root->nodes - i);
        ASSERT(v->count < v->nodes);
        if (v->count > 0) {
            const struct resp_value *last = resp_child(v, v->count - 1);
            ASSERT(last + last->nodes == v + v->nodes);
        }
        uint64_t words[] = {digest, (uint64_t)v->kind, v->count, v->nodes, (uint64_t)v->integer};
        digest = checksum64_seeded(checksum64(words, sizeof(words)), v->text.data, v->text.len);
        (void)resp_lookup(v, "term");
    }
    return digest;
}

static uint64_t parse(const uint8_t *stream, size_t size, size_t chunk)
{
    struct resp_replies r;
    const struct resp_value *v;
    struct err e = {0};
    uint64_t digest = 0;
    int rc = 0;
    resp_replies_init(&r, 1 << 16);
    for (size_t at = 0; at < size && rc == 0; at += chunk) {
        resp_replies_feed(&r, stream + at, chunk < size - at ? chunk : size - at);
        while ((rc = resp_replies_next(&r, &v, &e)) > 0)
            digest = look_at(v, digest);
    }
    ASSERT((rc < 0) == (e.text[0] != '\0'));
    resp_replies_free(&r);
    return digest + (uint64_t)(int64_t)rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t chunk = 1 + (size_t)data[0];
    uint64_t whole = parse(data + 1, size - 1, size);
    ASSERT(parse(data + 1, size - 1, chunk) == whole);
    struct buf upgraded = {0};
    if (respw_upgrade(&upgraded, span_of(data + 1, size - 1)) == 0)
        ASSERT(upgraded.len <= size - 1);
    buf_free(&upgraded);
    return 0;
}
