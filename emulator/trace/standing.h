/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where every node of a run stands at one moment, as the node itself knows it. */
#ifndef EMULATOR_TRACE_STANDING_H
#define EMULATOR_TRACE_STANDING_H

#include "base/jsonw.h"
#include "trace/record.h"

#define STANDING_ROLE_MAX 24

/* The numbers of a standing, in the order in which they are written. */
#define STANDING_NUMBERS(X) \
    X(term)                 \
    X(first)                \
    X(last)                 \
    X(last_term)            \
    X(commit)               \
    X(applied)              \
    X(durable)              \
    X(config_index)

/* The sets of nodes. */
#define STANDING_SETS(X) \
    X(voters)            \
    X(old)               \
    X(learners)          \
    X(connected)

struct standing {
    char role[STANDING_ROLE_MAX]; /* "leader", …; "down", "paused", "starting" */
    int vote;                     /* number of a node, or -1 */
#define X(name) uint64_t name;
    STANDING_NUMBERS(X) /* first and last: of the log */
#undef X
#define X(name) nodeset name;
    STANDING_SETS(X) /* connected: peers it can reach by what it has dialed */
#undef X
};

struct standings {
    struct standing of[LIMIT_MEMBERS];
    unsigned count;
};

/* The value of one key: an array, a node's name with what is known of it in each. */
void standings_write(struct jsonw *w, const struct standings *s, const struct trace_names *names);
/* A key and its value: an array of names. */
void nodeset_write(struct jsonw *w, const char *key, nodeset set, const struct trace_names *names);
/* One line for people, without '\n': "leader, term 4, voted n1, log 1..37, …". */
void standing_print(struct buf *out, const struct standing *s, const struct trace_names *names);

#endif
