/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a runner needs of a world, be it real processes in namespaces or virtual time.
 *
 * The world owns time and the cluster; it tells the observer every trace record as it appears and
 * calls runner_advance after every change and at the time the runner asked for. No call here calls
 * back into the runner. Endpoints are numbered nodes first (n1 is 0), then client hosts. */
#ifndef EMULATOR_WORLD_H
#define EMULATOR_WORLD_H

#include "base/err.h"
#include "base/jsonw.h"
#include "netem/model/impair.h"

#define WORLD_ENDPOINTS_MAX 64

struct scenario_mix; /* emulator/scenario/model.h */

struct world_link {
    unsigned from, to;
    struct impairment state; /* absolute */
};

/* A line of the fault log; texts are borrowed. */
struct world_fault {
    const char *step;  /* label or number */
    const char *phase; /* begin, end, failed */
    const char *action;
    uint64_t targets;   /* nodes */
    const char *params; /* one JSON object, or NULL */
};

struct world {
    void *arg; /* first argument of every call */
    const char *name;

    /* The clock of the traces. */
    uint64_t (*now)(void *arg);

    /* Processes. start: on the data directory it has. kill: the signal is delivered when it
     * returns; the node counts as crashed by `cause` ("kill", "stop"); one that has not ended
     * grace_ns later (0: the world's own patience) is killed. Errors: -E_IO. */
    int (*start)(void *arg, unsigned node, struct err *e);
    int (*kill)(void *arg, unsigned node, int signal, const char *cause, uint64_t grace_ns,
                struct err *e);
    int (*pause)(void *arg, unsigned node, bool paused, struct err *e);

    /* All changes at once. When it returns they hold. */
    int (*links)(void *arg, const struct world_link *changes, size_t count, struct err *e);

    void (*load)(void *arg, bool on);
    void (*load_rate)(void *arg, uint64_t rate_per_s); /* 0: as fast as answers come */
    /* Errors: -E_UNSUPPORTED: the clients' model lacks an operation. */
    int (*load_mix)(void *arg, const struct scenario_mix *mix, struct err *e);
    /* So many operations more, shared among the clients, without a pause; also while the load is
     * off. */
    void (*load_burst)(void *arg, uint64_t operations);

    void (*fault)(void *arg, const struct world_fault *fault);
    /* A line for people, at the present time. */
    void (*say)(void *arg, const char *text);
};

#endif
