/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens next: events in the order of their time, equal times in the order of their making.
 * The clock of virtual time is the time of the event taken last. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include "base/must.h"

/* name, meaning of `who` and `number` */
enum sim_event_kind {
    SIM_PACKET, /* what: a packet is due at its receiver */
    SIM_READ,   /* who: a node; what: a packet that arrived while it stood still */
    SIM_RESEND, /* what: a packet that got lost leaves again, or a delayed one at last */
    SIM_DISK,   /* who: a node; number: its life: the oldest operation of its disk is done */
    SIM_TIMER,  /* who: a node; number: which of its timers: the node asked to be woken */
    SIM_TURN,   /* who: a node; number: its life: the turn ends */
    SIM_DIAL,   /* who: a node; number: its life: it dials whom it is not connected to */
    SIM_BIRTH,  /* who: a node; number: its life: it asks again for a cluster to join */
    SIM_END,    /* who: a node; number: its life: its patience with an orderly end is over */
    SIM_RESUME, /* who: a node; number: its life: its stall is over */
    SIM_ADMIN,  /* who: a node; number: a ticket: the administrator's question arrives */
    SIM_STROBE, /* who: a node; number: a fault of clocks: that and others jump */
    SIM_CLIENT, /* who: a client; number: which of its times */
};

/* What happens to `who`, in words; of the first three what is in the packet follows. */
const char *sim_event_text(enum sim_event_kind kind);

struct sim_event {
    uint64_t t_ns;
    uint64_t seq;
    enum sim_event_kind kind;
    unsigned who;
    uint64_t number;
    void *what; /* owned by the event */
};

/* A binary heap. Invariant: count <= cap. */
struct sim_queue {
    struct sim_event *heap; /* owned */
    size_t count;
    size_t cap;
    uint64_t seq;
    uint64_t taken; /* how many so far */
};

/* All-zero is an empty queue. The events left in it are not freed. */
void sim_queue_free(struct sim_queue *q);
void sim_queue_put(struct sim_queue *q, const struct sim_event *e); /* seq is filled in */
/* When the next one is due; UINT64_MAX: there is none. */
uint64_t sim_queue_next_ns(const struct sim_queue *q);
/* Takes it. Precondition: there is one. */
struct sim_event sim_queue_take(struct sim_queue *q);
/* Takes one out of turn, by its place in the heap; it does not count as taken. Precondition:
 * place < count. */
struct sim_event sim_queue_remove(struct sim_queue *q, size_t place);

#endif
