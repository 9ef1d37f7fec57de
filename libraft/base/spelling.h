/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far one word is from another: for "did you mean". */
#ifndef BASE_SPELLING_H
#define BASE_SPELLING_H

#include "base/span.h"

#define SPELLING_MAX 63 /* letters of a word that is looked at */

/* Letters to add, drop, change or swap with their neighbour (each counts one, case is no
 * difference) to make one word of the other: the optimal string alignment distance. SIZE_MAX: one
 * is longer than SPELLING_MAX. */
size_t spelling_distance(struct span a, struct span b);

#endif
