/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pid 1 of the sandbox: starts the program inside, reaps orphans, and takes everything along when
 * either side ends. */
#ifndef NETEM_JANITOR_H
#define NETEM_JANITOR_H

#include <signal.h>

#include "base/err.h"

struct janitor {
    int (*inside)(void *arg);
    void *arg;
    int lifeline[2]; /* the caller holds [1] open as long as it lives; nothing is ever written */
    int report[2];   /* a struct err to the caller when starting fails, then closed */
    int signal_fd;   /* pid 1's own */
    sigset_t signals;
    sigset_t mask_before; /* what inside gets back */
};

/* The signals that are handed down to the program inside, and SIGCHLD. Signals
 * that are ignored now (nohup) are left out. */
void janitor_signals(sigset_t *ret);

/* The calling process dies when its parent does: PDEATHSIG from now on, and for the moment before
 * now the lifeline, whose other end the caller of the sandbox holds (getppid() cannot tell across a
 * PID namespace). Does not return when that end is closed already. */
int janitor_tie(int lifeline, struct err *e) MUST_CHECK;

/* Reports why the sandbox could not be made, and ends the process. */
_Noreturn void janitor_fail(struct janitor *j, const struct err *e);

/* The life of pid 1. Precondition: freshly forked into a new PID namespace, j->signals blocked. */
_Noreturn void janitor_main(struct janitor *j);

/* A wait status as an exit code: 0..255, or 128 + signal. */
int janitor_exit_code(int status);

#endif
