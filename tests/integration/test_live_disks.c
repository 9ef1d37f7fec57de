/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks of real nodes, faulty from inside and from outside: test_live_disks RAFTD.
 * What the judges say of such runs is in the scenarios of disks/. */
#include "tests/support/liverun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* Whether a file of the run has a line with both words. */
static bool has_line(const struct liverun *run, const char *file, const char *word,
                     const char *other)
{
    char path[128];
    static char line[1u << 16];
    bool found = false;
    (void)snprintf(path, sizeof(path), "%s/%s", run->dir, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f) != NULL)
        found = strstr(line, word) != NULL && strstr(line, other) != NULL;
    assert_int_equal(fclose(f), 0);
    return found;
}

/* Without space writes are refused, and nobody ends; with space again they are done. */
static void test_full_disks(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"full\",\"cluster\":{\"voters\":3,"
                "\"config\":{\"segment_size\":\"64KiB\"}},"
                "\"clients\":{\"count\":8,\"model\":\"register\",\"ratePerS\":400,\"keys\":3,"
                "\"mix\":{\"write\":100},\"value\":\"4KiB\",\"timeout\":\"2s\"},"
                "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                "{\"wait\":{\"ops\":{\"ok\":20}},\"within\":\"60s\"},"
                "{\"disk.full\":{\"who\":\"all\"}},"
                "{\"wait\":{\"ops\":{\"fail\":100}},\"within\":\"60s\"}],"
                "\"finally\":[{\"leader\":{},\"within\":\"60s\"},"
                "{\"commit\":{\"plus\":20},\"within\":\"60s\"}]}");
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.stops, 3);
    assert_int_equal(seen.events[TRACE_boot], 3);
    assert_true(has_line(run, "history.ndjson", "\"outcome\":\"fail\"", "\"error\":\"NOSPACE\""));
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Ends that a disk caused are the step's doing, and the judges are told whose files were changed.
 */
static void test_ends_and_harm(void **state)
{
    (void)state;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"ends\",\"cluster\":{\"voters\":3},"
                "\"clients\":{\"count\":4,\"model\":\"register\",\"ratePerS\":200,\"keys\":3},"
                "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                "{\"wait\":{\"commit\":{\"plus\":20}},\"within\":\"60s\"},"
                "{\"disk.error\":{\"who\":\"n1\",\"op\":\"fsync\",\"file\":\"log\"}},"
                "{\"disk.tear\":{\"who\":\"n2\",\"file\":\"log\",\"sector\":\"512B\"}},"
                "{\"wait\":{\"exit\":{\"who\":\"n2\",\"signal\":\"SIGKILL\"}},\"within\":\"60s\"},"
                "{\"wait\":{\"exit\":{\"who\":\"n1\",\"code\":74}},\"within\":\"60s\"},"
                "{\"proc.kill\":{\"who\":\"n3\"}},"
                "{\"disk.flip\":{\"who\":\"n3\",\"file\":\"log\",\"region\":\"middle\"}}],"
                "\"finally\":[{\"leader\":{},\"within\":\"60s\"}]}");
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_true(
        has_line(run, "trace/n1.ndjson", "\"ev\":\"crashed\"", "\"cause\":\"disk: exit 74\""));
    assert_true(has_line(run, "trace/n2.ndjson", "\"ev\":\"crashed\"", "a write was torn"));
    assert_true(has_line(run, "trace/n3.ndjson", "\"ev\":\"boot\"", "restoring"));
    assert_true(has_line(run, "faults.ndjson", "\"phase\":\"harmed\"", "\"targets\":[\"n3\"]"));
    assert_false(has_line(run, "faults.ndjson", "\"phase\":\"harmed\"", "\"targets\":[\"n2\"]"));
    liverun_free(run);
}

/* A process that runs is not wiped under its feet. */
static void test_files_in_use(void **state)
{
    (void)state;
    struct liverun *run = liverun("{\"version\":1,\"name\":\"in-use\",\"cluster\":{\"voters\":1},"
                                  "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                                  "{\"disk.wipe\":{\"who\":\"n1\"}}]}");
    assert_int_equal(run->code, 0);
    assert_true(run->outcome.runner.failed);
    assert_non_null(strstr(run->outcome.runner.sentence,
                           "n1 runs: only a stopped node's files can be changed"));
    liverun_free(run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disks),
        cmocka_unit_test(test_ends_and_harm),
        cmocka_unit_test(test_files_in_use),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "test_live_disks RAFTD\n");
        return 64;
    }
    liverun_raftd = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
