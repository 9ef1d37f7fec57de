/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast virtual time passes: events a second, real time, what grows with the cluster, what a
 * seed costs before its first event, what memory does over a day. */
#include "alloc_count.h"
#include "base/prng.h"
#include "base/units.h"
#include "child.h"
#include "emulator/sim/queue.h"
#include "scratch.h"
#include "sim_row.h"
#include "sim_sweep.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_SUT   69
#define EXIT_FILES 73

static const char usage[] =
    "usage: bench_sim [options]\n"
    "  --seconds N      virtual time of a row (default 600)\n"
    "  --hours N        and a run so long, for its memory (default 0: none)\n"
    "  --seed N         default 7\n"
    "  --sweep N        seeds of a sweep, with one job and with two (default 100; 0: none)\n"
    "  --emulator PATH  raft-emulator (default: beside this program)\n"
    "  --dir DIR        where files lie for the while (default: beside the build's bin/)\n";

struct options {
    uint64_t seconds, hours, seed, sweep;
    const char *emulator;
    const char *dir;
};

/* ---- the bare loop ---- */

/* An event is taken, and puts another one some time later; nothing else. */
static double bare_ns(unsigned pending)
{
    struct sim_queue q = {0};
    struct prng prng = prng_seed(1);
    const uint64_t rounds = 4000000;
    for (unsigned i = 0; i < pending; i++)
        sim_queue_put(&q, &(struct sim_event){.t_ns = prng_below(&prng, NS_PER_MS)});
    uint64_t began_ns = sim_cpu_ns();
    for (uint64_t i = 0; i < rounds; i++) {
        struct sim_event e = sim_queue_take(&q);
        e.t_ns += prng_below(&prng, NS_PER_MS);
        sim_queue_put(&q, &e);
    }
    uint64_t took_ns = sim_cpu_ns() - began_ns;
    sim_queue_free(&q);
    return (double)took_ns / (double)rounds;
}

static void print_bare(void)
{
    static const unsigned pending[] = {8, 32, 128, 512, 2048};
    (void)printf("the queue alone          ");
    for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]); i++)
        (void)printf("  %u pending: %.0f ns", pending[i], bare_ns(pending[i]));
    (void)printf("\n\n");
    (void)fflush(stdout);
}

/* ---- clusters ---- */

static void print_row(const char *title, const struct sim_row *row)
{
    double cpu_s = (double)row->cpu_ns / (double)NS_PER_S;
    double virtual_s = (double)row->virtual_ns / (double)NS_PER_S;
    (void)printf("%-24s %9llu %8.0f %8.0f %9.0f %9.0f %8.1f", title,
                 (unsigned long long)row->events, (double)row->cpu_ns / (double)row->events,
                 (double)row->events / cpu_s / 1000, (double)row->events / virtual_s,
                 virtual_s / cpu_s, row->pending);
    if (alloc_counted())
        (void)printf(" %8llu", (unsigned long long)row->allocs);
    (void)printf("\n");
    (void)fflush(stdout);
}

static int measure_rows(const struct options *o, struct err *e)
{
    const unsigned s = (unsigned)o->seconds;
    const struct {
        const char *title;
        struct sim_story story;
    } rows[] = {
        {"idle, 3 nodes", {3, 0, false, s}},
        {"100 ops/s, 5 nodes", {5, 100, false, s}},
        {"100 ops/s and faults", {5, 100, true, s}},
        {"1000 ops/s", {5, 1000, false, s / 10}},
        {"1000 ops/s and faults", {5, 1000, true, s / 10}},
        {"idle, 5 nodes", {5, 0, false, s}},
        {"idle, 9 nodes", {9, 0, false, s / 2}},
        {"idle, 25 nodes", {25, 0, false, s / 5}},
        {"idle, 100 nodes", {100, 0, false, s / 15}},
    };
    int code = 0;
    (void)printf("%-24s %9s %8s %8s %9s %9s %8s %8s\n", "judged by all checkers", "events",
                 "ns/event", "k ev/s", "ev/vsec", "x real", "pending", "allocs");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == 0; i++) {
        struct sim_row row = {0};
        code = sim_row_measure(&rows[i].story, o->seed, &row, e);
        if (code == 0)
            print_row(rows[i].title, &row);
    }
    return code;
}

