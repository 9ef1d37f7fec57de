/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process asks of its system before it starts: a directory, descriptors, randomness. */
#ifndef RAFTD_SYSTEM_H
#define RAFTD_SYSTEM_H

#include "base/err.h"

/* Makes the directory and its parents, durably, if they are missing, and looks whether it can be
 * written. 0, -E_PERMISSION, or another negative code. */
int system_make_dir(const char *path, struct err *e) MUST_CHECK;

/* As many descriptors as the system lets this process have; returns how many that are. */
uint64_t system_raise_files(void);
/* Whether the process may open as many descriptors beyond this one, the lowest that was free, as it
 * needs beside its clients: for files of the log, and for peers. */
bool system_files_left(int fd);

uint64_t system_seed(void);

#endif
