/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trace that cannot go on ends with a whole line. */
#include "raftd/trace_file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM  1005 /* bytes, and no whole number of lines; what comes then is refused */
#define LINES 200

static char folder[] = "/tmp/raftd-trace-XXXXXX";

static int set_up(void **state)
{
    const struct rlimit limit = {.rlim_cur = ROOM, .rlim_max = RLIM_INFINITY};
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    return mkdtemp(folder) == NULL || setrlimit(RLIMIT_FSIZE, &limit) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    char path[VFS_PATH_MAX];
    (void)state;
    vfs_path(path, folder, TRACE_FILE_NAME);
    (void)unlink(path);
    return rmdir(folder);
}

static void put_lines(const struct env_trace *on)
{
    for (int i = 0; i < LINES; i++) {
        struct trace_record rec = {.ev = TRACE_fsyncBegin, .seq = (uint64_t)i + 1};
        rec.node = trace_names_add(on->host.names, "n1", 2);
        on->host.sink(on->host.arg, &rec);
    }
}

static size_t read_file(char *text, size_t room)
{
    char path[VFS_PATH_MAX];
    vfs_path(path, folder, TRACE_FILE_NAME);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t len = fread(text, 1, room, f);
    (void)fclose(f);
    return len;
}

static void a_full_disk_leaves_whole_lines(void **state)
{
    const struct logger log = {.level = ENV_ERROR, .node = "n1"};
    struct trace_file *t = trace_file_new(folder, &log);
    struct env_trace now;
    struct err e = {0};
    char text[2 * ROOM];
    (void)state;
    assert_int_equal(trace_file_turn(t, ENV_TRACE_ON, &now, &e), 0);
    put_lines(&now);
    trace_file_flush(t);
    size_t len = read_file(text, sizeof(text));
    assert_in_range(len, ROOM / 2, ROOM - 1); /* it was cut, and not by more than a line */
    assert_int_equal(text[len - 1], '\n');
    assert_int_equal(trace_file_turn(t, ENV_TRACE_LOOK, &now, &e), 0);
    assert_null(now.host.sink); /* it is off */
    assert_int_equal(now.bytes, len);
    trace_file_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_full_disk_leaves_whole_lines)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
