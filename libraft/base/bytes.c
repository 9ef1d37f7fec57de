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

/* Written out, so that compilers make one load of each. */

static uint32_t low16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t low32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint8_t bytes_u8(struct bytes *c)
{
    const uint8_t *p = bytes_take(c, 1);
    return p == NULL ? 0 : p[0];
}

uint16_t bytes_u16(struct bytes *c)
{
    const uint8_t *p = bytes_take(c, 2);
    return p == NULL ? 0 : (uint16_t)low16(p);
}

uint32_t bytes_u32(struct bytes *c)
{
    const uint8_t *p = bytes_take(c, 4);
    return p == NULL ? 0 : low32(p);
}

uint64_t bytes_u64(struct bytes *c)
{
    const uint8_t *p = bytes_take(c, 8);
    return p == NULL ? 0
                     : (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
                           (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
                           (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

struct bytes bytes_sub(struct bytes *c, size_t n)
{
    const uint8_t *p = bytes_take(c, n);
    if (p == NULL)
        return (struct bytes){.bad = true};
    return (struct bytes){.data = p, .len = n};
}
