/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/reserve.h"

#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0 /* clang's */
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define WATCHED 1
#else
#define WATCHED 0
#endif

#define PAGE RESERVE_PAGE_BYTES

/* Classes of slots: eight of 16 bytes each to 128, then four to a doubling, up to a quarter of a
 * page. Classes of rows of pages: the same in pages. */
#define STEPS        8u
#define UNIT         16u
#define SLOT_MAX     (PAGE / 4)
#define SLOT_CLASSES (STEPS + 20u)
#define ROW_CLASSES  (STEPS + 4u * 24u)

/* What lies where it was given back. */
struct gap {
    struct gap *next;
};

static struct {
    char *begin;       /* aligned to a page; NULL: there is no reserve */
    size_t pages;      /* all of them */
    size_t touched;    /* beyond, nobody has written yet */
    uint8_t *class_of; /* by page: of its slots, or SLOT_CLASSES + of the row that begins there */
    struct gap *gaps[SLOT_CLASSES + ROW_CLASSES];
    char *fresh[SLOT_CLASSES]; /* the rest of a page that is being cut up; NULL: none */
} all;

/* Whether this thread has opened it; to ask that calls nothing, in a shared library either. */
static _Thread_local bool mine __attribute__((tls_model("initial-exec")));

/* ---- classes ---- */

static unsigned class_of(size_t units)
{
    if (units <= STEPS)
        return units == 0 ? 0 : (unsigned)units - 1;
    unsigned doubling = 63u - (unsigned)__builtin_clzll(units - 1); /* 3: 9..16 */
    return STEPS + 4 * (doubling - 3) + (unsigned)((units - 1) >> (doubling - 2) & 3);
}

static size_t units_of(unsigned class)
{
    if (class < STEPS)
        return class + 1;
    unsigned above = class - STEPS;
    return ((size_t)STEPS << above / 4) / 4 * (5 + above % 4);
}

static size_t bytes_of(unsigned class)
{
    return class < SLOT_CLASSES ? units_of(class) * UNIT : units_of(class - SLOT_CLASSES) * PAGE;
}

static unsigned class_for(size_t align, size_t size)
{
    if (align <= UNIT && size <= SLOT_MAX)
        return class_of((size + UNIT - 1) / UNIT);
    return SLOT_CLASSES + class_of(size / PAGE + (size % PAGE != 0));
}

/* ---- pages ---- */

bool reserve_open(void *memory, size_t bytes)
{
    if (all.begin != NULL || WATCHED || bytes < 2 * PAGE)
        return false;
    size_t before = (PAGE - (uintptr_t)memory % PAGE) % PAGE;
    all.class_of = calloc(bytes / PAGE, 1);
    if (all.class_of == NULL)
        return false;
    all.begin = (char *)memory + before;
    all.pages = (bytes - before) / PAGE;
    mine = true;
    return true;
}

static char *take_pages(unsigned class, size_t count)
{
    if (count > all.pages - all.touched)
        return NULL;
    char *row = all.begin + all.touched * PAGE;
    all.class_of[all.touched] = (uint8_t) class;
    all.touched += count;
    return row;
}

/* The next slot of the page that is being cut up, or of a new one. */
static char *cut(unsigned class)
{
    size_t bytes = bytes_of(class);
    char *slot = all.fresh[class];
    if (slot == NULL)
        slot = take_pages(class, 1);
    if (slot == NULL)
        return NULL;
    size_t end = (size_t)(slot - all.begin) % PAGE + 2 * bytes;
    all.fresh[class] = end <= PAGE ? slot + bytes : NULL;
    return slot;
}

/* ---- pieces ---- */

void *reserve_take(size_t align, size_t size, bool *ret_zero)
{
    if (!mine || size > all.pages * PAGE)
        return NULL;
    ASSERT(align <= PAGE);
    unsigned class = class_for(align, size);
    struct gap *gap = all.gaps[class];
    *ret_zero = gap == NULL;
    if (gap == NULL)
        return class < SLOT_CLASSES ? cut(class)
                                    : take_pages(class, units_of(class - SLOT_CLASSES));
    all.gaps[class] = gap->next;
    return gap;
}

/* Whose page p lies in; false: it came from elsewhere. */
static bool find_class(const void *p, unsigned *ret_class)
{
    size_t at = (uintptr_t)p - (uintptr_t)all.begin; /* huge if it is below */
    if (at >= all.pages * PAGE)
        return false;
    *ret_class = all.class_of[at / PAGE];
    return true;
}

size_t reserve_room(const void *p)
{
    unsigned class;
    return find_class(p, &class) ? bytes_of(class) : 0;
}

bool reserve_give(void *p)
{
    unsigned class;
    if (!find_class(p, &class))
        return false;
    ASSERT(mine);
    uint32_t step = class < SLOT_CLASSES ? (uint32_t)bytes_of(class) : PAGE;
    ASSERT((uint32_t)((uintptr_t)p % PAGE) % step == 0);
    struct gap *gap = p;
    gap->next = all.gaps[class];
    all.gaps[class] = gap;
    return true;
}

size_t reserve_used(void)
{
    return all.touched * PAGE;
}
