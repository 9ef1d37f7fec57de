/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/renaming.h"

#include <string.h>

/* The next permutation in order of words; false after the last one. */
static bool advance(uint8_t *of, uint32_t n)
{
    uint32_t i = n - 1;
    while (i > 0 && of[i - 1] >= of[i])
        i--;
    if (i == 0)
        return false;
    uint32_t j = n - 1;
    while (of[j] <= of[i - 1])
        j--;
    uint8_t swap = of[i - 1];
    of[i - 1] = of[j];
    of[j] = swap;
    for (uint32_t a = i, b = n - 1; a < b; a++, b--) {
        swap = of[a];
        of[a] = of[b];
        of[b] = swap;
    }
    return true;
}

static void keep(struct ex_renamings *r, const uint8_t *of)
{
    struct raft_renaming *as = &r->as[r->count];
    memcpy(r->of[r->count++], of, sizeof(r->of[0]));
    as->count = EX_SERVERS;
    for (uint32_t id = 1; id <= EX_SERVERS; id++)
        as->to[id] = of[id];
}

void ex_renamings_init(struct ex_renamings *r, uint32_t alike)
{
    uint32_t n = alike > 4 ? 4 : alike;
    *r = (struct ex_renamings){0};
    uint8_t of[EX_SERVERS + 1];
    for (uint32_t i = 0; i <= EX_SERVERS; i++)
        of[i] = (uint8_t)i;
    do
        keep(r, of);
    while (n > 1 && advance(of + 1, n));
}
