/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/abreast.h"

#include "emulator/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNAL_BASE 128 /* what a shell says of somebody a signal ended */

static int open_said(struct abreast *a, struct err *e)
{
    for (int i = 0; i < 2; i++) {
        a->said[i] = memfd_create("said", MFD_CLOEXEC);
        if (a->said[i] >= 0)
            continue;
        int at = errno;
        if (i == 1)
            (void)close(a->said[0]);
        return err_set_errno(e, err_from_errno(at), at, "memfd_create");
    }
    return 0;
}

_Noreturn static void child(const struct abreast *a, pid_t parent, int (*work)(void *arg),
                            void *arg)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(a->said[0], STDOUT_FILENO) < 0 ||
        dup2(a->said[1], STDERR_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    (void)signal(SIGTERM, SIG_DFL);
    int code = work(arg);
    (void)fflush(NULL);
    _exit(code);
}

int abreast_start(struct abreast *a, int (*work)(void *arg), void *arg, struct err *e)
{
    const pid_t parent = getpid();
    int code = open_said(a, e);
    if (code < 0)
        return code;
    (void)fflush(NULL); /* or the child would say it again */
    pid_t pid = fork();
    if (pid == 0)
        child(a, parent, work, arg);
    if (pid > 0) {
        a->pid = pid;
        return 0;
    }
    int at = errno;
    (void)close(a->said[0]);
    (void)close(a->said[1]);
    return err_set_errno(e, err_from_errno(at), at, "fork");
}

static void say(int fd, FILE *to)
{
    char bytes[4096];
    ssize_t n;
    (void)lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0)
            (void)fwrite(bytes, 1, (size_t)n, to);
    }
    (void)fflush(to);
    (void)close(fd);
}

int abreast_end(struct abreast *a, int status)
{
    a->pid = 0;
    say(a->said[0], stdout);
    say(a->said[1], stderr);
    return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_BASE + WTERMSIG(status);
}
