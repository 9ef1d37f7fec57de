/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the members are, as the trace shows it: every node's configurations, the newest committed
 * one, and the one in force. */
#ifndef EMULATOR_OBSERVER_CONFIG_H
#define EMULATOR_OBSERVER_CONFIG_H

#include "emulator/scenario/select.h"

struct trace_record;

#define OBSERVED_CONFIGS_MAX 32 /* of one node's log; the oldest are forgotten */

struct observed_config {
    uint64_t index; /* of its entry; 0: the one the cluster was founded with */
    nodeset voters; /* joint: incoming */
    nodeset old;    /* joint: outgoing voters; else 0 */
    nodeset learners;
};

/* Invariant: a node's items rise in index. */
struct observed_configs {
    struct {
        struct observed_config items[OBSERVED_CONFIGS_MAX];
        size_t count;
    } of[LIMIT_MEMBERS];
    struct observed_config committed; /* the newest known to be */
    struct observed_config present;   /* in force: the leader's latest, else the committed one */
    nodeset members_ever;             /* of committed configurations, and of the first */
    uint64_t joints_entered, joints_committed, joints_left; /* of the one in force, so far */
};

void observed_configs_init(struct observed_configs *c, nodeset voters);
/* A record of a node, numbered from 0. True: a configuration may be another now. */
bool observed_configs_feed(struct observed_configs *c, unsigned node,
                           const struct trace_record *rec);
/* Of nodes that trace nothing: one was taken in, or is a member no more. */
void observed_configs_told(struct observed_configs *c, unsigned node, bool member);
/* leader: whose log counts, or -1. */
void observed_configs_choose(struct observed_configs *c, int leader);

nodeset observed_members(const struct observed_config *c);
bool observed_joint(const struct observed_config *c);

#endif
