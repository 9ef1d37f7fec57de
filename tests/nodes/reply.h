/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of nodes, as lines of a case. */
#ifndef NODES_REPLY_H
#define NODES_REPLY_H

#include "base/buf.h"

/* One line, beginning with prefix, for each reply in bytes. Returns how many. */
unsigned reply_print(struct buf *out, const char *prefix, const struct buf *bytes);

#endif
