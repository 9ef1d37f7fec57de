/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes on their way into one socket: collected during a turn, written once at its end.
 *
 * Bytes are kept in chunks that begin and end where outq_put calls do, so that urgent messages can
 * pass those that wait (heartbeats pass a long queue of entries) and never cut one in two. */
#ifndef RAFTD_OUTQ_H
#define RAFTD_OUTQ_H

#include "base/must.h"

#include <sys/queue.h>
#include <uv.h>

struct outq_chunk;
TAILQ_HEAD(outq_list, outq);

/* Invariants: bytes = what the chunks still hold, the one being written included; in the dirty list
 * iff is_dirty. */
struct outq {
    TAILQ_ENTRY(outq) dirty_link;
    struct outq_list *dirty;               /* borrowed */
    uv_stream_t *stream;                   /* borrowed; NULL: bytes are dropped */
    void (*failed)(void *arg, int status); /* the socket is broken; called at most once */
    void *arg;
    struct outq_chunk *first;
    struct outq_chunk *last;
    struct outq_chunk *urgent; /* the last chunk of urgent messages, or NULL */
    size_t bytes;
    uint64_t written_bytes; /* taken by the kernel so far */
    uv_write_t write;
    bool writing; /* the first chunk is with libuv, as far as it was filled then: */
    size_t writing_bytes;
    bool is_dirty;
};

void outq_init(struct outq *q, struct outq_list *dirty, uv_stream_t *stream,
               void (*failed)(void *arg, int status), void *arg);

/* Frees what is left. Not before the stream's close callback: until then libuv may hold the first
 * chunk. */
void outq_free(struct outq *q);

/* Nothing more is written or accepted; the stream is about to be closed. */
void outq_stop(struct outq *q);

/* Copies one or more whole messages, in one piece. Urgent ones pass all that are not. */
void outq_put(struct outq *q, const void *data, size_t len, bool urgent);

/* Writes as much as the socket takes. The rest waits until it takes more: the queue is then in the
 * dirty list again. */
void outq_flush(struct outq *q);
void outq_flush_all(struct outq_list *dirty);

/* Bytes put that the kernel has not taken, and bytes it has. */
size_t outq_unwritten(const struct outq *q);
uint64_t outq_written(const struct outq *q);

#endif
