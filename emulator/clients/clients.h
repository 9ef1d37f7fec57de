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

/* Off: what is under way goes on to its end. operations: then it goes off by itself; 0: it does
 * not. */
void clients_load(struct clients *c, bool on, uint64_t operations);
/* Off for good, bursts too. */
void clients_finish(struct clients *c);
/* Asked so from now on: operations a second of all clients together, evenly spread, whatever
 * answers take: one that is late starts as soon as its client is free. Errors: of workload_shape.
 */
int clients_shape(struct clients *c, const struct scenario_load *how, struct err *e) MUST_CHECK;
/* So many operations more, shared among the clients, at the rate of `how` (0: without a pause);
 * also while the load is off. What is left of the burst before goes on so, too. */
int clients_burst(struct clients *c, uint64_t operations, const struct scenario_load *how,
                  struct err *e) MUST_CHECK;
/* One operation of one client beside the load: its next. via: the node it is asked; -1: whomever
 * the client would. Errors: -E_NOTFOUND (no such client), -E_BUSY (it has another one), and those
 * of workload_wish. */
int clients_ask(struct clients *c, unsigned client, const struct workload_wish *wish, int via,
                struct err *e) MUST_CHECK;
/* False: it has not returned yet. ret_error: "", an answer's code, TIMEOUT, …; NOTSENT: it was not
 * even asked, and will not be. */
bool clients_answered(struct clients *c, unsigned client, enum history_outcome *ret_outcome,
                      const char **ret_error);
/* These clients (a set of numbers) talk to that node alone; -1: to whom they like again. */
void clients_pin(struct clients *c, uint64_t who, int node);
/* These clients open a session anew before they write the next time. */
void clients_drop_sessions(struct clients *c, uint64_t who);
/* Operations under way. */
unsigned clients_busy(const struct clients *c);
/* The leader is another, or was lost: those that follow it look where it is. */
void clients_leader_changed(struct clients *c);

#endif
