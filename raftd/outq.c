/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/outq.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A chunk takes further messages up to this size; one larger message has a chunk of its own. */
#define CHUNK_BYTES       (64u << 10)
#define CHUNK_BYTES_FIRST 2048u /* of an idle connection's: there may be thousands */
#define WRITE_CHUNKS      16    /* written with one call */

struct outq_chunk {
    struct outq_chunk *next;
    size_t at; /* bytes already written */
    size_t len;
    size_t cap;
    char data[];
};

void outq_init(struct outq *q, struct outq_list *dirty, uv_stream_t *stream,
               void (*failed)(void *arg, int status), void *arg)
{
    *q = (struct outq){.dirty = dirty, .stream = stream, .failed = failed, .arg = arg};
    q->write.data = q;
}

static void enter_dirty(struct outq *q)
{
    if (!q->is_dirty)
        TAILQ_INSERT_TAIL(q->dirty, q, dirty_link);
    q->is_dirty = true;
}

static void leave_dirty(struct outq *q)
{
    if (q->is_dirty)
        TAILQ_REMOVE(q->dirty, q, dirty_link);
    q->is_dirty = false;
}

void outq_free(struct outq *q)
{
    leave_dirty(q);
    while (q->first != NULL) {
        struct outq_chunk *next = q->first->next;
        mem_free(q->first);
        q->first = next;
    }
    *q = (struct outq){0};
}

void outq_stop(struct outq *q)
{
    leave_dirty(q);
    q->stream = NULL;
}

/* Behind `after`, or in front of all. */
static struct outq_chunk *new_chunk(struct outq *q, struct outq_chunk *after, size_t len)
{
    size_t usual = q->first == NULL ? CHUNK_BYTES_FIRST : CHUNK_BYTES;
    size_t cap = len > usual ? len : usual;
    struct outq_chunk *chunk = malloc(sizeof(*chunk) + cap);
    if (chunk == NULL)
        raft_panic(__FILE__, __LINE__, "out of memory");
    *chunk = (struct outq_chunk){.cap = cap};
    chunk->next = after != NULL ? after->next : q->first;
    if (after != NULL)
        after->next = chunk;
    else
        q->first = chunk;
    if (chunk->next == NULL)
        q->last = chunk;
    return chunk;
}

static bool fits(const struct outq_chunk *chunk, size_t len)
{
    return chunk != NULL && chunk->cap - chunk->len >= len;
}

static struct outq_chunk *urgent_chunk(struct outq *q, size_t len)
{
    if (fits(q->urgent, len))
        return q->urgent;
    struct outq_chunk *after = q->urgent;
    if (after == NULL && q->first != NULL && (q->writing || q->first->at > 0))
        after = q->first; /* it is half written: only behind it */
    q->urgent = new_chunk(q, after, len);
    return q->urgent;
}

static struct outq_chunk *plain_chunk(struct outq *q, size_t len)
{
    if (q->last != q->urgent && fits(q->last, len))
        return q->last;
    return new_chunk(q, q->last, len);
}

void outq_put(struct outq *q, const void *data, size_t len, bool urgent)
{
    if (q->stream == NULL || len == 0)
        return;
    struct outq_chunk *chunk = urgent ? urgent_chunk(q, len) : plain_chunk(q, len);
    memcpy(chunk->data + chunk->len, data, len);
    chunk->len += len;
    q->bytes += len;
    enter_dirty(q);
}

/* n bytes from the front have been written. */
static void consume(struct outq *q, size_t n)
{
    ASSERT(n <= q->bytes);
    q->bytes -= n;
    q->written_bytes += n;
    while (q->first != NULL) {
        struct outq_chunk *chunk = q->first;
        size_t left = chunk->len - chunk->at;
        if (n < left) {
            chunk->at += n;
            return;
        }
        n -= left;
        q->first = chunk->next;
        if (q->last == chunk)
            q->last = NULL;
        if (q->urgent == chunk)
            q->urgent = NULL;
        mem_free(chunk);
    }
    ASSERT(n == 0 && q->bytes == 0);
}

static void fail(struct outq *q, int status)
{
    outq_stop(q);
    q->failed(q->arg, status);
}

static void on_written(uv_write_t *write, int status)
{
    struct outq *q = write->data;
    q->writing = false;
    if (q->stream == NULL)
        return; /* closing */
    if (status < 0) {
        fail(q, status);
        return;
    }
    consume(q, q->writing_bytes);
    /* Not written here: what was put since then leaves with its turn. */
    if (q->bytes > 0)
        enter_dirty(q);
}

/* The socket is full: libuv waits for room and writes the first chunk. */
static void write_later(struct outq *q)
{
    struct outq_chunk *chunk = q->first;
    q->writing_bytes = chunk->len - chunk->at;
    uv_buf_t part = uv_buf_init(chunk->data + chunk->at, (unsigned)q->writing_bytes);
    int code = uv_write(&q->write, q->stream, &part, 1, on_written);
    if (code < 0)
        fail(q, code);
    else
        q->writing = true;
}

void outq_flush(struct outq *q)
{
    leave_dirty(q);
    while (q->stream != NULL && !q->writing && q->first != NULL) {
        uv_buf_t parts[WRITE_CHUNKS];
        unsigned count = 0;
        size_t wanted = 0;
        for (struct outq_chunk *c = q->first; c != NULL && count < WRITE_CHUNKS; c = c->next) {
            parts[count++] = uv_buf_init(c->data + c->at, (unsigned)(c->len - c->at));
            wanted += c->len - c->at;
        }
        int n = uv_try_write(q->stream, parts, count);
        if (n < 0 && n != UV_EAGAIN) {
            fail(q, n);
            return;
        }
        if (n > 0)
            consume(q, (size_t)n);
        if (n < 0 || (size_t)n < wanted)
            write_later(q);
    }
}

void outq_flush_all(struct outq_list *dirty)
{
    for (struct outq *q; (q = TAILQ_FIRST(dirty)) != NULL;)
        outq_flush(q);
}

size_t outq_unwritten(const struct outq *q)
{
    if (!q->writing || q->stream == NULL)
        return q->bytes;
    return q->bytes - (q->writing_bytes - uv_stream_get_write_queue_size(q->stream));
}

uint64_t outq_written(const struct outq *q)
{
    return q->written_bytes + (q->bytes - outq_unwritten(q));
}
