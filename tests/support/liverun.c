/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "liverun.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED    7
#define EXIT_NO 99 /* inside: live_run failed, its error is in the shared memory */

const char *liverun_raftd;
enum netem_carrier liverun_carrier = NETEM_USER;

static void say(void *arg, uint64_t t_ns, const char *text)
{
    struct liverun *run = arg;
    (void)fprintf(stderr, "%8.3f  %s\n", (double)t_ns / 1e9, text);
    if (run->interrupt > 0 && strstr(text, "elected") != NULL && --run->interrupt == 0)
        (void)raise(SIGINT);
}

static int inside(void *arg)
{
    struct liverun *run = arg;
    run->code = live_run(run->s, &run->options, &run->outcome, &run->e);
    return run->code < 0 ? EXIT_NO : 0;
}

struct scenario *liverun_lint(const char *text, const char *assignment, struct buf *said)
{
    struct scenario_source src;
    struct err e = {0};
    int code = scenario_source_text(&src, "test", text, strlen(text), &e);
    if (code == 0 && assignment != NULL)
        code = scenario_override(&src, assignment, &e);
    struct scenario *s = code < 0 ? NULL : scenario_source_parse(&src);
    size_t unable = s == NULL ? 0 : scenario_lint(s, &src, live_world());
    if (s == NULL || unable > 0)
        diags_render(&src.diags, said);
    if (s == NULL || src.diags.errors > src.diags.unables)
        fail_msg("%s %s", e.text, buf_str(said));
    scenario_source_close(&src);
    return s;
}

struct scenario *liverun_scenario(const char *text, const char *assignment)
{
    struct buf said = {0};
    struct scenario *s = liverun_lint(text, assignment, &said);
    if (said.len > 0)
        fail_msg("%s", buf_str(&said));
    return s;
}

/* Runs it in a sandbox of a child, whose processes share struct liverun with us. */
struct liverun *liverun_with(const char *text, unsigned interrupt)
{
    struct liverun *run =
        mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct scenario *s = liverun_scenario(text, NULL);
    int status = 0;
    assert_ptr_not_equal(run, MAP_FAILED);
    (void)snprintf(run->dir, sizeof(run->dir), "/tmp/live-smoke-XXXXXX");
    assert_non_null(mkdtemp(run->dir));
    run->s = s;
    run->options = (struct live_options){.raftd = liverun_raftd,
                                         .dir = run->dir,
                                         .carrier = liverun_carrier,
                                         .seed = SEED,
                                         .say = say,
                                         .say_arg = run};
    run->interrupt = interrupt;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int code = netem_sandbox_run(inside, run, &run->e);
        if (code < 0)
            run->code = code;
        _exit(code < 0 ? EXIT_NO : code);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    scenario_free(s);
    run->s = NULL;
    if (!WIFEXITED(status))
        fail_msg("the run ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0 && run->code == 0)
        fail_msg("the run ended with exit code %d", WEXITSTATUS(status));
    if (run->code == -E_UNSUPPORTED) {
        (void)printf("skipped: %s\n", run->e.text);
        exit(77);
    }
    return run;
}

struct liverun *liverun(const char *text)
{
    return liverun_with(text, 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void liverun_free(struct liverun *run)
{
    assert_int_equal(nftw(run->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(munmap(run, sizeof(*run)), 0);
}

static void add(struct merge *m, const struct liverun *run, const char *name)
{
    char path[128];
    struct err e = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", run->dir, name);
    if (merge_add_file(m, path, &e) < 0)
        fail_msg("%s", e.text);
}

void liverun_look(const struct liverun *run, unsigned nodes, struct liverun_seen *seen)
{
    struct merge m;
    const struct trace_record *rec;
    struct err e = {0};
    int code;
    memset(seen, 0, sizeof(*seen));
    merge_init(&m, &seen->names);
    add(&m, run, "history.ndjson");
    add(&m, run, "faults.ndjson");
    for (unsigned i = 1; i <= nodes; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "trace/n%u.ndjson", i);
        add(&m, run, name);
    }
    while ((code = merge_next(&m, &rec, &e)) > 0) {
        seen->events[rec->ev]++;
        seen->kills += rec->ev == TRACE_crashed && trace_text_is(rec->cause, "kill");
        seen->stops += rec->ev == TRACE_crashed && trace_text_is(rec->cause, "stop");
        if (rec->ev == TRACE_clientInvoke || rec->ev == TRACE_clientReturn)
            assert_int_equal(history_add(&seen->history, rec, &e), 0);
    }
    if (code < 0)
        fail_msg("%s", e.text);
    seen->torn = merge_torn(&m);
    for (size_t i = 0; i < seen->history.count; i++)
        seen->ops[seen->history.ops[i].outcome]++;
    merge_free(&m);
}

void liverun_seen_free(struct liverun_seen *seen)
{
    history_close(&seen->history);
}

void liverun_assert_ran(const struct liverun *run)
{
    if (run->code < 0)
        fail_msg("%s", run->e.text);
    if (run->outcome.runner.failed)
        fail_msg("%s", run->outcome.runner.sentence);
}
