/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process takes, as the kernel tells it. */
#ifndef LIVE_USAGE_H
#define LIVE_USAGE_H

#include "emulator/runner/world.h"

#include <sys/types.h>

/* data_dir: where its log files are. What cannot be read is not known. */
struct world_usage usage_of(pid_t pid, const char *data_dir);

#endif
