/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A path gone again, step by step, with all that is known of each step. */
#ifndef EXPLORE_WALK_H
#define EXPLORE_WALK_H

#include "emulator/explore/search.h"

struct ex_step {
    uint32_t number; /* from 1 */
    struct ex_action action;
    const struct ex_cluster *before;
    const struct ex_cluster *after; /* NULL: this step breaks the promise */
    const struct ex_turn *turn;     /* of the server it happened to */
    const struct ex_space *space;
};

/* Calls f for each step of path. x: an expander that is used for nothing else meanwhile. */
void ex_walk(struct ex_expander *x, const struct ex_path *path,
             void (*f)(void *arg, const struct ex_step *step), void *arg);

/* What happens, without what comes of it: "n2: its election timer fires". Returns out. */
const char *ex_action_text(const struct ex_space *space, const struct ex_action *a, char *out,
                           size_t size);

#endif
