/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenarios that bench_sim measures, as text. */
#ifndef BENCH_SIM_STORY_H
#define BENCH_SIM_STORY_H

#include "base/buf.h"

struct sim_story {
    unsigned nodes;
    unsigned ops_per_s; /* 0: no client */
    bool faults;        /* partitions, kills, loss, duplicates, all the time */
    unsigned seconds;   /* of virtual time, after a leader is there */
};

void sim_story_write(const struct sim_story *story, struct buf *out);

#endif
