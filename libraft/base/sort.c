/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sort.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#define SHORT 8 /* members that are put in order by moving each to its place */

struct sorting {
    size_t size;
    int (*compare)(const void *a, const void *b);
};

/* What is mostly sorted are numbers and pointers. */
static void copy_one(char *to, const char *from, size_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, size);
}

static void sort_short(const struct sorting *s, char *array, size_t count)
{
    char one[SORT_SIZE_MAX];
    for (size_t i = 1; i < count; i++) {
        char *at = array + i * s->size, *to = at;
        while (to > array && s->compare(to - s->size, at) > 0)
            to -= s->size;
        if (to == at)
            continue;
        copy_one(one, at, s->size);
        memmove(to + s->size, to, (size_t)(at - to));
        copy_one(to, one, s->size);
    }
}

/* Two neighbours in order, [a, middle) and [middle, end), become one. */
static void merge(const struct sorting *s, char *to, const char *a, const char *middle,
                  const char *end)
{
    const char *b = middle;
    for (; a < middle && b < end; to += s->size) {
        const char **first = s->compare(a, b) <= 0 ? &a : &b;
        copy_one(to, *first, s->size);
        *first += s->size;
    }
    memcpy(to, a, (size_t)(middle - a));
    memcpy(to + (middle - a), b, (size_t)(end - b));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void sort_array(void *array, size_t count, size_t size,
                int (*compare)(const void *a, const void *b))
{
    const struct sorting s = {size, compare};
    char *from = array, *to;
    ASSERT(size > 0 && size <= SORT_SIZE_MAX);
    for (size_t at = 0; at < count; at += SHORT)
        sort_short(&s, from + at * size, least(SHORT, count - at));
    if (count <= SHORT)
        return;
    char *room = to = mem_array(count, size);
    for (size_t width = SHORT; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t middle = least(at + width, count), end = least(at + 2 * width, count);
            merge(&s, to + at * size, from + at * size, from + middle * size, from + end * size);
        }
        char *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != array)
        memcpy(array, from, count * size);
    mem_free(room);
}
