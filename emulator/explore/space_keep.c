/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all workers share, into a checkpoint and out of one. */
#include "base/mem.h"
#include "emulator/explore/space.h"

#define COUNT_MAX ((uint64_t)EX_CHUNK * EX_CHUNKS)

void ex_space_save(const struct ex_space *s, struct checkpoint_out *out)
{
    checkpoint_put(out, &s->configs, sizeof(s->configs));
    checkpoint_put_u64(out, ex_pool_count(&s->servers));
    for (uint32_t i = 0; i < ex_pool_count(&s->servers); i++) {
        const struct ex_row *row = ex_space_row(s, i);
        checkpoint_put(out, row, sizeof(*row));
        checkpoint_put(out, row->packed, row->packed_words * sizeof(*row->packed));
    }
    checkpoint_put_u64(out, ex_pool_count(&s->messages));
    for (uint32_t i = 0; i < ex_pool_count(&s->messages); i++)
        checkpoint_put(out, ex_space_met(s, i), s->messages.size);
    checkpoint_put_u64(out, ex_pool_count(&s->ghosts));
    for (uint32_t i = 0; i < ex_pool_count(&s->ghosts); i++)
        checkpoint_put(out, ex_space_history(s, i), s->ghosts.size);
    ex_outcomes_save(&s->outcomes, out);
}

static bool load_server(struct ex_space *s, struct checkpoint_in *in)
{
    struct ex_row row;
    if (!checkpoint_get(in, &row, sizeof(row)))
        return false;
    if (row.packed_words > EX_PACK_BOUND(s->block_words)) {
        checkpoint_refuse(in, "a server has an impossible size");
        return false;
    }
    uint64_t *packed = mem_array(row.packed_words, sizeof(*packed));
    row.packed = packed;
    if (!checkpoint_get(in, packed, row.packed_words * sizeof(*packed))) {
        mem_free(packed);
        return false;
    }
    (void)ex_pool_add(&s->servers, row.hash[0], &row);
    return true;
}

void ex_space_load(struct ex_space *s, struct checkpoint_in *in)
{
    ASSERT(ex_pool_count(&s->servers) == 0 && ex_pool_count(&s->messages) == 0 &&
           ex_pool_count(&s->ghosts) == 0);
    if (!checkpoint_get(in, &s->configs, sizeof(s->configs)))
        ex_configs_init(&s->configs);
    uint64_t count = checkpoint_get_count(in, COUNT_MAX);
    for (uint64_t i = 0; i < count; i++) {
        if (!load_server(s, in))
            return;
    }
    struct ex_met met;
    count = checkpoint_get_count(in, COUNT_MAX);
    for (uint64_t i = 0; i < count && checkpoint_get(in, &met, sizeof(met)); i++)
        (void)ex_pool_add(&s->messages, met.hash[0], &met);
    struct ex_ghost_row ghost;
    count = checkpoint_get_count(in, COUNT_MAX);
    for (uint64_t i = 0; i < count && checkpoint_get(in, &ghost, sizeof(ghost)); i++)
        (void)ex_pool_add(&s->ghosts, ghost.hash[0], &ghost);
    ex_outcomes_load(&s->outcomes, in);
}
