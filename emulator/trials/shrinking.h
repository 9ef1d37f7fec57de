/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Oracles for emulator/shrink: whether a scenario still fails the same way, in virtual time or on
 * real processes. Each try is a process of its own. */
#ifndef EMULATOR_SHRINKING_H
#define EMULATOR_SHRINKING_H

#include "emulator/shrink/shrink.h"
#include "emulator/trials/failure.h"

#include <signal.h>

#define SHRINKING_JOBS_MAX 256

struct shrinking {
    const char *scratch; /* an empty directory */
    unsigned jobs;
    unsigned tries;       /* virtual time: seeds a candidate is tried with */
    unsigned runs, fails; /* real processes: so many of so many must fail */
    const char *raftd;
    const char
        *passes_with; /* virtual time: the program with which candidates must pass, or NULL */
    bool any;         /* any violation is the same failure */
    uint64_t runs_left;
    volatile sig_atomic_t *stop; /* not 0: no more tries; handlers must end waitpid */

    struct failure wanted; /* of the first run that fails; kind FAILURE_NONE before */
    uint64_t runs_done;
    uint64_t cpu_ns; /* of that first run: the others may take some times as long */
};

/* For struct shrink_oracle, arg is a struct shrinking. Errors: -E_LIMIT: no runs are left, or
 * *stop; others: a run cannot be made. */
int shrinking_sim(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                  struct shrink_hit *ret, struct err *e);
int shrinking_live(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                   struct shrink_hit *ret, struct err *e);

/* Whether s->passes_with is content with it: 1, 0, or an error. */
int shrinking_passes_elsewhere(const struct shrinking *s, const struct scenario *scenario,
                               uint64_t seed, struct err *e);

/* Whether that is what is looked for: before the first failure, any. */
bool shrinking_matches(const struct shrinking *s, const struct failure *f);

#endif
