/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "self_test.h"

#include "base/histogram.h"
#include "base/mem.h"
#include "base/prng.h"
#include "child.h"
#include "scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUES 20000

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The answer may exceed the true value by one part in 64, and never fall short of it. */
static bool near(uint64_t exact, uint64_t answer)
{
    return answer >= exact && answer - exact <= exact / HISTOGRAM_FINE;
}

static bool check_values(struct prng *p, unsigned bits, uint64_t *values)
{
    static const double shares[] = {0, 0.001, 0.5, 0.9, 0.99, 0.999, 1};
    struct histogram *h = mem_alloc(sizeof(*h));
    bool good = true;
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = prng_u64(p) >> (64 - 1 - prng_below(p, bits));
        histogram_add(h, values[i]);
    }
    qsort(values, VALUES, sizeof(values[0]), compare);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        size_t rank = (size_t)(shares[i] * VALUES);
        rank += (double)rank < shares[i] * VALUES || rank == 0;
        uint64_t exact = values[rank - 1], answer = histogram_at(h, shares[i]);
        if (near(exact, answer) && h->count == VALUES)
            continue;
        (void)fprintf(stderr, "histogram: %u bits, share %g: %llu instead of %llu\n", bits,
                      shares[i], (unsigned long long)answer, (unsigned long long)exact);
        good = false;
    }
    free(h);
    return good;
}

static bool check_histogram(void)
{
    struct prng p = prng_named(1, "histogram");
    uint64_t *values = mem_array(VALUES, sizeof(*values));
    bool good = true;
    for (unsigned bits = 1; bits < 64; bits += 3)
        good = check_values(&p, bits, values) && good;
    free(values);
    return good;
}

/* In a process that is killed while it owns a directory with a running program in it. */
static _Noreturn void live_and_die(const char *parent, int tell)
{
    static const char *const argv[] = {"/bin/sh", "-c", "while :; do echo x >>$0; sleep 0.01; done",
                                       NULL, NULL};
    const char *with_path[ARRAY_LEN(argv)];
    struct scratch s;
    struct child c;
    char file[PATH_MAX], log[PATH_MAX];
    struct err e = {0};
    if (scratch_make(parent, &s, &e) < 0)
        _exit(1);
    scratch_path(&s, "file", file);
    scratch_path(&s, "log", log);
    memcpy(with_path, argv, sizeof(argv));
    with_path[3] = file;
    if (child_start(&c, with_path, log, &e) < 0)
        _exit(1);
    while (access(file, F_OK) != 0)
        bench_pause(1000000);
    if (write(tell, s.dir, strlen(s.dir) + 1) > 0)
        (void)kill(getpid(), SIGKILL);
    _exit(1);
}

/* The pipe ends when the last process that holds it has ended: the remover too. */
static bool check_scratch(void)
{
    int ends[2];
    char dir[PATH_MAX] = "";
    char rest;
    const char *parent = getenv("TMPDIR");
    if (pipe(ends) < 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        live_and_die(parent == NULL ? "/tmp" : parent, ends[1]);
    (void)close(ends[1]);
    ssize_t n = pid < 0 ? -1 : read(ends[0], dir, sizeof(dir) - 1);
    while (n > 0 && read(ends[0], &rest, 1) > 0) {
    }
    (void)close(ends[0]);
    (void)waitpid(pid, NULL, 0);
    if (n > 0 && access(dir, F_OK) != 0)
        return true;
    (void)fprintf(stderr, n > 0 ? "scratch: %s is still there\n" : "scratch: not made%s\n", dir);
    return false;
}

int self_test(void)
{
    bool histogram = check_histogram();
    bool scratch = check_scratch();
    return histogram && scratch ? 0 : 1;
}
