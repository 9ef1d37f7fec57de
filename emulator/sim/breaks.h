/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of connections: what a firewall does to some of their packets, and hosts that forget. */
#ifndef SIM_BREAKS_H
#define SIM_BREAKS_H

#include "emulator/runner/world.h"
#include "emulator/sim/net.h"

#define SIM_BREAKS_MAX 32

/* By sender and receiver the newest connection that the sender gave up. */
struct sim_told_off {
    uint64_t connection[WORLD_ENDPOINTS_MAX][WORLD_ENDPOINTS_MAX];
};

/* One in force. Invariant: number 0 = free. */
struct sim_break {
    uint64_t number;
    enum world_break how;
    uint64_t links[WORLD_ENDPOINTS_MAX];
    uint64_t old_max;          /* WORLD_BREAK_OLD: connections up to this number */
    struct sim_told_off *told; /* owned; large, so it comes with the first fault at this place */
};

struct sim_breaks {
    struct sim_break list[SIM_BREAKS_MAX];
    uint64_t numbers;
    size_t count;        /* in force */
    uint64_t silence_ns; /* after that a sender gives up a connection without acknowledgements */
};

void sim_breaks_free(struct sim_breaks *b);

/* Copies the links. newest: the newest connection's number. Errors: -E_LIMIT. */
int sim_breaks_add(struct sim_breaks *b, const uint64_t *links, enum world_break how,
                   uint64_t newest, uint64_t *ret_number, struct err *e) MUST_CHECK;
bool sim_breaks_active(const struct sim_breaks *b, uint64_t number);
/* It leaves these links alone from now on. NULL: all. */
void sim_breaks_remove(struct sim_breaks *b, uint64_t number, const uint64_t *links);

enum sim_break_fate {
    SIM_BREAK_PASSES,
    SIM_BREAK_LOSES, /* and nobody is told */
    SIM_BREAK_RESETS /* and its sender is: its connection is gone */
};
/* What becomes of a packet that is about to leave. ret_answer: what its sender hears of it, the
 * caller's, or NULL; in after_ns. */
enum sim_break_fate sim_breaks_meet(struct sim_breaks *b, const struct sim_packet *p,
                                    struct sim_packet **ret_answer, uint64_t *ret_after_ns);

#endif
