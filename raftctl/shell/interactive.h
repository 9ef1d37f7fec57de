/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell at a terminal: lines, notices, signals and the view of the cluster in one loop. */
#ifndef RAFTCTL_SHELL_INTERACTIVE_H
#define RAFTCTL_SHELL_INTERACTIVE_H

#include "raftctl/shell/shell.h"

/* Until the user leaves. Returns 0, or 128 + the signal that ended it. */
enum ctl_exit interactive(struct shell *sh);

#endif