static int measure_memory(const struct options *o, struct err *e)
{
    const unsigned s = (unsigned)(o->hours * 3600);
    const struct {
        const char *title;
        struct sim_story story;
    } rows[] = {{"idle, 3 nodes", {3, 0, false, s}},
                {"100 ops/s, 3 nodes", {3, 100, false, s}},
                {"100 ops/s and faults, 3 nodes", {3, 100, true, s}}};
    int code = 0;
    for (size_t i = 0; o->hours > 0 && i < sizeof(rows) / sizeof(rows[0]) && code == 0; i++) {
        struct sim_row row = {0};
        code = sim_row_measure(&rows[i].story, o->seed, &row, e);
        if (code < 0)
            break;
        (void)printf("%s, %llu hours: MiB resident after each quarter:", rows[i].title,
                     (unsigned long long)o->hours);
        for (unsigned m = 0; m < SIM_ROW_MARKS; m++)
            (void)printf(" %.1f", (double)row.resident_kib[m] / 1024);
        (void)printf("; %.1f s of processor time\n", (double)row.cpu_ns / (double)NS_PER_S);
        (void)fflush(stdout);
    }
    return code;
}

static int measure_start_up(struct err *e)
{
    static const unsigned nodes[] = {3, 5, 9, 25, 100};
    int code = 0;
    (void)printf("\na seed's start-up        ");
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && code == 0; i++) {
        uint64_t ns = 0;
        code = sim_row_start_up(&(struct sim_story){nodes[i], 100, true, 10}, 50, &ns, e);
        if (code == 0)
            (void)printf("  %u nodes: %.2f ms", nodes[i], (double)ns / (double)NS_PER_MS);
    }
    (void)printf("\n");
    return code;
}

/* In turn, so that what else the machine does meets both. */
static int measure_sweep(const struct options *o, struct err *e)
{
    static struct scratch scratch;
    const struct sim_story story = {3, 100, true, 10};
    uint64_t sums[2] = {0};
    int code = scratch_make(o->dir, &scratch, e);
    for (unsigned round = 0; round < 3 && code == 0; round++) {
        for (unsigned jobs = 1; jobs <= 2 && code == 0; jobs++) {
            uint64_t took_ns = 0;
            code = sim_sweep(&scratch, o->emulator, &story, (unsigned)o->sweep, jobs, &took_ns, e);
            sums[jobs - 1] += took_ns;
        }
    }
    scratch_remove(&scratch);
    if (code == 0)
        (void)printf("sweep, 10 virtual seconds   a seed %.1f ms with one job, %.1f ms with two: "
                     "%.2f times as fast\n",
                     (double)sums[0] / 3 / (double)o->sweep / (double)NS_PER_MS,
                     (double)sums[1] / 3 / (double)o->sweep / (double)NS_PER_MS,
                     (double)sums[0] / (double)sums[1]);
    return code;
}

/* ---- main ---- */

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"seconds", required_argument, NULL, 's'},
                                          {"hours", required_argument, NULL, 'h'},
                                          {"seed", required_argument, NULL, 'S'},
                                          {"sweep", required_argument, NULL, 'w'},
                                          {"emulator", required_argument, NULL, 'e'},
                                          {"dir", required_argument, NULL, 'd'},
                                          {0}};
    int option;
    *o = (struct options){.seconds = 600, .seed = 7, .sweep = 100};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        bool ok = true;
        switch (option) {
        case 's': ok = units_u64(optarg, 100000, &o->seconds) == 0 && o->seconds >= 10; break;
        case 'h': ok = units_u64(optarg, 240, &o->hours) == 0; break;
        case 'S': ok = units_u64(optarg, UINT32_MAX, &o->seed) == 0; break;
        case 'w': ok = units_u64(optarg, 100000, &o->sweep) == 0; break;
        case 'e': o->emulator = optarg; break;
        case 'd': o->dir = optarg; break;
        default: ok = false;
        }
        if (!ok)
            return false;
    }
    return optind == argc;
}

static int run(const struct options *o, struct err *e)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    (void)printf("%u virtual seconds a row, seed %llu, %ld processors, load %.2f; "
                 "processor time throughout\n\n",
                 (unsigned)o->seconds, (unsigned long long)o->seed, sysconf(_SC_NPROCESSORS_ONLN),
                 load);
    print_bare();
    int code = measure_rows(o, e);
    if (code == 0)
        code = measure_start_up(e);
    if (code == 0 && o->sweep > 0)
        code = measure_sweep(o, e);
    if (code == 0)
        code = measure_memory(o, e);
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct err e = {0};
    if (!parse(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    int exit_code = places_fill("raft-emulator", &options.emulator, &options.dir, &e) < 0
                        ? EXIT_FILES
                    : run(&options, &e) < 0 ? EXIT_SUT
                                            : 0;
    if (exit_code != 0)
        (void)fprintf(stderr, "bench_sim: %s\n", e.text);
    return exit_code;
}
