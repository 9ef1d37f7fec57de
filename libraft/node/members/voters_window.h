/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many voters there were lately, by the log clock: what one leave after the other may not
 * wear down. */
#ifndef NODE_VOTERS_WINDOW_H
#define NODE_VOTERS_WINDOW_H

#include "raft/raft.h"

#define VOTERS_WINDOW_MAX 64

/* Configurations as they stand in the log, rising; all zero is empty. With more of them than fit,
 * the oldest lose their places and not their voters. */
struct voters_window {
    size_t count;
    struct {
        uint64_t index;
        uint64_t stamp; /* log clock at which it came into force */
        uint32_t voters;
    } seen[VOTERS_WINDOW_MAX];
};

/* A configuration was appended at index; those at it and above are in force no more. */
void voters_window_note(struct voters_window *w, uint64_t index, uint64_t stamp,
                        const struct raft_config *config);
/* The log was cut from index on. */
void voters_window_cut(struct voters_window *w, uint64_t index);
/* The most voters of a configuration that was in force at `since` or later. */
uint32_t voters_window_most(const struct voters_window *w, uint64_t since);

/* Voters of one configuration; of a joint one, those of its larger half. */
uint32_t voters_count(const struct raft_config *config);

#endif
