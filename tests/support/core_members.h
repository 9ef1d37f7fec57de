/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changes of members and transfers of leadership promise, looked at after every step. T 4,
 * T 3.10. */
#ifndef SUPPORT_CORE_MEMBERS_H
#define SUPPORT_CORE_MEMBERS_H

#include "tests/support/core_checks.h"

/* The nodes in a set (bit id - 1) are a quorum: a majority of each half. */
bool members_quorum(const struct raft_config *config, uint32_t set);

/* After a step of node id. packet: what it received, or NULL. */
void check_members(struct checks *c, raft_id id, const struct host_packet *packet);

#endif
