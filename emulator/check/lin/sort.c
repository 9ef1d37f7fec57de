/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/sort.h"

#include <string.h>

#define DIGITS 256u

static unsigned digit_of(const struct lin_timed *item, uint64_t least, unsigned shift)
{
    return (unsigned)((item->at - least) >> shift) & (DIGITS - 1);
}

static void by_digit(const struct lin_timed *from, struct lin_timed *to, size_t count,
                     uint64_t least, unsigned shift)
{
    size_t next[DIGITS] = {0};
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        next[digit_of(&from[i], least, shift)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        size_t here = next[d];
        next[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[next[digit_of(&from[i], least, shift)]++] = from[i];
}

void lin_sort(struct lin_timed *items, struct lin_timed *room, size_t count)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    struct lin_timed *from = items;
    struct lin_timed *to = room;
    for (size_t i = 0; i < count; i++) {
        least = items[i].at < least ? items[i].at : least;
        most = items[i].at > most ? items[i].at : most;
    }
    for (unsigned shift = 0; count > 1 && shift < 64 && (most - least) >> shift != 0; shift += 8) {
        by_digit(from, to, count, least, shift);
        struct lin_timed *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof(*items));
}
