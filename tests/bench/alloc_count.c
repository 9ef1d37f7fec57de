/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "alloc_count.h"

#include <errno.h>
#include <stddef.h>

#ifndef __has_feature
#define __has_feature(x) 0 /* clang's */
#endif

static uint64_t count;

uint64_t alloc_count(void)
{
    return count;
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
int posix_memalign(void **ret, size_t align, size_t size);

bool alloc_counted(void)
{
    return true;
}

void *malloc(size_t size)
{
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    count++;
    return __libc_realloc(p, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
    void *p = __libc_memalign(align, size);
    count++;
    if (p == NULL)
        return ENOMEM;
    *ret = p;
    return 0;
}

#else

bool alloc_counted(void)
{
    return false;
}

#endif
