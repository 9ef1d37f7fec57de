/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions of appends to lists and reads of them: did they happen in one order, each as a
 * whole, that agrees with real time (strict serializability)?
 *
 * The lists that were read tell the order of the appends, so what must come before what is known,
 * and a cycle of it is the proof that no order exists; without one, every order that extends it is
 * legal. Kingsbury & Alvaro, Elle, VLDB 2020; real time in linear space by nodes for instants. */
#ifndef EMULATOR_CHECK_TXN_TXN_H
#define EMULATOR_CHECK_TXN_TXN_H

#include "emulator/check/check.h"

/* An append of one element, or a read. Keys and elements are numbers of texts. */
struct txn_part {
    uint32_t key;
    uint32_t element; /* of an append; 0: a read */
    uint32_t first;   /* of a read whose answer is known: its elements */
    uint32_t count;
    bool known;
};

/* One that failed is not given. */
struct txn {
    uint64_t call_ns;
    uint64_t ret_ns; /* HISTORY_NEVER: its outcome is unknown */
    uint32_t line;
    uint32_t client; /* number of a text */
    uint32_t part;   /* its parts, in their order */
    uint32_t parts;
};

/* All-zero is empty; owns its arrays. */
struct txns {
    struct txn *at;
    size_t count, cap;
    struct txn_part *parts;
    size_t parts_count, parts_cap;
    uint32_t *elements;
    size_t elements_count, elements_cap;
    struct texts texts;
};

void txns_free(struct txns *t);
/* Adds one; its parts follow before the next. */
void txns_add(struct txns *t, struct txn txn);
/* element 0: a read, as yet without an answer. Returns the number of the part. */
uint32_t txns_add_part(struct txns *t, uint32_t key, uint32_t element);
/* The answer of a read: its elements follow before another's. */
void txns_answer(struct txns *t, uint32_t part);
void txns_add_element(struct txns *t, uint32_t part, uint32_t element);

/* Judges all of them. Precondition: every key by itself was found linearizable. Fills name,
 * verdict, seen, and what there is to tell. O((transactions + parts + elements) log). */
void txns_judge(const struct txns *t, struct check_result *ret);

#endif
