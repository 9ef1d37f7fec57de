/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory, order and numbers from text. */
#ifndef FREESTANDING_STDLIB_H
#define FREESTANDING_STDLIB_H

#include <stddef.h>

void *calloc(size_t count, size_t size);
void free(void *p);
void *malloc(size_t size);
int posix_memalign(void **ret, size_t align, size_t size);
void *realloc(void *p, size_t size);
void *reallocarray(void *p, size_t count, size_t size);

void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*compare)(const void *, const void *));
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));

double strtod(const char *text, char **end);
long long strtoll(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);

#endif
