/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/respw.h"

#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define NUMBER_TEXT_MAX 24

/* Decimal digits into the end of out; returns where they start. Replies are mostly numbers and
 * lengths, and printf would be most of their cost. */
static char *digits(uint64_t value, char out[NUMBER_TEXT_MAX])
{
    char *p = out + NUMBER_TEXT_MAX;
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return p;
}

static void put_head(struct buf *out, char type, bool negative, uint64_t magnitude)
{
    char text[NUMBER_TEXT_MAX + 2];
    char *p = digits(magnitude, text);
    if (negative)
        *--p = '-';
    *--p = type;
    text[NUMBER_TEXT_MAX] = '\r';
    text[NUMBER_TEXT_MAX + 1] = '\n';
    buf_put(out, p, (size_t)(text + sizeof(text) - p));
}

void respw_simple(struct buf *out, const char *text)
{
    ASSERT(strpbrk(text, "\r\n") == NULL);
    buf_putc(out, '+');
    buf_puts(out, text);
    buf_puts(out, "\r\n");
}

void respw_ok(struct buf *out)
{
    buf_put(out, "+OK\r\n", 5);
}

/* Ends a line that began at `from`: whatever could end it early becomes a space. */
static void end_line(struct buf *out, size_t from)
{
    for (size_t i = from; i < out->len; i++) {
        if (out->data[i] == '\r' || out->data[i] == '\n' || out->data[i] == '\0')
            out->data[i] = ' ';
    }
    buf_puts(out, "\r\n");
}

void respw_error(struct buf *out, const char *text)
{
    buf_putc(out, '-');
    size_t from = out->len;
    buf_puts(out, text);
    end_line(out, from);
}

void respw_errorf(struct buf *out, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX + 128];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    respw_error(out, text);
}

void respw_integer(struct buf *out, int64_t value)
{
    put_head(out, ':', value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void respw_unsigned(struct buf *out, uint64_t value)
{
    ASSERT(value <= INT64_MAX);
    put_head(out, ':', false, value);
}

void respw_bulk(struct buf *out, struct span bytes)
{
    put_head(out, '$', false, bytes.len);
    buf_put(out, bytes.data, bytes.len);
    buf_put(out, "\r\n", 2);
}

void respw_bulk_str(struct buf *out, const char *text)
{
    respw_bulk(out, span_str(text));
}

void respw_bulkf(struct buf *out, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    ASSERT(len >= 0);
    if ((size_t)len < sizeof(text)) {
        respw_bulk(out, span_of(text, (size_t)len));
    } else {
        char *room = NULL;
        ASSERT(vasprintf(&room, fmt, again) == len);
        respw_bulk(out, span_of(room, (size_t)len));
        mem_free(room);
    }
    va_end(again);
}

void respw_null(struct buf *out, enum resp_version version)
{
    buf_puts(out, version == RESP3 ? "_\r\n" : "$-1\r\n");
}

void respw_null_array(struct buf *out, enum resp_version version)
{
    buf_puts(out, version == RESP3 ? "_\r\n" : "*-1\r\n");
}

void respw_bool(struct buf *out, enum resp_version version, bool value)
{
    if (version == RESP3)
        buf_puts(out, value ? "#t\r\n" : "#f\r\n");
    else
        respw_integer(out, value);
}

void respw_double(struct buf *out, enum resp_version version, double value)
{
    char text[64];
    if (isnan(value))
        (void)snprintf(text, sizeof(text), "nan");
    else if (isinf(value))
        (void)snprintf(text, sizeof(text), value < 0 ? "-inf" : "inf");
    else
        (void)snprintf(text, sizeof(text), "%.17g", value);
    if (version == RESP3)
        buf_putf(out, ",%s\r\n", text);
    else
        respw_bulk_str(out, text);
}

void respw_verbatim(struct buf *out, enum resp_version version, const char *format,
                    struct span text)
{
    ASSERT(strlen(format) == 3);
    if (version != RESP3) {
        respw_bulk(out, text);
        return;
    }
    put_head(out, '=', false, text.len + 4);
    buf_puts(out, format);
    buf_putc(out, ':');
    buf_put(out, text.data, text.len);
    buf_put(out, "\r\n", 2);
}

void respw_array(struct buf *out, size_t count)
{
    put_head(out, '*', false, count);
}

void respw_map(struct buf *out, enum resp_version version, size_t pairs_count)
{
    if (version == RESP3)
        put_head(out, '%', false, pairs_count);
    else
        put_head(out, '*', false, pairs_count * 2);
}

void respw_set(struct buf *out, enum resp_version version, size_t count)
{
    put_head(out, version == RESP3 ? '~' : '*', false, count);
}

void respw_push(struct buf *out, enum resp_version version, size_t count)
{
    put_head(out, version == RESP3 ? '>' : '*', false, count);
}

void respw_request(struct buf *out, const struct span *argv, size_t argc)
{
    respw_array(out, argc);
    for (size_t i = 0; i < argc; i++)
        respw_bulk(out, argv[i]);
}

/* Length of the value's text at s, heads counting as one value: the line, and the body of a bulk
 * string. 0 when there is none. */
static size_t value_length(struct span s)
{
    const char *end = memchr(s.data, '\n', s.len);
    if (end == NULL || end - s.data < 2 || end[-1] != '\r' || memchr("+-:$*", s.data[0], 5) == NULL)
        return 0;
    size_t line = (size_t)(end - s.data) + 1;
    uint64_t body;
    if (s.data[0] != '$')
        return line;
    if (!span_to_u64(span_of(s.data + 1, line - 3), &body) || s.len - line < 2 ||
        body > s.len - line - 2 || memcmp(s.data + line + body, "\r\n", 2) != 0)
        return 0;
    return line + (size_t)body + 2;
}

static bool begins_with_null(struct span s)
{
    return s.len >= 5 && memcmp(s.data + 1, "-1\r\n", 4) == 0 &&
           (s.data[0] == '$' || s.data[0] == '*');
}

bool respw_is_one_value(struct span resp2)
{
    uint64_t missing = 1; /* values that must still come; each takes a byte, so it is bounded */
    while (missing > 0 && missing <= resp2.len) {
        bool null = begins_with_null(resp2);
        size_t len = null ? 5 : value_length(resp2);
        uint64_t children = 0;
        if (len == 0)
            return false;
        if (!null && resp2.data[0] == '*' &&
            (!span_to_u64(span_of(resp2.data + 1, len - 3), &children) || children > resp2.len))
            return false;
        missing += children - 1;
        resp2 = span_of(resp2.data + len, resp2.len - len);
    }
    return missing == 0 && resp2.len == 0;
}

int respw_upgrade(struct buf *out, struct span resp2)
{
    while (resp2.len > 0) {
        size_t len = 5;
        if (begins_with_null(resp2)) {
            respw_null(out, RESP3);
        } else {
            len = value_length(resp2);
            if (len == 0)
                return -E_CORRUPT;
            buf_put(out, resp2.data, len);
        }
        resp2 = span_of(resp2.data + len, resp2.len - len);
    }
    return 0;
}
