/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a verb reads: a file, or standard input. */
#ifndef RAFTCTL_INPUT_H
#define RAFTCTL_INPUT_H

#include "raftctl/print.h"

/* All of the file of that name, or of standard input ("-"), as it is, at most max bytes. Returns
 * CTL_OK; or fills *f and returns CTL_NO_INPUT (there is none), CTL_INPUT (it is too long) or
 * CTL_IO. *ret is the caller's to free in every case. */
enum ctl_exit input_read(const char *name, size_t max, struct buf *ret, struct failure *f);

#endif
