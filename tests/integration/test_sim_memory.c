/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cluster that idles ten times as long in virtual time needs no more memory: neither the queue,
 * nor the trace on its way to the judges, nor what the judges keep grows with the events.
 *
 *   test_sim_memory EMULATOR */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_S 600
#define LONG_S  6000
/* Of the short run's peak: what the allocator's mood may add. */
#define SLACK_PERCENT 15

static void write_scenario(const char *path, unsigned seconds)
{
    FILE *f = fopen(path, "we");
    ASSERT(f != NULL);
    (void)fprintf(f,
                  "{\"version\": 1, \"name\": \"quiet\", \"why\": \"nothing happens for long\",\n"
                  " \"origin\": \"here\", \"tags\": [\"election\"],\n"
                  " \"cluster\": {\"voters\": 3, \"config\": {\"heartbeat\": \"50ms\",\n"
                  "             \"election_timeout\": \"250ms..500ms\"}},\n"
                  " \"steps\": [{\"wait\": {\"leader\": {\"stable\": \"200ms\"}}, \"within\": "
                  "\"20s\"},\n"
                  "           {\"proc.pause\": {\"who\": \"leader\"}, \"for\": \"1s\"},\n"
                  "           {\"wait\": \"%us\"}],\n"
                  " \"budget\": {\"virtual\": \"30h\"}}\n",
                  seconds);
    (void)fclose(f);
}

/* Its peak in KiB, or -1: it did not pass. */
static long run(const char *emulator, const char *dir, unsigned seconds)
{
    char path[256], runs[256];
    struct rusage used;
    int status;
    (void)snprintf(path, sizeof(path), "%s/quiet.json", dir);
    (void)snprintf(runs, sizeof(runs), "%s/runs", dir);
    write_scenario(path, seconds);
    pid_t pid = fork();
    if (pid == 0) {
        /* Else what was freed counts for long. */
        (void)setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1);
        (void)execl(emulator, "raft-emulator", "sim", path, "--seed", "1", "--quiet", "--runs",
                    runs, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        return -1;
    return used.ru_maxrss;
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/sim-memory-XXXXXX", path[256];
    if (argc != 2 || mkdtemp(dir) == NULL)
        return 70;
    long first = run(argv[1], dir, SHORT_S), second = run(argv[1], dir, LONG_S);
    (void)snprintf(path, sizeof(path), "%s/quiet.json", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    (void)printf("peak: %ld KiB for %d virtual seconds, %ld KiB for %d\n", first, SHORT_S, second,
                 LONG_S);
    if (first < 0 || second < 0) {
        (void)printf("FAIL: a run did not pass\n");
        return 1;
    }
    if (second > first + first * SLACK_PERCENT / 100) {
        (void)printf("FAIL: memory grows with the run's length\n");
        return 1;
    }
    return 0;
}
