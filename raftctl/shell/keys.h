/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process beside the shell that knows keys by how they begin, for completion: whatever the
 * cluster's state, asking it takes no longer than is said. */
#ifndef RAFTCTL_SHELL_KEYS_H
#define RAFTCTL_SHELL_KEYS_H

#include "base/buf.h"
#include "raftctl/shell/child.h"
#include "raftctl/verbs.h"

#define KEYS_MAX       100 /* of one answer */
#define KEYS_BYTES_MAX (32u << 10)
#define KEYS_BUDGET_MS 50

struct keys {
    struct child child;
    uint64_t asked; /* questions so far: an answer names the one it belongs to */
};

int keys_open(struct keys *k, const struct endpoint *endpoints, size_t count,
              struct err *e) MUST_CHECK;
void keys_close(struct keys *k);

/* The first keys, in their order, that begin so, each with a NUL behind it, into *ret; nothing if
 * no answer came within KEYS_BUDGET_MS. Keys that hold a NUL are left out. */
void keys_ask(struct keys *k, const char *prefix, struct buf *ret);

#endif
