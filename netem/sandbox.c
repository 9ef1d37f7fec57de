/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sandbox, from the caller down to pid 1:
 *
 *   caller      stays: signals from outside, exit code
 *   the middle  enters the namespaces; a PID namespace is only entered by children, and a process
 *               that once unshared it can have no others, so the caller must not do it itself
 *   pid 1       janitor.c
 *
 * Everything hangs on one thread of causes: when the caller ends, however it ends, the middle dies
 * (PDEATHSIG), then pid 1; when pid 1 dies, the kernel kills every process of the namespace; when
 * they are gone, so are the network namespaces that only they held, and the devices inside. Nothing
 * was given a name. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/janitor.h"
#include "netem/netem.h"
#include "netem/netns.h"

#define SANDBOX_NAMESPACES (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

static int write_self(const char *file, const char *text, struct err *e)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/%s", file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return netns_explain(e, file, errno);
    ssize_t n = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    return n < 0 ? netns_explain(e, file, saved) : 0;
}

/* A user namespace in which the caller is uid 0: what a user without privileges needs before the
 * others. setgroups must be denied before gid_map is written. */
static int enter_user_namespace(struct err *e)
{
    char uid_map[48];
    char gid_map[48];
    snprintf(uid_map, sizeof(uid_map), "0 %u 1", (unsigned)geteuid());
    snprintf(gid_map, sizeof(gid_map), "0 %u 1", (unsigned)getegid());
    if (unshare(CLONE_NEWUSER) < 0)
        return netns_explain(e, "a user namespace", errno);
    int r = write_self("setgroups", "deny", e);
    if (r == 0)
        r = write_self("uid_map", uid_map, e);
    if (r == 0)
        r = write_self("gid_map", gid_map, e);
    return r;
}

static int enter_namespaces(struct err *e)
{
    if (geteuid() == 0) {
        if (unshare(SANDBOX_NAMESPACES) == 0)
            return 0;
        if (errno != EPERM)
            return netns_explain(e, "namespaces", errno);
        /* Root without capabilities (a container): a user like any other. */
    }
    int r = enter_user_namespace(e);
    if (r < 0)
        return r;
    if (unshare(SANDBOX_NAMESPACES) < 0)
        return netns_explain(e, "namespaces", errno);
    return 0;
}

/* Waits for a child and hands signals on to it; returns its wait status. */
static int stay(pid_t child, const sigset_t *signals)
{
    for (;;) {
        int status = 0;
        siginfo_t info;
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        int sig = sigwaitinfo(signals, &info);
        if (sig > 0 && sig != SIGCHLD)
            kill(child, sig);
    }
}

static pid_t start_janitor(struct janitor *j, struct err *e)
{
    int r = janitor_tie(j->lifeline[0], e);
    if (r < 0)
        return r;
    /* A session of its own: Ctrl-C reaches the caller alone, which hands it on once. */
    if (setsid() < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: setsid");
    r = enter_namespaces(e);
    if (r < 0)
        return r;
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: fork");
    if (pid == 0)
        janitor_main(j);
    return pid;
}

static _Noreturn void middle_main(struct janitor *j)
{
    struct err e = {0};
    close(j->lifeline[1]);
    close(j->report[0]);
    pid_t pid = start_janitor(j, &e);
    if (pid < 0)
        janitor_fail(j, &e);
    close(j->report[1]);
    _exit(janitor_exit_code(stay(pid, &j->signals)));
}

/* What the middle and pid 1 had to say before inside started: nothing, or why it could not. */
static int hear_report(int fd, struct err *e)
{
    struct err report;
    memset(&report, 0, sizeof(report));
    ssize_t n = read(fd, &report, sizeof(report));
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof(report) || report.code >= 0)
        return err_set(e, -E_IO, "sandbox: died while starting");
    report.text[ERR_TEXT_MAX - 1] = '\0';
    return err_set(e, report.code, "%s", report.text);
}

static void close_pair(int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static int start_middle(struct janitor *j, pid_t *ret_pid, struct err *e)
{
    if (pipe2(j->lifeline, O_CLOEXEC) < 0 || pipe2(j->report, O_CLOEXEC) < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: pipe");
    pid_t pid = fork();
    if (pid < 0)
        return err_set_errno(e, -E_IO, errno, "sandbox: fork");
    if (pid == 0)
        middle_main(j);
    *ret_pid = pid;
    return 0;
}

int netem_sandbox_run(int (*inside)(void *arg), void *arg, struct err *e)
{
    struct janitor j = {.inside = inside, .arg = arg, .lifeline = {-1, -1}, .report = {-1, -1}};
    pid_t pid = -1;
    fflush(NULL); /* or buffered text would come out once a process */
    /* Were it ignored (inherited from whoever started us), no child could be waited for. */
    void (*child_before)(int) = signal(SIGCHLD, SIG_DFL);
    janitor_signals(&j.signals);
    pthread_sigmask(SIG_BLOCK, &j.signals, &j.mask_before);
    int r = start_middle(&j, &pid, e);
    if (r == 0) {
        close(j.report[1]);
        j.report[1] = -1;
        r = hear_report(j.report[0], e);
        int status = stay(pid, &j.signals);
        if (r == 0)
            r = janitor_exit_code(status);
    }
    close_pair(j.lifeline);
    close_pair(j.report);
    pthread_sigmask(SIG_SETMASK, &j.mask_before, NULL);
    signal(SIGCHLD, child_before);
    return r;
}
