/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client connection (struct connection): requests out, replies in, on libuv. It outlives its
 * owner until the loop has closed it. */
#ifndef LIVE_CONNECTION_H
#define LIVE_CONNECTION_H

#include "emulator/clients/io.h"
#include "netem/netem.h"

#include <uv.h>

/* Starts to connect from one endpoint to another's port. NULL with a sentence in e: no socket could
 * be had, the machine is out of something. events is borrowed for ever. */
struct connection *connection_open(uv_loop_t *loop, const struct netem *net, int from, int to,
                                   unsigned port, const struct connection_events *events, void *arg,
                                   struct err *e);
/* The same to a Unix socket; that nobody listens there is told by `lost`. */
struct connection *connection_open_unix(uv_loop_t *loop, const char *path,
                                        const struct connection_events *events, void *arg);
/* Sends bytes (copied). Negative: not a single one was sent. */
int connection_send(struct connection *c, const void *data, size_t len, struct err *e) MUST_CHECK;
/* Closes it, by a reset if reset: then nothing unsent is sent any more. c is gone. */
void connection_drop(struct connection *c, bool reset);

#endif
