/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid.h"

#include "base/mem.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The share of a measurement that runs before it, uncounted; at least WARM_NS_MIN. */
#define WARM_DIVISOR 10
#define WARM_NS_MIN  (100 * NS_PER_MS)

const char *op_name(enum load_op op)
{
    switch (op) {
    case LOAD_SET: return "SET";
    case LOAD_GET: return "GET";
    }
    UNREACHABLE();
}

const char *shape_name(enum shape shape)
{
    switch (shape) {
    case SHAPE_CONNECTIONS: return "connections";
    case SHAPE_PIPELINED: return "8 pipelines";
    }
    UNREACHABLE();
}

const char *system_name(enum system system)
{
    switch (system) {
    case SYSTEM_LEADER: return "raftd";
    case SYSTEM_FOLLOWER: return "raftd at a follower";
    case SYSTEM_REDIS: return "redis";
    }
    UNREACHABLE();
}

bool grid_has(const struct grid *g, enum system system)
{
    return (g->options.systems >> system & 1) != 0;
}

/* ---- the list ---- */

static void add_cell(struct grid *g, enum load_op op, enum shape shape, unsigned clients)
{
    if (shape == SHAPE_PIPELINED && clients < PIPELINED_LINES)
        return;
    g->cells = mem_grow(g->cells, g->cells_count + 1, sizeof(*g->cells));
    struct cell *c = &g->cells[g->cells_count++];
    memset(c, 0, sizeof(*c));
    c->op = op;
    c->shape = shape;
    c->clients = clients;
}

void grid_make(struct grid *g, const struct grid_options *options)
{
    ASSERT(options->rounds > 0 && options->rounds <= ROUNDS_MAX);
    *g = (struct grid){.options = *options};
    for (unsigned op = 0; op <= LOAD_GET; op++) {
        for (unsigned shape = 0; shape < SHAPES; shape++) {
            bool wanted = (options->ops >> op & 1) != 0 && (options->shapes >> shape & 1) != 0;
            for (unsigned i = 0; wanted && i < options->clients_count; i++)
                add_cell(g, (enum load_op)op, (enum shape)shape, options->clients[i]);
        }
    }
}

void grid_free(struct grid *g)
{
    free(g->cells);
    *g = (struct grid){0};
}

/* ---- measuring ---- */

/* What one measurement looks at besides the load. */
struct probe {
    struct cluster *cluster;
    struct redis *redis;
    enum system system;
};

static uint64_t own_cpu_ns(void)
{
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return ((uint64_t)u.ru_utime.tv_sec + (uint64_t)u.ru_stime.tv_sec) * NS_PER_S +
           ((uint64_t)u.ru_utime.tv_usec + (uint64_t)u.ru_stime.tv_usec) * NS_PER_US;
}

static uint64_t server_cpu_ns(const struct probe *p)
{
    return p->system == SYSTEM_REDIS ? child_cpu_ns(&p->redis->server) : cluster_cpu_ns(p->cluster);
}

static void fill_sample(struct sample *s, const struct load_result *r, uint64_t server_ns,
                        uint64_t own_ns)
{
    double ops = (double)r->latency_ns.count;
    *s = (struct sample){.ops_per_s = ops * (double)NS_PER_S / (double)r->elapsed_ns,
                         .p50_ns = histogram_at(&r->latency_ns, 0.50),
                         .p99_ns = histogram_at(&r->latency_ns, 0.99),
                         .max_ns = r->latency_ns.max,
                         .server_cpu_ns = ops > 0 ? (double)server_ns / ops : 0,
                         .client_cpu_ns = ops > 0 ? (double)own_ns / ops : 0,
                         .errors = r->errors};
    memcpy(s->first_error, r->first_error, sizeof(s->first_error));
}

static int run_load(const struct grid *g, const struct load_spec *spec, const struct probe *p,
                    struct sample *ret, struct err *e)
{
    struct load *l = NULL;
    static struct load_result result; /* too large for a stack */
    uint64_t ns = g->options.measure_ns;
    uint64_t warm_ns = ns / WARM_DIVISOR > WARM_NS_MIN ? ns / WARM_DIVISOR : WARM_NS_MIN;
    int code = load_open(spec, &l, e);
    if (code == 0)
        code = load_for(l, warm_ns, NULL, e);
    uint64_t server_ns = server_cpu_ns(p), own_ns = own_cpu_ns();
    if (code == 0)
        code = load_for(l, ns, &result, e);
    if (code == 0)
        fill_sample(ret, &result, server_cpu_ns(p) - server_ns, own_cpu_ns() - own_ns);
    if (code == 0)
        code = load_drain(l, e);
    load_free(l);
    return code;
}

static int measure(const struct grid *g, const struct cell *c, const struct probe *p,
                   unsigned round, struct sample *ret, struct err *e)
{
    struct cluster_state before = {0}, after = {0};
    bool raftd = p->system != SYSTEM_REDIS;
    unsigned lines = c->shape == SHAPE_PIPELINED ? PIPELINED_LINES : c->clients;
    struct load_spec spec = {.op = c->op,
                             .connections = lines,
                             .depth = c->clients / lines,
                             .keys_count = g->options.keys_count,
                             .seed = 1 + round};
    int code = raftd ? cluster_leader(p->cluster, &before, e) : 0;
    if (code < 0)
        return code;
    if (p->system == SYSTEM_LEADER)
        spec.port = p->cluster->client_ports[before.leader];
    else if (p->system == SYSTEM_FOLLOWER)
        spec.port = p->cluster->client_ports[(before.leader + 1) % CLUSTER_NODES];
    else
        spec.port = p->redis->port;
    code = run_load(g, &spec, p, ret, e);
    if (code == 0 && raftd)
        code = cluster_leader(p->cluster, &after, e);
    ret->elections = after.term - before.term;
    return code;
}

static void say(const struct cell *c, enum system system, unsigned round, const struct sample *s)
{
    (void)fprintf(stderr, "%s  %-11s %4u clients  round %u  %-19s %9.0f/s  p50 %.3f ms\n",
                  op_name(c->op), shape_name(c->shape), c->clients, round + 1, system_name(system),
                  s->ops_per_s, (double)s->p50_ns / (double)NS_PER_MS);
}

static int compare(const void *a, const void *b)
{
    double x = ((const struct sample *)a)->ops_per_s, y = ((const struct sample *)b)->ops_per_s;
    return (x > y) - (x < y);
}

int grid_run(struct grid *g, struct cluster *cluster, struct redis *redis, struct err *e)
{
    for (unsigned round = 0; round < g->options.rounds; round++) {
        for (size_t i = 0; i < g->cells_count * SYSTEMS; i++) {
            struct cell *c = &g->cells[i / SYSTEMS];
            struct probe p = {cluster, redis, (enum system)(i % SYSTEMS)};
            if (!grid_has(g, p.system))
                continue;
            struct sample *s = &c->samples[p.system][round];
            int code = measure(g, c, &p, round, s, e);
            if (code < 0)
                return err_wrap(e, "%s, %s, %u clients, %s", op_name(c->op), shape_name(c->shape),
                                c->clients, system_name(p.system));
            say(c, p.system, round, s);
        }
    }
    for (size_t i = 0; i < g->cells_count * SYSTEMS; i++)
        qsort(g->cells[i / SYSTEMS].samples[i % SYSTEMS], g->options.rounds, sizeof(struct sample),
              compare);
    return 0;
}

const struct sample *cell_median(const struct grid *g, const struct cell *c, enum system system)
{
    return &c->samples[system][(g->options.rounds - 1) / 2];
}
