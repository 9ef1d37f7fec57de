/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the judges can judge of a run in any world, for lint. */
#ifndef EMULATOR_JUDGED_H
#define EMULATOR_JUDGED_H

#include "base/must.h"

uint64_t judged_checkers(void); /* bit CHECKER_x */
uint64_t judged_coverage(void); /* bit COVERAGE_x */

#endif
