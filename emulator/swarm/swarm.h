/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario from a seed: a cluster, links, clients and faults nobody thought of together. */
#ifndef EMULATOR_SWARM_SWARM_H
#define EMULATOR_SWARM_SWARM_H

#include "base/buf.h"
#include "emulator/scenario/lint.h"

/* What may be drawn, beside waiting and what mends. */
struct swarm_alphabet {
    bool has[ACTIONS_COUNT];
};

/* The scenario of a seed, as a scenario file has it, drawn for a cluster of the size that
 * PATH=VALUE overrides say, if they do; they are not applied. Whatever world cannot do is not in
 * it. The same seed, world and overrides give the same text. */
void swarm_text(uint64_t seed, const struct lint_world *world, const char *const *sets,
                size_t sets_count, struct buf *out);

/* The same, with the overrides, parsed and linted. Ownership of *ret: scenario_free. Errors:
 * -E_INVALID with the first complaint, which only an override can cause. */
int swarm_draw(uint64_t seed, const struct lint_world *world, const char *const *sets,
               size_t sets_count, struct scenario **ret, struct err *e) MUST_CHECK;

/* The same, and no step does what is not in the alphabet (NULL: all may be done). */
int swarm_draw_within(const struct swarm_alphabet *alphabet, uint64_t seed,
                      const struct lint_world *world, const char *const *sets, size_t sets_count,
                      struct scenario **ret, struct err *e) MUST_CHECK;

#endif
