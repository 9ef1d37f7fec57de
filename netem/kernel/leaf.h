/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queueing tree of a hub port, message by message:
 *
 *   port of n3   htb 1:  --- class 1:1 --- netem        (what n1 sends to n3)
 *                        \-- class 1:2 --- blackhole    (what n2 sends: cut)
 *                 cls_bpf: class = low half of the IPv4 source
 *
 * At the receiver's port, two hops from the sender: there loss is silence, whereas a queue on the
 * sender's own device would report its drops to the sender's TCP. */
#ifndef NETEM_KERNEL_LEAF_H
#define NETEM_KERNEL_LEAF_H

#include "netem/model/impair.h"
#include "netem/netlink.h"

/* Jitter beyond this does not fit the kernel's 32-bit nanoseconds. */
#define LEAF_JITTER_NS_MAX 2147483647u

/* A link as the kernel is told of it. */
struct leaf {
    int port_index;       /* device of the receiver in the hub */
    uint16_t from_number; /* the sender: class 1:from_number */
    const char *label;    /* "n1>n3", for error texts */
};

/* Root qdisc of a port, its classifier, and a class for one sender. */
void leaf_add_root(struct netlink *nl, int port_index);
void leaf_add_classifier(struct netlink *nl, int port_index);
void leaf_add_class(struct netlink *nl, const struct leaf *l);
void leaf_delete_root(struct netlink *nl, int port_index);

/* Distribution tables that follow from a formula are computed when first needed and kept; all zero
 * is an empty cache. */
#define LEAF_TABLE_ENTRIES 4096
#define LEAF_SPREADS       3
struct leaf_tables {
    int16_t *tables[IMPAIR_EXPONENTIAL + 1][LEAF_SPREADS]; /* owned */
};
void leaf_tables_free(struct leaf_tables *t);

/* The leaf becomes (or stays) a netem with exactly this state; duplicate is not its business, and
 * the gate is taken as open. tables not NULL: also replace the distribution table, which the kernel
 * would keep. Precondition: jitter_ns <= LEAF_JITTER_NS_MAX. */
void leaf_set_netem(struct netlink *nl, const struct leaf *l, const struct impairment *i,
                    struct leaf_tables *tables);
/* The leaf swallows everything, what it had queued included. */
void leaf_set_blackhole(struct netlink *nl, const struct leaf *l);

/* Adds a bare netem as a port's root, to see whether the kernel can. */
void leaf_add_probe(struct netlink *nl, int port_index);

#endif
