/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include "base/reserve.h"

#include <stddef.h>
#include <stdint.h>
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

void *mem_aligned(size_t align, size_t size)
{
    bool zero;
    void *p = reserve_take(align, size, &zero);
    if (p == NULL && align <= sizeof(max_align_t))
        p = malloc(size == 0 ? 1 : size);
    else if (p == NULL && posix_memalign(&p, align, size) != 0)
        p = NULL;
    return checked(p);
}

void *mem_raw(size_t size)
{
    return mem_aligned(1, size);
}

static size_t product(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

void *mem_alloc(size_t size)
{
    bool zero;
    void *p = reserve_take(1, size, &zero);
    if (p != NULL)
        return zero ? p : memset(p, 0, size);
    if (size > SMALL_BYTES)
        return checked(calloc(1, size));
    return memset(checked(malloc(size == 0 ? 1 : size)), 0, size);
}

void *mem_array(size_t count, size_t size)
{
    return mem_alloc(product(count, size));
}

void *mem_grow(void *old, size_t count, size_t size)
{
    size_t bytes = product(count, size);
    ASSERT(count > 0 && size > 0);
    if (old == NULL)
        return mem_raw(bytes);
    size_t room = reserve_room(old);
    if (room == 0)
        return checked(realloc(old, bytes));
    if (bytes <= room)
        return old;
    void *bigger = memcpy(mem_raw(bytes), old, room);
    (void)reserve_give(old);
    return bigger;
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
    return mem_dup(s, strlen(s));
}

void *mem_dup(const void *data, size_t len)
{
    char *copy = mem_raw(len + 1);
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

void mem_free(void *p)
{
    if (!reserve_give(p))
        free(p);
}
