/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points at which processes are to crash or to stall (raftd/lab_points.h), also in a later life. */
#ifndef LIVE_POINTS_H
#define LIVE_POINTS_H

#include "emulator/live/nodes.h"
#include "emulator/scenario/event_where.h"
#include "trace/point.h"

#define POINTS_MAX 64

/* One that was called off is still known, for a process may come there before it hears of that.
 * Invariant: number 0 = free. */
struct point {
    uint64_t number;
    nodeset nodes;
    char name[TRACE_POINT_NAME_MAX];
    uint64_t left; /* times they come there before it is hit */
    uint64_t stall_ns;
    int hit; /* the node that came there; -1: none has */
    bool off;

    /* Of a trigger: whoever comes there stands still until it is known whether this is the event,
     * and if it is, until the step is done. */
    bool asks;
    int event; /* enum trace_event */
    struct event_where where;
    nodeset fits; /* who wrote one that is meant, at last */
};

struct points {
    struct nodes *nodes;
    const uv_loop_t *loop;
    struct point list[POINTS_MAX];
    uint64_t hits;
    char *causes[LIMIT_MEMBERS];            /* owned: of the last crash at a point */
    uint64_t still_until_ns[LIMIT_MEMBERS]; /* stalled until then; 0: it is not */
    nodeset asked;                          /* they stand still while a step is done */
    uv_timer_t timer;                       /* the next that is over */
};

/* nodes and the loop are borrowed; whoever closes the loop closes the timer. */
void points_init(struct points *p, uv_loop_t *loop, struct nodes *nodes);
/* The processes have ended. */
void points_free(struct points *p);

/* number: of the lab channel, used for nothing else. Errors: -E_LIMIT, -E_INVALID
 * (nothing that a node itself comes to). */
int points_add(struct points *p, uint64_t number, nodeset nodes, const struct world_point *point,
               struct err *e) MUST_CHECK;
int points_hit(const struct points *p, uint64_t number); /* the node; -1: none yet */
void points_remove(struct points *p, uint64_t number);
/* Before a process starts. */
void points_greet(const struct points *p, unsigned node, struct node_lab *lab);
/* A step suspends the node, or has it go on: its stall is over. */
void points_moved(struct points *p, unsigned node);
/* A node has written it. */
void points_record(struct points *p, unsigned node, const struct trace_record *rec);
/* The steps of this turn are done: whoever stood still for them goes on. */
void points_turn(struct points *p);
/* A process says that it has come there. If that was called off meanwhile, it goes on; one
 * that has crashed there all the same is started again. Errors: -E_IO. */
int points_met(struct points *p, unsigned node, uint64_t number, struct err *e) MUST_CHECK;

#endif
