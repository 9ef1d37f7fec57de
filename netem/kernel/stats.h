/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel counted: one dump for all qdiscs of the hub. */
#ifndef NETEM_KERNEL_STATS_H
#define NETEM_KERNEL_STATS_H

#include "netem/netlink.h"

/* One qdisc. Packets are counted when they leave it. */
struct qdisc_stats {
    int port_index;
    uint16_t from_number; /* of a leaf; 0 for a root */
    bool blackhole;
    uint64_t packets;
    uint64_t drops;
    uint32_t waiting;
    uint64_t direct; /* of an htb root: packets that found no class */
};

/* Calls fn for every htb root and every leaf below one. Errors: -E_IO. */
int stats_dump(struct netlink *nl, void (*fn)(const struct qdisc_stats *s, void *arg), void *arg,
               struct err *e) MUST_CHECK;

#endif
