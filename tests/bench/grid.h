/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of the measurement: operation × shape × clients, each against each system. */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

#include "load.h"
#include "servers.h"

#define CLIENTS_CHOICES_MAX 8
#define ROUNDS_MAX          25

enum shape {
    SHAPE_CONNECTIONS, /* a connection per client, one request outstanding on each */
    SHAPE_PIPELINED,   /* eight connections sharing the same number of outstanding requests */
};
#define SHAPES          2
#define PIPELINED_LINES 8

enum system {
    SYSTEM_LEADER,   /* raftd, clients at the leader */
    SYSTEM_FOLLOWER, /* raftd, clients at a follower */
    SYSTEM_REDIS,
};
#define SYSTEMS 3

const char *op_name(enum load_op op);        /* "SET" */
const char *shape_name(enum shape shape);    /* "connections" */
const char *system_name(enum system system); /* "raftd" */

/* What is asked for. Lists as sets of bits by the enums' numbers. */
struct grid_options {
    unsigned ops, shapes, systems;
    unsigned clients[CLIENTS_CHOICES_MAX];
    unsigned clients_count;
    uint64_t measure_ns;
    unsigned rounds;
    uint64_t keys_count;
};

/* One measurement of one cell. */
struct sample {
    double ops_per_s;
    uint64_t p50_ns, p99_ns, max_ns;
    double server_cpu_ns; /* of all its processes, an operation; 0: none were done */
    double client_cpu_ns; /* of this program, an operation */
    uint64_t errors;
    char first_error[128];
    uint64_t elections; /* terms that passed meanwhile: a leader was lost */
};

struct cell {
    enum load_op op;
    enum shape shape;
    unsigned clients;
    struct sample samples[SYSTEMS][ROUNDS_MAX]; /* rounds of them, in the order of ops_per_s */
};

struct grid {
    struct grid_options options;
    struct cell *cells; /* owned */
    size_t cells_count;
};

/* Every cell there is to measure; the pipelined shape needs a client for each connection. */
void grid_make(struct grid *g, const struct grid_options *options);
void grid_free(struct grid *g);

/* Measures all cells, all rounds: in each cell one system directly after the other, so that what
 * else the machine does meets all of them. redis may be NULL if it is not among the systems.
 * Progress goes to stderr. Errors: those of load.h and cluster_leader. */
int grid_run(struct grid *g, struct cluster *cluster, struct redis *redis,
             struct err *e) MUST_CHECK;

/* The round with the median throughput (the lower of two). */
const struct sample *cell_median(const struct grid *g, const struct cell *c, enum system system);
bool grid_has(const struct grid *g, enum system system);

#endif
