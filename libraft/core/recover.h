/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced recovery: going on alone when the quorum is lost for good. */
#ifndef CORE_RECOVER_H
#define CORE_RECOVER_H

#include "core/state.h"

/* RAFT_RECOVER: a new term, and behind the whole log, decided or not, the configuration that has
 * this server as its only voter. What the others have that is not here is lost, and nothing here
 * keeps them from going on without this server: that they are down, or will be told, is for the
 * host to see to. */
void on_recover(struct turn *t, const struct raft_config *alone);

#endif
