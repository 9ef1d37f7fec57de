/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody who watches a run and changes nothing of it: told of everything as it happens. */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include "emulator/runner/world.h"
#include "emulator/sim/net.h"
#include "emulator/workload/workload.h"
#include "raft/raft.h"

enum sim_packet_news {
    SIM_PACKET_LEAVES,
    SIM_PACKET_ARRIVES,
    SIM_PACKET_LOST,      /* by the link's loss or damage, or with a node that stands still */
    SIM_PACKET_CUT,       /* there is no way, or it went away under the packet */
    SIM_PACKET_CROWDED,   /* the link's queue is full */
    SIM_PACKET_FILTERED,  /* a filter took it */
    SIM_PACKET_HELD_BACK, /* a filter or the link holds it */
};

/* A client's operation. Borrowed. */
struct sim_operation {
    const char *client;
    unsigned node; /* asked */
    const struct workload_op *op;
    const struct workload_answer *answer; /* NULL: it is asked now */
};

/* Every call gets arg and the virtual time since the beginning; what it is shown is borrowed. All
 * of them are there. */
struct sim_watch {
    void *arg;
    /* An event has been taken from the queue and is about to happen. */
    void (*event)(void *arg, uint64_t t_ns, const struct sim_event *event);
    void (*packet)(void *arg, uint64_t t_ns, enum sim_packet_news news, const struct sim_packet *p);
    /* What a node's core decided in one step. */
    void (*decided)(void *arg, uint64_t t_ns, unsigned node, const struct raft_reason *reasons,
                    size_t count);
    /* A node has opened its disk, or its process ended: why (NULL: it began). */
    void (*process)(void *arg, uint64_t t_ns, unsigned node, const char *why);
    void (*fault)(void *arg, uint64_t t_ns, const struct world_fault *fault);
    void (*operation)(void *arg, uint64_t t_ns, const struct sim_operation *o);
};

#endif
