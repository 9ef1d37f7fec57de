/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that begin with a prefix, as a range of keys. */
#ifndef RAFTCTL_RANGE_H
#define RAFTCTL_RANGE_H

#include "base/buf.h"

/* Puts the least string above all that begin with the prefix: where RANGE ends. False: there is
 * none. */
bool range_end(const char *prefix, struct buf *ret);

#endif
