/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/resp.h"

#include "base/mem.h"
#include "wire/resp_inline.h"
#include "wire/resp_line.h"

/* One request with the heads of its arguments, and 4 MiB of what follows it. */
#define REQUESTS_BYTES_MAX (LIMIT_RESP_BYTES + 32u * LIMIT_RESP_ARGS + (4u << 20))

void resp_requests_init(struct resp_requests *r)
{
    *r = (struct resp_requests){.in = {.max = REQUESTS_BYTES_MAX}};
}

void resp_requests_free(struct resp_requests *r)
{
    buf_free(&r->in);
    mem_free(r->args);
    mem_free(r->argv);
    resp_requests_init(r);
}

void resp_requests_reset(struct resp_requests *r)
{
    buf_reset(&r->in);
    *r = (struct resp_requests){
        .in = r->in, .args = r->args, .argv = r->argv, .args_cap = r->args_cap};
}

void resp_requests_feed(struct resp_requests *r, const void *data, size_t len)
{
    if (r->failed.code != 0)
        return;
    size_t moved = resp_compact(&r->in, r->start);
    r->start -= moved;
    r->item -= moved;
    r->scan -= moved;
    buf_put(&r->in, data, len);
}

size_t resp_requests_pending(const struct resp_requests *r)
{
    return r->in.len - r->start;
}

/* The steps below return 1 when they got on, 0 when bytes are missing, negative on an error. */

static int add_arg(struct resp_requests *r, const char *data, size_t len)
{
    if (r->args_count == LIMIT_RESP_ARGS || len > LIMIT_RESP_BYTES - r->args_bytes)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: too big request");
    if (r->args_count == r->args_cap) {
        size_t cap = r->args_cap == 0 ? 8 : r->args_cap * 2;
        r->args = mem_grow(r->args, cap, sizeof(*r->args));
        r->argv = mem_grow(r->argv, cap, sizeof(*r->argv));
        r->args_cap = cap;
    }
    size_t at = (size_t)(data - r->in.data) - r->start;
    r->args[r->args_count++] = (struct resp_arg){.at = at, .len = len};
    r->args_bytes += len;
    return 1;
}

/* A line of words, each one an argument. */
static int read_inline(struct resp_requests *r)
{
    struct span line, word;
    int got = resp_line(&r->in, r->item, &r->scan, LIMIT_RESP_INLINE_BYTES, &line);
    if (got < 0)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: too big inline request");
    if (got == 0)
        return 0;
    char *text = r->in.data + r->item;
    size_t at = 0;
    while ((got = resp_inline_word(text, line.len, &at, &word)) > 0) {
        if (add_arg(r, word.data, word.len) < 0)
            return r->failed.code;
        /* A browser tricked into talking to this port must not get a second line through. */
        if (r->args_count == 1 && (span_is_word(word, "post") || span_is_word(word, "host:")))
            return err_set(&r->failed, -E_INVALID, "Protocol error: this is not an HTTP server");
    }
    if (got < 0)
        return err_set(&r->failed, -E_INVALID, "Protocol error: unbalanced quotes in request");
    r->args_expected = r->args_count;
    r->item = r->scan;
    return 1;
}

/* "*count"; a count of zero or less is an empty request. */
static int read_count(struct resp_requests *r)
{
    struct span line;
    int64_t count;
    int got = resp_line(&r->in, r->item, &r->scan, LIMIT_RESP_INLINE_BYTES, &line);
    if (got < 0)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: too big mbulk count string");
    if (got == 0)
        return 0;
    if (!span_to_i64(span_of(line.data + 1, line.len - 1), &count))
        return err_set(&r->failed, -E_INVALID, "Protocol error: invalid multibulk length");
    if (count > LIMIT_RESP_ARGS)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: invalid multibulk length");
    r->args_expected = count > 0 ? (size_t)count : 0;
    r->item = r->scan;
    return 1;
}

/* "$length" */
static int read_bulk_length(struct resp_requests *r)
{
    struct span line;
    uint64_t length;
    if (r->item == r->in.len)
        return 0;
    char first = r->in.data[r->item];
    if (first != '$')
        return err_set(&r->failed, -E_INVALID, "Protocol error: expected '$', got '%c'",
                       first >= ' ' && first <= '~' ? first : '?');
    int got = resp_line(&r->in, r->item, &r->scan, LIMIT_RESP_INLINE_BYTES, &line);
    if (got < 0)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: too big bulk count string");
    if (got == 0)
        return 0;
    if (!span_to_u64(span_of(line.data + 1, line.len - 1), &length))
        return err_set(&r->failed, -E_INVALID, "Protocol error: invalid bulk length");
    if (length > LIMIT_RESP_BYTES - r->args_bytes)
        return err_set(&r->failed, -E_LIMIT, "Protocol error: invalid bulk length");
    r->item = r->scan;
    r->in_bulk = true;
    r->bulk_bytes = (size_t)length;
    return 1;
}

static int read_bulk(struct resp_requests *r)
{
    if (r->in.len - r->item < r->bulk_bytes + 2)
        return 0;
    const char *body = r->in.data + r->item;
    if (memcmp(body + r->bulk_bytes, "\r\n", 2) != 0)
        return err_set(&r->failed, -E_INVALID, "Protocol error: bulk string not ended by CRLF");
    int got = add_arg(r, body, r->bulk_bytes);
    r->item += r->bulk_bytes + 2;
    r->scan = r->item;
    r->in_bulk = false;
    return got;
}

static int read_head(struct resp_requests *r)
{
    r->start = r->item;
    r->args_count = 0;
    r->args_bytes = 0;
    if (r->item == r->in.len)
        return 0;
    return r->in.data[r->item] == '*' ? read_count(r) : read_inline(r);
}

static void hand_out(struct resp_requests *r, struct resp_request *ret)
{
    const char *base = r->in.data + r->start;
    for (size_t i = 0; i < r->args_count; i++)
        r->argv[i] = span_of(base + r->args[i].at, r->args[i].len);
    *ret = (struct resp_request){.argv = r->argv, .argc = r->args_count};
    r->args_expected = 0;
    r->args_count = 0;
    r->start = r->item;
}

int resp_requests_next(struct resp_requests *r, struct resp_request *ret_request, struct err *e)
{
    if (r->failed.code == 0 && r->in.overflow)
        err_set(&r->failed, -E_LIMIT, "Protocol error: too much unread input");
    int got = r->failed.code == 0 ? 1 : r->failed.code;
    while (got > 0) {
        if (r->args_expected == 0)
            got = read_head(r);
        else if (r->in_bulk)
            got = read_bulk(r);
        else
            got = read_bulk_length(r);
        if (got > 0 && r->args_expected > 0 && r->args_count == r->args_expected) {
            hand_out(r, ret_request);
            return 1;
        }
    }
    if (got < 0 && e != NULL)
        *e = r->failed;
    return got;
}
