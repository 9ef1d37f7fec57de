/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/ghost.h"

#include "base/prng.h"
#include "emulator/explore/configs.h"

uint64_t ex_ghost_hash(const struct ex_ghost *g, const struct ex_configs *configs,
                       const struct ex_renamings *renamings, uint32_t renaming)
{
    const uint8_t *of = renamings->of[renaming];
    uint64_t h = g->committed, leaders = 0, reads = 0;
    for (uint32_t term = 0; term <= EX_TERMS; term++)
        leaders = leaders << 8 | of[g->leader[term]];
    for (uint32_t i = 0; i < EX_SERVERS; i++)
        reads += (uint64_t)g->read_at[i] << 8 * (of[i + 1] - 1);
    h = prng_mix(prng_mix(h ^ leaders) + reads);
    for (uint32_t i = 0; i < g->committed; i++) {
        const struct ex_entry *e = &g->entry[i];
        uint64_t v = (uint64_t)g->in_term[i] << 16 | (uint64_t)e->term << 8 | e->kind;
        h = prng_mix(h ^ v ^ configs->hash[e->config][renaming]);
    }
    return h;
}
