/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_program.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Files in memory rather than pipes: nothing can fill up and wait. */
static int memory_file(const char *name, struct span content)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    ASSERT(fd >= 0);
    ASSERT(write(fd, content.data, content.len) == (ssize_t)content.len);
    ASSERT(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void read_back(int fd, struct buf *out)
{
    char bytes[4096];
    ssize_t n;
    ASSERT(lseek(fd, 0, SEEK_SET) == 0);
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        buf_put(out, bytes, (size_t)n);
    ASSERT(n == 0);
    (void)close(fd);
}

static _Noreturn void become(const char *const *argv, const int fds[3])
{
    for (int i = 0; i < 3; i++) {
        if (dup2(fds[i], i) < 0)
            _exit(126);
    }
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    perror(argv[0]);
    _exit(127);
}

void run_program(const char *const *argv, struct span input, struct ran *ret)
{
    const int fds[3] = {memory_file("in", input), memory_file("out", span_str("")),
                        memory_file("err", span_str(""))};
    int status;
    *ret = (struct ran){0};
    (void)fflush(NULL);
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0)
        become(argv, fds);
    ASSERT(waitpid(pid, &status, 0) == pid);
    ret->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    (void)close(fds[0]);
    read_back(fds[1], &ret->out);
    read_back(fds[2], &ret->err);
}

void ran_free(struct ran *r)
{
    buf_free(&r->out);
    buf_free(&r->err);
}
