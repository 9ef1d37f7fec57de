/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients need of a world: time, being woken, connections. Nothing here calls back at once. */
#ifndef CLIENTS_IO_H
#define CLIENTS_IO_H

#include "trace/record.h"
#include "wire/resp_reply.h"

struct connection;  /* the world's */
struct workload_op; /* these two: workload/workload.h */
struct workload_answer;

/* What happens to a connection; none is called any more after drop. arg is the one given to open.
 */
struct connection_events {
    void (*connected)(void *arg);
    void (*reply)(void *arg, const struct resp_value *value); /* borrowed */
    void (*lost)(void *arg, const char *why); /* "CLOSED", "RESET", "REFUSED", "PROTOCOL", … */
};

struct clients_io {
    void *arg; /* first argument of every call */

    uint64_t (*now)(void *arg); /* the clock of the traces */
    /* Calls clients_wake for this client at t_ns, which replaces the time asked for before;
     * UINT64_MAX: not at all. */
    void (*wake_at)(void *arg, unsigned client, uint64_t t_ns);
    /* Whether it will be. */
    bool (*will_wake)(void *arg, unsigned client);

    /* Starts to connect from a client host (0..) to a node's client port. NULL with a sentence in
     * e: it cannot even be tried now. events is borrowed for ever. */
    struct connection *(*open)(void *arg, unsigned host, unsigned node,
                               const struct connection_events *events, void *events_arg,
                               struct err *e);
    /* Sends bytes (copied). Negative: not a single one was sent. */
    int (*send)(void *arg, struct connection *c, const void *data, size_t len, struct err *e);
    /* Closes it, by a reset if reset: then nothing unsent is sent any more. c is gone. */
    void (*drop)(void *arg, struct connection *c, bool reset);

    /* A record of the history; borrowed. */
    void (*history)(void *arg, const struct trace_record *rec);

    /* For people who watch: this client asks that node, or (answer is not NULL) its operation is
     * over. NULL: nobody does. */
    void (*watch)(void *arg, const char *client, unsigned node, const struct workload_op *op,
                  const struct workload_answer *answer);
};

#endif
