/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open loop of requests: each has its moment, whether the answers before it have come or not,
 * and its latency counts from that moment. So a cluster that stalls is not asked less. */
#ifndef RAFTCTL_LOAD_H
#define RAFTCTL_LOAD_H

#include "base/histogram.h"
#include "raftctl/ask.h"

#define LOAD_CLIENTS_MAX LIMIT_MEMBERS
#define LOAD_KEY_PREFIX  "raftctl:bench:"

struct load_spec {
    double rate; /* requests a second */
    uint64_t for_ns;
    size_t clients; /* connections, 1 to LOAD_CLIENTS_MAX, spread over the endpoints */
    unsigned reads; /* so many of 100 are reads */
    size_t value_bytes;
    uint64_t keys;
};

struct load_result {
    uint64_t elapsed_ns;
    uint64_t asked, answered, errors, unanswered;
    bool written; /* a write is applied, or may be */
    char first_error[128];
    struct histogram reads_ns, writes_ns;
};

/* Runs it to its end, or until ^C. CTL_OK, however many errors; CTL_UNREACHABLE with *f: no
 * endpoint could be reached. The keys remain: load_clean. */
enum ctl_exit load_run(const struct ctl *ctl, const struct load_spec *spec, struct load_result *ret,
                       struct failure *f);
/* Removes the keys that a load has written, if it has, also after ^C; says so if it cannot. */
void load_clean(const struct ctl *ctl, const struct load_spec *spec, const struct load_result *r);

#endif
