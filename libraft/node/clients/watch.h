/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WATCHKEY: connections that have become streams of changes.
 *
 * A watcher is a place in the node's history of changes and costs no memory beyond what its socket
 * may hold unread: whoever reads too slowly loses its place, is told so, and is hung up on. */
#ifndef NODE_WATCH_H
#define NODE_WATCH_H

#include "base/buf.h"
#include "base/span.h"

#include <sys/queue.h>

struct client;
struct history;
struct machine;
struct node;
struct request;

struct watcher {
    TAILQ_ENTRY(watcher) link;
    struct client *client;
    struct buf prefix; /* owned */
    uint64_t from;     /* rev: older changes are none of its business */
    uint64_t next;     /* number of the next change to look at */
    bool fell_behind;  /* at its start, the history did not reach back to `from` */
};
TAILQ_HEAD(watcher_list, watcher);

/* WATCHKEY [PREFIX [FROM_REV]]; true: it was this command, or came while the connection watches. */
bool watch_request(struct node *n, struct client *c, const struct span *argv, size_t argc);
/* Its read point: the stream begins. */
void watch_start(struct node *n, struct request *r);
/* The request was not answered with OK: the connection is an ordinary one again. */
void watch_failed(struct client *c);
/* The connection is gone, or RESET: the stream ends, or never begins. */
void watch_forget(struct node *n, struct client *c);
void watch_close(struct node *n); /* the node ends */
/* Sends what has happened; once a turn. */
void watch_advance(struct node *n);

#endif
