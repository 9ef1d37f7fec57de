/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/user/flows.h"

#include "base/mem.h"
#include "base/prng.h"

#define FLOWS_CAP_MIN 64u

/* Its place, or the free one where it belongs. */
static struct flow *place(const struct flows *f, uint32_t ports)
{
    uint32_t at = (uint32_t)prng_mix(ports) & (f->cap - 1);
    while (f->table[at].ports != 0 && f->table[at].ports != ports)
        at = (at + 1) & (f->cap - 1);
    return &f->table[at];
}

static void grow(struct flows *f)
{
    struct flows larger = {.cap = f->cap == 0 ? FLOWS_CAP_MIN : f->cap * 2, .count = f->count};
    larger.table = mem_array(larger.cap, sizeof(*larger.table));
    for (uint32_t i = 0; i < f->cap; i++) {
        if (f->table[i].ports != 0)
            *place(&larger, f->table[i].ports) = f->table[i];
    }
    mem_free(f->table);
    *f = larger;
}

void flows_opened(struct flows *f, uint32_t ports, uint64_t now_ns)
{
    ASSERT(ports != 0);
    if (f->count >= f->cap / 2 && f->count < FLOWS_MAX)
        grow(f);
    struct flow *found = place(f, ports);
    if (found->ports == 0 && f->count == FLOWS_MAX)
        return;
    f->count += found->ports == 0;
    *found = (struct flow){.ports = ports, .opened_ns = now_ns};
}

uint64_t flows_when(const struct flows *f, uint32_t ports)
{
    return f->cap == 0 ? 0 : place(f, ports)->opened_ns;
}

void flows_clear(struct flows *f)
{
    mem_free(f->table);
    *f = (struct flows){0};
}
