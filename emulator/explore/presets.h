/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds by name. */
#ifndef EXPLORE_PRESETS_H
#define EXPLORE_PRESETS_H

#include "emulator/explore/bounds.h"

struct ex_preset {
    const char *name;
    struct ex_bounds bounds;
};

/* NULL behind the last one. */
const struct ex_preset *ex_preset_at(size_t i);
const struct ex_preset *ex_preset(const char *name); /* NULL: there is none */

/* "timeouts", … */
const char *ex_budget_name(enum ex_budget budget);

/* What the budget of all faults is when nothing is said: as many as there are of each kind. */
uint32_t ex_bounds_faults(const struct ex_bounds *b);
/* Who chooses between equals by their names, so that these may not be exchanged; NULL: nobody. */
const char *ex_bounds_chooser(const struct ex_bounds *b);
/* What the bounds leave no room for, though it is what they are about; NULL: nothing. */
const char *ex_bounds_idle(const struct ex_bounds *b);
/* What is wrong with bounds; NULL: nothing. */
const char *ex_bounds_wrong(const struct ex_bounds *b);

#endif
