/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves packets between the hub's devices and does the damage: one table, two implementations.
 * netem.c checks every argument; a carrier gets valid ones. */
#ifndef NETEM_CARRIER_H
#define NETEM_CARRIER_H

#include "netem/topo.h"

struct carrier; /* each implementation has its own */

struct carrier_options {
    const struct topo *topo; /* borrowed, outlives the carrier */
    uint64_t seed;
    const char *pcapng_path; /* NULL = none */
    uint64_t pcapng_bytes_max;
};

struct carrier_ops {
    const char *name;
    unsigned abilities; /* bit enum netem_ability */

    /* Starts carrying over perfect, open links. -E_UNSUPPORTED: this kernel cannot, and why. */
    int (*open)(const struct carrier_options *o, struct carrier **ret, struct err *e);
    void (*close)(struct carrier *c);
    /* The states hold when it returns. */
    int (*apply)(struct carrier *c, const struct netem_change *changes, int count, struct err *e);
    /* NULL unless NETEM_CAN_BREAK. */
    void (*breaks)(struct carrier *c, const struct netem_break *breaks, int count);
    /* Brings the counters up to date; then counters gives one link's. */
    int (*refresh)(struct carrier *c, struct err *e);
    void (*counters)(struct carrier *c, int from, int to, struct netem_counters *ret);
    int (*health)(struct carrier *c, struct netem_health *ret, struct err *e);
};

extern const struct carrier_ops carrier_user;
extern const struct carrier_ops carrier_kernel;

#endif
