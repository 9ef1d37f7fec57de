/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points at which processes are to crash or to stall (raftd/lab_points.h), also in a later life. */
#ifndef LIVE_POINTS_H
#define LIVE_POINTS_H

#include "emulator/live/nodes.h"
#include "trace/point.h"

#define POINTS_MAX 64

/* Invariant: number 0 = free. */
struct point {
    uint64_t number;
    nodeset nodes;
    char name[TRACE_POINT_NAME_MAX];
    uint64_t left; /* times they come there before it is hit */
    uint64_t stall_ns;
    int hit; /* the node that came there; -1: none has */
};

struct points {
    struct nodes *nodes;
    const uv_loop_t *loop;
    struct point list[POINTS_MAX];
    uint64_t hits;
    char *causes[LIMIT_MEMBERS];            /* owned: of the last crash at a point */
    uint64_t still_until_ns[LIMIT_MEMBERS]; /* stalled until then; 0: it is not */
    uv_timer_t timer;                       /* the next that is over */
};

/* nodes and the loop are borrowed; whoever closes the loop closes the timer. */
void points_init(struct points *p, uv_loop_t *loop, struct nodes *nodes);
/* The processes have ended. */
void points_free(struct points *p);

/* number: of the lab channel, used for nothing else. Errors: -E_LIMIT. */
int points_add(struct points *p, uint64_t number, nodeset nodes, const struct world_point *point,
               struct err *e) MUST_CHECK;
int points_hit(const struct points *p, uint64_t number); /* the node; -1: none yet */
void points_remove(struct points *p, uint64_t number);
/* Before a process starts. */
void points_greet(const struct points *p, unsigned node, struct node_lab *lab);
/* A step suspends the node, or has it go on: its stall is over. */
void points_moved(struct points *p, unsigned node);
/* A process says that it has come there. Of what was called off meanwhile, nothing is
 * done: a process that falls then is a crash. Errors: -E_IO. */
int points_met(struct points *p, unsigned node, uint64_t number, struct err *e) MUST_CHECK;

#endif
