/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes: cluster, start, leader. */
#include "tests/daemon/crew.h"

#include <stdio.h>

/* cluster N [OPTION]...: N nodes that could run; none does yet. The options are of every start. */
static int verb_cluster(struct crew *c, struct words *line)
{
    uint64_t count = words_number(line);
    if (line->err.code < 0 || count == 0 || count > CLUSTER_NODES_MAX)
        return err_set(c->err, -E_INVALID, "1 to %d nodes", CLUSTER_NODES_MAX);
    crew_free(c);
    cluster_init(&c->cluster, crew_program, (unsigned)count);
    c->open = true;
    (void)crew_rest(line, c->common, sizeof(c->common));
    return 0;
}

static void start(struct crew *c, unsigned i, const char *more)
{
    char all[1100];
    (void)snprintf(all, sizeof(all), "%s%s%s", c->common,
                   c->common[0] != '\0' && more[0] != '\0' ? " " : "", more);
    cluster_start(&c->cluster, i, all[0] != '\0' ? all : NULL);
}

/* start n1|all [OPTION]...: founders, all of them in the list. */
static int verb_start(struct crew *c, struct words *line)
{
    char more[512];
    bool all = words_take(line, "all");
    unsigned first = all ? 0 : crew_node(c, line), end = all ? c->cluster.count : first + 1;
    if (line->err.code < 0)
        return line->err.code;
    (void)crew_rest(line, more, sizeof(more));
    for (unsigned i = first; i < end; i++) {
        if (c->cluster.nodes[i].pid != 0)
            return err_set(c->err, -E_INVALID, "it runs");
        start(c, i, more);
    }
    return 0;
}

/* leader: waits until a leader answers. */
static int verb_leader(struct crew *c, struct words *line)
{
    unsigned i = cluster_leader(&c->cluster, -1);
    buf_putf(c->out, "%s leads\n", c->cluster.count == 1 ? c->cluster.nodes[i].name : "somebody");
    return words_end(line);
}

const struct crew_verb crew_verbs_process[] = {
    {"cluster", verb_cluster}, {"start", verb_start}, {"leader", verb_leader}, {NULL, NULL}};
