/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid_print.h"

#include "base/jsonw.h"
#include "base/units.h"
#include "raft/node.h"

#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

void machine_look(struct machine *ret, const char *dir)
{
    struct utsname u;
    struct statfs fs;
    *ret = (struct machine){.processors = sysconf(_SC_NPROCESSORS_ONLN)};
    if (getloadavg(&ret->load, 1) != 1)
        ret->load = 0;
    if (uname(&u) == 0)
        (void)snprintf(ret->kernel, sizeof(ret->kernel), "%s", u.release);
    if (statfs(dir, &fs) != 0)
        return;
    bool ext = fs.f_type == EXT4_SUPER_MAGIC, ram = fs.f_type == TMPFS_MAGIC;
    (void)snprintf(ret->file_system, sizeof(ret->file_system),
                   ext   ? "ext4"
                   : ram ? "tmpfs"
                         : "%#lx",
                   (unsigned long)fs.f_type);
}

/* ---- table ---- */

static double ms(uint64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

static double us(double ns)
{
    return ns / (double)NS_PER_US;
}

static void put_head(const struct grid *g, const struct machine *m, struct buf *out)
{
    buf_putf(out,
             "raftd %s: 3 nodes on loopback, every write synced. Keys of %d bytes (%llu of them), "
             "values of %d.\n",
             RAFTLAB_VERSION, LOAD_KEY_BYTES, (unsigned long long)g->options.keys_count,
             LOAD_VALUE_BYTES);
    if (m->redis != NULL)
        buf_putf(out, "redis %s: one server, appendonly, appendfsync always.\n", m->redis);
    buf_putf(out, "%.3g s a cell, %u round%s; %ld processors, load %.2f before, %s, kernel %s.\n",
             (double)g->options.measure_ns / (double)NS_PER_S, g->options.rounds,
             g->options.rounds == 1 ? "" : "s (the median by operations/s is shown)", m->processors,
             m->load, m->file_system, m->kernel);
    buf_puts(out, "cpu: processor time of all server processes an operation, in microseconds.\n\n");
}

static void put_titles(const struct grid *g, struct buf *out)
{
    buf_putf(out, "%-24s", "");
    for (unsigned s = 0; s < SYSTEMS; s++) {
        if (grid_has(g, (enum system)s))
            buf_putf(out, " | %-34s", system_name((enum system)s));
    }
    if (grid_has(g, SYSTEM_LEADER) && grid_has(g, SYSTEM_REDIS))
        buf_puts(out, " | raftd / redis");
    buf_puts(out, "\n                 clients");
    for (unsigned s = 0; s < SYSTEMS; s++) {
        if (grid_has(g, (enum system)s))
            buf_puts(out, " |    ops/s   p50 ms   p99 ms    cpu");
    }
    if (grid_has(g, SYSTEM_LEADER) && grid_has(g, SYSTEM_REDIS))
        buf_puts(out, " |  ops/s    p50");
    buf_putc(out, '\n');
}

static void put_row(const struct grid *g, const struct cell *c, struct buf *out)
{
    const struct sample *raftd = cell_median(g, c, SYSTEM_LEADER);
    const struct sample *redis = cell_median(g, c, SYSTEM_REDIS);
    buf_putf(out, "%-4s %-11s %7u", op_name(c->op), shape_name(c->shape), c->clients);
    for (unsigned i = 0; i < SYSTEMS; i++) {
        const struct sample *s = cell_median(g, c, (enum system)i);
        if (grid_has(g, (enum system)i))
            buf_putf(out, " | %8.0f %8.3f %8.3f %6.1f", s->ops_per_s, ms(s->p50_ns), ms(s->p99_ns),
                     us(s->server_cpu_ns));
    }
    if (grid_has(g, SYSTEM_LEADER) && grid_has(g, SYSTEM_REDIS) && redis->ops_per_s > 0 &&
        redis->p50_ns > 0)
        buf_putf(out, " | %6.2f %6.2f", raftd->ops_per_s / redis->ops_per_s,
                 (double)raftd->p50_ns / (double)redis->p50_ns);
    buf_putc(out, '\n');
}

/* What makes a number worth less, in words. */
static void put_doubts(const struct grid *g, const struct cell *c, struct buf *out)
{
    for (unsigned i = 0; i < SYSTEMS * g->options.rounds; i++) {
        enum system system = (enum system)(i / g->options.rounds);
        const struct sample *s = &c->samples[system][i % g->options.rounds];
        if (s->errors == 0 && s->elections == 0)
            continue;
        buf_putf(out, "! %s, %s, %u clients, %s: %llu errors", op_name(c->op), shape_name(c->shape),
                 c->clients, system_name(system), (unsigned long long)s->errors);
        if (s->errors > 0)
            buf_putf(out, " (%s)", s->first_error);
        buf_putf(out, ", %llu elections\n", (unsigned long long)s->elections);
    }
}

void grid_print_table(const struct grid *g, const struct machine *m, struct buf *out)
{
    put_head(g, m, out);
    put_titles(g, out);
    for (size_t i = 0; i < g->cells_count; i++)
        put_row(g, &g->cells[i], out);
    for (size_t i = 0; i < g->cells_count; i++)
        put_doubts(g, &g->cells[i], out);
}

/* ---- JSON ---- */

static void json_sample(struct jsonw *w, const struct sample *s)
{
    jsonw_object(w);
    jsonw_kv_double(w, "ops_per_s", s->ops_per_s);
    jsonw_kv_u64(w, "p50_ns", s->p50_ns);
    jsonw_kv_u64(w, "p99_ns", s->p99_ns);
    jsonw_kv_u64(w, "max_ns", s->max_ns);
    jsonw_kv_double(w, "server_cpu_ns", s->server_cpu_ns);
    jsonw_kv_double(w, "client_cpu_ns", s->client_cpu_ns);
    jsonw_kv_u64(w, "errors", s->errors);
    if (s->errors > 0)
        jsonw_kv_string(w, "first_error", s->first_error);
    jsonw_kv_u64(w, "elections", s->elections);
    jsonw_end(w);
}

static void json_cell(const struct grid *g, struct jsonw *w, const struct cell *c)
{
    jsonw_object(w);
    jsonw_kv_string(w, "op", op_name(c->op));
    jsonw_kv_string(w, "shape", shape_name(c->shape));
    jsonw_kv_u64(w, "clients", c->clients);
    for (unsigned i = 0; i < SYSTEMS; i++) {
        static const char *const keys[] = {"raftd_leader", "raftd_follower", "redis"};
        if (!grid_has(g, (enum system)i))
            continue;
        jsonw_key(w, keys[i]);
        jsonw_array(w); /* by throughput, slowest first */
        for (unsigned r = 0; r < g->options.rounds; r++)
            json_sample(w, &c->samples[i][r]);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void grid_print_json(const struct grid *g, const struct machine *m, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "raftd", RAFTLAB_VERSION);
    jsonw_key(&w, "redis");
    if (m->redis == NULL)
        jsonw_null(&w);
    else
        jsonw_string(&w, m->redis);
    jsonw_kv_u64(&w, "processors", (uint64_t)m->processors);
    jsonw_kv_double(&w, "load_before", m->load);
    jsonw_kv_string(&w, "kernel", m->kernel);
    jsonw_kv_string(&w, "file_system", m->file_system);
    jsonw_kv_u64(&w, "measure_ns", g->options.measure_ns);
    jsonw_kv_u64(&w, "rounds", g->options.rounds);
    jsonw_kv_u64(&w, "keys", g->options.keys_count);
    jsonw_kv_u64(&w, "key_bytes", LOAD_KEY_BYTES);
    jsonw_kv_u64(&w, "value_bytes", LOAD_VALUE_BYTES);
    jsonw_key(&w, "cells");
    jsonw_array(&w);
    for (size_t i = 0; i < g->cells_count; i++)
        json_cell(g, &w, &g->cells[i]);
    jsonw_end(&w);
    jsonw_end(&w);
    buf_putc(out, '\n');
}
