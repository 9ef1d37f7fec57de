/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a key's history in two, so that the older part can be judged and forgotten while the run
 * goes on.
 *
 * A cut stands behind an acknowledged operation o that tells the whole value and was alone: every
 * other acknowledged one had returned before o was called, or was called after o had returned.
 * Operations called by then are the left part, all later ones the right part. In every legal order
 * the acknowledged operations of the left come first and o is the last of them, so what the key
 * holds after o is what o tells, whatever was before. Only operations with an unknown outcome may
 * cross: each one of the left may have happened before o, or later, or never. Hence
 *
 *   the whole is legal iff the left is legal with a set A of its unknown operations, and the right
 *   is, beginning with what o told, with those unknown operations that are not in A.
 *
 * Fewer in A are never worse: an unknown operation need not happen. So the cut is exact when one
 * least A is known:
 *  - reads, writes, cas, and increments that answered: an unknown write or cas whose new value
 * nobody was shown on the left (no answer tells it, no cas that took effect expected it, no
 * increment started from it) can be left out of any legal order. One that was shown is in A, if
 * nothing else makes that value.
 *  - increments by one alone: o tells how many took effect. Which ones makes no difference to the
 *    right, where all of them may happen at any time.
 *  - appends of unique elements: those in the list that o tells.
 *  - queues of unique elements that o tells to be empty: unknown enqueues of what somebody took or
 *    saw, and one unknown dequeue for every element that was put in for certain, or seen, and that
 *    nobody took who was told. Which ones makes no difference to the right, where all of them may
 *    happen at any time.
 * An unknown cas that is known to be over before o was called (history.h: proved) never crosses,
 * but what it expected counts as shown when its new value was.
 * For anything else there is a cut only where the left has no unknown operation. */
#ifndef EMULATOR_CHECK_LIN_CUT_H
#define EMULATOR_CHECK_LIN_CUT_H

#include "emulator/check/lin/lin.h"

struct lin_cut {
    size_t left;      /* the first so many operations of the key */
    uint32_t told;    /* position of o */
    uint32_t initial; /* what it told: what the right part begins with */
};

/* The last cut whose left part has from to to operations; false if there is none. An operation that
 * was not answered yet may still be acknowledged; others will be called at now_ns or later. */
bool lin_cut_find(const struct lin_key *key, size_t from, size_t to, uint64_t now_ns,
                  struct lin_cut *ret);
/* What such an operation told of its key. */
uint32_t lin_cut_told(const struct history_op *op);

/* The unknown operations of the left part that may still happen: their positions, in the order of
 * their calls, into ret_carried (room for cut->left). The left part must have been found legal.
 * False: they are not known. */
bool lin_cut_carry(const struct lin_key *key, const struct lin_cut *cut, struct lin_scratch *s,
                   uint32_t *ret_carried, size_t *ret_count);

#endif
