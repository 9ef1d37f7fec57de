/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One link of a network, from outside: round trips, delays, bytes a second. */
#ifndef BENCH_NET_LINK_H
#define BENCH_NET_LINK_H

#include "netem/netem.h"

/* Sorts; the value that so many hundredths of them do not exceed. count > 0. */
uint64_t net_quantile(uint64_t *values, size_t count, unsigned hundredths);

/* Round trips of small datagrams between two endpoints, which may be the same one, each begun when
 * the one before is back. Fills ret with count of them. Errors: -E_IO; -E_TIMEOUT: one was lost. */
int net_round_trips(struct netem *net, int from, int to, uint64_t *ret_ns, size_t count,
                    struct err *e) MUST_CHECK;

/* One-way delays of datagrams sent 2 ms apart; otherwise the same. */
int net_delays(struct netem *net, int from, int to, uint64_t *ret_ns, size_t count,
               struct err *e) MUST_CHECK;

/* One TCP connection, which sends for so long: bytes a second. */
int net_throughput(struct netem *net, int from, int to, uint64_t for_ns, double *ret,
                   struct err *e) MUST_CHECK;

#endif
