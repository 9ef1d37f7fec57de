/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t resident_bytes(pid_t pid)
{
    char path[64];
    uint64_t pages = UINT64_MAX, all;
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return UINT64_MAX;
    bool read = fscanf(f, "%" SCNu64 " %" SCNu64, &all, &pages) == 2;
    (void)fclose(f);
    return read ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : UINT64_MAX;
}

static uint64_t descriptors(pid_t pid)
{
    char path[64];
    uint64_t count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return UINT64_MAX;
    for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir))
        count += d->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static uint64_t log_bytes(const char *data_dir)
{
    char path[PATH_MAX];
    struct stat st;
    uint64_t bytes = 0;
    DIR *dir = opendir(data_dir);
    if (dir == NULL)
        return UINT64_MAX;
    for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        int len = snprintf(path, sizeof(path), "%s/%s", data_dir, d->d_name);
        bool whole = len > 0 && (size_t)len < sizeof(path);
        if (whole && world_is_log(path) && stat(path, &st) == 0)
            bytes += (uint64_t)st.st_size;
    }
    (void)closedir(dir);
    return bytes;
}

struct world_usage usage_of(pid_t pid, const char *data_dir)
{
    return (struct world_usage){.mem_bytes = resident_bytes(pid),
                                .fds = descriptors(pid),
                                .log_bytes = log_bytes(data_dir)};
}
