/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/resp_line.h"

/* A buffer that once held a large value is not kept for a connection that is idle. */
#define IDLE_BYTES_MAX (256u << 10)

int resp_line(const struct buf *in, size_t from, size_t *scan, size_t max, struct span *ret_line)
{
    ASSERT(from <= *scan && *scan <= in->len);
    const char *end = *scan == in->len ? NULL : memchr(in->data + *scan, '\n', in->len - *scan);
    if (end == NULL) {
        *scan = in->len;
        return in->len - from > max ? -1 : 0;
    }
    const char *line = in->data + from;
    size_t len = (size_t)(end - line);
    *scan = from + len + 1;
    if (len > max)
        return -1;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    *ret_line = span_of(line, len);
    return 1;
}

size_t resp_compact(struct buf *in, size_t start)
{
    if (start < in->len - start)
        return 0;
    if (start == in->len && in->cap > IDLE_BYTES_MAX)
        buf_free(in);
    else
        buf_consume(in, start);
    return start;
}
