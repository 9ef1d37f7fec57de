/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measuring a directed link from outside: a stream of numbered UDP packets, and what became of it.
 * Both ends share one monotonic clock, so one-way delays are exact. */
#ifndef TESTS_NETEM_PROBE_H
#define TESTS_NETEM_PROBE_H

#include "netem/netem.h"

#define PROBE_PACKETS_MAX 4096

struct probe {
    int from;
    int to;
    int count;            /* packets, at most PROBE_PACKETS_MAX */
    uint64_t interval_ns; /* 0: as fast as they go */
    uint32_t size_bytes;  /* UDP payload, 32..1472 */
    /* Called before packet `seq` is sent; may be NULL. */
    void (*before)(int seq, void *arg);
    void *arg;
};

struct probe_result {
    int arrived;      /* distinct packets that came undamaged */
    int copies;       /* datagrams that came, copies and damaged ones included */
    int damaged;      /* content differs from what was sent */
    int out_of_order; /* came after one that was sent later */
    int lost_runs;    /* of consecutive packets that did not come */
    uint64_t min_ns;  /* of the one-way delays of first arrivals */
    uint64_t median_ns;
    uint64_t mad_ns; /* median of their distances from the median: stalls hardly move it */
    uint64_t p10_ns;
    uint64_t p90_ns;
    uint64_t sent_ns[PROBE_PACKETS_MAX];
    uint64_t arrived_ns[PROBE_PACKETS_MAX]; /* 0 = never */
    uint64_t first_ns;                      /* arrivals */
    uint64_t last_ns;
    /* What the machine did to this program meanwhile; the link has no part in it. */
    uint64_t took_ns;
    uint64_t
        stalled_ns; /* turns of the probe's loop that took noticeably longer than they should */
    uint64_t stall_ns_max; /* the worst of them */
    uint64_t waited_ns;    /* all threads, carrier included, ready but without a processor; 0 where
                              the kernel does not tell */
};

uint64_t probe_now_ns(void);

/* Sends the stream and receives until nothing waits on the link any more and everything that was
 * delivered has been read. Fails the running test when that takes more than a minute. */
void probe_run(struct netem *net, const struct probe *p, struct probe_result *ret);

/* A TCP connection from one endpoint to another: two connected sockets, the caller's to close.
 * Fails the running test when it cannot be made within a minute. */
void probe_connect(struct netem *net, int from, int to, int *ret_from_fd, int *ret_to_fd);

#endif
