/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nodes do and are, as the text of a case. */
#ifndef PROTOCOL_PRINT_H
#define PROTOCOL_PRINT_H

#include "base/buf.h"
#include "tests/support/core_host.h"

/* The last step: what happened, each decision, what goes to the disk and to others. */
void print_step(struct buf *out, const struct host *h, const char *what, enum raft_role before);

/* One line; at a leader one more for each member. */
void print_state(struct buf *out, const struct host *h);

/* The configuration in force. */
void print_members(struct buf *out, const struct host *h);

/* The terms of the log, run by run. */
void print_log(struct buf *out, const struct host *h);

#endif
