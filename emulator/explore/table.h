/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values by key: found by any thread without a lock while another one adds. Nothing is ever taken
 * out. */
#ifndef EXPLORE_TABLE_H
#define EXPLORE_TABLE_H

#include "base/must.h"

#define EX_VALUE_WORDS 2

struct ex_slots;

/* When it grows, what was before stays until the end: somebody may be looking there. All of those
 * are together as large as the last one. */
struct ex_table {
    struct ex_slots *_Atomic slots; /* owned */
    _Atomic uint64_t count;
};

void ex_table_init(struct ex_table *t);
void ex_table_free(struct ex_table *t);

/* Any key but zero. False: not there, or only just added. */
bool ex_table_find(const struct ex_table *t, uint64_t key, uint64_t ret[EX_VALUE_WORDS]);
/* A key that is not there; from one thread at a time. What else the value leads to is seen by
 * whoever finds it, if it was there before. */
void ex_table_add(struct ex_table *t, uint64_t key, const uint64_t value[EX_VALUE_WORDS]);

uint64_t ex_table_count(const struct ex_table *t);
/* One after another; nobody adds meanwhile. *at begins with 0. False: that was all. */
bool ex_table_each(const struct ex_table *t, uint64_t *at, uint64_t *ret_key,
                   uint64_t ret[EX_VALUE_WORDS]);

#endif
