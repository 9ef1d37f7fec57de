/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of nodes as small numbers, so that records need no texts and sets of nodes are nodesets. */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "base/nodeset.h"

#define TRACE_NODES_MAX NODESET_MAX /* different nodes in one run */

/* Node name <-> number. All-zero is empty. Invariant: names are distinct, never removed; id[i] is
 * made from name[i]. */
struct trace_names {
    char name[TRACE_NODES_MAX][LIMIT_NODE_NAME + 1];
    uint64_t id[TRACE_NODES_MAX];
    uint32_t count;
};

/* The id that a node of that name has: a digest, never 0. */
uint64_t trace_name_id(const char *name, size_t len);

/* The number of that name, adding it; -1 if it is empty, too long, or the table is full. */
int trace_names_add(struct trace_names *names, const char *name, size_t len);
/* The number of that name, or -1. */
int trace_names_find(const struct trace_names *names, const char *name, size_t len);
/* The number of the node with that id, or -1: no text is looked at. */
int trace_names_of_id(const struct trace_names *names, uint64_t id);
/* "?" for -1. */
const char *trace_names_text(const struct trace_names *names, int node);
/* Forgets all. Numbers given out mean nothing any more. */
void trace_names_reset(struct trace_names *names);

#endif
