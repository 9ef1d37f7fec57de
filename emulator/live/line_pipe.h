/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines both ways over a stream socket, on libuv. It outlives its owner until the loop has closed
 * it. */
#ifndef LIVE_LINE_PIPE_H
#define LIVE_LINE_PIPE_H

#include "base/buf.h"
#include "base/err.h"

#include <uv.h>

struct line_pipe; /* opaque */

/* None is called any more after close, which they may do. */
struct line_pipe_events {
    void (*line)(void *arg, const char *text, size_t len); /* without its end; never empty */
    void (*too_long)(void *arg);                           /* more than was allowed, and dropped */
    void (*gone)(void *arg); /* the other side sends no more; NULL: it need not be told */
};

/* fd: of a stream socket, owned from now on. max: bytes of a line. events and arg are borrowed
 * until it is closed. */
struct line_pipe *line_pipe_open(uv_loop_t *loop, int fd, size_t max,
                                 const struct line_pipe_events *events, void *arg);
/* Sends text (copied) as it is. Errors: -E_CLOSED. */
int line_pipe_send(struct line_pipe *p, const struct buf *text, struct err *e) MUST_CHECK;
/* Bytes of it that wait. */
size_t line_pipe_unsent(const struct line_pipe *p);
/* Nothing more is sent: the other side's input ends. */
void line_pipe_end(struct line_pipe *p);
void line_pipe_close(struct line_pipe *p); /* p is gone */

#endif
