/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long this server's own log writes take, seen from what it hands out and what comes back as
 * RAFT_PERSISTED; and which voters are quicker. */
#ifndef CORE_DISK_WATCH_H
#define CORE_DISK_WATCH_H

#include "raft/raft.h"

#define DISK_WATCH_SAMPLES 16

/* All zero is a good beginning. */
struct disk_watch {
    /* The end of the log when a write was handed out with nothing older waiting, and when that was;
     * index 0: nothing waits. Later writes are not remembered, so the age of the oldest one is
     * underestimated by at most the sync before it. */
    uint64_t late_index;
    uint64_t late_ns;
    /* The write whose sync is being timed, here and at the members. */
    uint64_t probe_index; /* 0: none yet */
    uint64_t probe_ns;
    uint32_t probe_done; /* it is durable here */
    uint32_t count;      /* durations kept, the newest DISK_WATCH_SAMPLES */
    uint32_t next;
    uint32_t reserved;
    uint64_t took_ns[DISK_WATCH_SAMPLES];
};

/* A turn is over: the log ends at last, and is durable up to durable; changed: something was handed
 * to the disk. The durations kept are of writes begun over window_ns or longer, evenly; none of
 * them counts as more than that. */
void disk_watch_turn(struct disk_watch *w, uint64_t last, uint64_t durable, bool changed,
                     uint64_t window_ns, uint64_t now_ns);

/* How long the oldest write has been waiting; 0: none waits. */
uint64_t disk_watch_age_ns(const struct disk_watch *w, uint64_t now_ns);

/* The middle one of the durations kept; 0: not enough of them yet. */
uint64_t disk_watch_median_ns(const struct disk_watch *w);

/* Somebody else holds the log up to match. Returns how long that took for the write being timed, no
 * more than window_ns; 0: it does not, or before says that it did already. */
uint64_t disk_watch_other_ns(const struct disk_watch *w, uint64_t before, uint64_t match,
                             uint64_t window_ns, uint64_t now_ns);

#endif
