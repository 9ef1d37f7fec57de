/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_say.h"

#include "base/units.h"
#include "emulator/commands/explore_bounds.h"
#include "emulator/explore/coverage.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/tell.h"

#include <stdio.h>

static double seconds(const struct ex_numbers *n)
{
    return (double)n->elapsed_ns / (double)NS_PER_S;
}

static double rate(const struct ex_numbers *n)
{
    return n->elapsed_ns == 0 ? 0 : (double)n->generated / seconds(n);
}

static void say_path(struct ex_search *s, const struct ex_result *r)
{
    struct ex_expander x;
    struct buf text = {0};
    ex_expander_init(&x, ex_search_space(s));
    ex_tell_path(&x, &r->path, &text);
    (void)fputs(buf_str(&text), stdout);
    (void)printf("violation after %u steps: %s\n", r->path.count, r->broken);
    buf_free(&text);
    ex_expander_free(&x);
}

void explore_say_coverage(const struct ex_result *r)
{
    struct buf text = {0};
    ex_coverage_tell(r->reasons, &text);
    (void)fputs(buf_str(&text), stdout);
    buf_free(&text);
}

static void say_end(const struct ex_result *r)
{
    switch (r->end) {
    case EX_EXHAUSTED: (void)printf("exhausted: no violation\n"); break;
    case EX_CRAMPED:
        (void)printf("exhausted as far as there is room here: no violation until there\n");
        break;
    case EX_LIMITED: (void)printf("ended by %s: no violation until then\n", r->limit); break;
    case EX_STOPPED: (void)printf("interrupted: no violation until then\n"); break;
    case EX_VIOLATED: break;
    }
}

static void say_ended(const struct ex_ended *e)
{
    if (e->times[EX_LIMIT_TERMS] > 0)
        (void)printf("  %llu times --terms was reached and not gone beyond\n",
                     (unsigned long long)e->times[EX_LIMIT_TERMS]);
    for (int i = EX_LIMIT_TERMS + 1; i < EX_LIMITS_COUNT; i++) {
        char text[80];
        ex_limit_text((enum ex_limit)i, text, sizeof(text));
        if (e->times[i] > 0)
            (void)printf("  %llu times there was no room: here are at most %s\n",
                         (unsigned long long)e->times[i], text);
    }
}

static void say_bounds(const struct ex_bounds *b)
{
    struct buf text = {0};
    explore_bounds_text(b, &text);
    (void)printf("  within %s\n", buf_str(&text));
    if (b->symmetry && ex_bounds_chooser(b) != NULL)
        (void)printf("  without symmetry: %s chooses its heir between equals by name\n",
                     ex_bounds_chooser(b));
    if (ex_bounds_idle(b) != NULL)
        (void)printf("  note: within these bounds %s\n", ex_bounds_idle(b));
    buf_free(&text);
}

void explore_say_result(struct ex_search *s, const struct ex_result *r)
{
    const struct ex_numbers *n = &r->numbers;
    if (r->end == EX_VIOLATED)
        say_path(s, r);
    say_end(r);
    say_bounds(&ex_search_space(s)->bounds);
    (void)printf("  %llu states in %u steps, %llu generated in %.1f s (%.0f/s)\n",
                 (unsigned long long)n->distinct, n->depth, (unsigned long long)n->generated,
                 seconds(n), rate(n));
    (void)printf("  of %llu servers, %llu messages and %llu histories; %llu transitions stepped\n",
                 (unsigned long long)n->servers, (unsigned long long)n->messages,
                 (unsigned long long)n->histories, (unsigned long long)n->transitions);
    (void)printf("  %llu MiB of memory, %llu of disk; chance of a missed state below %.1e\n",
                 (unsigned long long)(n->memory_bytes / MIB),
                 (unsigned long long)(n->disk_bytes / MIB), r->missed);
    if (n->calmed > 0)
        (void)printf("  %llu states were asked whether they commit again when faults stop\n",
                     (unsigned long long)n->calmed);
    if (n->unclear > 0)
        (void)printf("  of %llu of them that is unclear\n", (unsigned long long)n->unclear);
    say_ended(&n->ended);
}
