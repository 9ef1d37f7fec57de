/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `shrink` starts from: a file, a shipped scenario, the directory of a run, or a drawing. */
#ifndef EMULATOR_SHRINK_INPUT_H
#define EMULATOR_SHRINK_INPUT_H

#include "emulator/commands/load.h"

#include <limits.h>

struct shrink_input {
    struct scenario *scenario; /* the caller's to free */
    uint64_t seed;             /* its run's, else its own, else 1 */
    bool live;                 /* the directory is that of a run on real processes */
    char out[PATH_MAX];        /* where the result goes if nobody says otherwise */
};

/* The directory, file or name. 0, or the exit code; what is wrong was said on stderr. */
int shrink_input_named(const struct load_options *o, char *given, struct shrink_input *ret);
/* The scenario that `sweep --swarm` draws from the seed. */
int shrink_input_drawn(const struct load_options *o, uint64_t seed, struct shrink_input *ret);

/* What the result calls itself: "NAME-shrunk", of NAME as much as there is room for; or NAME if it
 * is called so already. */
void shrink_input_name(const struct scenario *s, struct buf *out);

#endif
