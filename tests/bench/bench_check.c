/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processor time that judging a history takes:
 *     bench_check [OPERATIONS [CLIENTS [KEYS [UNKNOWN% [MODEL [illegal]]]]]]
 *     bench_check --table [OPERATIONS]     all models, and how time grows with size and clients
 *
 * Each history lies as lines in a file without a disk and is judged several times. The median round
 * is printed: from opening the file to the verdict (verdict s), and of that what reading the lines
 * takes when nobody judges (lines s, measured by itself) and what is left for the end (end s);
 * memory that the judges hold. */
#include "base/reserve.h"
#include "base/units.h"
#include "emulator/check/verdict.h"
#include "emulator/judging/memory.h"
#include "emulator/trace/merge.h"
#include "tests/bench/check_load.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS     3
#define ROUNDS_OPS 5000000u /* histories of more operations are judged once */

struct cost {
    double lines_s;
    double end_s;
    double verdict_s; /* with both of these */
    double mib;
    enum check_verdict verdict;
    char sentence[CHECK_SENTENCE_MAX];
};

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double used_mib(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd + reserve_used()) / (double)(1u << 20);
}

/* Reads all lines; with somebody to judge them, feeds them. */
static bool read_all(const char *path, struct trace_names *names, struct check_run *run)
{
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    merge_init(&m, names);
    int rc = merge_add_file(&m, path, &e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, &e)) == 1)
        rc = run == NULL ? 0 : check_feed(run, rec, &e);
    merge_free(&m);
    if (rc < 0)
        fprintf(stderr, "%s\n", e.text);
    return rc == 0;
}

static bool judge(const char *path, struct cost *ret)
{
    struct trace_names names = {0};
    const struct check_facts facts = {0};
    double before = used_mib();
    double start = now_s();
    if (!read_all(path, &names, NULL))
        return false;
    ret->lines_s = now_s() - start;
    start = now_s();
    struct check_run *run = check_open(&facts, &names);
    bool ok = read_all(path, &names, run);
    if (ok) {
        double fed = now_s();
        ret->mib = used_mib() - before;
        check_finish(run);
        ret->verdict_s = now_s() - start;
        ret->end_s = now_s() - fed;
        const struct check_result *res = check_results_at(run, 0);
        ret->verdict = res->verdict;
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "%s", res->sentence);
    }
    check_free(run);
    return ok;
}

static int by_verdict(const void *a, const void *b)
{
    const struct cost *x = a;
    const struct cost *y = b;
    return (x->verdict_s > y->verdict_s) - (x->verdict_s < y->verdict_s);
}

/* A file of these bytes that is gone with its descriptor. */
static bool keep(const struct buf *lines, int *ret_fd)
{
    *ret_fd = memfd_create("history", MFD_CLOEXEC);
    for (size_t at = 0; at < lines->len;) {
        ssize_t n = write(*ret_fd, lines->data + at, lines->len - at);
        if (n < 0) {
            perror("a file in memory");
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

static bool measure(const struct load_shape *shape, struct cost *ret)
{
    struct cost costs[ROUNDS];
    struct buf lines = load_lines(shape);
    size_t bytes = lines.len;
    char path[64];
    int fd;
    bool ok = keep(&lines, &fd);
    buf_free(&lines);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    memory_set_aside();
    size_t rounds = shape->ops > ROUNDS_OPS ? 1 : ROUNDS;
    for (size_t i = 0; i < rounds && ok; i++)
        ok = judge(path, &costs[i]);
    (void)close(fd);
    if (!ok)
        return false;
    double mib = costs[0].mib; /* later rounds find what the first one has given back */
    qsort(costs, rounds, sizeof(costs[0]), by_verdict);
    *ret = costs[rounds / 2];
    ret->mib = mib;
    printf("%-9s %9" PRIu64 " %7" PRIu64 " %5" PRIu64
           " %4.0f%% %8.1f %7.3f %7.3f %9.3f %7.2f %6.0f  %s\n",
           load_model_name(shape->model), shape->ops, shape->clients, shape->keys,
           shape->unknown * 100, (double)bytes / 1e6, ret->lines_s, ret->end_s, ret->verdict_s,
           ret->verdict_s * 1e6 / (double)shape->ops, ret->mib, check_verdict_name(ret->verdict));
    (void)fflush(stdout);
    return true;
}

static void heading(void)
{
    printf("%-9s %9s %7s %5s %5s %8s %7s %7s %9s %7s %6s  %s\n", "model", "ops", "clients", "keys",
           "lost", "MB", "lines s", "end s", "verdict s", "us/op", "MiB", "verdict");
}

/* In a process of its own: what making the lines took is nothing that judging finds. */
static bool apart(const struct load_shape *shape)
{
    struct cost cost;
    int status = 1;
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(measure(shape, &cost) ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool row(enum load_model model, uint64_t ops, uint64_t clients, uint64_t keys, bool illegal)
{
    const struct load_shape shape = {.model = model,
                                     .ops = ops,
                                     .clients = clients,
                                     .keys = keys,
                                     .unknown = 0.02,
                                     .illegal = illegal};
    return apart(&shape);
}

static bool table(uint64_t ops)
{
    static const uint64_t clients[] = {5, 50, 500};
    bool ok = true;
    heading();
    for (uint64_t n = 10000; n <= ops && ok; n *= 10) {
        ok = row(LOAD_REGISTER, n, 50, 1, false) && row(LOAD_REGISTER, n, 50, 1, true);
        ok = ok && (n < ops || row(LOAD_REGISTER, n, 50, 100, false));
    }
    for (size_t i = 0; i < ARRAY_LEN(clients) && ok; i++)
        ok = row(LOAD_REGISTER, ops < 1000000 ? ops : 1000000, clients[i], 1, false);
    for (int model = LOAD_CAS; model < LOAD_MODELS && ok; model++) {
        bool whole = model == LOAD_LIST || model == LOAD_SET; /* reads tell all there is */
        for (int illegal = 0; illegal < (model == LOAD_FLAGS ? 1 : 2) && ok; illegal++)
            ok = row((enum load_model)model, ops < 1000000 ? ops : 1000000, 50, whole ? 10000 : 1,
                     illegal == 1);
    }
    return ok;
}

static uint64_t argument(int argc, char **argv, int i, uint64_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct cost cost;
    if (argc > 1 && strcmp(argv[1], "--table") == 0)
        return table(argument(argc, argv, 2, 1000000)) ? 0 : 1;
    int model = argc > 5 ? load_model_find(argv[5]) : LOAD_REGISTER;
    const struct load_shape shape = {.model = (enum load_model)model,
                                     .ops = argument(argc, argv, 1, 1000000),
                                     .clients = argument(argc, argv, 2, 50),
                                     .keys = argument(argc, argv, 3, 1),
                                     .unknown = (double)argument(argc, argv, 4, 2) / 100,
                                     .illegal = argc > 6 && strcmp(argv[6], "illegal") == 0};
    if (model < 0 || shape.keys == 0 || shape.clients == 0)
        return 64;
    heading();
    if (!measure(&shape, &cost))
        return 1;
    printf("%s\n", cost.sentence);
    return (cost.verdict == CHECK_VIOLATED) == shape.illegal ? 0 : 1;
}
