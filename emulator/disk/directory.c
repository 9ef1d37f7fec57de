/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/directory.h"

#include "base/buf.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_MAX 1000 /* directories put aside */

/* The names of the files there; owned. */
struct listing {
    char (*names)[VFS_NAME_MAX];
    size_t count;
};

static int fail(struct err *e, const char *dir, const char *name)
{
    int saved = errno;
    return err_set_errno(e, err_from_errno(saved), saved, "%s/%s", dir, name);
}

/* Whose it is at run time, and not what the node stored. */
static bool is_lock(const char *name)
{
    return strcmp(name, "lock") == 0;
}

static void list_into(struct listing *l, DIR *d)
{
    for (const struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
        struct stat st;
        size_t len = strlen(entry->d_name);
        if (len >= VFS_NAME_MAX || is_lock(entry->d_name) ||
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        l->names = mem_grow(l->names, l->count + 1, sizeof(*l->names));
        memcpy(l->names[l->count++], entry->d_name, len + 1);
    }
}

/* *ret_fd: the directory itself; -1: there is none. */
static int open_dir(const char *path, struct listing *l, int *ret_fd, struct err *e)
{
    DIR *d = opendir(path);
    *l = (struct listing){0};
    *ret_fd = -1;
    if (d == NULL)
        return errno == ENOENT ? 0 : fail(e, path, ".");
    list_into(l, d);
    *ret_fd = fcntl(dirfd(d), F_DUPFD_CLOEXEC, 0);
    int code = *ret_fd < 0 ? fail(e, path, ".") : 0;
    (void)closedir(d);
    return code;
}

/* All of an open file; *ret_data is owned by the caller. */
static int read_all(int fd, uint8_t **ret_data, size_t *ret_len)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -1;
    if ((uint64_t)st.st_size > DIRECTORY_FILE_MAX) {
        errno = EFBIG;
        return -1;
    }
    size_t len = (size_t)st.st_size, done = 0;
    uint8_t *data = mem_raw(len + 1);
    while (done < len) {
        ssize_t n = pread(fd, data + done, len - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done < len) {
        mem_free(data);
        errno = EIO;
        return -1;
    }
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int directory_file(const char *path, const char *name, uint8_t **ret_data, size_t *ret_len,
                   struct err *e)
{
    char whole[VFS_PATH_MAX];
    vfs_path(whole, path, name);
    int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail(e, path, name);
    int code = read_all(fd, ret_data, ret_len) < 0 ? fail(e, path, name) : 0;
    (void)close(fd);
    return code;
}

static int load(struct memvfs *m, const char *path, const char *name, struct err *e)
{
    char inside[VFS_PATH_MAX];
    uint8_t *data = NULL;
    size_t len = 0;
    int code = directory_file(path, name, &data, &len, e);
    if (code < 0)
        return code;
    vfs_path(inside, DIRECTORY_INSIDE, name);
    memvfs_put(m, inside, data, len);
    mem_free(data);
    return 0;
}

int directory_read(const char *path, uint64_t seed, struct memvfs **ret, struct err *e)
{
    struct listing l;
    int dir, code = open_dir(path, &l, &dir, e);
    struct memvfs *m = memvfs_new(seed);
    for (size_t i = 0; i < l.count && code == 0; i++)
        code = load(m, path, l.names[i], e);
    if (dir >= 0)
        (void)close(dir);
    mem_free(l.names);
    if (code == 0)
        *ret = m;
    else
        memvfs_free(m);
    return code;
}

/* Block by block: what is right already is not touched. */
static int write_changes(int fd, const uint8_t *data, size_t len)
{
    uint8_t *there = NULL;
    size_t there_len = 0;
    int failed = read_all(fd, &there, &there_len);
    if (failed == 0 && there_len != len)
        failed = ftruncate(fd, (off_t)len);
    for (size_t at = 0; at < len && failed == 0; at += VFS_BLOCK) {
        size_t n = len - at < VFS_BLOCK ? len - at : VFS_BLOCK;
        bool same = at + n <= there_len && memcmp(there + at, data + at, n) == 0;
        if (!same && pwrite(fd, data + at, n, (off_t)at) != (ssize_t)n)
            failed = -1;
    }
    mem_free(there);
    return failed;
}

struct storing {
    struct memvfs *m;
    const char *path;
    int dir, code;
    struct err *e;
};

static void store(void *ctx, const char *name)
{
    struct storing *s = ctx;
    char inside[VFS_PATH_MAX];
    size_t len = 0;
    if (s->code < 0)
        return;
    vfs_path(inside, DIRECTORY_INSIDE, name);
    const uint8_t *data = memvfs_bytes(s->m, inside, &len);
    int fd = openat(s->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0 || write_changes(fd, data, len) < 0)
        s->code = fail(s->e, s->path, name);
    if (fd >= 0)
        (void)close(fd);
}

int directory_write(struct memvfs *m, const char *path, struct err *e)
{
    struct listing l;
    if (mkdir(path, 0750) < 0 && errno != EEXIST)
        return fail(e, path, ".");
    struct storing s = {.m = m, .path = path, .e = e};
    s.code = open_dir(path, &l, &s.dir, e);
    for (size_t i = 0; i < l.count && s.code == 0; i++) {
        char inside[VFS_PATH_MAX];
        vfs_path(inside, DIRECTORY_INSIDE, l.names[i]);
        if (!memvfs_exists(m, inside) && unlinkat(s.dir, l.names[i], 0) < 0)
            s.code = fail(e, path, l.names[i]);
    }
    memvfs_names(m, DIRECTORY_INSIDE, store, &s);
    if (s.dir >= 0)
        (void)close(s.dir);
    mem_free(l.names);
    return s.code;
}

int directory_put_aside(const char *path, struct err *e)
{
    struct buf aside = {0};
    int code = -1;
    for (unsigned i = 1; i <= ASIDE_MAX && code < 0; i++) {
        buf_reset(&aside);
        buf_putf(&aside, "%s.%u", path, i);
        if (access(buf_str(&aside), F_OK) < 0)
            code = rename(path, buf_str(&aside)) == 0 || errno == ENOENT ? 0 : errno;
    }
    buf_free(&aside);
    return code == 0 ? 0 : err_set_errno(e, -E_IO, code < 0 ? EEXIST : code, "put %s aside", path);
}

int directory_numbers(const char *path, void (*each)(void *arg, const char *name, uint64_t number),
                      void *arg, struct err *e)
{
    struct listing l;
    struct stat st;
    int dir, code = open_dir(path, &l, &dir, e);
    for (size_t i = 0; i < l.count && code == 0; i++) {
        if (fstatat(dir, l.names[i], &st, 0) < 0)
            code = fail(e, path, l.names[i]);
        else
            each(arg, l.names[i], st.st_ino);
    }
    if (dir >= 0)
        (void)close(dir);
    mem_free(l.names);
    return code;
}

uint64_t directory_used(const char *path)
{
    struct listing l;
    struct err ignored;
    uint64_t used = 0;
    int dir;
    (void)!open_dir(path, &l, &dir, &ignored);
    for (size_t i = 0; i < l.count && dir >= 0; i++) {
        struct stat st;
        used += fstatat(dir, l.names[i], &st, 0) == 0 ? (uint64_t)st.st_size : 0;
    }
    if (dir >= 0)
        (void)close(dir);
    mem_free(l.names);
    return used;
}
