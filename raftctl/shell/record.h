/* SPDX-License-Identifier: GPL-3.0-or-later */
/* \record: what was done, and when, as a scenario that raft-emulator runs again. */
#ifndef RAFTCTL_SHELL_RECORD_H
#define RAFTCTL_SHELL_RECORD_H

#include "raftctl/shell/scout.h"

#define RECORD_STEPS_MAX 900 /* a scenario has 1000 at most */

/* All zero: nothing is recorded. Invariant: path != NULL while it records; the file is whole after
 * every step. */
struct recorder {
    char *path;       /* owned */
    struct buf steps; /* JSON, separated by commas */
    size_t steps_count;
    size_t voters, learners, spare;
    char names[LIMIT_MEMBERS][LIMIT_NODE_NAME + 1]; /* the i-th is the scenario's n(i+1) */
    size_t names_count;
    size_t ok_count;  /* operations of a client that succeeded */
    uint64_t last_ns; /* when the last step had ended, on the monotonic clock */
};

/* Begins with a file that has no step but the wait for a leader. Returns 0, or a code: it is there
 * already (-E_EXISTS), it cannot be written, or the members are not known yet (-E_NOTFOUND). */
int recorder_open(struct recorder *r, const char *path, const struct scout_view *view,
                  uint64_t now_ns, struct err *e) MUST_CHECK;
void recorder_close(struct recorder *r);

/* A verb that was done, and when it began and ended. */
struct recorder_deed {
    char *const *words; /* without options of how it is shown they are what was typed */
    size_t count;
    enum ctl_exit exit;
    struct span answer; /* on standard output */
    uint64_t began_ns, ended_ns;
};

/* What the language has no action for becomes a remark. Returns 0,
 * or a code: nothing more is recorded. */
int recorder_add(struct recorder *r, const struct recorder_deed *deed, struct err *e) MUST_CHECK;

#endif
