/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/system.h"

#include "raftd/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A segment that is made while another is closed, an image, a connection to each of a few peers. */
#define FILES_SPARE 8

static int fail(struct err *e, const char *path)
{
    int saved = errno;
    return err_set_errno(e, err_from_errno(saved), saved, "config: data_dir: %s", path);
}

/* The new name is durable once the directory that holds it is. */
static void sync_parent(const char *path)
{
    char parent[CONFIG_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    memcpy(parent, path, len);
    parent[len] = '\0';
    const char *name = len > 0 ? parent : slash != NULL ? "/" : ".";
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return; /* a parent we may not read: the directory itself is synced by the store */
    (void)fsync(fd);
    (void)close(fd);
}

int system_make_dir(const char *path, struct err *e)
{
    char prefix[CONFIG_PATH_MAX];
    struct stat st;
    size_t len = strlen(path);
    ASSERT(len > 0 && len < sizeof(prefix));
    memcpy(prefix, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        prefix[i] = '\0';
        if (mkdir(prefix, 0750) == 0)
            sync_parent(prefix);
        else if (errno != EEXIST)
            return fail(e, prefix);
        prefix[i] = path[i];
    }
    if (stat(path, &st) < 0)
        return fail(e, path);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, -E_EXISTS, "config: data_dir: %s: is not a directory", path);
    if (access(path, R_OK | W_OK | X_OK) < 0)
        return fail(e, path);
    return 0;
}

uint64_t system_raise_files(void)
{
    struct rlimit limit = {0};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

bool system_files_left(int fd)
{
    struct rlimit limit = {0};
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > (rlim_t)fd + FILES_SPARE;
}

uint64_t system_seed(void)
{
    uint64_t seed;
    ssize_t n = getrandom(&seed, sizeof(seed), 0);
    ASSERT(n == (ssize_t)sizeof(seed));
    return seed;
}
