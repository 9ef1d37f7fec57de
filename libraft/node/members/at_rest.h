/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data directory whose node does not run: opened, read, described. Private to the node. */
#ifndef NODE_AT_REST_H
#define NODE_AT_REST_H

#include "node/node_private.h"
#include "raft/recover.h"

struct at_rest {
    const struct node_recover_host *host;
    struct store store;
    struct store_report report; /* of its opening */
    struct membership members;  /* the latest configuration */
    uint64_t config_index;
    uint64_t config_before;         /* index of the one before it; 0: none known */
    char name[LIMIT_NODE_NAME + 1]; /* by the newest configuration that names it; empty: none */
};

/* Who lives there the directory itself says. Errors: those of store_open; -E_NOTFOUND.
 * Close a->store with store_close. */
int at_rest_open(struct at_rest *a, const char *dir, struct err *e) MUST_CHECK;
/* Finds the newest configuration, by way of every entry above the snapshot; with show, every entry
 * of the log is read, and shown. */
int at_rest_read_log(struct at_rest *a, void (*show)(void *arg, const struct entry *entry),
                     void *arg, struct err *e) MUST_CHECK;
/* The two of what is known after that. */
bool at_rest_is_member(const struct at_rest *a);
void at_rest_describe(const struct at_rest *a, struct node_recovery *ret);

#endif
