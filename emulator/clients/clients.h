/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients of a run: connections from hosts of their own, one operation at a time each, and the
 * history of what they asked and were told. The same in every world.
 *
 * An operation that got no answer is unknown, whatever became of it; its client is finished and
 * goes on under a new name (c3, then c3.1). Operations whose bytes were never sent do not exist. */
#ifndef CLIENTS_CLIENTS_H
#define CLIENTS_CLIENTS_H

#include "emulator/clients/io.h"
#include "emulator/runner/observer.h"
#include "emulator/workload/workload.h"

struct clients; /* opaque */

/* Everything is borrowed until clients_close. */
struct clients_options {
    const struct clients_io *io;
    const struct scenario *s;
    struct workload *workload;
    struct observer *observer; /* asked for the leader, told of outcomes */
    unsigned hosts;            /* client i lives on host i % hosts */
    uint64_t seed;
};

/* No connection is made before the load is on. */
struct clients *clients_new(const struct clients_options *o);
/* Operations under way become unknown. */
void clients_close(struct clients *c);

/* The time has come for which a client asked (io.wake_at). */
void clients_wake(struct clients *c, unsigned client);

/* Off: what is under way goes on to its end. */
void clients_load(struct clients *c, bool on);
/* Off for good, bursts too. */
void clients_finish(struct clients *c);
/* Operations a second of all clients together, evenly spread, whatever answers take: one that is
 * late starts as soon as its client is free. 0: as fast as answers come. */
void clients_rate(struct clients *c, uint64_t rate_per_s);
/* So many operations more, shared among the clients, without a pause; also while the load is off.
 */
void clients_burst(struct clients *c, uint64_t operations);
/* Operations under way. */
unsigned clients_busy(const struct clients *c);
/* The leader is another, or was lost: those that follow it look where it is. */
void clients_leader_changed(struct clients *c);

#endif
