/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measuring tests share: one network a test, and words to set and measure links with. */
#ifndef TESTS_NETEM_MEASURE_H
#define TESTS_NETEM_MEASURE_H

#include "netem_probe.h"

#define NODES    5
#define CLIENTS  2
#define SEED     4711
#define BLAST_NS (50 * NS_PER_US) /* faster than any link set here, slower than our buffers */

enum { N1, N2, N3, N4, N5, C1, C2 };

extern struct netem *net;
extern struct probe_result result; /* of the last measure() */

void set(int from, int to, struct impairment link);
struct netem_counters counters(int from, int to);
/* A stream of small packets; see probe_run. */
void measure(int from, int to, int count, uint64_t interval_ns);

void assert_between(const char *what, double value, double low, double high);
/* 200 packets, none lost; min >= set; median <= set + max(3 ms, 10 %). */
void assert_delay(int from, int to, uint64_t set_ns);

/* How often a soft bound was missed; starts at zero. */
struct tries {
    int quiet; /* while the machine had time for us: the link's fault */
    int busy;
};

/* Whether a time of `result` is within a soft bound. If not, it says by how much, and whether the
 * machine was busy during that very measurement. Returns to measure again, or ends the test: failed
 * after 5 misses on a quiet machine, skipped after 20 on a busy one. */
bool within(struct tries *t, const char *what, double value, double low, double high);

/* Ends the test as skipped: this machine cannot tell. The program's exit code is 77 then. */
void skip_busy(const char *why);

/* Every test has a network of its own: with a seed, counts do not depend on what ran before. */
int open_net(void **state);
/* Whatever a test did: no packet was lost beside the scenario, and the books balance. */
int close_net(void **state);
#define MEASURE(f) cmocka_unit_test_setup_teardown(f, open_net, close_net)

/* The groups: how many tests failed. */
int measure_time(void);
int measure_loss(void);
int measure_gates(void);
int measure_breaks(void);
int measure_whole(void);
int measure_capture(void); /* user carrier only */

#endif
