/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/breaks.h"

#include "base/mem.h"
#include "emulator/live/loop_time.h"

static bool has(const nodeset *links, int from, int to)
{
    return (links[from] >> to & 1) != 0;
}

static void add(struct netem_break *sum, const struct break_one *one)
{
    switch (one->how) {
    case WORLD_BREAK_RESET: sum->reset = true; return;
    case WORLD_BREAK_REJECT: sum->reject = true; return;
    case WORLD_BREAK_OPENING: sum->openings = true; return;
    case WORLD_BREAK_OLD:
        if (one->since > sum->old_before_ns)
            sum->old_before_ns = one->since;
        return;
    }
    UNREACHABLE();
}

/* All that is in force on each link: the network knows no faults, only states. */
static int tell(const struct break_list *b, struct netem *net, struct err *e)
{
    int endpoints = netem_endpoints_count(net), count = 0;
    struct netem_break *all = mem_array((size_t)(endpoints * endpoints), sizeof(*all));
    for (int i = 0; i < endpoints * endpoints; i++) {
        struct netem_break sum = {.from = i / endpoints, .to = i % endpoints};
        for (size_t k = 0; k < BREAKS_MAX; k++) {
            if (b->list[k].number != 0 && has(b->list[k].links, sum.from, sum.to))
                add(&sum, &b->list[k]);
        }
        if (sum.from != sum.to)
            all[count++] = sum;
    }
    int code = netem_break(net, all, count, e);
    mem_free(all);
    return code;
}

int live_breaks_add(struct break_list *b, struct netem *net, const nodeset *links,
                    enum world_break how, uint64_t *ret_number, struct err *e)
{
    size_t at;
    int code = breaks_add(b, links, how, loop_clock_ns(CLOCK_MONOTONIC), &at, e);
    if (code < 0)
        return code;
    *ret_number = b->list[at].number;
    return tell(b, net, e);
}

void live_breaks_remove(struct break_list *b, struct netem *net, uint64_t number,
                        const nodeset *links)
{
    struct err e;
    breaks_remove(b, number, links);
    int code = tell(b, net, &e);
    ASSERT(code == 0); /* it took the fault */
}

static bool is_chosen(void *arg, int from, int to)
{
    return has(arg, from, to);
}

int live_breaks_reset(struct netem *net, const nodeset *links, unsigned *ret_count, struct err *e)
{
    nodeset copy[WORLD_ENDPOINTS_MAX];
    for (size_t i = 0; i < WORLD_ENDPOINTS_MAX; i++)
        copy[i] = links[i];
    return netem_hang_up(net, is_chosen, copy, ret_count, e);
}
