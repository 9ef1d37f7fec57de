/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_progress.h"

#include "base/units.h"

#include <stdio.h>
#include <unistd.h>

#define LINE_EVERY_NS (10 * NS_PER_S) /* where lines stay */

struct explore_progress explore_progress_begin(void)
{
    return (struct explore_progress){.terminal = isatty(STDERR_FILENO) != 0};
}

/* Three digits and a letter: "999", "1.25 M". */
static void count(struct buf *out, double n)
{
    static const char *const letters[] = {"", " k", " M", " G", " T"};
    size_t i = 0;
    for (; n >= 999.5 && i + 1 < ARRAY_LEN(letters); i++)
        n /= 1000;
    buf_putf(out, "%.*f%s", i == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2, n, letters[i]);
}

void explore_progress_line(const struct ex_numbers *n, const struct explore_progress *told,
                           struct buf *out)
{
    uint64_t ns = n->elapsed_ns - told->told_ns, seconds = n->elapsed_ns / NS_PER_S;
    double rate = ns == 0 ? 0 : (double)(n->generated - told->told_generated) * 1e9 / (double)ns;
    buf_putf(out, "depth %u, ", n->depth);
    count(out, (double)n->distinct);
    buf_puts(out, " states, ");
    count(out, (double)n->generated);
    buf_puts(out, " generated (");
    count(out, rate);
    buf_puts(out, "/s), ");
    count(out, (double)n->frontier);
    buf_putf(out, " left here, %llu MiB", (unsigned long long)((n->memory_bytes + MIB - 1) / MIB));
    if (n->disk_bytes >= MIB)
        buf_putf(out, " + %llu on disk", (unsigned long long)(n->disk_bytes / MIB));
    buf_putf(out, ", %llu:%02llu:%02llu", (unsigned long long)(seconds / 3600),
             (unsigned long long)(seconds / 60 % 60), (unsigned long long)(seconds % 60));
}

void explore_progress_tell(void *arg, const struct ex_numbers *n)
{
    struct explore_progress *p = arg;
    struct buf line = {0};
    if (n->elapsed_ns < p->told_ns) /* it went on from a checkpoint, or never told anything */
        p->told_ns = 0;
    if (!p->terminal && n->elapsed_ns - p->told_ns < LINE_EVERY_NS)
        return;
    explore_progress_line(n, p, &line);
    (void)fprintf(stderr, p->terminal ? "\r\033[K%s" : "%s\n", buf_str(&line));
    (void)fflush(stderr);
    p->told_ns = n->elapsed_ns;
    p->told_generated = n->generated;
    buf_free(&line);
}

void explore_progress_end(struct explore_progress *p)
{
    if (p->terminal)
        (void)fputs("\r\033[K", stderr);
}
