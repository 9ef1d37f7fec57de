/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs in the live world, in this process: test_live_smoke RAFTD user|kernel|auto. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
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
    bool interrupt; /* at the first election */
};

static void say(void *arg, uint64_t t_ns, const char *text)
{
    struct run *run = arg;
    (void)fprintf(stderr, "%8.3f  %s\n", (double)t_ns / 1e9, text);
    if (run->interrupt && strstr(text, "elected") != NULL)
        (void)raise(SIGINT);
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
static struct run *run_with(const char *text, bool interrupt)
{
    struct run *run =
        mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct scenario *s = scenario_of(text);
    int status = 0;
    assert_ptr_not_equal(run, MAP_FAILED);
    (void)snprintf(run->dir, sizeof(run->dir), "/tmp/live-smoke-XXXXXX");
    assert_non_null(mkdtemp(run->dir));
    run->s = s;
    run->options = (struct live_options){.raftd = raftd,
                                         .dir = run->dir,
                                         .carrier = carrier,
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

static struct run *run_text(const char *text)
{
    return run_with(text, false);
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

/* Every way a step can end a process, and a partition around it. */
static void test_faults(void **state)
{
    (void)state;
    struct seen seen;
    struct run *run =
        run_text("{\"version\":1,\"name\":\"faults\",\"cluster\":{\"voters\":3},"
                 "\"links\":{\"default\":{\"delay\":\"1ms\"}},"
                 "\"clients\":{\"count\":5,\"model\":\"append\",\"ratePerS\":200,\"keys\":2,"
                 "\"timeout\":\"1s\",\"attach\":\"leader\"},"
                 "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                 "{\"proc.kill\":{\"who\":\"leader\"},\"as\":\"old\"},"
                 "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},"
                 "{\"proc.start\":{\"who\":\"$old\"}},"
                 "{\"wait\":{\"caughtUp\":{\"who\":\"all\",\"lagEntries\":5}},\"within\":\"60s\"},"
                 "{\"proc.restart\":{\"who\":\"random(1)\",\"gap\":\"0s\"}},"
                 "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\"},"
                 "{\"proc.pause\":{\"who\":\"leader\"},\"for\":\"1s\"},"
                 "{\"wait\":\"1200ms\"},"
                 "{\"proc.stop\":{\"who\":\"random(1)\"},\"as\":\"stopped\"},"
                 "{\"proc.start\":{\"who\":\"$stopped\"}},"
                 "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\"},"
                 "{\"net.partition\":{\"groups\":[[\"leader\"],[\"rest\"]]},\"for\":\"1s\"},"
                 "{\"wait\":\"1200ms\"},"
                 "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},"
                 "{\"load.stop\":{}}],"
                 "\"finally\":[{\"leader\":{}},{\"caughtUp\":{\"who\":\"all\"}}]}");
    assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_true(run->outcome.counters.cut > 0);
    assert_true(run->outcome.runner.healed_at_ns > 0);
    look(run, 3, &seen);
    assert_int_equal(seen.kills, 2); /* the kill and the restart */
    assert_int_equal(seen.stops, 1 + 3);
    assert_int_equal(seen.events[TRACE_boot], 3 + 3);
    assert_true(seen.events[TRACE_fault] >= 8);
    assert_true(seen.ops[HISTORY_OK] >= 100);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    run_free(run);
}

/* A program that only complains: what a daemon with a bad configuration is. */
static void test_a_node_that_does_not_start(void **state)
{
    (void)state;
    char path[] = "/tmp/live-smoke-program-XXXXXX";
    const char script[] = "#!/bin/sh\necho starting >&2\necho the reason >&2\nexit 78\n";
    const char *real = raftd;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
    assert_int_equal(fchmod(fd, 0755), 0);
    assert_int_equal(close(fd), 0);
    raftd = path;
    struct run *run = run_text("{\"version\":1,\"name\":\"no-start\",\"cluster\":{\"voters\":1},"
                               "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"}]}");
    raftd = real;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(run->code, -E_CLOSED);
    assert_string_equal(run->e.text, "n1 did not start: exit 78: the reason");
    run_free(run);
}

static void test_a_wait_that_runs_out(void **state)
{
    (void)state;
    struct run *run = run_text("{\"version\":1,\"name\":\"in-vain\",\"cluster\":{\"voters\":3},"
                               "\"steps\":[{\"wait\":{\"commit\":{\"atLeast\":1000000}},"
                               "\"within\":\"200ms\"}]}");
    assert_int_equal(run->code, 0);
    assert_true(run->outcome.runner.failed);
    assert_non_null(strstr(run->outcome.runner.sentence, "did not happen within 200ms"));
    run_free(run);
}

static void test_an_interrupted_run(void **state)
{
    (void)state;
    struct seen seen;
    struct run *run = run_with("{\"version\":1,\"name\":\"interrupted\",\"cluster\":{\"voters\":3},"
                               "\"clients\":{\"count\":2},"
                               "\"steps\":[{\"proc.kill\":{\"who\":\"n1\"}},{\"wait\":\"100s\"}]}",
                               true);
    assert_int_equal(run->code, 0);
    assert_true(run->outcome.interrupted);
    assert_true(run->outcome.runner.failed);
    assert_string_equal(run->outcome.runner.sentence, "interrupted");
    look(run, 3, &seen); /* whole, for all that */
    assert_int_equal(seen.kills, 1);
    assert_int_equal(seen.stops, 3);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    run_free(run);
}

static void test_what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    struct live_outcome outcome = {.unplanned_exits = 77};
    struct live_options options = {.raftd = "/nonexistent/raftd", .dir = "/nonexistent"};
    struct err e = {0};
    struct scenario *s = scenario_of("{\"version\":1,\"name\":\"learner\",\"cluster\":"
                                     "{\"voters\":3,\"learners\":1},\"steps\":[]}");
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_UNSUPPORTED);
    assert_string_equal(e.text, "cluster: learners: the live world cannot start learners yet");
    scenario_free(s);
    s = scenario_of("{\"version\":1,\"name\":\"queue\",\"cluster\":{\"voters\":1},"
                    "\"clients\":{\"count\":1,\"model\":\"queue\"},\"steps\":[]}");
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_UNSUPPORTED);
    assert_non_null(strstr(e.text, "\"queue\" is not known here yet"));
    scenario_free(s);
    s = scenario_of("{\"version\":1,\"name\":\"no-raftd\",\"cluster\":{\"voters\":1},"
                    "\"steps\":[]}");
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_NOTFOUND);
    assert_int_equal(outcome.unplanned_exits, 77);
    scenario_free(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_cluster),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_a_node_that_does_not_start),
        cmocka_unit_test(test_a_wait_that_runs_out),
        cmocka_unit_test(test_an_interrupted_run),
        cmocka_unit_test(test_what_cannot_be_done_is_refused),
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
