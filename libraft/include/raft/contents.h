/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data in a snapshot as it travels, as the commands that make it again in any cluster.
 *
 * What goes with it: keys, values, how long they live yet. What does not: revs, which are of
 * another log, and client sessions. */
#ifndef RAFT_CONTENTS_H
#define RAFT_CONTENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct contents;

struct contents *contents_new(void);
void contents_free(struct contents *c); /* NULL is allowed */

/* Takes the next bytes, in pieces of any size, and none behind the end. Returns 1 once all of it
 * is there and right, 0 while more is needed, or -E_CORRUPT, -E_UNSUPPORTED: then it is over. */
int contents_read(struct contents *c, struct span piece, struct err *e) MUST_CHECK;

/* Appends the RESP requests that make the next key, of which none is larger than about a megabyte,
 * or than a single element of it. False: there is none. Precondition: contents_read returned 1. */
bool contents_next(struct contents *c, struct buf *out);

#endif
