/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim_row.h"

#include "alloc_count.h"
#include "base/units.h"
#include "emulator/judging/judge.h"
#include "emulator/judging/memory.h"
#include "emulator/scenario/parse.h"
#include "emulator/sim/hands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_EVERY 1024 /* events between two looks at the clock and the queue */

/* A run under way, and who judges it. */
struct run {
    struct scenario *scenario;
    struct judgement judgement;
    struct sim_options options;
    struct sim *sim;
    struct err failed;
};

uint64_t sim_cpu_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t resident_kib(void)
{
    char text[128] = {0};
    unsigned long size, resident;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); /* fopen would take memory */
    if (fd < 0)
        return 0;
    ssize_t len = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (len <= 0 || sscanf(text, "%lu %lu", &size, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* code: whether there is such a source; it is closed. */
static int parse_source(struct scenario_source *src, int code, struct scenario **ret, struct err *e)
{
    struct buf said = {0};
    *ret = code < 0 ? NULL : scenario_source_parse(src);
    if (code == 0 && *ret == NULL) {
        diags_render(&src->diags, &said);
        code = err_set(e, -E_INVALID, "%s", buf_str(&said));
    }
    scenario_source_close(src);
    buf_free(&said);
    return code;
}

static int parse(const struct sim_story *story, struct scenario **ret, struct err *e)
{
    struct scenario_source src = {0};
    struct buf text = {0};
    sim_story_write(story, &text);
    int code = scenario_source_text(&src, "story", text.data, text.len, e);
    code = parse_source(&src, code, ret, e);
    buf_free(&text);
    return code;
}

static int parse_file(const char *path, struct scenario **ret, struct err *e)
{
    struct scenario_source src = {0};
    return parse_source(&src, scenario_source_open(&src, path, e), ret, e);
}

static bool judge(void *arg, const struct trace_record *rec)
{
    struct run *r = arg;
    if (judgement_feed(&r->judgement, rec, &r->failed) < 0)
        return false;
    const struct check_result *bad = check_violated(r->judgement.run);
    if (bad != NULL)
        (void)err_set(&r->failed, -E_MISMATCH, "%s: %s", bad->name, bad->sentence);
    return bad == NULL;
}

static int open_run(struct run *r, uint64_t seed, struct err *e)
{
    memory_set_aside();
    int code = judgement_open(&r->judgement, r->scenario, e);
    r->sim = NULL;
    r->options = (struct sim_options){
        .seed = seed, .names = &r->judgement.names, .judge = judge, .judge_arg = r};
    if (code == 0)
        code = sim_open(r->scenario, &r->options, &r->sim, e);
    return code;
}

static int close_run(struct run *r, struct sim_outcome *ret, struct err *e)
{
    int code = sim_close(r->sim, ret, e);
    judgement_free(&r->judgement);
    r->sim = NULL;
    return code;
}

/* ---- one run ---- */

struct samples {
    uint64_t count, pending;
    unsigned marks;
};

static void sample(const struct run *r, uint64_t all_ns, struct samples *s, struct sim_row *row)
{
    uint64_t now_ns = sim_time(r->sim);
    s->count++;
    s->pending += sim_queued(r->sim);
    if (s->marks < SIM_ROW_MARKS && now_ns >= all_ns / SIM_ROW_MARKS * (s->marks + 1))
        row->resident_kib[s->marks++] = resident_kib();
}

static int follow(struct run *r, uint64_t all_ns, struct sim_row *row, struct err *e)
{
    struct samples s = {0};
    struct sim_outcome out;
    uint64_t events = 0, allocs = alloc_count(), began_ns = sim_cpu_ns();
    while (sim_next(r->sim)) {
        if (++events % SAMPLE_EVERY == 0)
            sample(r, all_ns, &s, row);
    }
    row->allocs = alloc_count() - allocs;
    while (s.marks < SIM_ROW_MARKS) /* the end came between two samples */
        row->resident_kib[s.marks++] = resident_kib();
    row->cpu_ns = sim_cpu_ns() - began_ns;
    int code = close_run(r, &out, e);
    if (code < 0)
        return code;
    if (r->failed.code < 0)
        return err_set(e, r->failed.code, "%s", r->failed.text);
    if (out.runner.failed)
        return err_set(e, -E_MISMATCH, "%s", out.runner.sentence);
    row->events = events;
    row->virtual_ns = out.ended_ns - out.began_ns;
    row->pending = s.count == 0 ? 0 : (double)s.pending / (double)s.count;
    return 0;
}

/* The story, or if there is none the file. */
static int run_here(const struct sim_story *story, const char *path, uint64_t seed,
                    struct sim_row *ret, struct err *e)
{
    struct run r = {0};
    int code = story != NULL ? parse(story, &r.scenario, e) : parse_file(path, &r.scenario, e);
    if (code < 0)
        return code;
    code = open_run(&r, seed, e);
    if (code == 0)
        code = follow(&r, story != NULL ? story->seconds * NS_PER_S : UINT64_MAX, ret, e);
    scenario_free(r.scenario);
    return code;
}

/* ---- in a process of its own ---- */

struct message {
    struct sim_row row;
    int code;
    struct err error;
};

static int hear(int fd, pid_t pid, struct message *m, struct err *e)
{
    size_t got = 0;
    ssize_t n;
    int status;
    while (got < sizeof(*m) && (n = read(fd, (char *)m + got, sizeof(*m) - got)) > 0)
        got += (size_t)n;
    (void)waitpid(pid, &status, 0);
    return got == sizeof(*m) ? 0 : err_set(e, -E_IO, "bench: a run died");
}

static int measure(const struct sim_story *story, const char *path, uint64_t seed,
                   struct sim_row *ret, struct err *e)
{
    struct message m = {0};
    int ends[2];
    if (pipe(ends) < 0)
        return err_set(e, -E_IO, "bench: pipe");
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        m.code = run_here(story, path, seed, &m.row, &m.error);
        _exit(write(ends[1], &m, sizeof(m)) == (ssize_t)sizeof(m) ? 0 : 1);
    }
    (void)close(ends[1]);
    int code = pid < 0 ? err_set(e, -E_IO, "bench: fork") : hear(ends[0], pid, &m, e);
    (void)close(ends[0]);
    if (code == 0 && m.code < 0)
        code = err_set(e, m.code, "%s", m.error.text);
    if (code == 0)
        *ret = m.row;
    return code;
}

int sim_row_measure(const struct sim_story *story, uint64_t seed, struct sim_row *ret,
                    struct err *e)
{
    return measure(story, NULL, seed, ret, e);
}

int sim_row_measure_file(const char *path, uint64_t seed, struct sim_row *ret, struct err *e)
{
    return measure(NULL, path, seed, ret, e);
}

int sim_row_start_up(const struct sim_story *story, unsigned seeds, uint64_t *ret_ns, struct err *e)
{
    struct run r = {0};
    int code = parse(story, &r.scenario, e);
    uint64_t began_ns = sim_cpu_ns();
    for (unsigned i = 0; i < seeds && code == 0; i++) {
        struct sim_outcome ignored;
        code = open_run(&r, i, e);
        if (code == 0)
            code = close_run(&r, &ignored, e);
    }
    if (code == 0)
        *ret_ns = (sim_cpu_ns() - began_ns) / seeds;
    scenario_free(r.scenario);
    return code;
}
