/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process of the shell's own beside it: what waits for nodes does it there, and typing does not.
 */
#ifndef RAFTCTL_SHELL_CHILD_H
#define RAFTCTL_SHELL_CHILD_H

#include "base/err.h"

#include <sys/types.h>

/* Invariant: pid > 0 exactly while fd >= 0. */
struct child {
    pid_t pid;
    int fd; /* one end of a pair of sockets; the other is the child's */
};

#define CHILD_NONE ((struct child){.fd = -1})

/* Forks: run(arg, fd) is called there, with the child's end of a pair of that type (SOCK_STREAM,
 * SOCK_SEQPACKET) and nothing to read at standard input; what it returns is its exit code. It is in
 * a process group of its own, where ^C does not reach it, and dies with its parent. */
int child_start(struct child *ret, int type, int (*run)(void *arg, int fd), void *arg,
                struct err *e) MUST_CHECK;

/* Ends it, if it has not ended, and returns its exit code; 128 + the signal that ended it. */
int child_end(struct child *c);

#endif
