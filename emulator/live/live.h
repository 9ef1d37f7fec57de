/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live world: real raftd processes in namespaces, real links, real clients, real time. */
#ifndef EMULATOR_LIVE_LIVE_H
#define EMULATOR_LIVE_LIVE_H

#include "emulator/runner/runner.h"
#include "netem/netem.h"

/* Borrowed for the run. */
struct live_options {
    const char *raftd; /* path of the daemon */
    const char *dir;   /* result directory, absolute, exists and is empty; see live_run */
    enum netem_carrier carrier;
    uint64_t seed;
    bool capture; /* write net.pcapng (user carrier only) */
    /* A lab: it does not end with its steps nor by a time limit, and keeps no records but the
     * nodes' logs. See stay.h. */
    bool stays;
    /* A line of progress at t_ns since the nodes were started (or before: 0). Borrowed text. */
    void (*say)(void *arg, uint64_t t_ns, const char *text);
    void *say_arg;
};

struct live_outcome {
    struct runner_result runner;
    char carrier[64];               /* "user: AF_PACKET forwarder" */
    char carrier_why[256];          /* why it is that one */
    struct netem_counters counters; /* of all links together */
    struct netem_health health;
    uint64_t host_stall_ns;   /* worst gap of the canary thread */
    uint64_t began_ns;        /* of what is said: 0.0 s, on the clock of the traces */
    uint64_t first_leader_ns; /* from the start of the nodes to the first leader; 0: none */
    uint64_t trace_lost;      /* trace lines a node could not deliver */
    uint64_t frames_dropped;  /* by filters, before they became packets */
    uint64_t points_hit;      /* crashes and stalls at points */
    unsigned unplanned_exits; /* processes that ended though no step ended them */
    bool interrupted;         /* SIGINT or SIGTERM: the run was broken off */
};

/* What this world can do, for lint: capabilities, checkers and coverage it can judge. */
const struct lint_world *live_world(void);

/* Runs the scenario to its end in this process, which must be inside netem_sandbox_run. Files it
 * leaves in dir: history.ndjson, faults.ndjson, trace/nK.ndjson, nodes/nK/{log,data/,conf.json},
 * net.pcapng if asked for. All nodes are stopped when it returns.
 * Errors: -E_UNSUPPORTED (the kernel lacks what the carrier needs), -E_NOTFOUND (raftd), -E_IO,
 * -E_CLOSED (the system under test did not start: exit 69). A scenario that ran, however badly, is
 * no error: see outcome.runner. */
int live_run(const struct scenario *s, const struct live_options *options, struct live_outcome *ret,
             struct err *e) MUST_CHECK;

#endif
