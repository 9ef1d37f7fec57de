/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/cmd.h"
#include "emulator/trials/sweep.h"

#include <stdio.h>
#include <string.h>

/* Its place; counters_count if there is none of that name. */
static size_t find_counter(const struct sweep_sum *sum, const char *name)
{
    size_t i = 0;
    while (i < sum->counters_count && strcmp(sum->counters[i].total.name, name) != 0)
        i++;
    return i;
}

static void add_counter(struct sweep_sum *sum, const struct sweep_counter *c)
{
    size_t i = find_counter(sum, c->name);
    if (i == SWEEP_COUNTERS_MAX)
        return;
    if (i == sum->counters_count) {
        sum->counters_count++;
        memcpy(sum->counters[i].total.name, c->name, sizeof(c->name));
    }
    sum->counters[i].total.value += c->value;
    sum->counters[i].seeds += c->value > 0;
}

void sweep_sum_add(struct sweep_sum *sum, const struct sweep_report *report)
{
    bool skipped = report->exit_code == EXIT_CANNOT_RUN;
    sum->seeds++;
    sum->skipped += skipped;
    sum->vacuous += report->exit_code == EXIT_VACUOUS;
    sum->failed += report->exit_code != 0 && !skipped;
    sum->twice += report->twice;
    sum->differing += report->differs;
    sum->virtual_ns += report->virtual_ns;
    sum->worst = cmd_worse(sum->worst, skipped ? 0 : report->exit_code);
    for (size_t i = 0; i < report->counters_count; i++)
        add_counter(sum, &report->counters[i]);
}

bool sweep_sum_misses(const struct sweep_sum *sum)
{
    static const char *const wanted[] = {
        "elections",     "truncations",    "snapshotsInstalled",    "configsCommitted",
        "transfersDone", "crashPointsHit", "readsServedByExLeader", "packetsDropped"};
    bool misses = false;
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        size_t at = find_counter(sum, wanted[i]);
        if (at < sum->counters_count && sum->counters[at].seeds > 0)
            continue;
        cmd_error("no seed of the swarm met any %s: it tested less than it should", wanted[i]);
        misses = true;
    }
    return misses;
}

void sweep_sum_print(const struct sweep_sum *sum, uint64_t wall_ns, unsigned jobs)
{
    double virtual_s = (double)sum->virtual_ns / 1e9, wall_s = (double)wall_ns / 1e9;
    (void)printf("\n  %-24s %12s %12s %8s\n", "counted", "all seeds", "a seed", "in");
    for (size_t i = 0; i < sum->counters_count; i++) {
        uint64_t value = sum->counters[i].total.value;
        (void)printf("  %-24s %12llu %12.1f %7.0f%%\n", sum->counters[i].total.name,
                     (unsigned long long)value, (double)value / (double)sum->seeds,
                     100.0 * (double)sum->counters[i].seeds / (double)sum->seeds);
    }
    (void)printf("\n  %.1f virtual seconds in %.1f: %.1f a second, %u job%s at once\n", virtual_s,
                 wall_s, wall_s > 0 ? virtual_s / wall_s : 0, jobs, jobs == 1 ? "" : "s");
    (void)printf("  %llu run twice, %llu of them not the same\n", (unsigned long long)sum->twice,
                 (unsigned long long)sum->differing);
    (void)printf("%llu seeds, %llu failed (%llu of them vacuous), %llu skipped\n",
                 (unsigned long long)sum->seeds, (unsigned long long)sum->failed,
                 (unsigned long long)sum->vacuous, (unsigned long long)sum->skipped);
    (void)fflush(stdout);
}
