/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t max_of(const struct buf *b)
{
    return b->max == 0 ? BUF_MAX_DEFAULT : b->max;
}

/* Makes room for extra more bytes; false (and overflow) when that would pass the maximum. */
static bool reserve(struct buf *b, size_t extra)
{
    if (b->overflow || extra > max_of(b) - b->len) {
        b->overflow = true;
        return false;
    }
    size_t need = b->len + extra;
    if (b->data != NULL && need <= b->cap)
        return true;
    size_t cap = b->cap < 63 ? 63 : b->cap; /* with the NUL a power of two */
    while (cap < need)
        cap = 2 * cap + 1;
    if (cap > max_of(b))
        cap = max_of(b);
    b->data = mem_grow(b->data, cap + 1, 1);
    b->cap = cap;
    return true;
}

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    mem_free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->overflow = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void buf_put(struct buf *b, const void *data, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_putf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    ASSERT(need >= 0);
    if (reserve(b, (size_t)need)) {
        (void)vsnprintf(b->data + b->len, (size_t)need + 1, fmt, again);
        b->len += (size_t)need;
    }
    va_end(again);
}

static bool is_control(const uint8_t *p, size_t len)
{
    return p[0] < 0x20 || p[0] == 0x7f || (len == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void buf_put_visible(struct buf *b, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t at = 0, n; at < len; at += n) {
        n = utf8_length(p + at, len - at);
        if (n > 0 && !is_control(p + at, n)) {
            buf_put(b, p + at, n);
            continue;
        }
        buf_putf(b, "\\x%02x", p[at]);
        n = 1;
    }
}

/* Eight bytes are written as one, of which `size` count. */
static void put_le(struct buf *b, uint64_t v, size_t size)
{
    uint8_t bytes[8] = {(uint8_t)v,         (uint8_t)(v >> 8),  (uint8_t)(v >> 16),
                        (uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
                        (uint8_t)(v >> 48), (uint8_t)(v >> 56)};
    if (b->data != NULL && !b->overflow && b->len + sizeof(bytes) <= b->cap) {
        memcpy(b->data + b->len, bytes, sizeof(bytes));
        b->len += size;
        b->data[b->len] = '\0';
        return;
    }
    buf_put(b, bytes, size);
}

void buf_put_u8(struct buf *b, uint8_t v)
{
    put_le(b, v, 1);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
    put_le(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
    put_le(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
    put_le(b, v, 8);
}

void buf_put_zeros(struct buf *b, size_t count)
{
    if (!reserve(b, count))
        return;
    memset(b->data + b->len, 0, count);
    b->len += count;
    b->data[b->len] = '\0';
}

void buf_consume(struct buf *b, size_t n)
{
    ASSERT(n <= b->len);
    if (n == 0)
        return;
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
    b->data[b->len] = '\0';
}

const char *buf_str(const struct buf *b)
{
    return b->data == NULL ? "" : b->data;
}
