/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points of the node's work (trace/point.h) at which a laboratory has the process killed, or
 * stopped. It is told each time the node comes there; the last time it is told first, behind the
 * whole trace of what came before, and then the process gets the signal, from itself: in the middle
 * of a call to the disk, where the point is one, whichever thread makes it. A point that asks stops
 * the process each time: what then becomes of it, the laboratory decides. */
#ifndef RAFTD_LAB_POINTS_H
#define RAFTD_LAB_POINTS_H

#include "trace/point.h"
#include "trace/record.h"

#include <pthread.h>
#include <stdatomic.h>

struct lab;
struct lab_calls;
struct lab_parts;
struct lab_words;
struct err;

#define LAB_POINTS_MAX 64

struct lab_point {
    uint64_t number; /* 0: free */
    struct trace_point at;
    uint64_t left; /* times it still comes there */
    int signal;
    bool asks; /* it is stopped each time, until the point is not wanted any more */
};

struct lab_points {
    struct lab *lab;
    atomic_uint armed;
    pthread_mutex_t lock; /* of the list: workers of the disk look at it */
    struct lab_point list[LAB_POINTS_MAX];
};

/* Watches the calls. Everything is borrowed. */
void lab_points_init(struct lab_points *p, struct lab *lab, struct lab_calls *calls);
void lab_points_free(struct lab_points *p);

/* The node has written it. */
void lab_points_event(struct lab_points *p, const struct trace_record *rec);

/* point number=N at=NAME hit=N then=crash|stall|ask; and of one that is not wanted any more:
 * unpoint number=N, which may be over already. */
int lab_points_command(const struct lab_parts *parts, struct lab_words *w,
                       struct err *e) MUST_CHECK;
int lab_points_end_command(const struct lab_parts *parts, struct lab_words *w,
                           struct err *e) MUST_CHECK;

#endif
