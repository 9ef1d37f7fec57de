/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sim --step`: a session of step/ at a terminal or a pipe, with a result directory behind it. */
#ifndef EMULATOR_STEPPING_H
#define EMULATOR_STEPPING_H

#include "emulator/trials/simulate.h"

/* All borrowed. */
struct stepping {
    const struct scenario *scenario;
    const char *runs; /* where the results of a run that came to its end go */
    uint64_t seed;
    unsigned narrate; /* NARRATE_x */
    bool keep;        /* that directory, whatever the verdict */
};

/* Reads commands until quit or the end of input. Returns the exit code: that of the verdict, if a
 * run came to its end; EXIT_USAGE if a command from a pipe was wrong; else 0. */
int stepping_run(const struct stepping *o);

#endif
