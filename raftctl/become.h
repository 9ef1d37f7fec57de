/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node's files mean is known to raftd, whose format it is: the one beside this program, or
 * the one in PATH, is asked. */
#ifndef RAFTCTL_BECOME_H
#define RAFTCTL_BECOME_H

#include "raftctl/print.h"

/* This process becomes raftd. Returns only if there is none, with errno. */
void become_raftd(char *const *argv);

/* raftd is run to its end: what it writes is in *out, unless that is NULL, and what it says of
 * itself in *said. Returns its exit code, 128 + the signal that ended it, or a negative errno:
 * there is none. */
int become_read(char *const *argv, struct buf *out, struct buf *said) MUST_CHECK;

/* Fills *f for that: there is none. */
void become_failed(struct failure *f, int error_number);

#endif
