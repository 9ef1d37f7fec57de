/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cluster as the trace tells it: what every node has in its log, on its disk, and as its role.
 * One copy, kept by check_run and shared by all checkers, who see it as it was before the event.
 *
 * A node's state survives its restarts (it is the disk's state) and begins anew with another disk.
 * Memory is bounded: logs are runs of equal terms, chains a fixed number of recent marks. */
#ifndef EMULATOR_CHECK_VIEW_H
#define EMULATOR_CHECK_VIEW_H

#include "emulator/trace/reader.h"

enum view_role { VIEW_FOLLOWER, VIEW_CANDIDATE, VIEW_LEADER, VIEW_DOWN };

/* Entries from `from` up to the next run have this term; 0 = not known. */
struct view_run {
    uint64_t from;
    uint64_t term;
};

/* A log as runs. Invariant: runs ascend in from; adjacent runs differ in term; all from <= last. */
struct view_log {
    struct view_run *runs; /* owned */
    size_t count;
    size_t cap;
    uint64_t last; /* index of the last entry; 0 = empty */
};

/* A configuration: voters alone, or voters (incoming) and old (outgoing) while joint. */
struct view_config {
    uint64_t index;
    nodeset voters;
    nodeset old;
    nodeset learners;
};

#define VIEW_CONFIGS_MAX 64

struct view_node {
    bool known; /* it has booted in this trace */
    uint64_t disk;
    uint64_t inc;
    uint64_t term;
    enum view_role role;
    uint64_t commit;
    uint64_t applied;
    uint64_t durable;
    uint64_t image;   /* greatest index a snapshot taken or installed here covers */
    bool cut_open;    /* a truncation that no sync covers yet */
    bool cut_syncing; /* a sync that covers it has begun */
    bool says_begin;  /* this node traces fsyncBegin */
    struct view_log log;
    struct view_config configs[VIEW_CONFIGS_MAX]; /* ascending; the oldest fall off */
    size_t configs_count;
};

/* Invariants: committed holds what any leader or follower reported as committed first. */
struct view {
    struct view_node nodes[TRACE_NODES_MAX];
    struct view_log committed;
    uint64_t term_max;
    uint64_t t_ns;
};

void view_free(struct view *v);
/* Makes the event part of the view. */
void view_apply(struct view *v, const struct trace_record *rec);

/* The term at an index; 0 = not known, not there, or index 0. O(log runs). */
uint64_t view_log_term(const struct view_log *log, uint64_t index);
/* count entries of one term replace what stood at and after from; a gap before is unknown. */
void view_log_set(struct view_log *log, uint64_t from, uint64_t term, uint64_t count);
void view_log_cut(struct view_log *log, uint64_t from);
/* First index of that term at the end of the log; 0 = the last entry has another term. */
uint64_t view_log_term_start(const struct view_log *log, uint64_t term);
/* Last index of the run that holds index, which must be 1..last. */
uint64_t view_log_run_end(const struct view_log *log, uint64_t index);
/* The first index from low (at least 1) to high where both logs are known and have entries of
 * different terms; 0: there is none. compared: how many runs were. */
uint64_t view_log_differ(const struct view_log *a, const struct view_log *b, uint64_t low,
                         uint64_t high, uint64_t *ret_compared);
void view_log_copy(struct view_log *to, const struct view_log *from);
void view_log_free(struct view_log *log);

/* The node, and those that run on copies of its disk: to the others they are one member. */
nodeset view_member(const struct view *v, unsigned node);

/* The latest configuration, or NULL when none is known. */
const struct view_config *view_config_latest(const struct view_node *n);
/* The newest with index <= commit, or NULL. */
const struct view_config *view_config_committed(const struct view_node *n);
/* The newest one that anybody knows to be committed, up to that index; NULL: none is known. */
const struct view_config *view_config_agreed(const struct view *view, uint64_t upto);
/* Everybody in it, voters or not; NULL has nobody. */
nodeset view_config_members(const struct view_config *c);
/* The same of the configuration that a boot or configAppended tells. */
nodeset view_members_told(const struct trace_record *rec);
/* Does the set hold a majority of voters, and of old if there are any? */
bool view_is_quorum(const struct view_config *c, nodeset set);

#endif
