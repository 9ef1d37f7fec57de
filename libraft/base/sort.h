/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays in order, equal members as they stood: the same everywhere, whichever C library there is,
 * and without asking it for memory. */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include <stddef.h>

/* compare: negative, 0 or positive, as qsort has it. size: at most SORT_SIZE_MAX (asserted). */
#define SORT_SIZE_MAX 1024
void sort_array(void *array, size_t count, size_t size,
                int (*compare)(const void *a, const void *b));

#endif
