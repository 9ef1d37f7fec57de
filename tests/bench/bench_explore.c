/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast schedules are explored: bench_explore [STATES].
 *
 * The set of seen states and the frontier alone, with ten million each; then whole searches with
 * every promise looked at, with one job and with more, each until it is exhausted or has seen
 * STATES states (default: 5000000). */
#include "base/prng.h"
#include "base/units.h"
#include "emulator/explore/frontier.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALONE          10000000u
#define STATES_DEFAULT 5000000u
#define AHEAD          8u /* prefetched */

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static _Noreturn void give_up(const struct err *e)
{
    (void)fprintf(stderr, "bench_explore: %s\n", e->text);
    exit(1);
}

/* ---- the parts alone ---- */

/* Inserts all, each prefetched while the ones before it are inserted. */
static void insert_all(struct fpset *s)
{
    struct err e;
    struct fingerprint ahead[AHEAD] = {0};
    for (uint64_t i = 0; i < ALONE + AHEAD; i++) {
        struct fingerprint now = ahead[i % AHEAD];
        ahead[i % AHEAD] = (struct fingerprint){{prng_mix(i), 0}};
        fpset_prefetch(s, ahead[i % AHEAD]);
        if (i >= AHEAD)
            (void)fpset_insert(s, now);
        if (fpset_wants_room(s) && fpset_grow(s, &e) < 0)
            give_up(&e);
    }
}

static void bench_set(void)
{
    struct err e;
    struct fpset *s;
    const struct fpset_options o = {.bits = 64, .bytes_max = 1024 * MIB};
    if (fpset_open(&s, &o, &e) < 0)
        give_up(&e);
    double t0 = cpu();
    insert_all(s);
    double t1 = cpu();
    insert_all(s);
    double t2 = cpu();
    (void)printf("seen states, %u: %.0f ns a new one (growing included), %.0f ns a known one, %.1f "
                 "bytes each\n",
                 ALONE, (t1 - t0) * 1e9 / ALONE, (t2 - t1) * 1e9 / ALONE,
                 (double)fpset_bytes(s) / (double)fpset_count(s));
    fpset_close(s);
}

/* Like a state: a few numbers, of which each differs a little from the one before. */
static void write_all(struct frontier *f)
{
    struct err e;
    struct prng p = prng_seed(1);
    struct frontier_writer *w = frontier_writer_new(f);
    uint32_t record[13] = {0};
    for (uint32_t i = 0; i < ALONE; i++) {
        record[prng_below(&p, 3)] = (uint32_t)prng_below(&p, 4000);
        record[3 + prng_below(&p, 10)] = (uint32_t)prng_below(&p, 500);
        if (frontier_add(w, record, sizeof(record), i, &e) < 0)
            give_up(&e);
    }
    if (frontier_flush(w, &e) < 0)
        give_up(&e);
    frontier_writer_free(w);
}

static void bench_frontier(uint64_t memory, const char *where)
{
    struct err e;
    struct frontier *f;
    const struct frontier_options o = {.dir = "/tmp", .memory_bytes_max = memory, .parents = true};
    if (frontier_open(&f, &o, &e) < 0)
        give_up(&e);
    double t0 = cpu();
    write_all(f);
    double t1 = cpu();
    struct frontier_numbers n;
    struct frontier_record record;
    frontier_count(f, &n);
    struct frontier_reader *r = frontier_reader_new(f);
    if (frontier_turn(f, &e) < 0)
        give_up(&e);
    int code;
    while ((code = frontier_next(r, &record, &e)) == 1)
        ;
    if (code < 0)
        give_up(&e);
    (void)printf("frontier %s, %u: %.0f ns to write one, %.0f to read it, %.1f bytes of %.1f\n",
                 where, ALONE, (t1 - t0) * 1e9 / ALONE, (cpu() - t1) * 1e9 / ALONE,
                 (double)n.packed_bytes / ALONE, (double)n.raw_bytes / ALONE);
    frontier_reader_free(r);
    frontier_close(f);
}

/* ---- searches ---- */

struct cost {
    double elapsed, cpu;
};

static struct cost search(const struct ex_search_options *o, struct ex_result *r)
{
    struct err e;
    struct ex_search *s;
    struct cost before = {seconds(CLOCK_MONOTONIC), cpu()};
    if (ex_search_open(&s, o, &e) < 0 || ex_search_run(s, r, &e) < 0)
        give_up(&e);
    struct cost c = {seconds(CLOCK_MONOTONIC) - before.elapsed, cpu() - before.cpu};
    ex_path_free(&r->path);
    ex_search_close(s);
    return c;
}

static void row(const char *name, uint32_t jobs, uint64_t states, struct cost *one)
{
    struct ex_result r;
    const struct ex_search_options o = {.bounds = ex_preset(name)->bounds,
                                        .jobs = jobs,
                                        .states_max = states,
                                        .memory_bytes_max = 4096 * MIB,
                                        .dir = "/tmp"};
    struct cost c = search(&o, &r);
    const struct ex_numbers *n = &r.numbers;
    if (jobs == 1)
        *one = c;
    (void)printf("%-9s %5u %10" PRIu64 " %11" PRIu64
                 " %6u %8.2f %10.0f %10.0f %6.1f %6.2f %6.2f  %s\n",
                 name, jobs, n->distinct, n->generated, n->depth, c.elapsed,
                 (double)n->generated / c.elapsed / 1000, (double)n->generated / c.cpu / 1000,
                 (double)n->memory_bytes / (double)n->distinct, one->elapsed / c.elapsed,
                 c.cpu / one->cpu, r.end == EX_EXHAUSTED ? "all" : "");
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"quick", "standard", "deep"};
    uint64_t states = STATES_DEFAULT;
    if (argc > 2 || (argc == 2 && units_u64(argv[1], UINT64_MAX, &states) < 0)) {
        (void)fprintf(stderr, "usage: bench_explore [STATES]\n");
        return 64;
    }
    bench_set();
    bench_frontier(1ull << 40, "in memory");
    bench_frontier(0, "on disk");
    (void)printf("\n%-9s %5s %10s %11s %6s %8s %10s %10s %6s %6s %6s\n", "bounds", "jobs", "states",
                 "generated", "depth", "seconds", "k/s", "k/cpu s", "B each", "faster", "cpu");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct cost one;
        for (uint32_t jobs = 1; jobs <= 2; jobs++)
            row(names[i], jobs, states, &one);
    }
    return 0;
}
