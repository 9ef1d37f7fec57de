/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measured grid as a table for people and as JSON. */
#ifndef BENCH_GRID_PRINT_H
#define BENCH_GRID_PRINT_H

#include "base/buf.h"
#include "grid.h"

/* What stands above the numbers. */
struct machine {
    long processors;
    double load; /* of one minute, before it began */
    char kernel[128];
    char file_system[32]; /* of the data directories */
    const char *redis;    /* its version; NULL: not measured */
};

void machine_look(struct machine *ret, const char *dir);
void grid_print_table(const struct grid *g, const struct machine *m, struct buf *out);
void grid_print_json(const struct grid *g, const struct machine *m, struct buf *out);

#endif
