/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the daemon share: the loop, the node, the log, the sockets to be written. */
#ifndef RAFTD_TURN_H
#define RAFTD_TURN_H

#include "raft/node.h"
#include "raftd/lab_clock.h"
#include "raftd/logger.h"
#include "raftd/outq.h"

#include <uv.h>

/* One turn of the loop, in this order (daemon.c): the sockets that are ready are read, and frames
 * of peers go to the node at once; then due timers, finished disk work, requests of clients;
 * node_pump; then everything written leaves. Callbacks of libuv other than that of peers' frames
 * never enter the node: they note what happened and ask for a turn. */
struct turn {
    uv_loop_t *loop;
    struct node *node;       /* NULL until it is open, and once it is closed */
    struct lab_clock *clock; /* a laboratory's; NULL: the node lives by the host's */
    const struct logger *log;
    struct outq_list dirty; /* to be flushed when the turn ends */
    uv_idle_t again;        /* active: do not wait for events before the next turn */
    unsigned lookups;       /* of names, given up, that libuv's thread cannot break off */
    char *read_bytes;       /* where every socket is read into; borrowed until the callback ends */
    size_t read_size;
};

/* The host's clock, which stamps the trace, CLOCK_BOOTTIME: it never goes back, is the same for all
 * processes of the host, and goes on while the machine is suspended, so that a promise that others
 * gave is not taken to last longer than it does. The loop's own timers stand still meanwhile; what
 * is due by this clock is done at the first turn after it. */
uint64_t turn_now_ns(void);

/* The one clock of the node, and of nothing else: the host's, unless a laboratory bends it
 * (lab_clock.h). */
uint64_t turn_node_ns(const struct turn *turn);
/* The moment of the host's clock at which that of the node will have come there; UINT64_MAX: never.
 */
uint64_t turn_when_ns(const struct turn *turn, uint64_t node_ns);

/* Makes the next turn come at once. */
void turn_again(struct turn *turn);

/* A libuv allocator that hands out read_bytes; the handle's data is not looked at. */
void turn_alloc(struct turn *turn, uv_buf_t *ret);

#endif
