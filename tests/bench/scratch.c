/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"

#include "base/units.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server killed with us may still be making files: the removal is repeated that long. */
#define REMOVE_NS (10 * NS_PER_S)

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    (void)remove(path);
    return 0;
}

/* The remover's whole life. */
static _Noreturn void wait_and_remove(int alive, const char *dir)
{
    char byte;
    uint64_t deadline_ns;
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    while (read(alive, &byte, 1) < 0 && errno == EINTR) {
    }
    deadline_ns = bench_now_ns() + REMOVE_NS;
    while (access(dir, F_OK) == 0) {
        (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        if (bench_now_ns() >= deadline_ns) {
            (void)fprintf(stderr, "bench: %s: cannot be removed\n", dir);
            _exit(1);
        }
        bench_pause(10 * NS_PER_MS);
    }
    _exit(0);
}

int scratch_make(const char *parent, struct scratch *ret, struct err *e)
{
    int ends[2];
    struct scratch s = {0};
    if (realpath(parent, s.dir) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "bench: %s", parent);
    static const char tail[] = "/bench-XXXXXX";
    if (strlen(s.dir) + sizeof(tail) > sizeof(s.dir))
        return err_set(e, -E_LIMIT, "bench: %s: path too long", parent);
    memcpy(s.dir + strlen(s.dir), tail, sizeof(tail));
    if (mkdtemp(s.dir) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "bench: %s", s.dir);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set_errno(e, -E_IO, errno, "bench: pipe");
    s.remover = fork();
    if (s.remover == 0) {
        (void)close(ends[1]);
        wait_and_remove(ends[0], s.dir);
    }
    int error_number = errno;
    (void)close(ends[0]);
    if (s.remover < 0) {
        (void)close(ends[1]);
        (void)rmdir(s.dir);
        return err_set_errno(e, -E_IO, error_number, "bench: fork");
    }
    s.alive = ends[1];
    *ret = s;
    return 0;
}

void scratch_remove(struct scratch *s)
{
    if (s->remover == 0)
        return;
    (void)close(s->alive);
    while (waitpid(s->remover, NULL, 0) < 0 && errno == EINTR) {
    }
    s->remover = 0;
}

void scratch_path(const struct scratch *s, const char *name, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
    ASSERT(n > 0 && n < PATH_MAX);
}

/* The folder of the running program. */
static int program_folder(char out[PATH_MAX], struct err *e)
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n < 0)
        return err_set_errno(e, -E_IO, errno, "bench: /proc/self/exe");
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    ASSERT(slash != NULL);
    *slash = '\0';
    return 0;
}

int places_fill(const char *name, const char **program, const char **dir, struct err *e)
{
    static char beside[PATH_MAX], above[PATH_MAX];
    char bin[PATH_MAX];
    int code = program_folder(bin, e);
    if (code < 0)
        return code;
    if (snprintf(beside, PATH_MAX, "%s/%s", bin, name) >= PATH_MAX ||
        snprintf(above, PATH_MAX, "%s/..", bin) >= PATH_MAX)
        return err_set(e, -E_LIMIT, "bench: %s: path too long", bin);
    *program = *program == NULL ? beside : *program;
    *dir = *dir == NULL ? above : *dir;
    return 0;
}
