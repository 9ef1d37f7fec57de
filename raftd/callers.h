/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of clients, over TCP and over the admin socket: RESP requests in, replies out.
 *
 * Reading a socket only collects; requests go to the node in callers_turn, after everything peers
 * have said. A client is not read while it has too many requests open or too many replies unread,
 * and is hung up on when it reads nothing for long. */
#ifndef RAFTD_CALLERS_H
#define RAFTD_CALLERS_H

#include "raftd/turn.h"

struct callers; /* opaque */

/* clients_max: on the TCP port; above it connections get an error and are closed. */
struct callers *callers_new(struct turn *turn, uint64_t clients_max);

/* Listens on HOST:PORT, and on a socket file unless it is empty. 0, or a negative code. */
int callers_start(struct callers *c, const char *address, const char *socket_path,
                  struct err *e) MUST_CHECK;

/* For the node, from within it: bytes for a client, and hanging up behind them. */
void callers_reply(struct callers *c, uint64_t client, const void *bytes, size_t len);
size_t callers_unread(const struct callers *c, uint64_t client); /* bytes not taken yet */
void callers_hang_up(struct callers *c, uint64_t client);

/* Hands the requests that have arrived to the node, and tells it who is gone. */
void callers_turn(struct callers *c);
/* After node_pump and outq_flush_all: goes on with those that waited for their replies. What it
 * writes itself has to be flushed. */
void callers_settle(struct callers *c);

/* No new connections on the TCP port; those there are go on, and the admin socket stays open. */
void callers_close_port(struct callers *c);
/* No new connections and requests; what was asked is still answered, and hung up on then. */
void callers_finish(struct callers *c);
size_t callers_count(const struct callers *c);

/* Closes everything; the loop must run until the handles are closed before callers_free. */
void callers_stop(struct callers *c);
void callers_free(struct callers *c);

#endif
