/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of every message on a way through the states: sent at one step, there at another. */
#ifndef EXPLORE_SCENE_PLAN_H
#define EXPLORE_SCENE_PLAN_H

#include "emulator/explore/walk.h"

struct scene_flight {
    struct ex_message message;
    uint32_t sent;    /* at which step, from 1 */
    uint32_t nth;     /* of its link and kind among those of that step, from 1 */
    uint32_t arrives; /* at which step; 0: never */
    bool probes; /* the first one its sender can send: whole nodes ask first where logs agree */
};

struct scene_plan {
    struct scene_flight *flights; /* owned; in the order they were sent */
    uint32_t count;
    bool asked[EX_SERVERS][EX_SERVERS]; /* from whom to whom a first append has arrived */
};

/* For ex_walk: the steps are told one by one. plan: struct scene_plan, zero at first. */
void scene_plan_step(void *plan, const struct ex_step *step);
void scene_plan_free(struct scene_plan *p);

/* Of one link and one kind. */
bool scene_same_stream(const struct raft_message *a, const struct raft_message *b);

#endif
