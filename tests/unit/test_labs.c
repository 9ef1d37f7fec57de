/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where labs are, and who lives there. */
#include "labs/labs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h> /* after setjmp.h and stdarg.h, which it needs */

static char runtime[] = "/tmp/labs-test.XXXXXX";

static void names(void **state)
{
    static const char *const good[] = {"a", "demo-2", "A_9", "012345678901234567890123"};
    static const char *const bad[] = {
        "", "-a", "a/b", "..", "a.b", "a b", "0123456789012345678901234", "\n"};
    struct err e;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_int_equal(labs_name_check(good[i], &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(labs_name_check(bad[i], &e), -E_INVALID);
}

/* The folder of the user's own runtime directory, and only if that is his. */
static void folder(void **state)
{
    char path[LABS_PATH_MAX], own[LABS_PATH_MAX], tmp[64];
    struct err e;
    (void)state;
    (void)snprintf(own, sizeof(own), "%s/raftlab", runtime);
    (void)snprintf(tmp, sizeof(tmp), "/tmp/raftlab-%u", (unsigned)geteuid());
    assert_int_equal(labs_folder(path, &e), 0);
    assert_string_equal(path, own);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/nowhere", 1), 0);
    assert_int_equal(labs_folder(path, &e), 0);
    assert_string_equal(path, tmp);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);

    assert_int_equal(mkdir(own, 0755), 0); /* open to others */
    assert_int_equal(labs_folder(path, &e), -E_PERMISSION);
    assert_int_equal(chmod(own, 0700), 0);
    assert_int_equal(labs_folder(path, &e), 0);
}

/* A long path could hold no socket. */
static void too_long(void **state)
{
    char path[LABS_PATH_MAX], deep[160];
    struct err e;
    (void)state;
    (void)snprintf(deep, sizeof(deep), "%s/%0100d", runtime, 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", deep, 1), 0);
    assert_int_equal(labs_folder(path, &e), -E_LIMIT);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
    assert_int_equal(rmdir(deep), 0);
}

/* A lab lives as long as its lock is held. */
static void life(void **state)
{
    char path[LABS_PATH_MAX], own[LABS_PATH_MAX];
    struct labs_names all;
    struct err e;
    (void)state;
    assert_int_equal(labs_folder(own, &e), 0);
    assert_int_equal(labs_state(own, "demo"), LABS_NONE);
    assert_int_equal(labs_living(own, "demo", &e), -E_NOTFOUND);
    assert_string_equal(e.text, "no lab demo: there is none");

    assert_int_equal(mkdir(labs_dir(own, "demo", path), 0700), 0);
    assert_int_equal(labs_state(own, "demo"), LABS_DEAD);
    int fd = open(labs_path(own, "demo", LABS_KEEPER, path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(labs_state(own, "demo"), LABS_DEAD);
    assert_int_equal(labs_living(own, "demo", &e), -E_CLOSED);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(labs_state(own, "demo"), LABS_LIVES);
    assert_int_equal(labs_living(own, "demo", &e), 0);
    assert_int_equal(labs_living(own, "other", &e), -E_NOTFOUND);
    assert_string_equal(e.text, "no lab other: there is demo");
    labs_list(own, &all);
    assert_int_equal(all.count, 1);
    assert_string_equal(all.items[0], "demo");

    assert_int_equal(close(fd), 0);
    assert_int_equal(labs_state(own, "demo"), LABS_DEAD);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(labs_dir(own, "demo", path)), 0);
    assert_int_equal(rmdir(own), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(folder),
        cmocka_unit_test(too_long),
        cmocka_unit_test(life),
    };
    if (mkdtemp(runtime) == NULL || setenv("XDG_RUNTIME_DIR", runtime, 1) != 0)
        return 70;
    int code = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(runtime) == 0 ? code : 1;
}
