/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recent changes of a map, for those who watch it: a bounded ring, and from where on it is
 * complete.
 *
 * No part of the replicated state: it is what this node has applied since it started, as far as it
 * fits. Entries it lacks are named, never skipped in silence. */
#ifndef KV_HISTORY_H
#define KV_HISTORY_H

#include "base/span.h"

enum kv_change_kind {
    KV_CHANGE_SET,     /* a key has this value (and expiry) now */
    KV_CHANGE_DELETED, /* by a command */
    KV_CHANGE_EXPIRED,
    KV_CHANGE_CLEARED, /* every key is gone at once */
};

/* Borrowed from the history: valid until its next change. */
struct kv_change {
    enum kv_change_kind kind;
    uint64_t rev; /* index of the entry that made it */
    struct span key;
    struct span value; /* SET, of a string */
    bool is_string;
};

struct history; /* single-threaded, and it shares memory with the map */
struct item;

/* Keeps the last count_max changes, and of those no more than bytes_max, counted as if nothing were
 * shared with the map. Both above 0. Free with history_free. */
struct history *history_new(size_t count_max, size_t bytes_max);
void history_free(struct history *h); /* NULL is allowed */

/* Forgets everything: the map is that of an image at this index, or empty before entry 1 (0). The
 * entries in between count as one change that is not here. */
void history_restart(struct history *h, uint64_t index);
/* The changes noted from now on are those of this entry. */
void history_begin(struct history *h, uint64_t index);
/* item: the new one, or the one removed; NULL for CLEARED. Keeps a reference. */
void history_note(struct history *h, enum kv_change_kind kind, struct item *item);

/* Changes have consecutive numbers, in the order they were made. */
uint64_t history_next(const struct history *h); /* of the next one noted */
/* Takes back what was noted from this number on (those that are still there). */
void history_rewind(struct history *h, uint64_t number);
/* The first rev from which on every change is here. */
uint64_t history_complete_from(const struct history *h);
/* The number of the first change with a rev >= rev; history_next if there is none yet. */
uint64_t history_seek(const struct history *h, uint64_t rev);
/* False: it is not here, not yet or no more (history_first tells). */
bool history_at(const struct history *h, uint64_t number, struct kv_change *ret_change);
uint64_t history_first(const struct history *h); /* the oldest number kept */
size_t history_count_max(const struct history *h);
size_t history_bytes(const struct history *h);

#endif
