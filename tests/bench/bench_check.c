/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processor time that judging a history takes:
 *     bench_check [OPERATIONS [CLIENTS [KEYS [UNKNOWN%]]]]
 *
 * Closed loops of reads and writes of unique values, executed at an instant inside each interval.
 * Prints the time to read the lines, to judge them, and the peak memory. */
#include "base/prng.h"
#include "base/timerq.h"
#include "base/units.h"
#include "emulator/check/verdict.h"
#include "emulator/trace/merge.h"
#include "trace/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct client {
    uint64_t op;
    uint64_t key;
    uint64_t value; /* written, or read */
    bool writes;
    bool lost; /* the answer is lost; half of these had an effect */
    unsigned stage;
    unsigned number;
    unsigned life;
};

struct load {
    struct prng prng;
    struct timerq due;
    struct buf lines;
    uint64_t *values; /* by key */
    uint64_t keys;
    uint64_t ops;
    uint64_t begun;
    double unknown;
};

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void begin(struct load *l, struct client *c, uint64_t now)
{
    char name[32];
    char key[32];
    char value[32];
    c->op = ++l->begun;
    c->key = prng_below(&l->prng, l->keys);
    c->writes = prng_chance(&l->prng, 0.5);
    c->lost = prng_chance(&l->prng, l->unknown);
    c->value = c->op;
    (void)snprintf(name, sizeof(name), "c%u.%u", c->number, c->life);
    (void)snprintf(key, sizeof(key), "k%" PRIu64, c->key);
    (void)snprintf(value, sizeof(value), "%" PRIu64, c->value);
    const struct trace_record rec = history_invoke_record(
        &(struct history_invoke){.t_ns = now,
                                 .op = c->op,
                                 .client = name,
                                 .kind = c->writes ? HISTORY_WRITE : HISTORY_READ,
                                 .key = key,
                                 .value = c->writes ? value : NULL});
    trace_print(&l->lines, NULL, &rec);
}

static void execute(struct load *l, struct client *c)
{
    if (!c->writes)
        c->value = l->values[c->key];
    else if (!c->lost || prng_chance(&l->prng, 0.5))
        l->values[c->key] = c->value;
}

static void end(struct load *l, struct client *c, uint64_t now)
{
    char value[32];
    (void)snprintf(value, sizeof(value), "%" PRIu64, c->value);
    const struct trace_record rec = history_return_record(
        &(struct history_return){.t_ns = now,
                                 .op = c->op,
                                 .outcome = c->lost ? HISTORY_UNKNOWN : HISTORY_OK,
                                 .result = c->writes || c->value == 0 ? NULL : value,
                                 .node = -1});
    trace_print(&l->lines, NULL, &rec);
    c->life += c->lost;
}

/* Every client goes through call, instant, return, pause. */
static void generate(struct load *l, struct client *clients, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        clients[i].number = i;
        timerq_push(&l->due, prng_below(&l->prng, NS_PER_MS), &clients[i]);
    }
    while (timerq_peek(&l->due) != NULL) {
        uint64_t now = timerq_peek(&l->due)->due_ns;
        struct client *c = timerq_pop(&l->due);
        if (c->stage == 0 && l->begun == l->ops)
            continue;
        if (c->stage == 0)
            begin(l, c, now);
        else if (c->stage == 1)
            execute(l, c);
        else
            end(l, c, now);
        c->stage = (c->stage + 1) % 3;
        timerq_push(&l->due, now + prng_between(&l->prng, 1, NS_PER_MS), c);
    }
}

static int judge(const struct load *l)
{
    struct trace_names names = {0};
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    struct check_facts facts = {0};
    struct check_run *run = check_open(&facts, &names);
    double start = now_s();
    int rc;
    merge_init(&m, &names);
    rc = merge_add_memory(&m, "history", l->lines.data, l->lines.len, &e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, &e)) == 1)
        rc = check_feed(run, rec, &e);
    if (rc < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    double fed = now_s();
    check_finish(run);
    double done = now_s();
    struct verdict_summary s = verdict_of(run);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%" PRIu64 " operations, %.1f MB of lines: read in %.3f s, judged in %.3f s: %s; "
           "peak %ld MiB with the lines\n%s\n",
           l->ops, (double)l->lines.len / 1e6, fed - start, done - fed,
           check_verdict_name(s.overall), usage.ru_maxrss / 1024,
           check_results_at(run, 0)->sentence);
    merge_free(&m);
    check_free(run);
    return s.overall == CHECK_OK ? 0 : 1;
}

static uint64_t argument(int argc, char **argv, int i, uint64_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct load l = {.prng = prng_seed(1), .lines = {.max = SIZE_MAX}};
    unsigned clients = (unsigned)argument(argc, argv, 2, 50);
    l.ops = argument(argc, argv, 1, 1000000);
    l.keys = argument(argc, argv, 3, 1);
    l.unknown = (double)argument(argc, argv, 4, 2) / 100;
    l.values = calloc(l.keys, sizeof(*l.values));
    struct client *all = calloc(clients, sizeof(*all));
    if (l.keys == 0 || clients == 0 || l.values == NULL || all == NULL)
        return 64;
    generate(&l, all, clients);
    int rc = judge(&l);
    timerq_free(&l.due);
    buf_free(&l.lines);
    free(l.values);
    free(all);
    return rc;
}
