/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A core that lives the life of another under other names: what it starts from and every event are
 * renamed, and the members of configurations stand in another order. */
#ifndef SUPPORT_CORE_RENAMED_H
#define SUPPORT_CORE_RENAMED_H

#include "raft/fingerprint.h"
#include "tests/support/core_host.h"

struct renamed {
    struct raft_renaming as;
    struct raft *core; /* owned */
    struct raft_limits limits;
    struct raft_timing timing;
    struct raft_output out;
};

/* Of a host that is down: from its next start on. r must outlive it. */
void renamed_init(struct renamed *r, struct host *host, const struct raft_renaming *as);
void renamed_free(struct renamed *r);

/* What one does differently from the other, whose output is in the names of as
 * (NULL: the same ones); NULL: nothing. The order of messages and reasons says nothing. */
const char *output_difference(const struct raft_output *one, const struct raft_output *other,
                              uint64_t now_ns, const struct raft_renaming *as);

#endif
