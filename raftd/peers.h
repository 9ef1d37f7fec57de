/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links to the other nodes. Between two nodes there are two connections, one a direction: a
 * node sends its frames on the one it dialed and receives on the one it accepted, so two that dial
 * at once need no rule which of them stays.
 *
 * TCP's own patience is far too long for an election timeout, so the time limits are ours: for
 * connecting, for the handshake, and for bytes the other host does not acknowledge. Limits follow
 * the election timeout. */
#ifndef RAFTD_PEERS_H
#define RAFTD_PEERS_H

#include "raftd/turn.h"

struct peers; /* opaque */

/* timing: limits come from it; seed: jitter. turn is borrowed. */
struct peers *peers_new(struct turn *turn, const struct raft_timing *timing, const char *clients_at,
                        uint64_t seed);

/* Listens on the peer port, HOST:PORT, and dials. Precondition: turn->node is open. 0, or a
 * negative code. */
int peers_start(struct peers *p, const char *address, struct err *e) MUST_CHECK;

/* Whom to be connected to from now on; may be called before peers_start and from within the node.
 */
void peers_set(struct peers *p, const struct node_peer *list, size_t count);

/* Queues one frame; false: no link, or too much is queued on it. From within the node. */
bool peers_send(struct peers *p, raft_id to, const void *frame, size_t len);

/* Tells the node of the links lost since the last turn, and who cannot be reached. */
void peers_turn(struct peers *p);

/* One line a peer, into the log. */
void peers_describe(const struct peers *p);

/* Closes everything; the loop must run until the handles are closed before peers_free. */
void peers_stop(struct peers *p);
void peers_free(struct peers *p);

#endif
