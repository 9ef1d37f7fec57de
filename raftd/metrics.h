/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP for those who watch over the node: /metrics, /livez, /readyz. */
#ifndef RAFTD_METRICS_H
#define RAFTD_METRICS_H

#include "raftd/turn.h"

struct metrics_server; /* opaque */

/* Listens on HOST:PORT; answers from the loop, between two turns of the node.
 * 0, or -E_BUSY, -E_NOTFOUND, -E_PERMISSION, -E_IO with a sentence.
 * Ownership: *ret is ended with metrics_stop; the loop must run until its handles are closed, then
 * metrics_free. */
int metrics_start(struct turn *turn, const char *address, struct metrics_server **ret,
                  struct err *e) MUST_CHECK;
void metrics_stop(struct metrics_server *s); /* NULL is allowed */
void metrics_free(struct metrics_server *s); /* the same */

#endif
