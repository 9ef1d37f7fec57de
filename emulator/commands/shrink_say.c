/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/shrink_say.h"

#include "base/units.h"
#include "emulator/commands/shell_word.h"

#include <stdio.h>
#include <time.h>

#define SAY_EVERY_NS NS_PER_S

uint64_t shrink_say_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

void shrink_say(void *arg, const char *what, const struct shrink_size *now)
{
    struct shrink_say *say = arg;
    uint64_t t_ns = shrink_say_now_ns();
    if (say->quiet || t_ns - say->said_ns < SAY_EVERY_NS)
        return;
    say->said_ns = t_ns;
    (void)printf(
        "  %5.1f s  %6llu runs  %3zu steps, %zu nodes, %zu clients, %zu values: fewer %s\n",
        (double)(t_ns - say->began_ns) / 1e9, (unsigned long long)say->runs->runs_done, now->steps,
        now->nodes, now->clients, now->values, what);
    (void)fflush(stdout);
}

static void row(const char *name, uint64_t before, uint64_t after)
{
    (void)printf("  %-16s %9llu %9llu\n", name, (unsigned long long)before,
                 (unsigned long long)after);
}

void shrink_say_end(const struct shrink_say *say, const char *name,
                    const struct shrink_result *result, const char *out, bool live)
{
    const struct shrink_size *b = &result->before, *a = &result->after;
    struct buf word = {0};
    (void)printf("shrunk   %s: %s\n", name, say->runs->wanted.what);
    (void)printf("  %-16s %9s %9s\n", "", "before", "after");
    row("steps", b->steps, a->steps);
    row("nodes", b->nodes, a->nodes);
    row("clients", b->clients, a->clients);
    row("config keys", b->config_keys, a->config_keys);
    row("values", b->values, a->values);
    if (!live) {
        row("operations", b->operations, a->operations);
        (void)printf("  %-16s %9.1f %9.1f\n", "virtual seconds", (double)b->virtual_ns / 1e9,
                     (double)a->virtual_ns / 1e9);
    }
    (void)printf("  %llu runs of %llu scenarios in %.1f s%s\n",
                 (unsigned long long)say->runs->runs_done, (unsigned long long)result->tried,
                 (double)(shrink_say_now_ns() - say->began_ns) / 1e9,
                 result->whole ? "; nothing more can be left out" : "; stopped before the end");
    (void)printf("  result     %s\n", out);
    (void)printf("  reproduce  raft-emulator %s %s --seed 0x%llX\n", live ? "run" : "sim",
                 shell_word(&word, out), (unsigned long long)result->seed);
    if (!result->whole)
        (void)printf("  go on      raft-emulator shrink %s%s\n", shell_word(&word, out),
                     live ? " --live" : "");
    buf_free(&word);
    (void)fflush(stdout);
}
