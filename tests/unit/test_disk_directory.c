/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of the file system as a disk in memory: it comes back as it was, what was changed is
 * changed in place, and marks bring old files back. */
#include "emulator/disk/directory.h"
#include "emulator/disk/kinds.h"
#include "emulator/disk/saves.h"
#include "emulator/runner/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LONG 10000 /* bytes: not a multiple of a block */

struct fixture {
    char dir[64];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/disk-directory-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    DIR *d = opendir(f->dir);
    assert_non_null(d);
    for (const struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d))
        (void)unlinkat(dirfd(d), entry->d_name, 0);
    (void)closedir(d);
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static void put(const struct fixture *f, const char *name, char fill, size_t len)
{
    char path[128], data[LONG];
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    memset(data, fill, len);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static bool is_there(const struct fixture *f, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    return access(path, F_OK) == 0;
}

/* The byte there; -1: the file is shorter. */
static int byte_at(const struct fixture *f, const char *name, long at)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fclose(file), 0);
    return byte == EOF ? -1 : byte;
}

static struct memvfs *read_dir(const struct fixture *f)
{
    struct memvfs *m = NULL;
    struct err e = {0};
    assert_int_equal(directory_read(f->dir, 1, &m, &e), 0);
    return m;
}

static void write_dir(const struct fixture *f, struct memvfs *m)
{
    struct err e = {0};
    assert_int_equal(directory_write(m, f->dir, &e), 0);
}

static void files_are_read_and_the_lock_is_none(void **state)
{
    const struct fixture *f = *state;
    size_t len;
    put(f, "log-0000000000000001", 'a', LONG);
    put(f, "lock", '1', 4);
    assert_int_equal(directory_used(f->dir), LONG);
    struct memvfs *m = read_dir(f);
    const uint8_t *data = memvfs_bytes(m, DIRECTORY_INSIDE "/log-0000000000000001", &len);
    assert_int_equal(len, LONG);
    assert_int_equal(data[LONG - 1], 'a');
    assert_false(memvfs_exists(m, DIRECTORY_INSIDE "/lock"));
    write_dir(f, m);
    assert_true(is_there(f, "lock"));
    assert_int_equal(byte_at(f, "log-0000000000000001", LONG - 1), 'a');
    assert_int_equal(byte_at(f, "log-0000000000000001", LONG), -1);
    memvfs_free(m);
}

static void one_that_is_not_there_is_empty(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(rmdir(f->dir), 0);
    struct memvfs *m = read_dir(f);
    assert_int_equal(memvfs_used(m, NULL), 0);
    memvfs_put(m, DIRECTORY_INSIDE "/hardstate", "x", 1);
    write_dir(f, m);
    assert_int_equal(byte_at(f, "hardstate", 0), 'x');
    memvfs_free(m);
}

/* Whoever has the file open reads what was written. */
static void changes_are_made_in_place(void **state)
{
    const struct fixture *f = *state;
    char path[128], byte;
    size_t len;
    put(f, "hardstate", 'a', LONG);
    (void)snprintf(path, sizeof(path), "%s/hardstate", f->dir);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    struct memvfs *m = read_dir(f);
    memvfs_bytes(m, DIRECTORY_INSIDE "/hardstate", &len)[5000] = 'b';
    memvfs_bytes_changed(m, DIRECTORY_INSIDE "/hardstate");
    write_dir(f, m);
    assert_int_equal(pread(fd, &byte, 1, 5000), 1);
    assert_int_equal(byte, 'b');
    assert_int_equal(pread(fd, &byte, 1, 5001), 1);
    assert_int_equal(byte, 'a');
    close(fd);
    memvfs_free(m);
}

static void files_go_and_are_cut(void **state)
{
    const struct fixture *f = *state;
    put(f, "log-0000000000000001", 'a', LONG);
    put(f, "image-1-1", 'i', LONG);
    put(f, "partial-2-1", 'p', 10);
    struct memvfs *m = read_dir(f);
    disk_wipe(m, DIRECTORY_INSIDE, WORLD_FILE_SNAPSHOT);
    memvfs_put(m, DIRECTORY_INSIDE "/log-0000000000000001", "ab", 2);
    write_dir(f, m);
    assert_false(is_there(f, "image-1-1"));
    assert_false(is_there(f, "partial-2-1"));
    assert_int_equal(directory_used(f->dir), 2);
    assert_int_equal(byte_at(f, "log-0000000000000001", 1), 'b');
    memvfs_free(m);
}

static void a_mark_brings_back_the_files_it_is_about(void **state)
{
    const struct fixture *f = *state;
    struct disk_saves saves = {0};
    struct memvfs *then = NULL;
    struct err e = {0};
    put(f, "log-0000000000000001", 'a', LONG);
    put(f, "hardstate", 'h', LONG);
    struct memvfs *m = read_dir(f);
    assert_int_equal(disk_saves_put(&saves, 1, "early", m, 2, &e), 0);
    memvfs_free(m);
    put(f, "log-0000000000000001", 'b', 2 * 1000);
    put(f, "log-0000000000000002", 'c', 100);
    put(f, "hardstate", 'H', LONG);
    assert_int_equal(disk_saves_find(&saves, 2, "early", &then, &e), -E_NOTFOUND);
    assert_int_equal(disk_saves_find(&saves, 1, "late", &then, &e), -E_NOTFOUND);
    assert_int_equal(disk_saves_find(&saves, 1, "early", &then, &e), 0);
    m = read_dir(f);
    disk_restore(m, then, DIRECTORY_INSIDE, WORLD_FILE_LOG);
    write_dir(f, m);
    memvfs_free(m);
    assert_int_equal(byte_at(f, "log-0000000000000001", LONG - 1), 'a');
    assert_false(is_there(f, "log-0000000000000002"));
    assert_int_equal(byte_at(f, "hardstate", 0), 'H');
    disk_saves_free(&saves);
}

static void a_new_save_takes_the_place_of_the_old_one(void **state)
{
    struct disk_saves saves = {0};
    struct memvfs *m = memvfs_new(1), *then = NULL;
    struct err e = {0};
    (void)state;
    for (unsigned i = 0; i < 3 * DISK_SAVES_MAX; i++)
        assert_int_equal(disk_saves_put(&saves, 1, "again", m, i, &e), 0);
    for (unsigned i = 0; i + 1 < DISK_SAVES_MAX; i++)
        assert_int_equal(disk_saves_put(&saves, 2 + i, "again", m, i, &e), 0);
    assert_int_equal(disk_saves_put(&saves, 1, "other", m, 1, &e), -E_LIMIT);
    assert_int_equal(disk_saves_find(&saves, 1, "again", &then, &e), 0);
    disk_saves_free(&saves);
    memvfs_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_read_and_the_lock_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_not_there_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_are_made_in_place, setup, teardown),
        cmocka_unit_test_setup_teardown(files_go_and_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mark_brings_back_the_files_it_is_about, setup, teardown),
        cmocka_unit_test(a_new_save_takes_the_place_of_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
