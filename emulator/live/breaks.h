/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of connections between real processes: what the network is told of them. */
#ifndef LIVE_BREAKS_H
#define LIVE_BREAKS_H

#include "emulator/runner/breaks.h"
#include "netem/netem.h"

/* In force and told to the network when it returns. since of b: CLOCK_MONOTONIC. Errors: -E_LIMIT,
 * -E_UNSUPPORTED (the carrier). */
int live_breaks_add(struct break_list *b, struct netem *net, const nodeset *links,
                    enum world_break how, uint64_t *ret_number, struct err *e) MUST_CHECK;
/* As breaks_remove. */
void live_breaks_remove(struct break_list *b, struct netem *net, uint64_t number,
                        const nodeset *links);
/* Resets what is open on these links. Errors: as netem_hang_up. */
int live_breaks_reset(struct netem *net, const nodeset *links, unsigned *ret_count,
                      struct err *e) MUST_CHECK;

#endif
