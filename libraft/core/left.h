/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of having left the cluster: such a server votes and acknowledges, it never campaigns. */
#ifndef CORE_LEFT_H
#define CORE_LEFT_H

#include "core/state.h"

/* RAFT_LEFT: the mark is on disk (left), or was taken away since it was added again. */
void on_left(struct turn *t, bool left);

#endif
