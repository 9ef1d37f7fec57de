/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "child.h"

#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_NS   (5 * NS_PER_S)
#define LOG_SHOWN 400 /* bytes of a dead program's log */

uint64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void bench_pause(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

static _Noreturn void become(const char *const *argv, int log, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126); /* the parent died before the line above */
    if (log >= 0 && (dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0))
        _exit(126);
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    perror(argv[0]);
    _exit(127);
}

int child_start(struct child *c, const char *const *argv, const char *log, struct err *e)
{
    ASSERT(strlen(log) < sizeof(c->log));
    *c = (struct child){0};
    memcpy(c->log, log, strlen(log) + 1);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_set_errno(e, -E_IO, errno, "bench: %s", log);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(argv, fd, parent);
    int error_number = errno;
    (void)close(fd);
    if (pid < 0)
        return err_set_errno(e, -E_IO, error_number, "bench: start %s", argv[0]);
    c->pid = pid;
    return 0;
}

bool child_ended(struct child *c, struct err *e)
{
    int status;
    struct buf log = {0};
    struct err ignored = {0};
    if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
        return false;
    c->pid = 0;
    if (read_file_end(c->log, LOG_SHOWN, &log, &ignored) < 0)
        buf_puts(&log, ignored.text);
    if (WIFEXITED(status))
        (void)err_set(e, -E_CLOSED, "it ended with exit code %d:\n%s", WEXITSTATUS(status),
                      buf_str(&log));
    else
        (void)err_set(e, -E_CLOSED, "signal %d ended it:\n%s", WTERMSIG(status), buf_str(&log));
    buf_free(&log);
    return true;
}

int child_wait(struct child *c)
{
    int status = 0;
    ASSERT(c->pid != 0);
    while (waitpid(c->pid, &status, 0) < 0)
        ASSERT(errno == EINTR);
    c->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_stop(struct child *c)
{
    uint64_t deadline_ns = bench_now_ns() + STOP_NS;
    if (c->pid == 0)
        return;
    (void)kill(c->pid, SIGTERM);
    while (waitpid(c->pid, NULL, WNOHANG) == 0) {
        if (bench_now_ns() >= deadline_ns)
            (void)kill(c->pid, SIGKILL);
        bench_pause(5 * NS_PER_MS);
    }
    c->pid = 0;
}

uint64_t child_cpu_ns(const struct child *c)
{
    char path[64];
    unsigned long long user = 0, system = 0;
    struct buf text = {0};
    struct err e = {0};
    if (c->pid == 0)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)c->pid);
    /* proc(5): fields 14 and 15, counted from the state behind the name's closing parenthesis. */
    if (read_file_end(path, 4096, &text, &e) == 0) {
        const char *behind = strrchr(buf_str(&text), ')');
        if (behind == NULL ||
            sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
                   &system) != 2)
            user = system = 0;
    }
    buf_free(&text);
    return (user + system) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

int read_file_end(const char *path, size_t max, struct buf *out, struct err *e)
{
    char bytes[4096];
    size_t n;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "bench: %s", path);
    while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0) {
        buf_put(out, bytes, n);
        if (out->len > max)
            buf_consume(out, out->len - max);
    }
    bool failed = ferror(f) != 0;
    (void)fclose(f);
    return failed ? err_set(e, -E_IO, "bench: %s: cannot be read", path) : 0;
}
