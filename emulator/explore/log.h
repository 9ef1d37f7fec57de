/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log in a few bytes: what a host keeps beside the core. Plain data, compared with memcmp. */
#ifndef EXPLORE_LOG_H
#define EXPLORE_LOG_H

#include "raft/raft.h"

#define EX_LOG 20 /* entries at most, from the very first one on: histories are as long */

/* Entries of one index and term are one entry as long as a term has one leader, which is looked at
 * on its own; so they need no payload. */
struct ex_entry {
    uint8_t term;
    uint8_t kind;   /* enum entry_kind */
    uint8_t config; /* of a config entry: see configs.h; else 0 */
};

/* Entries base+1 .. base+count; those beyond count are zero. */
struct ex_log {
    uint8_t base;
    uint8_t base_term;
    uint8_t count;
    struct ex_entry at[EX_LOG];
};

uint64_t ex_log_last(const struct ex_log *log);
/* NULL outside the log. */
const struct ex_entry *ex_log_at(const struct ex_log *log, uint64_t index);
/* 0 outside base..last. */
uint64_t ex_log_term(const struct ex_log *log, uint64_t index);
/* False: there is no place for it. */
bool ex_log_put(struct ex_log *log, struct ex_entry entry) MUST_CHECK;
/* Removes index and all behind it; index > base. */
void ex_log_cut(struct ex_log *log, uint64_t index);
/* Removes everything up to index, which lies in the log and becomes the base. */
void ex_log_compact(struct ex_log *log, uint64_t index);

#endif
