/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an empty directory asks the others before it becomes a node's. */
#ifndef RAFTD_FIRST_START_H
#define RAFTD_FIRST_START_H

#include "raft/node.h"
#include "raftd/birth.h"
#include "raftd/config.h"
#include "wire/peer.h"

/* Joining: finds out which cluster, into options. Founding: whether the cluster lives already and
 * knows this node by another directory, or may have counted its votes without our knowing. Blocks
 * for a few seconds, and where founders that are needed do not answer for half a minute, or until
 * the host wants to stop. 0, or an exit code with what to do in e. */
int first_start_ask(const struct config *c, const struct birth_host *host,
                    struct node_options *options, struct err *e) MUST_CHECK;

/* The part of that for whoever knows the cluster it is to join: whether the node at that address
 * knows this one by another directory, and what the cluster is called, into options. */
int first_start_joins(const struct config *c, const char *address, const struct peer_link *link,
                      struct node_options *options, struct err *e) MUST_CHECK;

#endif
