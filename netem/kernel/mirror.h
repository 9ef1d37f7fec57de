/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Duplicates by the kernel. sch_netem refuses `duplicate` in a tree with other netems, so the copy
 * is made earlier: where the sender's packets enter the hub, a filter picks some by chance and
 * mirrors them to the receiver's port. The copy then draws its own delay and loss. */
#ifndef NETEM_KERNEL_MIRROR_H
#define NETEM_KERNEL_MIRROR_H

#include "netem/netlink.h"

struct mirror {
    int from_index; /* hub devices */
    int to_index;
    uint16_t to_number;
    const char *label;
};

/* Makes a port able to carry mirrors; once a port. */
void mirror_prepare(struct netlink *nl, int port_index);
/* Mirrors that share of the packets from now on; an older mirror of the link must be deleted
 * before, its counter dies with it. */
void mirror_add(struct netlink *nl, const struct mirror *r, double share);
void mirror_delete(struct netlink *nl, const struct mirror *r);

/* Calls fn(to_number, packets mirrored) for every mirror of the port. */
int mirror_dump(struct netlink *nl, int port_index,
                void (*fn)(uint16_t to_number, uint64_t packets, void *arg), void *arg,
                struct err *e) MUST_CHECK;

#endif
