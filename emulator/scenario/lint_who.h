/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many nodes a step is about, as far as the file alone can tell. */
#ifndef SCENARIO_LINT_WHO_H
#define SCENARIO_LINT_WHO_H

#include "emulator/scenario/lint_inside.h"

#define WHO_UNKNOWN UINT32_MAX

/* Bindings of `as` whose size is known. */
struct who_names {
    struct {
        const char *name;
        uint32_t count;
    } items[64];
    size_t count;
};

/* Voters that are surely down: those named, and how many were taken by role or drawn. */
struct who_down {
    nodeset named;
    unsigned others;
};

/* At least so many (a node named once and once met by its role counts once). */
unsigned who_down_count(const struct who_down *down);
/* Takes account of a step that kills, starts or binds. */
void who_follow(const struct scenario *s, const struct scenario_step *step, struct who_names *names,
                struct who_down *down);
/* Whether the groups of a partition surely leave no side with a majority of the voters. */
bool who_splits(const struct scenario *s, const struct who_names *names,
                const struct scenario_args *args);

/* Complains about targets that cannot be: a node named twice, more than there are, shapes that cut
 * nothing. */
void lint_targets(struct lint *l, const struct scenario_step *step);

#endif
