/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few scripted nodes: one clock, one queue of messages, disks that obey, everything as text. */
#ifndef PROTOCOL_WORLD_H
#define PROTOCOL_WORLD_H

#include "base/buf.h"
#include "tests/protocol/words_raft.h"
#include "tests/support/core_host.h"

#define WORLD_NODES   9
#define WORLD_CONFIGS 12

/* A configuration by name. */
struct world_config {
    char name[16];
    struct raft_config config;
};

/* Nodes are 1..nodes_count. Messages lie in the order they were sent until a command delivers or
 * drops them. */
struct world {
    uint64_t now;
    bool apart; /* every node has a clock of its own, which moves when told */
    uint64_t ahead[WORLD_NODES + 1];
    uint32_t nodes_count;
    struct host nodes[WORLD_NODES + 1];
    bool disk_manual[WORLD_NODES + 1];    /* syncs return when the script says so */
    bool disk_stuck[WORLD_NODES + 1];     /* and not even settle ends them */
    uint64_t nonce[WORLD_NODES + 1];      /* of its last pre-vote */
    bool install_manual[WORLD_NODES + 1]; /* whole images wait for the verb install */
    bool cut[WORLD_NODES + 1][WORLD_NODES + 1];
    struct raft *seen[WORLD_NODES + 1]; /* owned; each core after its last step; NULL: none yet */
    struct host_packet *queue;          /* owned */
    uint32_t queue_count;
    struct world_config configs[WORLD_CONFIGS];
    uint32_t configs_count;
    struct host_setup setup; /* what the cluster command said */
    uint64_t entry_ids;
    uint32_t quiet; /* > 0: steps print nothing */
    struct buf *out;
    struct err *err;
};

void world_free(struct world *w);

/* What the clock of a node shows. */
uint64_t world_clock(const struct world *w, raft_id id);

/* Takes an event at a node and prints what came of it; its messages join the queue, and unless
 * its disk is manual the sync returns at once, as a step of its own. what: the event as text. */
void world_step(struct world *w, raft_id id, struct raft_event *event,
                const struct host_packet *packet, const char *what);

/* The first count writes of a node reach its disk. */
void world_sync(struct world *w, raft_id id, uint32_t count);

/* What follows from every step of a node: text, messages, the sync. */
void world_stepped(struct world *w, raft_id id, const char *what, enum raft_role before);

/* A step was taken: says so in the text if the core broke what must hold of it, or must between
 * two steps. */
void world_look(struct world *w, raft_id id);
/* A new life of a node begins: there is nothing to compare its first state with. */
void world_forget(struct world *w, raft_id id);

/* The image that a node has received whole gets its final name. */
void world_install(struct world *w, raft_id id);

/* Starts a node from its disk. */
void world_start(struct world *w, raft_id id, uint64_t commit, uint64_t hold_ns);

/* Delivers message number at of the queue and removes it. */
void world_deliver(struct world *w, uint32_t at);
void world_drop(struct world *w, uint32_t at);

/* Moves the clock to then, waking every node when it asked to be woken. deliver: messages and
 * syncs take no time. Fails when a node asks for the same moment for ever. */
int world_pass(struct world *w, uint64_t then, bool deliver) MUST_CHECK;
/* Delivers and syncs until nothing is left. */
int world_settle(struct world *w) MUST_CHECK;

const struct raft_config *world_config(const struct world *w, const char *name);

/* The verbs. Returns 0, or a negative code with the sentence in w->err. */
int world_command(struct world *w, struct words *line) MUST_CHECK;

/* One table of verbs a file; NULL ends it. */
struct verb {
    const char *name;
    int (*run)(struct world *w, struct words *line);
};
extern const struct verb verbs_cluster[];
extern const struct verb verbs_network[];
extern const struct verb verbs_node[];
extern const struct verb verbs_image[];
extern const struct verb verbs_invariants[];

#endif
