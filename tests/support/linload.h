/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long lawful client histories of one key, made by executing every operation at an instant inside
 * its interval; a test may then spoil some of it. */
#ifndef TESTS_SUPPORT_LINLOAD_H
#define TESTS_SUPPORT_LINLOAD_H

#include "base/prng.h"
#include "emulator/trace/history.h"

struct linload {
    struct history history; /* owned */
    uint32_t *order;        /* owned; executed operations in their order */
    size_t order_count;
    uint32_t *pos; /* owned; 0, 1, 2, … */
};

struct linload_shape {
    size_t ops;
    unsigned clients;
    double unknown;
    bool list; /* appends instead of writes */
    uint64_t seed;
};

void linload_make(struct linload *l, const struct linload_shape *shape);
void linload_free(struct linload *l);

/* The number of a text of the history, adding it. */
uint32_t linload_text(struct linload *l, const char *text, size_t len);

#endif
