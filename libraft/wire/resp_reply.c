/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/resp_reply.h"

#include "base/mem.h"
#include "wire/resp_line.h"

#include <stdlib.h>

void resp_replies_init(struct resp_replies *r, size_t bytes_max)
{
    if (bytes_max == 0)
        bytes_max = LIMIT_REPLY_BYTES;
    *r = (struct resp_replies){.bytes_max = bytes_max, .in = {.max = bytes_max + (4u << 20)}};
}

void resp_replies_free(struct resp_replies *r)
{
    buf_free(&r->in);
    mem_free(r->values);
    mem_free(r->text_at);
    resp_replies_init(r, r->bytes_max);
}

void resp_replies_reset(struct resp_replies *r)
{
    buf_reset(&r->in);
    *r = (struct resp_replies){.in = r->in,
                               .bytes_max = r->bytes_max,
                               .values = r->values,
                               .text_at = r->text_at,
                               .values_cap = r->values_cap};
}

/* Forgets the reply handed out last. */
static void begin_next(struct resp_replies *r)
{
    r->start = r->item;
    r->values_count = 0;
    r->done = false;
}

void resp_replies_feed(struct resp_replies *r, const void *data, size_t len)
{
    if (r->failed.code != 0)
        return;
    if (r->done)
        begin_next(r);
    size_t moved = resp_compact(&r->in, r->start);
    r->start -= moved;
    r->item -= moved;
    r->scan -= moved;
    buf_put(&r->in, data, len);
}

static int add_value(struct resp_replies *r, struct resp_value v, const char *text)
{
    if (r->values_count == LIMIT_RESP_VALUES)
        return err_set(&r->failed, -E_LIMIT, "reply: more than %u values", LIMIT_RESP_VALUES);
    if (r->values_count == r->values_cap) {
        r->values_cap = r->values_cap == 0 ? 16 : r->values_cap * 2;
        r->values = mem_grow(r->values, r->values_cap, sizeof(*r->values));
        r->text_at = mem_grow(r->text_at, r->values_cap, sizeof(*r->text_at));
    }
    v.nodes = 1;
    r->text_at[r->values_count] = text == NULL ? SIZE_MAX : (size_t)(text - r->in.data) - r->start;
    r->values[r->values_count++] = v;
    return 1;
}

/* The last value is complete, and with it perhaps the aggregates around it. True when that was
 * the whole reply. */
static bool close_value(struct resp_replies *r)
{
    while (r->depth > 0) {
        if (--r->open[r->depth - 1].left > 0)
            return false;
        size_t at = r->open[--r->depth].value;
        r->values[at].nodes = r->values_count - at;
    }
    return true;
}

/* The steps below return 1 when a value is complete, 2 when more belongs to it (children, a
 * body), negative on an error. */
enum step { VALUE_COMPLETE = 1, VALUE_OPEN = 2 };

static int invalid(struct resp_replies *r, const char *what, struct span line)
{
    int shown = line.len > 40 ? 40 : (int)line.len;
    return err_set(&r->failed, -E_INVALID, "reply: %s: '%.*s'", what, shown, line.data);
}

static int begin_aggregate(struct resp_replies *r, enum resp_kind kind, size_t per_count,
                           size_t extra, struct span line)
{
    uint64_t count;
    struct span rest = span_of(line.data + 1, line.len - 1);
    if (rest.len > 0 && rest.data[0] == '?')
        return err_set(&r->failed, -E_UNSUPPORTED, "reply: streamed aggregates are not supported");
    if (!span_to_u64(rest, &count))
        return invalid(r, "bad count", line);
    if (count > LIMIT_RESP_VALUES)
        return err_set(&r->failed, -E_LIMIT, "reply: more than %u values", LIMIT_RESP_VALUES);
    size_t children = (size_t)count * per_count + extra;
    if (add_value(r, (struct resp_value){.kind = kind, .count = children}, NULL) < 0)
        return r->failed.code;
    if (children == 0)
        return VALUE_COMPLETE;
    if (r->depth == LIMIT_RESP_DEPTH)
        return err_set(&r->failed, -E_LIMIT, "reply: nested deeper than %d", LIMIT_RESP_DEPTH);
    r->open[r->depth].value = r->values_count - 1;
    r->open[r->depth++].left = children;
    return VALUE_OPEN;
}

static int begin_bulk(struct resp_replies *r, enum resp_kind kind, struct span line)
{
    uint64_t length;
    struct span rest = span_of(line.data + 1, line.len - 1);
    if (rest.len > 0 && rest.data[0] == '?')
        return err_set(&r->failed, -E_UNSUPPORTED, "reply: streamed strings are not supported");
    if (!span_to_u64(rest, &length))
        return invalid(r, "bad length", line);
    size_t used = r->scan - r->start;
    if (used > r->bytes_max || length > r->bytes_max - used)
        return err_set(&r->failed, -E_LIMIT, "reply: longer than %zu bytes", r->bytes_max);
    if (add_value(r, (struct resp_value){.kind = kind}, NULL) < 0)
        return r->failed.code;
    r->in_bulk = true;
    r->bulk_bytes = (size_t)length;
    return VALUE_OPEN;
}

