/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standing beside a run between two of its events: looking, and laying hands on it. */
#ifndef SIM_HANDS_H
#define SIM_HANDS_H

#include "emulator/sim/sim.h"
#include "raft/node.h"

/* ---- looking ---- */

uint64_t sim_time(const struct sim *sim); /* virtual time since the beginning */
bool sim_over(const struct sim *sim);
/* Its judge has stopped it: it goes no further, and can only be looked at and closed. */
bool sim_stopped(const struct sim *sim);
/* The steps go on; false: the run comes to its end. */
bool sim_open_to_steps(const struct sim *sim);
const struct observer *sim_observer(const struct sim *sim);

struct sim_node_view {
    bool runs, paused;
    const struct node *node; /* NULL: its process does not run, or looks for its cluster */
    uint64_t timer_ns;       /* until its timer; UINT64_MAX: none */
};
struct sim_node_view sim_node_view(const struct sim *sim, unsigned node);

/* An event that is to happen. */
struct sim_pending {
    uint64_t number; /* names it as long as it is pending */
    uint64_t in_ns;
    enum sim_event_kind kind;
    unsigned who;                    /* which the kind says */
    const struct sim_packet *packet; /* SIM_PACKET, SIM_READ and SIM_RESEND; else NULL */
};
/* Whether an event that is taken now still means something. */
bool sim_counts(const struct sim *sim, const struct sim_event *event);
/* Writes those that will happen, the next one first, at most max; returns how many there are. What
 * is void by now (of a node that died, a timer that was set anew) is left out. */
size_t sim_pending(const struct sim *sim, struct sim_pending *out, size_t max);
/* How many are in the queue, void ones included. */
size_t sim_queued(const struct sim *sim);

/* ---- laying hands on it ---- */

/* To do steps by hand with. */
struct runner *sim_runner(struct sim *sim);
/* To ask a node something as its administrator. */
const struct world *sim_hands(struct sim *sim);
/* What is due by the steps, by hand or not, happens now; no time passes. */
void sim_act(struct sim *sim);
/* On: the run does not end by itself, neither with its steps nor at its limit. sim_next then says
 * false when nothing will happen any more. */
void sim_stay(struct sim *sim, bool on);
/* A packet under way is lost, or arrives now. Errors: -E_NOTFOUND: no such packet is under way. */
int sim_packet_lose(struct sim *sim, uint64_t number, struct err *e) MUST_CHECK;
int sim_packet_hurry(struct sim *sim, uint64_t number, struct err *e) MUST_CHECK;

#endif
