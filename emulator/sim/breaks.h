/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of connections: what a firewall does to some of their packets, and hosts that forget. */
#ifndef SIM_BREAKS_H
#define SIM_BREAKS_H

#include "emulator/runner/breaks.h"
#include "emulator/sim/net.h"

/* By sender and receiver the newest connection that the sender gave up. */
struct sim_told_off {
    uint64_t connection[WORLD_ENDPOINTS_MAX][WORLD_ENDPOINTS_MAX];
};

/* Since: connections up to that number are old. */
struct sim_breaks {
    struct break_list in_force;
    struct sim_told_off *told[BREAKS_MAX]; /* owned; large, so it comes with the first fault at
                                            * this place */
    uint64_t silence_ns; /* after that a sender gives up a connection without acknowledgements */
};

void sim_breaks_free(struct sim_breaks *b);

/* Copies the links. newest: the newest connection's number. Errors: -E_LIMIT. */
int sim_breaks_add(struct sim_breaks *b, const nodeset *links, enum world_break how,
                   uint64_t newest, uint64_t *ret_number, struct err *e) MUST_CHECK;
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
