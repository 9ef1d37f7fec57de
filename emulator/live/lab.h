/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laboratory's end of the lab channel of one process of a node (raftd/lab.h): its trace comes
 * in, commands go out, and each is answered once. */
#ifndef LIVE_LAB_H
#define LIVE_LAB_H

#include "emulator/trace/collect.h"

#include <uv.h>

struct node_lab; /* opaque */

struct node_lab_events {
    /* A command was not carried out, or what came back is no answer. */
    void (*refused)(void *arg, const char *text);
    /* The process has met what a command of that number told it to wait for. */
    void (*met)(void *arg, uint64_t number);
};

/* Of a process that is about to start: what is said now waits for it. collector, events and arg are
 * borrowed. */
struct node_lab *node_lab_new(struct collector *collector, const struct node_lab_events *events,
                              void *arg);
/* What was said before the process started; borrowed. It is to lie in the socket by then. */
const struct buf *node_lab_greeting(const struct node_lab *l);
/* The process runs, and has the greeting. fd: non-blocking, owned from now on. Errors: -E_IO. */
int node_lab_attach(struct node_lab *l, uv_loop_t *loop, int fd, struct err *e) MUST_CHECK;

/* "VERB KEY=VALUE …", without its number and its end. It leaves at once, or as soon as the process
 * reads; a process that has ended takes none. */
void node_lab_say(struct node_lab *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Commands that are not answered yet. */
uint64_t node_lab_unanswered(const struct node_lab *l);

/* A line of the channel that is none of the trace, from the collector. */
void node_lab_line(struct node_lab *l, const char *line, size_t len);
/* Reads all that the process has written. */
void node_lab_drain(struct node_lab *l);
/* NULL is fine. The loop must turn once more, or be closed already. */
void node_lab_close(struct node_lab *l);

#endif
