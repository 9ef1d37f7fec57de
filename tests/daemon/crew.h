/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real raftd processes of a case, and the connections of its clients. */
#ifndef DAEMON_CREW_H
#define DAEMON_CREW_H

#include "tests/support/cluster.h"
#include "tests/support/words.h"

#define CREW_CLIENTS 8

struct crew {
    bool open;
    struct cluster cluster;
    char common[512]; /* options of every start */
    struct ask client[CLUSTER_NODES_MAX][CREW_CLIENTS];
    bool connected[CLUSTER_NODES_MAX][CREW_CLIENTS];
    struct buf *out;
    struct err *err;
};

extern const char *crew_program; /* path of raftd */

void crew_free(struct crew *c);
/* Runs a line. Returns 0, or a negative code with the sentence in c->err. */
int crew_command(struct crew *c, struct words *line) MUST_CHECK;

/* "n2", or "n2/3": its client 3. */
bool crew_parse(const struct crew *c, const char *word, unsigned *ret_node, unsigned *ret_client);
unsigned crew_node(struct crew *c, struct words *line);
/* The rest of the line; cut at size. Returns out. */
const char *crew_rest(struct words *line, char *out, size_t size);

/* verbs_talk.c: a line that begins with a node. */
int crew_ask(struct crew *c, unsigned node, unsigned client, struct words *line) MUST_CHECK;

struct crew_verb {
    const char *name;
    int (*run)(struct crew *c, struct words *line);
};
extern const struct crew_verb crew_verbs_process[];
extern const struct crew_verb crew_verbs_talk[];

#endif
