/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One process in a node's namespace: started, signalled, waited for. */
#ifndef LIVE_PROCESS_H
#define LIVE_PROCESS_H

#include "base/buf.h"
#include "netem/netem.h"

#include <sys/types.h>

/* Borrowed during the call. */
struct process_spec {
    const struct netem *net;
    int endpoint;
    char *const *argv; /* argv[0] is the program's path */
    char *const *envp;
    const char *home;     /* where it runs; argv[0] is absolute */
    const char *log_path; /* stdout and stderr are appended there */
    /* The pair is its standard input and output instead, and it leads a process group: what it
     * starts belongs to it. */
    bool adapter;
    const struct buf *greeting; /* lies in the pair when it starts; NULL: nothing */
};

/* Starts it with one end of a socket pair as descriptor LIVE_LAB_FD, and returns once exec has
 * succeeded. It is killed when the calling thread ends. *ret_lab_fd: the other end, non-blocking,
 * owned by the caller.
 * Errors: -E_NOTFOUND, -E_PERMISSION (the program), -E_IO. */
int process_start(const struct process_spec *spec, pid_t *ret_pid, int *ret_lab_fd,
                  struct err *e) MUST_CHECK;

/* Runs a program to its end, outside of every node's namespace; *ret_status as waitpid tells it.
 * Errors: -E_IO. */
int process_run(char *const *argv, const char *log_path, int *ret_status, struct err *e) MUST_CHECK;

/* True if it has ended. It is not reaped: a signal to it is no error, and to nobody else. */
bool process_ended(pid_t pid);
/* Reaps one that has ended. Returns what waitpid tells of it. */
int process_reap(pid_t pid);
/* True once nobody of a group is left (and its leader is reaped). What the leader leaves
 * behind is killed. *ret_status keeps the leader's between the calls. Precondition:
 * process_adopt. */
bool process_group_ended(pid_t pid, int *ret_status);
/* Returns once a child that was sent SIGSTOP stands still, or has ended. False: it has done neither
 * after so long. */
bool process_wait_stopped(pid_t pid, unsigned wait_ms) MUST_CHECK;
/* Returns once it has ended, or after so long. It is not reaped. */
void process_wait_ended(pid_t pid, unsigned wait_ms);
/* Orphans of processes below this one become its children. */
void process_adopt(void);

/* The last line of what a process said, without its end; if that says what to do, behind the line
 * that says what is wrong. */
void process_log_end(const char *log_path, struct buf *out);

/* "exit 70", "signal 6". Returns out. */
#define PROCESS_CAUSE_MAX 32
const char *process_cause(int status, char out[PROCESS_CAUSE_MAX]);

#endif
