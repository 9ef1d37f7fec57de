/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What scenarios can need, and where each need is met: a line a capability. */
#ifndef COMMANDS_DOCTOR_NEEDS_H
#define COMMANDS_DOCTOR_NEEDS_H

#include "base/buf.h"
#include "emulator/scenario/lint.h"
#include "netem/caps.h"

/* Appends the lines. caps: what this machine offers to real processes. */
void doctor_needs(const struct netem_caps *caps, const struct lint_world *live,
                  const struct lint_world *sim, struct buf *out);

#endif
