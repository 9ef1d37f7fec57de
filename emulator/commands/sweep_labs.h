/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories of labs whose keeper was killed. */
#ifndef EMULATOR_SWEEP_LABS_H
#define EMULATOR_SWEEP_LABS_H

#include <stdbool.h>
#include <stddef.h>

/* Removes them, says whose they were unless quiet, and returns how many there were. */
size_t sweep_labs(const char *folder, bool quiet);

#endif
