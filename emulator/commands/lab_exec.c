/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/lab_exec.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM 127 /* as shells say it */

enum { NS_USER, NS_MOUNT, NS_PROCESS, NS_NET, NS_COUNT };
_Static_assert(sizeof(((struct lab_answer *)0)->fds) == NS_COUNT * sizeof(int), "one each");

/* A user namespace that one is in already cannot be entered. */
static bool is_ours(int fd)
{
    struct stat there, here;
    return fstat(fd, &there) == 0 && stat("/proc/self/ns/user", &here) == 0 &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

/* Enters them for good. The process namespace is its children's. */
static int enter(const int fds[NS_COUNT])
{
    static const int kinds[NS_COUNT] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET};
    static const int order[] = {NS_USER, NS_NET, NS_PROCESS, NS_MOUNT};
    char here[PATH_MAX];
    bool known = getcwd(here, sizeof(here)) != NULL;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        int k = order[i];
        if ((k != NS_USER || !is_ours(fds[k])) && setns(fds[k], kinds[k]) < 0)
            return -1;
    }
    /* Entering mounts leads to their root. */
    return known && chdir(here) < 0 ? -1 : 0;
}

static _Noreturn void become(char *const *argv)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)execvp(argv[0], argv);
    cmd_error("%s: %s", argv[0], strerror(errno));
    _exit(EXIT_NO_PROGRAM);
}

/* In between, for there are namespaces that one does not come back from. */
static _Noreturn void go_there(const int fds[NS_COUNT], char *const *argv)
{
    int status = 0;
    if (enter(fds) < 0) {
        cmd_error("the node's namespaces cannot be entered: %s", strerror(errno));
        _exit(EXIT_CANNOT_RUN);
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv);
    /* ^C is the program's: it decides whether it ends. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGQUIT, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0) {
        cmd_error("fork: %s", strerror(errno));
        _exit(EXIT_INTERNAL);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int lab_exec(struct at_lab *at, const char *node, char *const *argv)
{
    struct lab_answer answer;
    int code = at_lab_ask(at, "enter", &node, 1, &answer), status = 0;
    if (code != 0)
        return code;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        go_there(answer.fds, argv);
    lab_answer_free(&answer);
    if (pid < 0) {
        cmd_error("fork: %s", strerror(errno));
        return EXIT_INTERNAL;
    }
    void (*interrupt)(int) = signal(SIGINT, SIG_IGN);
    void (*quit)(int) = signal(SIGQUIT, SIG_IGN);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    (void)signal(SIGINT, interrupt);
    (void)signal(SIGQUIT, quit);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
