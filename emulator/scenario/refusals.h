/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first words of refusals: what a node, or a client in its place, answers instead of doing it.
 */
#ifndef SCENARIO_REFUSALS_H
#define SCENARIO_REFUSALS_H

#include "base/must.h"

#include <stddef.h>

/* All of them. */
const char *const *refusals(size_t *ret_count);
bool refusal_is_known(const char *word);

#endif
