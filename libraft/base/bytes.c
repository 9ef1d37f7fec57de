/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/bytes.h"

struct bytes bytes_of(const void *data, size_t len)
{
    ASSERT(data != NULL || len == 0);
    return (struct bytes){.data = data, .len = len};
}

size_t bytes_left(const struct bytes *c)
{
    return c->bad ? 0 : c->len - c->at;
}

bool bytes_ended(const struct bytes *c)
{
    return !c->bad && c->at == c->len;
}

const uint8_t *bytes_take(struct bytes *c, size_t n)
{
    static const uint8_t nothing[1];
    if (c->bad || n > c->len - c->at) {
        c->bad = true;
        return NULL;
    }
    if (n == 0)
        return nothing;
    const uint8_t *p = c->data + c->at;
    c->at += n;
    return p;
}

static uint64_t take_le(struct bytes *c, size_t size)
{
    const uint8_t *p = bytes_take(c, size);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < size; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint8_t bytes_u8(struct bytes *c)
{
    return (uint8_t)take_le(c, 1);
}

uint16_t bytes_u16(struct bytes *c)
{
    return (uint16_t)take_le(c, 2);
}

uint32_t bytes_u32(struct bytes *c)
{
    return (uint32_t)take_le(c, 4);
}

uint64_t bytes_u64(struct bytes *c)
{
    return take_le(c, 8);
}

struct bytes bytes_sub(struct bytes *c, size_t n)
{
    const uint8_t *p = bytes_take(c, n);
    if (p == NULL)
        return (struct bytes){.bad = true};
    return (struct bytes){.data = p, .len = n};
}
