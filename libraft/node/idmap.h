/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table from numbers (not 0) to objects it does not own. */
#ifndef NODE_IDMAP_H
#define NODE_IDMAP_H

#include "base/must.h"

/* An all-zero struct is empty. Open addressing, linear probing; at most half full. */
struct idmap {
    struct idmap_slot {
        uint64_t id; /* 0: free */
        void *what;
    } * slots;  /* owned */
    size_t cap; /* 0 or a power of two */
    size_t count;
};

void idmap_free(struct idmap *m);
void *idmap_get(const struct idmap *m, uint64_t id); /* NULL if absent */
/* Precondition: id is not in the map, what is not NULL. */
void idmap_put(struct idmap *m, uint64_t id, void *what);
void *idmap_take(struct idmap *m, uint64_t id); /* removes; NULL if absent */

#endif
