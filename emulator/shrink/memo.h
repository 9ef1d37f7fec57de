/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was tried already and did not fail: a set of digests. */
#ifndef SHRINK_MEMO_H
#define SHRINK_MEMO_H

#include "base/must.h"

/* All zero is an empty one. */
struct memo {
    uint64_t *slots; /* a power of two of them; 0: free */
    size_t size, count;
};

bool memo_has(const struct memo *m, uint64_t digest);
void memo_add(struct memo *m, uint64_t digest); /* that is not in it */
void memo_free(struct memo *m);

#endif
