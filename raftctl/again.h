/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same write once more, as a line to be typed. */
#ifndef RAFTCTL_AGAIN_H
#define RAFTCTL_AGAIN_H

#include "raftctl/verbs.h"

/* Appends the command, quoted for a shell, with --session ID: whatever became of the first one,
 * both together are executed once. What was read from standard input is to be given again. */
void again_put(struct buf *out, const struct ctl *ctl, const char *session);

#endif
