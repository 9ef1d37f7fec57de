/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client's connection to a node behind an adapter: what it says is raftd's language, and becomes
 * operations of the adapter's. No link carries it. */
#ifndef LIVE_ADAPTER_CLIENT_H
#define LIVE_ADAPTER_CLIENT_H

#include "emulator/clients/io.h"
#include "emulator/live/nodes.h"

/* What all of them share. Borrowed. */
struct adapter_clients {
    uv_loop_t *loop;
    const struct nodes *nodes;
    uint64_t timeout_ns; /* of an operation */
    /* An adapter lacks an operation that a client asks. */
    void (*lacks)(void *arg, const struct err *e);
    void *arg;
};

/* As in clients/io.h. all, events and arg are borrowed for ever. */
struct connection *adapter_client_open(const struct adapter_clients *all, unsigned node,
                                       const struct connection_events *events, void *arg);
int adapter_client_send(struct connection *c, const void *data, size_t len,
                        struct err *e) MUST_CHECK;
void adapter_client_drop(struct connection *c);

#endif
