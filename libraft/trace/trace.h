/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trace: what a node did, as a stream of records, enough to judge Raft from outside.
 *
 * A node hands a record over before its consequence leaves it. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "trace/record.h"

/* Where records go; rec and what it points to are borrowed for the call. The host may number the
 * line. */
typedef void trace_sink(void *arg, struct trace_record *rec);

/* A host's side of a trace. names gives the numbers that records name nodes by: the host may share
 * one table among nodes, which keeps numbers for good, or reset it after each record. */
struct trace_host {
    trace_sink *sink; /* NULL: no trace */
    void *arg;
    struct trace_names *names;
};

/* One node's writer. Off (and free of cost) while there is no sink. Invariant: runs and marks are
 * those of the record being made. */
struct trace {
    struct trace_host host;
    const char *node; /* borrowed */
    uint64_t id;      /* the node's, made from its name */
    uint64_t disk;
    uint64_t incarnation;
    uint64_t seq;
    struct trace_record rec;
    struct trace_run *runs; /* owned */
    size_t runs_cap;
    struct trace_mark *marks; /* owned */
    size_t marks_cap;
};

/* host is copied; node must outlive the writer. Ownership: trace_close frees what it grew. */
void trace_open(struct trace *tr, const struct trace_host *host, const char *node, uint64_t disk,
                uint64_t incarnation);
void trace_close(struct trace *tr);

/* Records go there from the next one on; their numbers go on. Not between trace_begin and
 * trace_end. */
void trace_to(struct trace *tr, const struct trace_host *host);

static inline bool trace_is_on(const struct trace *tr)
{
    return tr->host.sink != NULL;
}

/* The number of a node by its id; -1: the host's table does not have it, and it has to be added by
 * name. For records between trace_begin and trace_end. */
int trace_node(const struct trace *tr, uint64_t id);
int trace_add_node(const struct trace *tr, const char *name);

/* Starts an event; NULL when tracing is off. Fill in the event's fields with TRACE_PUT and the two
 * below, then call trace_end. */
struct trace_record *trace_begin(struct trace *tr, enum trace_event ev, uint64_t now_ns,
                                 uint64_t term);
void trace_add_run(struct trace *tr, uint64_t term, uint64_t count);
void trace_add_mark(struct trace *tr, uint64_t index, uint64_t value);
void trace_end(struct trace *tr);

#endif
