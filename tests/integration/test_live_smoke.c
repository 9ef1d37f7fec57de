/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs in the live world, in this process: test_live_smoke RAFTD user|kernel|auto. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/units.h"
#include "emulator/live/live.h"
#include "emulator/trace/history.h"
#include "emulator/trace/merge.h"

#define SEED    7
#define EXIT_NO 99 /* inside: live_run failed, its error is in the shared memory */

static const char *raftd;
static enum netem_carrier carrier = NETEM_USER;

/* One run; shared with the processes of the sandbox. */
struct run {
    const struct scenario *s;
    char dir[64];
    struct live_options options;
    struct live_outcome outcome;
    struct err e;
    int code;
};

static void say(void *arg, uint64_t t_ns, const char *text)
{
    (void)arg;
    (void)fprintf(stderr, "%8.3f  %s\n", (double)t_ns / 1e9, text);
}

static int inside(void *arg)
{
    struct run *run = arg;
    run->code = live_run(run->s, &run->options, &run->outcome, &run->e);
    return run->code < 0 ? EXIT_NO : 0;
}

static struct scenario *scenario_of(const char *text)
{
    struct scenario_source src;
    struct buf said = {0};
    struct err e = {0};
    int code = scenario_source_text(&src, "test", text, strlen(text), &e);
    struct scenario *s = code < 0 ? NULL : scenario_source_parse(&src);
    if (s == NULL || scenario_lint(s, &src, live_world()) > 0) {
        diags_render(&src.diags, &said);
        fail_msg("%s %s", e.text, buf_str(&said));
    }
    scenario_source_close(&src);
    return s;
}

/* Runs it in a sandbox of a child, whose processes share struct run with us. */
static struct run *run_text(const char *text)
{
    struct run *run =
        mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct scenario *s = scenario_of(text);
    int status = 0;
    assert_ptr_not_equal(run, MAP_FAILED);
    (void)snprintf(run->dir, sizeof(run->dir), "/tmp/live-smoke-XXXXXX");
    assert_non_null(mkdtemp(run->dir));
    run->s = s;
    run->options = (struct live_options){
        .raftd = raftd, .dir = run->dir, .carrier = carrier, .seed = SEED, .say = say};
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

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void run_free(struct run *run)
{
    assert_int_equal(nftw(run->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(munmap(run, sizeof(*run)), 0);
}

/* What the files of a run say, merged. */
struct seen {
    uint64_t events[TRACE_EVENTS_COUNT];
    uint64_t ops[3]; /* by outcome */
    uint64_t kills, stops;
    uint64_t torn;
};

static void look_at_history(const struct history *h, struct seen *seen)
{
    for (size_t i = 0; i < h->count; i++)
        seen->ops[h->ops[i].outcome]++;
}

static void add(struct merge *m, const struct run *run, const char *name)
{
    char path[128];
    struct err e = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", run->dir, name);
    if (merge_add_file(m, path, &e) < 0)
        fail_msg("%s", e.text);
}

static void look(const struct run *run, unsigned nodes, struct seen *seen)
{
    struct trace_names names = {0};
    struct history h = {0};
    struct merge m;
    const struct trace_record *rec;
    struct err e = {0};
    int code;
    memset(seen, 0, sizeof(*seen));
    merge_init(&m, &names);
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
            assert_int_equal(history_add(&h, rec, &e), 0);
    }
    if (code < 0)
        fail_msg("%s", e.text);
    seen->torn = merge_torn(&m);
    look_at_history(&h, seen);
    history_free(&h);
    merge_free(&m);
}

static void assert_ran(const struct run *run)
{
    if (run->code < 0)
        fail_msg("%s", run->e.text);
    if (run->outcome.runner.failed)
        fail_msg("%s", run->outcome.runner.sentence);
}

static void test_a_quiet_cluster(void **state)
{
    (void)state;
    struct seen seen;
    struct run *run =
        run_text("{\"version\":1,\"name\":\"quiet\",\"cluster\":{\"voters\":3},"
                 "\"clients\":{\"count\":4,\"model\":\"register\",\"ratePerS\":100,\"keys\":3},"
                 "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                 "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},{\"wait\":\"1s\"},"
                 "{\"load.stop\":{}}],"
                 "\"finally\":[{\"leader\":{}}]}");
    assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_true(run->outcome.first_leader_ns > 0);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_int_equal(run->outcome.trace_lost, 0);
    assert_true(run->outcome.counters.delivered > 0);
    look(run, 3, &seen);
    assert_true(seen.events[TRACE_becameLeader] >= 1);
    assert_int_equal(seen.events[TRACE_boot], 3);
    assert_int_equal(seen.events[TRACE_crashed], 3);
    assert_int_equal(seen.stops, 3);
    assert_true(seen.ops[HISTORY_OK] >= 50);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    assert_int_equal(seen.torn, 0);
    run_free(run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_cluster),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "test_live_smoke RAFTD [user|kernel|auto]\n");
        return 64;
    }
    raftd = argv[1];
    if (argc > 2 && strcmp(argv[2], "user") != 0)
        carrier = strcmp(argv[2], "kernel") == 0 ? NETEM_KERNEL : NETEM_AUTO;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
