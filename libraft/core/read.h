/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linearizable reads by ReadIndex: a read is served at the commit index it found, once a quorum
 * has answered a round that began after the read arrived; or, if it may rely on clocks, at once
 * while the lease holds. T 6.4. */
#ifndef CORE_READ_H
#define CORE_READ_H

#include "core/state.h"

/* A read of this node arrived; ctx rises. lease: it may be served by lease. */
void on_read(struct turn *t, uint64_t ctx, bool lease);

/* A round has begun: the collecting reads join it if none is in flight. */
void read_round_started(struct turn *t);
/* Some member answered a round: confirms the batch in flight if a quorum has. */
void read_round_acked(struct turn *t);
/* The first entry of this term committed (or commit moved on): reads may start. */
void read_gate_opened(struct turn *t);

/* Leadership is gone: reads that nobody confirmed fail. */
void reads_fail(struct turn *t);
/* After every event: another leader is asked at once, where there is none the reads fail. */
void read_forward_settle(struct turn *t);

/* A follower's deadlines; also called when the term became durable. */
void read_forward_timeout(struct turn *t);
uint64_t read_forward_wake(const struct raft *r);

#endif
