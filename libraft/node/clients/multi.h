/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MULTI, EXEC, DISCARD, WATCH, UNWATCH: what a connection collects until it becomes one entry. */
#ifndef NODE_MULTI_H
#define NODE_MULTI_H

#include "base/buf.h"
#include "base/span.h"

struct client;
struct clients;
struct node;
struct request;

/* Between MULTI and EXEC. */
struct multi {
    struct buf commands; /* transaction_put_command of each */
    size_t commands_count;
    bool broken; /* one could not be queued: EXEC executes nothing */
};

/* Keys a connection watches, shared by it and by the requests that read their revs and need them:
 * a pipelined EXEC is made before the revs of its WATCH are known. */
struct watch_set {
    uint32_t refs;
    bool failed;     /* a WATCH was not answered with OK: nobody can tell what has changed */
    struct buf keys; /* transaction_put_key of each */
    struct buf revs; /* u64 of each, 0 until it is read */
    size_t keys_count;
};

/* True: it was one of these commands, or came between MULTI and EXEC; its request has been made. */
bool multi_request(struct node *n, struct client *c, const struct span *argv, size_t argc);
/* The connection is gone, or RESET: forgets all of it. */
void multi_forget(struct clients *all, struct client *c);
/* A WATCH has come to its read point: notes the revs. */
void multi_watch_read(struct node *n, struct request *r);
/* An EXEC leaves for the log: its revs are known now. False: it must not, its WATCH has failed. */
bool multi_seal(struct request *r);
void watch_set_unref(struct clients *all, struct watch_set *set); /* NULL is allowed */

#endif
