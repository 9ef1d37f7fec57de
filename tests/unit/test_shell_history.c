/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's history: entries of several lines, secrets, the file and who may read it. */
#include "base/mem.h"
#include "raftctl/shell/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/raftctl-history-XXXXXX";
static char path[128], state_folder[128];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(state_folder, sizeof(state_folder), "%s/state/raftctl", folder);
    (void)snprintf(path, sizeof(path), "%s/state/raftctl/history", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char middle[128];
    (void)snprintf(middle, sizeof(middle), "%s/state", folder);
    (void)unlink(path);
    (void)rmdir(state_folder);
    (void)rmdir(middle);
    return rmdir(folder);
}

static struct history *opened(void)
{
    static struct history h;
    struct err e = {0};
    assert_int_equal(history_open(&h, path, &e), 0);
    return &h;
}

static void add(struct history *h, const char *entry, int expected)
{
    struct err e = {0};
    assert_int_equal(history_add(h, entry, &e), expected);
}

static void kept_over_sessions(void **state)
{
    (void)state;
    struct history *h = opened();
    struct stat st;
    assert_int_equal(h->count, 0);
    add(h, "set a 1", 1);
    add(h, "set a 1", 0); /* the same once more */
    add(h, "set k {\n \"b\": 2\n}", 1);
    add(h, " set quiet 1", 1);
    add(h, "set db/Password hunter2", 1);
    assert_int_equal(h->count, 4);
    history_close(h);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, sizeof("set a 1") + sizeof("set k {\n \"b\": 2\n}"));
    assert_int_equal(stat(state_folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);

    h = opened();
    assert_int_equal(h->count, 2);
    assert_string_equal(h->entries[0], "set a 1");
    assert_string_equal(h->entries[1], "set k {\n \"b\": 2\n}");
    assert_string_equal(history_find(h, "set k"), "set k {\n \"b\": 2\n}");
    assert_string_equal(history_find(h, "set"), "set k {\n \"b\": 2\n}");
    assert_string_equal(history_find(h, "set a"), "set a 1");
    assert_null(history_find(h, "set a 1"));
    assert_null(history_find(h, "get"));
    history_close(h);
}

static void made_private(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(chmod(path, 0644), 0);
    struct history *h = opened();
    add(h, "get a", 1);
    history_close(h);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void cleared(void **state)
{
    (void)state;
    struct err e = {0};
    struct stat st;
    struct history *h = opened();
    assert_true(h->count > 0);
    assert_int_equal(history_clear(h, &e), 0);
    assert_int_equal(h->count, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    history_close(h);
}

static void does_not_grow_for_ever(void **state)
{
    (void)state;
    char entry[32];
    struct stat st;
    struct history *h = opened();
    for (int i = 0; i < 2 * HISTORY_ENTRIES_MAX + 1; i++) {
        (void)snprintf(entry, sizeof(entry), "get %05d", i);
        add(h, entry, 1);
    }
    assert_int_equal(h->count, HISTORY_ENTRIES_MAX);
    history_close(h);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 10 * (2 * HISTORY_ENTRIES_MAX + 1));
    h = opened();
    assert_int_equal(h->count, HISTORY_ENTRIES_MAX);
    assert_string_equal(h->entries[HISTORY_ENTRIES_MAX - 1], "get 02000");
    history_close(h);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 10 * HISTORY_ENTRIES_MAX);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void without_a_file(void **state)
{
    (void)state;
    static struct history h;
    struct err e = {0};
    assert_int_equal(history_open(&h, folder, &e), -E_INVALID);
    assert_non_null(strstr(e.text, "no regular file"));
    add(&h, "get a", 1); /* this session alone */
    assert_string_equal(history_find(&h, "g"), "get a");
    history_close(&h);
}

static void default_path(void **state)
{
    (void)state;
    struct buf got = {0};
    assert_int_equal(setenv("XDG_STATE_HOME", "/x", 1), 0);
    assert_int_equal(setenv("HOME", "/h", 1), 0);
    history_default_path(&got);
    assert_string_equal(buf_str(&got), "/x/raftctl/history");
    buf_reset(&got);
    assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
    history_default_path(&got);
    assert_string_equal(buf_str(&got), "/h/.local/state/raftctl/history");
    buf_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_over_sessions),
        cmocka_unit_test(made_private),
        cmocka_unit_test(cleared),
        cmocka_unit_test(does_not_grow_for_ever),
        cmocka_unit_test(without_a_file),
        cmocka_unit_test(default_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
