/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds by name. */
#ifndef EXPLORE_PRESETS_H
#define EXPLORE_PRESETS_H

#include "emulator/explore/bounds.h"

struct ex_preset {
    const char *name;
    const char *what;
    struct ex_bounds bounds;
};

/* NULL behind the last one. */
const struct ex_preset *ex_preset_at(size_t i);
const struct ex_preset *ex_preset(const char *name); /* NULL: there is none */

/* "timeouts", …; and what one of them is. */
const char *ex_budget_name(enum ex_budget budget);
const char *ex_budget_what(enum ex_budget budget);

/* What is wrong with bounds; NULL: nothing. */
const char *ex_bounds_wrong(const struct ex_bounds *b);

#endif
