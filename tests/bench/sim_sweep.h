/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sweeps as a user runs them: seeds a second, with one job and with more. */
#ifndef BENCH_SIM_SWEEP_H
#define BENCH_SIM_SWEEP_H

#include "scratch.h"
#include "sim_story.h"

/* Runs so many seeds of the story with that many jobs: how long it took on the clock. scratch:
 * where its files may lie. Errors: -E_CLOSED (a seed failed), -E_IO. */
int sim_sweep(const struct scratch *scratch, const char *emulator, const struct sim_story *story,
              unsigned seeds, unsigned jobs, uint64_t *ret_ns, struct err *e) MUST_CHECK;

#endif
