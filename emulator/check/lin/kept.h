/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of every key, the operations that are not judged for good yet. The history keeps them because
 * they are held; they are named by id, since positions change when others are forgotten. */
#ifndef EMULATOR_CHECK_LIN_KEPT_H
#define EMULATOR_CHECK_LIN_KEPT_H

#include "emulator/check/lin/cut.h"

struct lin_kept_key {
    uint64_t *ids; /* owned; in the order of their calls */
    size_t count;
    size_t cap;
    size_t due;      /* with so many, a cut is looked for */
    uint64_t called; /* when its newest operation was */
    uint64_t told;   /* if is_told: who told what the key held before all of them; held, too */
    bool is_told;
    bool pruned;    /* there was more, nobody tells what */
    bool closed;    /* judged to the end: nothing of it is kept any more */
    bool unproven;  /* the log's own order did not prove some part */
    bool disagrees; /* … and does not explain it, though another does */
};

/* All-zero is empty. */
struct lin_kept {
    struct texts names;
    struct lin_kept_key *keys; /* owned; by number of the name */
    uint32_t cap;
    uint32_t hand; /* a key, in turn */
    uint32_t *pos; /* owned; of the view */
    size_t pos_cap;
};

void lin_kept_free(struct lin_kept *kept);
/* The key of an operation that was just called, which is kept and held from now on. */
struct lin_kept_key *lin_kept_add(struct lin_kept *kept, struct history *h, uint64_t id);
/* The keys' numbers are 1..lin_kept_count. */
uint32_t lin_kept_count(const struct lin_kept *kept);
/* How many operations a key should have before it is cut. */
size_t lin_kept_room(const struct lin_kept *kept);
/* Another key each time; NULL: there is none. */
struct lin_kept_key *lin_kept_next(struct lin_kept *kept);
/* The key as the roads want it, until the next call. */
struct lin_key lin_kept_view(struct lin_kept *kept, const struct lin_kept_key *key,
                             const struct history *h);
/* Forgets what is left of the cut, but for the operations at these positions. */
void lin_kept_cut(struct lin_kept_key *key, struct history *h, const struct lin_cut *cut,
                  const uint32_t *carried, size_t count);
/* Forgets all but the operations at these positions. told: who tells what was before them, or
 * UINT32_MAX. */
void lin_kept_prune(struct lin_kept_key *key, struct history *h, const uint32_t *pos, size_t count,
                    uint32_t told);
/* Forgets all of it, for good. */
void lin_kept_close(struct lin_kept_key *key, struct history *h);

#endif
