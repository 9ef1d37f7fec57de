/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Raft promises, looked at after every step of every node of a run. */
#ifndef SUPPORT_CORE_CHECKS_H
#define SUPPORT_CORE_CHECKS_H

#include "tests/support/core_host.h"

#define CHECK_NODES 8

/* An entry somebody once held: {index, term} must name one entry with one predecessor. P fig. 3,
 * log matching. */
struct check_seen {
    uint64_t term;
    uint64_t id;
    uint64_t previous_term;
};

struct check_index {
    struct check_seen *seen; /* owned */
    uint32_t count;
};

/* By term: who led it, and whom each node voted for. */
struct check_term {
    raft_id leader;
    raft_id votes[CHECK_NODES];
};

struct check_node {
    struct raft *before; /* owned; the core before the step */
    uint64_t commit;     /* of this incarnation */
    uint64_t image;      /* index of the newest one that was looked at */
    uint64_t *read_at;   /* owned; by ctx: the index the read must see at least; LEASED: it was
                            served on its own */
    uint64_t held_until; /* it heard a leader less than an election timeout ago */
    uint64_t reads;      /* ctx of the newest read */
    uint64_t resolved;   /* reads up to this ctx were served or failed */
};

struct checks {
    struct host *hosts; /* hosts[id - 1]; borrowed */
    uint32_t hosts_count;
    struct host_log committed; /* one history for all */
    struct check_index *indexes;
    uint64_t indexes_count;
    struct check_term *terms;
    uint64_t terms_count;
    struct check_node nodes[CHECK_NODES];
    uint64_t reasons[RAFT_REASON_CODES];    /* decisions taken, by kind */
    uint64_t changes[RAFT_CHANGE_ANSWERS];  /* answers to changes of members */
    uint64_t transfers[RAFT_TRANSFER_NEWS]; /* news of transfers */
    uint64_t joints;                        /* joint configurations appended */
    uint64_t rolled_back;                   /* configurations truncated */
    uint64_t commits_counted;               /* how much was really checked */
    uint64_t reads_checked;
    uint64_t leased_checked; /* reads served by lease */
    uint64_t acks_checked;
    uint64_t images_checked;
    char failure[256]; /* the first; empty: none */
};

void checks_init(struct checks *c, struct host *hosts, uint32_t count);
void checks_free(struct checks *c);

/* Around every step of a node. packet: what it received, or NULL. */
void checks_before(struct checks *c, raft_id id);
void checks_after(struct checks *c, raft_id id, const struct host_packet *packet, uint64_t now_ns);
/* A read arrives at a node: returns its ctx. */
uint64_t checks_read(struct checks *c, raft_id id);
/* Keeps the first failure; a and b are numbers that belong to the sentence. */
void checks_fail(struct checks *c, raft_id id, const char *what, uint64_t a, uint64_t b);
void checks_crashed(struct checks *c, raft_id id);

#endif
