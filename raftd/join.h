/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A handshake without a node behind it: an empty directory asks what the others know of it. */
#ifndef RAFTD_JOIN_H
#define RAFTD_JOIN_H

#include "base/err.h"
#include "wire/peer.h"

/* A Hello of an empty directory: no disk, never started. cluster_id 0: not known, the answer tells.
 */
struct peer_hello join_hello(const char *name, const char *own_address, uint64_t cluster_id,
                             uint64_t generation);

/* Says hello at address (HOST:PORT of a peer port); whether accepted or refused, the answer says
 * who is there. Blocks for wait_ms at most, and while a name is looked up. Errors: -E_NOTFOUND
 * (address), -E_CLOSED, -E_TIMEOUT, -E_IO (nobody answers), -E_CORRUPT. */
int join_greet(const char *address, const struct peer_hello *hello, unsigned wait_ms,
               struct peer_hello_reply *ret, struct err *e) MUST_CHECK;

/* The same with further bytes behind the Hello: a few KiB at most. */
int join_greet_and(const char *address, const struct peer_hello *hello, struct span more,
                   unsigned wait_ms, struct peer_hello_reply *ret, struct err *e) MUST_CHECK;

#endif
