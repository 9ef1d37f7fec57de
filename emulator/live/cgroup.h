/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control groups (version 2) for nodes that are limited, where this machine lets us make some: a
 * group a node, as long as its process runs. A laboratory that is killed leaves an empty one, and
 * so may one that ends in order, if somebody is in it for longer (an adapter's late children). The
 * next laboratory removes it, but none that is younger than a minute: others run at the same time,
 * and theirs are empty at first. What stays is "+cpu +pids" in our own group's
 * cgroup.subtree_control. Linux: Documentation/admin-guide/cgroup-v2.rst. */
#ifndef LIVE_CGROUP_H
#define LIVE_CGROUP_H

#include "base/err.h"

#include <sys/types.h>

#define CGROUP_PATH_MAX 512

/* Where groups with a bound of processor and threads can be made: our own group or one above it,
 * found out by doing, once; NULL: nowhere. ret_why (or NULL): a sentence about that. */
const char *cgroup_place(const char **ret_why);

/* A group of its own; all-zero: none. */
struct cgroup {
    char path[CGROUP_PATH_MAX]; /* "": none */
};

/* place: of cgroup_place. Errors: -E_IO. */
int cgroup_make(struct cgroup *g, const char *place, struct err *e) MUST_CHECK;
/* Into it, with its threads; whom it starts from now on is in there, too. One that has ended is
 * fine. */
int cgroup_take(const struct cgroup *g, pid_t pid, struct err *e) MUST_CHECK;
/* cpu: a share of each 100 ms of one processor, at least 1 ms of them, 1: all it wants; threads:
 * UINT64_MAX: any number.
 */
int cgroup_bound(const struct cgroup *g, double cpu, uint64_t threads, struct err *e) MUST_CHECK;
/* Nothing is bound any more, and it is gone as soon as nobody is in it: false: somebody is, ask
 * again. None is fine. */
bool cgroup_end(struct cgroup *g);

#endif
