/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of servers and messages, for those who look for states they have seen before.
 *
 * Two servers with the same fingerprint answer every event alike, now and for ever after. Counted
 * is what the future depends on, in the form in which it does: deadlines as the time left; a moment
 * of the past as its age, up to the longest span it is compared with, and beyond that by the order
 * of such moments only. Not counted: what has been drawn at random (the next timeout, the next
 * nonce), what is only shown (raft_progress_view's times and rounds, raft_leader_age_ns, the
 * durations in reasons), how often the log was cut (whoever compares hosts, too, counts for each
 * RAFT_PERSISTED to come whether it was cut since), and the place of a member among the members. */
#ifndef RAFT_FINGERPRINT_H
#define RAFT_FINGERPRINT_H

#include "raft/raft.h"

/* Other names for the servers: 1..count become to[1]..to[count], a permutation of 1..count; all
 * others keep theirs. */
struct raft_renaming {
    uint32_t count; /* <= LIMIT_MEMBERS */
    raft_id to[LIMIT_MEMBERS + 1];
};

/* The fingerprint of r at now_ns, not before its last event. */
uint64_t raft_fingerprint(const struct raft *r, uint64_t now_ns);

/* The one it would have if the servers had these names from the beginning; NULL: their own.
 *
 * A renamed server given renamed events does the same in the other names, but for choices between
 * equals: to the lowest id goes leadership when the leader is to choose (RAFT_TRANSFER to 0, a
 * leader that is removed, or has no space, or a slow disk), and where more than LIMIT_MEMBERS
 * places are wanted the first ones are kept. Who takes renamed states for the same must give
 * voters different priorities or ask for no such choice. */
uint64_t raft_fingerprint_as(const struct raft *r, uint64_t now_ns,
                             const struct raft_renaming *renaming);

/* A message without its entries, of which only the number counts here. */
uint64_t raft_message_fingerprint_as(const struct raft_message *m,
                                     const struct raft_renaming *renaming);

/* A configuration as a set of members. */
uint64_t raft_config_fingerprint_as(const struct raft_config *c,
                                    const struct raft_renaming *renaming);

#endif
