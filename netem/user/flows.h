/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When connections on a directed link were seen to open, by their ports. */
#ifndef NETEM_USER_FLOWS_H
#define NETEM_USER_FLOWS_H

#include "base/must.h"

/* More than so many are not remembered. */
#define FLOWS_MAX 32768u

struct flow {
    uint32_t ports; /* source and destination; 0: free */
    uint64_t opened_ns;
};

/* Invariant: cap is 0 or a power of two, and less than all of it is taken. */
struct flows {
    struct flow *table; /* owned */
    uint32_t cap;
    uint32_t count;
};

/* ports != 0. */
void flows_opened(struct flows *f, uint32_t ports, uint64_t now_ns);
/* 0: it was not seen. */
uint64_t flows_when(const struct flows *f, uint32_t ports);
/* None was seen. */
void flows_clear(struct flows *f);

#endif
