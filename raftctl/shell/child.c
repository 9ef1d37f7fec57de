/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/child.h"

#include "raftctl/shell/signals.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void become_child(pid_t parent)
{
    signals_release();
    stop_clear();
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0); /* it was gone before that was said */
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        (void)dup2(nothing, STDIN_FILENO);
}

int child_start(struct child *ret, int type, int (*run)(void *arg, int fd), void *arg,
                struct err *e)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "socketpair");
    pid_t pid = fork();
    if (pid < 0) {
        int error_number = errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return err_set_errno(e, err_from_errno(error_number), error_number, "fork");
    }
    if (pid == 0) {
        (void)close(ends[0]);
        become_child(parent);
        _exit(run(arg, ends[1]));
    }
    (void)setpgid(pid, pid); /* whoever of the two comes first */
    (void)close(ends[1]);
    *ret = (struct child){.pid = pid, .fd = ends[0]};
    return 0;
}

int child_end(struct child *c)
{
    int status = 0;
    if (c->fd < 0)
        return 0;
    (void)close(c->fd);
    (void)kill(-c->pid, SIGTERM); /* not yet waited for: the number is still its own */
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
    *c = CHILD_NONE;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
