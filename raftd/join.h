/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding out which cluster to join: one handshake with any of its nodes. */
#ifndef RAFTD_JOIN_H
#define RAFTD_JOIN_H

#include "base/err.h"
#include "wire/peer.h"

/* Says hello at address (HOST:PORT of a peer port) without knowing the cluster; its answer tells.
 * Blocks for a few seconds at most. name and own address introduce this node.
 * Errors: -E_NOTFOUND (address), -E_CLOSED, -E_TIMEOUT, -E_IO (nobody answers), -E_CORRUPT. */
int join_ask(const char *address, const char *name, const char *own_address, struct peer_link *ret,
             struct err *e) MUST_CHECK;

#endif
