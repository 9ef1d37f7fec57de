/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparison without case. */
#ifndef FREESTANDING_STRINGS_H
#define FREESTANDING_STRINGS_H

#include <stddef.h>

int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);

#endif
