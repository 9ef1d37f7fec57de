/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole nodes on a stage: what a case of this folder does to them, and the words it says it in. */
#ifndef NODES_STAGE_H
#define NODES_STAGE_H

#include "base/units.h"
#include "tests/support/nodes.h"
#include "tests/support/words.h"

/* A file put aside by the verb keep. */
struct stage_copy {
    unsigned node;
    char name[64]; /* as the case called it */
    char path[VFS_PATH_MAX];
    uint8_t *data; /* owned */
    size_t len;
};

#define STAGE_COPIES 8
#define SETTINGS_MAX 400

struct stage {
    bool open;
    struct nodes n;
    char settings[NODES_MAX][SETTINGS_MAX]; /* KEY=VALUE..., of the next start */
    bool told[NODES_MAX];                   /* that it has stopped */
    size_t trace_seen[NODES_MAX];           /* bytes of its trace that were looked at */
    size_t said_seen[NODES_MAX];            /* the same of what it logged */
    uint64_t unaware_since_ns[NODES_MAX];   /* of a suspended node; 0: its clock goes on */
    struct stage_copy copies[STAGE_COPIES];
    uint32_t copies_count;
    struct node_peer hints[NODES_MAX]; /* where the others are, told at every start */
    size_t hints_count;
    struct buf *out;
    struct err *err;
};

void stage_free(struct stage *s);

/* Runs a line. Returns 0, or a negative code with the sentence in s->err. */
int stage_command(struct stage *s, struct words *line) MUST_CHECK;

/* "n2" as its number, 0.. ; the mistake goes into the line. */
unsigned stage_node(struct stage *s, struct words *line);
/* The same of a word alone: "n2", or "n2/3", its connection 3 (1 if none is named). */
bool stage_connection(const struct stage *s, const char *word, unsigned *ret_node,
                      unsigned *ret_client);
/* A running node; else a mistake. */
unsigned stage_running(struct stage *s, struct words *line);

/* Starts a node; what goes wrong is printed. */
void stage_start(struct stage *s, unsigned i);

/* One table of verbs a file; NULL ends it. */
struct stage_verb {
    const char *name;
    int (*run)(struct stage *s, struct words *line);
};
extern const struct stage_verb stage_verbs_cluster[];
extern const struct stage_verb stage_verbs_client[];
extern const struct stage_verb stage_verbs_network[];
extern const struct stage_verb stage_verbs_look[];
extern const struct stage_verb stage_verbs_disk[];
extern const struct stage_verb stage_verbs_files[];
extern const struct stage_verb stage_verbs_image[];
extern const struct stage_verb stage_verbs_identity[];
extern const struct stage_verb stage_verbs_entries[];
extern const struct stage_verb stage_verbs_leave[];
extern const struct stage_verb stage_verbs_frame[];
extern const struct stage_verb stage_verbs_pace[];
extern const struct stage_verb stage_verbs_sleep[];

/* verbs_client.c: the line is what a client says to a node. */
int stage_ask(struct stage *s, unsigned node, unsigned client, struct words *line) MUST_CHECK;

#endif
