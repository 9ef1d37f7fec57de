/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cluster of three that exists only as a trace: leaders that name what they append, commits,
 * processes that end and start again, leaders that lose what they have not committed. */
#ifndef TESTS_SUPPORT_LOGTOLD_H
#define TESTS_SUPPORT_LOGTOLD_H

#include "emulator/check/check.h"

#define LOGTOLD_NODES 3

struct logtold {
    struct check_run *run; /* borrowed; gets every event */
    uint64_t t_ns;         /* of the events to come; the caller's to move on */
    int leader;
    uint64_t term;
    uint64_t commit;
    struct logtold_node {
        int number;
        uint64_t seq, inc, term, last, last_term;
    } nodes[LOGTOLD_NODES];
};

/* They start, and the first one leads. */
void logtold_start(struct logtold *l, struct check_run *run, struct trace_names *names);
/* The leader appends a write of that name, or loses it without a word (silent). Returns its
 * index. */
uint64_t logtold_append(struct logtold *l, uint64_t name, bool silent);
/* Everything the leader has is committed. */
void logtold_commit(struct logtold *l);
/* The leader dies, and starts again as a follower; another one leads, without what was not
 * committed. */
void logtold_depose(struct logtold *l);
/* A process ends and starts again; the leader leads again, and has not committed its log yet. */
void logtold_restart(struct logtold *l, int node);
/* All do. */
void logtold_power_cut(struct logtold *l);

#endif
