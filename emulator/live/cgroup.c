/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_US 100000
#define LEAST_US  1000 /* the kernel refuses a quota below that */
#define YOUNG_S   60   /* nobody takes that long from making a group to taking a process in */
#define PREFIX    "raftlab-"

static const char *const wanted[] = {"cpu", "pids"};

/* ---- its files ---- */

static int put(const char *dir, const char *name, const char *text)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    (void)close(fd);
    return failed;
}

/* Whether a list of words has all that are wanted. */
static bool has_all(const char *dir, const char *name)
{
    char path[PATH_MAX], line[1024] = "", word[32];
    bool all = true;
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "re");
    if (f != NULL && fgets(line, sizeof(line), f) == NULL)
        line[0] = '\0';
    if (f != NULL)
        (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    char spaced[sizeof(line) + 2];
    (void)snprintf(spaced, sizeof(spaced), " %s ", line);
    for (size_t i = 0; i < ARRAY_LEN(wanted) && all; i++) {
        (void)snprintf(word, sizeof(word), " %s ", wanted[i]);
        all = strstr(spaced, word) != NULL;
    }
    return all;
}

/* ---- groups ---- */

int cgroup_make(struct cgroup *g, const char *place, struct err *e)
{
    static unsigned count;
    int n = snprintf(g->path, sizeof(g->path), "%s/" PREFIX "%d-%u-XXXXXX", place, (int)getpid(),
                     ++count);
    if (n < (int)sizeof(g->path) && mkdtemp(g->path) != NULL)
        return 0;
    g->path[0] = '\0';
    return err_set_errno(e, -E_IO, errno, "%s: no group can be made", place);
}

int cgroup_take(const struct cgroup *g, pid_t pid, struct err *e)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", (int)pid);
    int failed = put(g->path, "cgroup.procs", text);
    return failed == 0 || failed == -ESRCH ? 0 : err_set_errno(e, -E_IO, -failed, "%s", g->path);
}

int cgroup_bound(const struct cgroup *g, double cpu, uint64_t threads, struct err *e)
{
    char share[48] = "max 100000", most[24] = "max";
    unsigned quota = (unsigned)(cpu * PERIOD_US);
    if (cpu < 1)
        (void)snprintf(share, sizeof(share), "%u %d", quota > LEAST_US ? quota : LEAST_US,
                       PERIOD_US);
    if (threads != UINT64_MAX)
        (void)snprintf(most, sizeof(most), "%llu", (unsigned long long)threads);
    int failed = put(g->path, "cpu.max", share);
    if (failed == 0)
        failed = put(g->path, "pids.max", most);
    return failed == 0 ? 0 : err_set_errno(e, -E_IO, -failed, "%s", g->path);
}

bool cgroup_end(struct cgroup *g)
{
    struct err ignored;
    if (g->path[0] == '\0')
        return true;
    if (rmdir(g->path) == 0 || errno == ENOENT) {
        g->path[0] = '\0';
        return true;
    }
    (void)!cgroup_bound(g, 1, UINT64_MAX, &ignored);
    return false;
}

/* ---- where ---- */

/* A group is empty for a moment when it is new, and it may be that of a laboratory beside us. One
 * that the kernel forgot and looks at anew seems to be young, too: it is removed later. */
static bool is_young(int dir, const char *name)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && time(NULL) - st.st_ctime < YOUNG_S;
}

/* Those that are in use stay: nobody can remove them. */
static void sweep(const char *place)
{
    DIR *dir = opendir(place);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
            !is_young(dirfd(dir), entry->d_name))
            (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* Takes a process in and lets it go again: nothing less shows whether it is allowed. */
static bool works(const char *place)
{
    struct cgroup g;
    struct err e;
    if (cgroup_make(&g, place, &e) < 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            (void)pause();
    }
    bool ok = child > 0 && cgroup_take(&g, child, &e) == 0 && cgroup_bound(&g, 0.5, 100, &e) == 0;
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
    }
    return cgroup_end(&g) && ok;
}

/* The groups below a place are given its controllers only if it says so; our own may be told to. */
static bool usable(const char *place, bool own)
{
    if (!has_all(place, "cgroup.subtree_control") &&
        (!own || put(place, "cgroup.subtree_control", "+cpu +pids") < 0))
        return false;
    sweep(place);
    return works(place);
}

/* Where version 2 is mounted. */
static bool mounted(char out[CGROUP_PATH_MAX])
{
    char line[4096], at[256];
    bool found = false;
    FILE *f = fopen("/proc/self/mountinfo", "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
        found =
            strstr(line, " - cgroup2 ") != NULL && sscanf(line, "%*s %*s %*s %*s %255s", at) == 1;
    if (f != NULL)
        (void)fclose(f);
    (void)snprintf(out, CGROUP_PATH_MAX, "%s", found ? at : "");
    return found;
}

/* Our group's path below it: "/user.slice"; "" for the topmost. */
static void own_group(char out[256])
{
    char line[512], path[256];
    out[0] = '\0';
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "0::%255s", path) == 1 && strcmp(path, "/") != 0)
            (void)snprintf(out, 256, "%s", path);
    }
    if (f != NULL)
        (void)fclose(f);
}

static const char *look_for_place(char place[CGROUP_PATH_MAX])
{
    char mount[CGROUP_PATH_MAX], own[256];
    if (!mounted(mount))
        return "no cgroup v2 is mounted";
    if (!has_all(mount, "cgroup.controllers"))
        return "its cgroup v2 has no controllers for processor and threads";
    own_group(own);
    for (bool first = true;; first = false) {
        (void)snprintf(place, CGROUP_PATH_MAX, "%.255s%.255s", mount, own);
        if (usable(place, first))
            return "cgroup v2";
        if (own[0] == '\0')
            break;
        *strrchr(own, '/') = '\0';
    }
    place[0] = '\0';
    return "no control group is ours to divide: a delegated one is, as in systemd-run --user -p "
           "Delegate=yes";
}

const char *cgroup_place(const char **ret_why)
{
    static char place[CGROUP_PATH_MAX];
    static const char *why;
    if (why == NULL)
        why = look_for_place(place);
    if (ret_why != NULL)
        *ret_why = why;
    return place[0] == '\0' ? NULL : place;
}
