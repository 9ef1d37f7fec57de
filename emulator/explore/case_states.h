/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What protocol_runner prints at the end of a case. */
#ifndef EXPLORE_CASE_STATES_H
#define EXPLORE_CASE_STATES_H

#include "base/buf.h"
#include "emulator/explore/walk.h"

/* Of the last step, while steps are quiet. */
void ex_case_shown(const struct ex_step *step, const char *broken, struct buf *out);
/* The verbs state, members and log, and their answers. */
void ex_case_states(const struct ex_step *step, struct buf *out);

#endif
