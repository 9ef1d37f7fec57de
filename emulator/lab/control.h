/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket a keeper listens at: lines of JSON from callers, lines of JSON to them. */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include "base/buf.h"
#include "base/err.h"

#include <uv.h>

struct control; /* opaque */
struct caller;  /* one connection; opaque */

/* request and gone may answer, and hang up. */
struct control_events {
    const char *full; /* the only line to one for whom there is no room */
    void (*request)(void *arg, struct caller *c, const char *text, size_t len);
    void (*gone)(void *arg, struct caller *c); /* it has hung up, and is no more */
};

/* Listens at path; events and arg are borrowed until control_close. Errors: those of bind. */
int control_open(uv_loop_t *loop, const char *path, const struct control_events *events, void *arg,
                 struct control **ret, struct err *e) MUST_CHECK;
/* Hangs up on all, and removes the socket; the loop frees what is open. NULL is fine. */
void control_close(struct control *c);

/* A line to one, or to all of them; who does not read is spared further ones, and who asks all the
 * same is hung up on. */
void control_answer(struct caller *c, const struct buf *line);
void control_tell(struct control *c, const struct buf *line);
/* The line with descriptors of ours, which stay ours. Errors: -E_BUSY (other lines are under way),
 * -E_IO. */
int control_give(struct caller *c, const struct buf *line, const int *fds, size_t count,
                 struct err *e) MUST_CHECK;

#endif
