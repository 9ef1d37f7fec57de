/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Witnesses: the leader sends them entries without the commands of clients, and such a log can
 * never become anything but a witness's again. */
#ifndef NODE_WITNESS_H
#define NODE_WITNESS_H

#include "base/entry.h"
#include "raft/raft.h"

struct node;

/* What an image's state_format says beside the version: it was written by a witness, and the state
 * is that of no command at all. */
#define WITNESS_STATE_FORMAT 0x10000u

/* A client's command that was left out; one that is there has bytes. */
bool witness_hollow(const struct entry *e);

/* The member is a witness; also one that was just removed. */
bool witness_is(const struct node *n, raft_id id);

/* This node's state and log are not to be compared with others'. */
bool witness_bare(const struct node *n);

/* A hollow entry was found or stored here: remembered as long as the directory holds it. */
void witness_note(struct node *n, const struct entry *entries, uint64_t count);

/* The configuration changed: stops a node that shall hold data on a directory without it. */
void witness_check(struct node *n);

#endif
