/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast traces of nodes are judged: bench_check_trace [ENTRIES].
 *
 * Five nodes replicate ENTRIES entries in batches of 1 to 8; every batch is appended, synced,
 * acknowledged, committed and applied everywhere, as lines. */
#include "base/checksum.h"
#include "base/prng.h"
#include "emulator/check/verdict.h"
#include "emulator/trace/merge.h"
#include "trace/text.h"
#include "trace/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NODES 5

struct world {
    struct trace traces[NODES];
    struct trace_names names;
    struct buf lines;
    struct prng prng;
    uint64_t now;
    uint64_t last;
    uint64_t chain;
};

static const char *const names[NODES] = {"n1", "n2", "n3", "n4", "n5"};

static void sink(void *arg, struct trace_record *rec)
{
    struct world *w = arg;
    trace_print(&w->lines, &w->names, rec);
}

static struct trace_record *begin(struct world *w, int node, enum trace_event ev)
{
    return trace_begin(&w->traces[node], ev, ++w->now, 2);
}

static void boot(struct world *w, int node)
{
    struct trace_record *rec = trace_begin(&w->traces[node], TRACE_boot, ++w->now, 1);
    TRACE_PUT(rec, last, (struct trace_position){0});
    TRACE_PUT(rec, voters, (1u << NODES) - 1);
    trace_end(&w->traces[node]);
}

static void elect(struct world *w)
{
    for (int i = 0; i < 3; i++) {
        struct trace_record *rec = begin(w, i, TRACE_votePersisted);
        TRACE_PUT(rec, candidate, 0);
        trace_end(&w->traces[i]);
        rec = begin(w, i, i == 0 ? TRACE_campaign : TRACE_voteGranted);
        TRACE_PUT(rec, candidate, 0);
        TRACE_PUT(rec, pre, false);
        trace_end(&w->traces[i]);
    }
    (void)begin(w, 0, TRACE_becameLeader);
    trace_end(&w->traces[0]);
}

static void append(struct world *w, int node, uint64_t from, uint64_t to)
{
    struct trace_record *rec = begin(w, node, TRACE_appended);
    TRACE_PUT(rec, from, from);
    TRACE_PUT(rec, to, to);
    trace_add_run(&w->traces[node], 2, to - from + 1);
    trace_add_mark(&w->traces[node], to, w->chain);
    trace_end(&w->traces[node]);
    rec = begin(w, node, TRACE_fsyncEnd);
    TRACE_PUT(rec, durable, to);
    trace_end(&w->traces[node]);
}

static void accept(struct world *w, int node)
{
    struct trace_record *rec = begin(w, node, TRACE_appendAccepted);
    TRACE_PUT(rec, match, w->last);
    TRACE_PUT(rec, for_term, 2);
    trace_end(&w->traces[node]);
}

static void commit_and_apply(struct world *w, int node)
{
    struct trace_record *rec = begin(w, node, TRACE_committed);
    TRACE_PUT(rec, to, w->last);
    TRACE_PUT(rec, chain, w->chain);
    trace_end(&w->traces[node]);
    rec = begin(w, node, TRACE_applied);
    TRACE_PUT(rec, to, w->last);
    TRACE_PUT(rec, digest, w->chain + 1);
    trace_end(&w->traces[node]);
}

static void batch(struct world *w)
{
    uint64_t from = w->last + 1;
    w->last += prng_between(&w->prng, 1, 9);
    w->chain = checksum64(&w->last, sizeof(w->last));
    for (int i = 0; i < NODES; i++) {
        append(w, i, from, w->last);
        if (i > 0)
            accept(w, i);
    }
    for (int i = 0; i < NODES; i++)
        commit_and_apply(w, i);
}

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long peak_mib(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static int judge(const struct world *w)
{
    struct trace_names table = {0};
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    struct check_facts facts = {0};
    struct check_run *run = check_open(&facts, &table);
    long before = peak_mib();
    double start = now_s();
    uint64_t events = 0;
    merge_init(&m, &table);
    int rc = merge_add_memory(&m, "trace", w->lines.data, w->lines.len, &e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, &e)) == 1) {
        rc = check_feed(run, rec, &e);
        events++;
    }
    check_finish(run);
    double took = now_s() - start;
    struct verdict_summary s = verdict_of(run);
    printf("%" PRIu64 " events in %.3f s: %.2f million a second, %s, %ld MiB more than before\n",
           events, took, (double)events / took / 1e6, check_verdict_name(s.overall),
           peak_mib() - before);
    if (s.first != NULL)
        printf("%s: %s\n", s.first->name, s.first->sentence);
    merge_free(&m);
    check_free(run);
    return rc == 0 && s.overall == CHECK_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct world w = {.prng = prng_seed(1), .lines = {.max = SIZE_MAX}};
    uint64_t entries = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    const struct trace_host host = {.sink = sink, .arg = &w, .names = &w.names};
    for (int i = 0; i < NODES; i++)
        (void)trace_names_add(&w.names, names[i], strlen(names[i]));
    for (int i = 0; i < NODES; i++) {
        trace_open(&w.traces[i], &host, names[i], 0xaa, 1);
        boot(&w, i);
    }
    elect(&w);
    while (w.last < entries)
        batch(&w);
    int rc = judge(&w);
    for (int i = 0; i < NODES; i++)
        trace_close(&w.traces[i]);
    buf_free(&w.lines);
    return rc;
}
