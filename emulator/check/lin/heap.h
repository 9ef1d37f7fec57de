/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that wait, the one with the least return on top. */
#ifndef EMULATOR_CHECK_LIN_HEAP_H
#define EMULATOR_CHECK_LIN_HEAP_H

#include "base/must.h"

struct lin_heap_item {
    uint64_t ret_ns;
    uint32_t item;
};

/* All-zero is empty; the owner frees `at`. */
struct lin_heap {
    struct lin_heap_item *at; /* owned */
    size_t count;
    size_t cap;
};

void lin_heap_push(struct lin_heap *h, uint64_t ret_ns, uint32_t item);
/* Takes the top off; the heap is not empty. */
struct lin_heap_item lin_heap_pop(struct lin_heap *h);

#endif
