/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which faults of connections are in force, on which links: a list, as every world keeps it. */
#ifndef EMULATOR_BREAKS_H
#define EMULATOR_BREAKS_H

#include "emulator/runner/world.h"

#define BREAKS_MAX 32

/* Invariant: number 0 = free. */
struct break_one {
    uint64_t number;
    enum world_break how;
    nodeset links[WORLD_ENDPOINTS_MAX];
    uint64_t since; /* the world's own measure of when it began */
};

struct break_list {
    struct break_one list[BREAKS_MAX];
    uint64_t numbers;
    size_t count; /* in force */
};

/* Copies the links. *ret_at: its place in the list. Errors: -E_LIMIT. */
int breaks_add(struct break_list *b, const nodeset *links, enum world_break how, uint64_t since,
               size_t *ret_at, struct err *e) MUST_CHECK;
bool breaks_active(const struct break_list *b, uint64_t number);
/* It leaves these links alone from now on. NULL: all. */
void breaks_remove(struct break_list *b, uint64_t number, const nodeset *links);

#endif
