/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (p == NULL)
        raft_panic(__FILE__, __LINE__, "out of memory");
    return p;
}

/* Above, calloc knows which memory is zero already; below, malloc has a shorter way. */
#define SMALL_BYTES 1024

void *mem_alloc(size_t size)
{
    if (size > SMALL_BYTES)
        return checked(calloc(1, size));
    return memset(checked(malloc(size == 0 ? 1 : size)), 0, size);
}

void *mem_array(size_t count, size_t size)
{
    return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *mem_grow(void *old, size_t count, size_t size)
{
    ASSERT(count > 0 && size > 0);
    return checked(reallocarray(old, count, size));
}

void *mem_aligned(size_t align, size_t size)
{
    void *p = NULL;
    return checked(posix_memalign(&p, align, size) == 0 ? p : NULL);
}

void *mem_room(void *old, size_t need, size_t *cap, size_t size)
{
    if (need <= *cap)
        return old;
    size_t wanted = need > 2 * *cap ? need : 2 * *cap;
    *cap = wanted < 8 ? 8 : wanted;
    return mem_grow(old, *cap, size);
}

char *mem_strdup(const char *s)
{
    return checked(strdup(s));
}

void *mem_dup(const void *data, size_t len)
{
    char *copy = checked(malloc(len + 1));
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}
