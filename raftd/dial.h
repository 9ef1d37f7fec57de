/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One attempt to connect to HOST:PORT, and the connection it becomes: bytes out, frames in. */
#ifndef RAFTD_DIAL_H
#define RAFTD_DIAL_H

#include "raftd/turn.h"
#include "wire/frame.h"

struct dial; /* opaque */

/* What becomes of it; arg is that of dial_new. None is called from within a dial_ function, and
 * none after dial_abandon. */
struct dial_events {
    void (*resolved)(void *arg); /* the host was a name and has been looked up: connecting begins */
    void (*connected)(void *arg);
    void (*frame)(void *arg, const struct frame *frame); /* borrowed */
    void (*failed)(void *arg, const char *why);          /* nothing comes after it: abandon it */
};

/* Starts resolving, if the host is a name, and connecting. silence_ms: TCP_USER_TIMEOUT.
 * Ownership: dial_abandon. events and address are borrowed, address during the call only. */
struct dial *dial_new(struct turn *turn, const char *address, uint64_t silence_ms,
                      const struct dial_events *events, void *arg);

/* Cuts it (the other side gets a reset) and frees it when the loop has closed the socket. */
void dial_abandon(struct dial *dial);

/* The host's name is being looked up: that takes its time, and ends by itself. */
bool dial_resolving(const struct dial *dial);

void dial_put(struct dial *dial, const void *bytes, size_t len, bool urgent);
size_t dial_queued(const struct dial *dial); /* bytes the kernel has not taken */

/* Whether bytes are on their way, and how many the other host has acknowledged since the start. */
bool dial_outstanding(const struct dial *dial, uint64_t *ret_acknowledged);

#endif
