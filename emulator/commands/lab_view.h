/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's keeper tells of it, as tables for people. */
#ifndef EMULATOR_LAB_VIEW_H
#define EMULATOR_LAB_VIEW_H

#include "emulator/commands/at_lab.h"

/* The lab, its nodes with their processes, and the faults in force. state: the keeper's answer.
 * 0 or an exit code. */
int lab_view_nodes(const struct at_lab *at, const struct buf *state);
/* The links, from each to each. all: also clients' hosts whose links are perfect. */
int lab_view_net(const struct buf *state, bool all);

#endif
