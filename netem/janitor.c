/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/janitor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/netem.h"
#include "netem/netns.h"

#define JANITOR_EXIT_FAILED 125

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

static bool sandboxed;

bool netem_sandboxed(void)
{
    return sandboxed;
}

void janitor_signals(sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGCHLD);
    for (size_t f = 0; f < ARRAY_LEN(forwarded); f++) {
        struct sigaction now;
        if (sigaction(forwarded[f], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(ret, forwarded[f]);
    }
}

int janitor_exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int janitor_tie(int lifeline, struct err *e)
{
    struct pollfd p = {.fd = lifeline, .events = POLLIN};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: PR_SET_PDEATHSIG");
    if (poll(&p, 1, 0) != 0)
        _exit(JANITOR_EXIT_FAILED);
    return 0;
}

void janitor_fail(struct janitor *j, const struct err *e)
{
    ssize_t n = write(j->report[1], e, sizeof(*e));
    _exit(n < 0 ? JANITOR_EXIT_FAILED + 1 : JANITOR_EXIT_FAILED);
}

/* Mounts from here on are the sandbox's own. */
static int mount_private(struct err *e)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return netns_explain(e, "private mounts", errno);
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        return 0;
    /* Some containers forbid a fresh /proc. The old one still resolves "self" rightly and shows
     * the network settings of the opening thread, which is all that is needed from it. */
    if (errno == EPERM || errno == EACCES)
        return 0;
    return err_set_errno(e, -E_IO, errno, "sandbox: mount /proc");
}

static _Noreturn void become_inside(struct janitor *j)
{
    close(j->lifeline[0]);
    close(j->report[1]);
    close(j->signal_fd);
    for (size_t f = 0; f < ARRAY_LEN(forwarded); f++) {
        if (sigismember(&j->signals, forwarded[f]))
            signal(forwarded[f], SIG_DFL);
    }
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &j->mask_before, NULL);
    sandboxed = true;
    exit(j->inside(j->arg));
}

static int start(struct janitor *j, pid_t *ret_inside, struct err *e)
{
    int r = janitor_tie(j->lifeline[0], e);
    if (r < 0)
        return r;
    r = mount_private(e);
    if (r < 0)
        return r;
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: fork");
    if (pid == 0)
        become_inside(j);
    *ret_inside = pid;
    return 0;
}

/* Reaps whoever ended, adopted orphans too; ends with the program inside. */
static void reap(pid_t inside)
{
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == inside)
            _exit(janitor_exit_code(status));
    }
}

static void hand_on(int signal_fd, pid_t inside)
{
    struct signalfd_siginfo info;
    if (read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGCHLD)
        reap(inside);
    else
        kill(inside, (int)info.ssi_signo);
}

void janitor_main(struct janitor *j)
{
    struct err e;
    pid_t inside = -1;
    memset(&e, 0, sizeof(e));
    j->signal_fd = signalfd(-1, &j->signals, SFD_CLOEXEC);
    if (j->signal_fd < 0)
        err_set_errno(&e, -E_IO, errno, "sandbox: signalfd");
    if (e.code < 0 || start(j, &inside, &e) < 0)
        janitor_fail(j, &e);
    close(j->report[1]);
    struct pollfd fds[2] = {{.fd = j->signal_fd, .events = POLLIN},
                            {.fd = j->lifeline[0], .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents != 0)
            _exit(JANITOR_EXIT_FAILED);
        if (fds[0].revents != 0)
            hand_on(j->signal_fd, inside);
    }
}
