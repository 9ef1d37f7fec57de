/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether virtual time passes at all: events that go on and on at one moment would never let a run
 * end, whatever limit of virtual time it has. */
#ifndef SIM_PACE_H
#define SIM_PACE_H

#include "emulator/sim/queue.h"

/* So many events within a microsecond are no cluster's: hundreds of nodes and clients that all do
 * everything they have at once need thousands. */
#define SIM_PACE_NS     1000
#define SIM_PACE_EVENTS 1000000
#define SIM_PACE_LAST   6 /* of them told */

struct sim_pace {
    uint64_t began_ns; /* the present microsecond */
    uint64_t events;   /* in it, so far */
    struct {
        enum sim_event_kind kind;
        unsigned who, from; /* from: of a packet's sender */
    } last[SIM_PACE_LAST];
};

/* An event is about to happen. */
void sim_pace_note(struct sim_pace *p, const struct sim_event *event);
/* It was one too many: the run has to end. */
bool sim_pace_stands(const struct sim_pace *p);
/* Why, as a sentence. began_ns: where virtual time begins; nodes: endpoints from there on are
 * clients. */
void sim_pace_say(const struct sim_pace *p, uint64_t began_ns, unsigned nodes, char *out,
                  size_t room);

#endif
