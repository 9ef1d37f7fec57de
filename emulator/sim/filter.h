/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults on single message types: which frames a step has its eye on, and whom it holds back. */
#ifndef SIM_FILTER_H
#define SIM_FILTER_H

#include "base/prng.h"
#include "emulator/runner/world.h"
#include "emulator/sim/net.h"

#define SIM_FILTERS_MAX 32

/* One in force. Invariant: held frames match it and were never under way. */
struct sim_filter {
    uint64_t number; /* 0: free */
    struct world_filter what;
    nodeset links[WORLD_ENDPOINTS_MAX];
    uint64_t left;           /* frames it will still meet */
    struct sim_packet *held; /* oldest first */
};

struct sim_filters {
    struct sim_filter list[SIM_FILTERS_MAX];
    size_t end; /* of those ever used */
    struct prng dice;
    uint64_t numbers;
    uint64_t met; /* frames a filter did something to */
};

void sim_filters_init(struct sim_filters *f, uint64_t seed);
void sim_filters_free(struct sim_filters *f);

/* The bit of the scenario's word (MESSAGE_x) for what a frame carries; 0: no word for it. */
uint32_t sim_message_bit(const struct sim_packet *p);

/* What becomes of a frame that is about to leave. */
enum sim_fate {
    SIM_FATE_GO,    /* nothing */
    SIM_FATE_DROP,  /* lost */
    SIM_FATE_HELD,  /* the filter's now */
    SIM_FATE_TWICE, /* it leaves, and so does a copy */
    SIM_FATE_LATER, /* it leaves delay_ns later */
    SIM_FATE_SWAP   /* it leaves, and ret_other, the filter's until now, after it */
};
enum sim_fate sim_filters_meet(struct sim_filters *f, struct sim_packet *p, uint64_t *ret_delay_ns,
                               struct sim_packet **ret_other);

/* Copies it. Errors: -E_LIMIT. */
int sim_filters_add(struct sim_filters *f, const struct world_filter *what, uint64_t *ret_number,
                    struct err *e) MUST_CHECK;
/* Whether it can still do something, or holds frames. */
bool sim_filters_active(const struct sim_filters *f, uint64_t number);
/* Takes links out of a filter's (NULL: all): the frames it held on them, oldest first, a list that
 * is the caller's. */
struct sim_packet *sim_filters_remove(struct sim_filters *f, uint64_t number, const nodeset *links);

#endif
