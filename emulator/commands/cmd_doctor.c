/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: what this machine offers to the lab, found out by doing. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/adapters/suts.h"
#include "emulator/cmd.h"
#include "emulator/commands/doctor_needs.h"
#include "emulator/live/cgroup.h"
#include "emulator/live/limiter.h"
#include "emulator/live/live.h"
#include "emulator/sim/sim.h"
#include "netem/caps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SYNCS 21

struct counts {
    unsigned warnings;
    unsigned missing;
};

static void line(struct counts *c, enum netem_cap_state state, const char *name,
                 const char *sentence, const char *fix)
{
    c->warnings += state == NETEM_CAP_WARN;
    c->missing += state == NETEM_CAP_MISSING;
    (void)printf("%-8s %-18s %s\n", netem_cap_state_name(state), name, sentence);
    if (fix[0] != '\0')
        (void)printf("         %-18s fix: %s\n", "", fix);
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Median of a few 4 KiB writes, each synced, where results would go; 0 if that is not possible. */
static uint64_t sync_median_ns(void)
{
    char path[] = "./.raftlab-doctor.XXXXXX";
    static char block[4096];
    uint64_t took[SYNCS];
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return 0;
    (void)unlink(path);
    bool ok = true;
    for (unsigned i = 0; i < SYNCS && ok; i++) {
        uint64_t before = now_ns();
        ok = pwrite(fd, block, sizeof(block), (off_t)(i * sizeof(block))) == sizeof(block) &&
             fdatasync(fd) == 0;
        took[i] = now_ns() - before;
    }
    (void)close(fd);
    if (!ok)
        return 0;
    qsort(took, SYNCS, sizeof(took[0]), by_size);
    return took[SYNCS / 2];
}

static void check_disk(struct counts *c)
{
    char text[160];
    uint64_t median = sync_median_ns();
    if (median == 0) {
        line(c, NETEM_CAP_MISSING, "disk", "this directory cannot be written: results go here",
             "run it in a directory of your own, or give --runs DIR");
        return;
    }
    bool slow = median > 50 * NS_PER_MS;
    (void)snprintf(text, sizeof(text), "a 4 KiB write and sync takes %.2f ms (median of %d)%s",
                   (double)median / 1e6, SYNCS,
                   slow ? ": slow, expect elections at 150 ms time-outs" : "");
    line(c, slow ? NETEM_CAP_WARN : NETEM_CAP_OK, "disk", text,
         slow ? "--set cluster.config.election_timeout=1s..2s" : "");
}

/* What holds a process to its share of the machine. */
static void check_limits(struct counts *c)
{
    const char *why;
    char text[320];
    bool group = cgroup_place(&why) != NULL, threads = limiter_bounds_threads();
    if (group)
        (void)snprintf(text, sizeof(text),
                       "processor and threads by %s, memory and files by the "
                       "limits of processes",
                       why);
    else
        (void)snprintf(text, sizeof(text),
                       "processor by letting a process stand still (%s); memory%s by the limits of "
                       "processes%s",
                       why, threads ? ", files and threads" : " and files",
                       threads ? "" : "; threads not: these do not bind root");
    line(c, NETEM_CAP_OK, "limits", text,
         threads ? "" : "for steps that bound threads, run it as an ordinary user");
}

/* Systems that a few scenarios are about; nothing else lacks them. */
static void check_others(struct counts *c)
{
    static const char *const programs[][2] = {{"etcd", "apt-get install etcd-server"},
                                              {"redis-sentinel", "apt-get install redis-sentinel"}};
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        char *path = adapter_program(programs[i][0]);
        line(c, NETEM_CAP_OK, programs[i][0],
             path != NULL ? path : "not installed: scenarios on it are skipped",
             path != NULL ? "" : programs[i][1]);
        mem_free(path);
    }
}

static void check_programs(struct counts *c)
{
    const char *raftd = cmd_sibling("raftd");
    if (raftd == NULL)
        line(c, NETEM_CAP_MISSING, "raftd", "not beside this program",
             "build it, or give --raftd PATH");
    else
        line(c, NETEM_CAP_OK, "raftd", raftd, "");
}

static void print_needs(const struct netem_caps *caps)
{
    struct buf text = {0};
    (void)printf("\nwhat scenarios can need (raft-emulator list):\n");
    doctor_needs(caps, live_world(), sim_world(), &text);
    (void)printf("%s\n", buf_str(&text));
    buf_free(&text);
}

int cmd_doctor(const struct cmd *cmd, int argc, char **argv)
{
    struct netem_caps caps;
    struct counts counts = {0};
    struct err e = {0};
    (void)argv;
    if (argc != 1)
        return cmd_usage(cmd, "takes no arguments");
    if (netem_caps_probe(&caps, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_INTERNAL;
    }
    for (int i = 0; i < caps.count; i++)
        line(&counts, caps.items[i].state, caps.items[i].name, caps.items[i].sentence,
             caps.items[i].fix);
    check_limits(&counts);
    check_disk(&counts);
    check_programs(&counts);
    check_others(&counts);
    print_needs(&caps);
    bool able =
        caps.count > 0 && caps.items[0].state != NETEM_CAP_MISSING && cmd_sibling("raftd") != NULL;
    (void)printf("%s: %u warning%s, %u missing. %s\n", able ? "ready" : "not ready",
                 counts.warnings, counts.warnings == 1 ? "" : "s", counts.missing,
                 able ? "Next: raft-emulator run split-brain-5" : "");
    return able ? 0 : EXIT_CANNOT_RUN;
}