/* 0: the body is not here yet. */
static int read_bulk(struct resp_replies *r)
{
    if (r->in.len - r->item < r->bulk_bytes + 2)
        return 0;
    const char *body = r->in.data + r->item;
    struct span text = span_of(body, r->bulk_bytes);
    if (memcmp(body + r->bulk_bytes, "\r\n", 2) != 0)
        return err_set(&r->failed, -E_INVALID, "reply: string not ended by CRLF");
    struct resp_value *v = &r->values[r->values_count - 1];
    if (v->kind == RESP_VERBATIM) {
        if (text.len < 4 || text.data[3] != ':')
            return invalid(r, "verbatim string without a format", text);
        text = span_of(text.data + 4, text.len - 4);
    }
    v->text.len = text.len;
    r->text_at[r->values_count - 1] = (size_t)(text.data - r->in.data) - r->start;
    r->item += r->bulk_bytes + 2;
    r->scan = r->item;
    r->in_bulk = false;
    return VALUE_COMPLETE;
}

static int add_text(struct resp_replies *r, enum resp_kind kind, struct span rest)
{
    return add_value(r, (struct resp_value){.kind = kind, .text = {NULL, rest.len}}, rest.data);
}

static int add_integer(struct resp_replies *r, struct span line, struct span rest)
{
    int64_t value;
    if (rest.len > 1 && rest.data[0] == '+')
        rest = span_of(rest.data + 1, rest.len - 1);
    if (!span_to_i64(rest, &value))
        return invalid(r, "bad integer", line);
    return add_value(r, (struct resp_value){.kind = RESP_INTEGER, .integer = value}, NULL);
}

static int add_double(struct resp_replies *r, struct span line, struct span rest)
{
    char text[64], *end;
    if (rest.len == 0 || rest.len >= sizeof(text) || memchr(rest.data, '\0', rest.len) != NULL ||
        rest.data[0] == ' ' || rest.data[0] == '\t')
        return invalid(r, "bad double", line);
    memcpy(text, rest.data, rest.len);
    text[rest.len] = '\0';
    double value = strtod(text, &end);
    if (*end != '\0')
        return invalid(r, "bad double", line);
    struct resp_value v = {.kind = RESP_DOUBLE, .number = value, .text = {NULL, rest.len}};
    return add_value(r, v, rest.data);
}

static int add_bool(struct resp_replies *r, struct span line, struct span rest)
{
    if (rest.len != 1 || (rest.data[0] != 't' && rest.data[0] != 'f'))
        return invalid(r, "bad boolean", line);
    return add_value(r, (struct resp_value){.kind = RESP_BOOL, .integer = rest.data[0] == 't'},
                     NULL);
}

static int add_null(struct resp_replies *r)
{
    return add_value(r, (struct resp_value){.kind = RESP_NULL}, NULL);
}

static int read_value(struct resp_replies *r, struct span line)
{
    if (line.len == 0)
        return err_set(&r->failed, -E_INVALID, "reply: an empty line");
    struct span rest = span_of(line.data + 1, line.len - 1);
    switch (line.data[0]) {
    case '+': return add_text(r, RESP_SIMPLE, rest);
    case '-': return add_text(r, RESP_ERROR, rest);
    case '(': return add_text(r, RESP_BIGNUM, rest);
    case ':': return add_integer(r, line, rest);
    case ',': return add_double(r, line, rest);
    case '#': return add_bool(r, line, rest);
    case '_': return rest.len == 0 ? add_null(r) : invalid(r, "bad null", line);
    case '$':
        if (span_equal(rest, span_str("-1")))
            return add_null(r);
        return begin_bulk(r, RESP_BULK, line);
    case '!': return begin_bulk(r, RESP_ERROR, line);
    case '=': return begin_bulk(r, RESP_VERBATIM, line);
    case '*':
        if (span_equal(rest, span_str("-1")))
            return add_null(r);
        return begin_aggregate(r, RESP_ARRAY, 1, 0, line);
    case '%': return begin_aggregate(r, RESP_MAP, 2, 0, line);
    case '~': return begin_aggregate(r, RESP_SET, 1, 0, line);
    case '|': return begin_aggregate(r, RESP_ATTRIBUTE, 2, 1, line);
    case '>':
        if (r->depth > 0)
            return err_set(&r->failed, -E_INVALID, "reply: a push inside a reply");
        return begin_aggregate(r, RESP_PUSH, 1, 0, line);
    default: return invalid(r, "unknown type", line);
    }
}

/* One line, or the body of a string: 0 when it is not complete. */
static int read_item(struct resp_replies *r)
{
    struct span line;
    if (r->in_bulk)
        return read_bulk(r);
    int got = resp_line(&r->in, r->item, &r->scan, LIMIT_RESP_INLINE_BYTES, &line);
    if (got < 0)
        return err_set(&r->failed, -E_LIMIT, "reply: a line above %u bytes",
                       LIMIT_RESP_INLINE_BYTES);
    if (got == 0)
        return 0;
    if (r->scan - r->start > r->bytes_max)
        return err_set(&r->failed, -E_LIMIT, "reply: longer than %zu bytes", r->bytes_max);
    got = read_value(r, line);
    r->item = r->scan;
    return got;
}

static const struct resp_value *hand_out(struct resp_replies *r)
{
    for (size_t i = 0; i < r->values_count; i++) {
        if (r->text_at[i] != SIZE_MAX)
            r->values[i].text.data = r->in.data + r->start + r->text_at[i];
    }
    r->done = true;
    return r->values;
}

int resp_replies_next(struct resp_replies *r, const struct resp_value **ret_value, struct err *e)
{
    if (r->done)
        begin_next(r);
    if (r->failed.code == 0 && r->in.overflow)
        err_set(&r->failed, -E_LIMIT, "reply: too much unread input");
    int got = r->failed.code == 0 ? 1 : r->failed.code;
    while (got > 0) {
        got = read_item(r);
        if (got == VALUE_COMPLETE && close_value(r)) {
            *ret_value = hand_out(r);
            return 1;
        }
    }
    if (got < 0 && e != NULL)
        *e = r->failed;
    return got;
}
