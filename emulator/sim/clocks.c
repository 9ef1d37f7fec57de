/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hosts' clocks, and a strobe's next jump in the queue. */
#include "base/units.h"
#include "emulator/sim/run.h"

/* Hosts were not switched on together: what one shows says nothing about another. */
#define BOOTED_APART_NS (977 * NS_PER_S)

static void on_changed(void *arg, unsigned node)
{
    struct sim *sim = arg;
    sim_node_rearm(&sim->nodes[node]);
}

void sim_clocks_init(struct sim *sim)
{
    uint64_t now = sim->now_ns;
    sim->clocks =
        (struct clocks){.nodes_count = sim->nodes_count, .changed = on_changed, .arg = sim};
    for (unsigned i = 0; i < sim->nodes_count; i++)
        sim->clocks.of[i] = host_clock_new(now, now + i * BOOTED_APART_NS);
}

const struct host_clock *sim_node_clock(const struct sim_node *n)
{
    return &n->sim->clocks.of[n->index];
}

uint64_t sim_node_now(const struct sim_node *n)
{
    return host_clock_read(sim_node_clock(n), n->sim->now_ns);
}

static void next_strobe(struct sim *sim, uint64_t number)
{
    const struct clock_rule *r = clocks_rule(&sim->clocks, number);
    sim_after(sim, r->what.period_ns, SIM_STROBE, (unsigned)nodeset_first(r->nodes), number);
}

void sim_clocks_strobe(struct sim *sim, uint64_t number)
{
    if (clocks_strobe(&sim->clocks, sim->now_ns, number))
        next_strobe(sim, number);
}

int sim_clocks_add(struct sim *sim, nodeset nodes, const struct world_clock *fault,
                   uint64_t *ret_number, struct err *e)
{
    if (fault->wall) { /* no node lives by it */
        *ret_number = ++sim->clocks.numbers;
        return 0;
    }
    int code = clocks_add(&sim->clocks, sim->now_ns, nodes, fault, ret_number, e);
    if (code == 0 && fault->kind == WORLD_CLOCK_STROBE)
        next_strobe(sim, *ret_number);
    return code;
}
