/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks that steps bend, those that nodes live by, or their wall clocks: the laboratory has the
 * model of each, and tells the node's process through the lab channel what it is to live by, at its
 * start and whenever that changes. */
#ifndef LIVE_BENDS_H
#define LIVE_BENDS_H

#include "emulator/live/nodes.h"
#include "emulator/runner/clocks.h"

struct bend_strobe {
    uint64_t number, due_ns;
};

struct bends {
    struct clocks clocks;
    const char *verb; /* of the lab channel */
    const struct nodes *nodes;
    const uv_loop_t *loop;
    nodeset bent; /* it is not, or was not, the host's */
    nodeset late; /* its process has not been told the last of it */
    uv_timer_t timer;
    struct bend_strobe strobes[CLOCK_RULES_MAX];
    size_t strobes_count;
};

/* Faults of wall clocks have numbers from here on. */
#define BENDS_WALL (1ull << 32)

/* nodes and the loop are borrowed; whoever closes the loop closes the timer. */
void bends_init(struct bends *b, uv_loop_t *loop, const struct nodes *nodes, unsigned count,
                bool wall);
/* Before a process starts. */
void bends_greet(const struct bends *b, unsigned node, struct node_lab *lab);
/* Errors: those of clocks_add. */
int bends_add(struct bends *b, nodeset nodes, const struct world_clock *fault, uint64_t *ret_number,
              struct err *e) MUST_CHECK;
void bends_remove(struct bends *b, uint64_t number, nodeset nodes);
/* Now and then. */
void bends_tick(struct bends *b);

#endif
