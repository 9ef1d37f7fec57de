/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation outside the core: never returns NULL; running out of memory stops the program. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/must.h"

/* All of these panic when memory is exhausted: every buffer here is bounded by limits.h, so
 * exhaustion is a wrong limit, not an input. size may be 0. What they return goes back by mem_free;
 * it comes from the program's reserve (base/reserve.h), where it has one with room. */
void *mem_alloc(size_t size) MUST_CHECK;               /* zeroed */
void *mem_array(size_t count, size_t size) MUST_CHECK; /* zeroed; overflow of count*size panics */
void *mem_grow(void *old, size_t count, size_t size) MUST_CHECK; /* realloc of an array */
/* An array that has room for *cap members gets it for `need`, at least doubling where it has not:
 * what grows one by one asks for memory ever less often. */
void *mem_room(void *old, size_t need, size_t *cap, size_t size) MUST_CHECK;
char *mem_strdup(const char *s) MUST_CHECK;
void *mem_raw(size_t size) MUST_CHECK; /* undefined contents */
/* An address that is a multiple of align, a power of two; undefined contents. */
void *mem_aligned(size_t align, size_t size) MUST_CHECK;
void *mem_dup(const void *data, size_t len) MUST_CHECK; /* a copy with one NUL behind it */
/* Of what any of these returned, or the C library; NULL is allowed. */
void mem_free(void *p);

#endif
