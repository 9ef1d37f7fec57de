/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of clocks: each host's runs as the newest fault wants it that is in force for it. */
#include "base/units.h"
#include "emulator/sim/run.h"

/* Hosts were not switched on together: what one shows says nothing about another. */
#define BOOTED_APART_NS (977 * NS_PER_S)

void sim_clocks_init(struct sim_node *n)
{
    uint64_t now = n->sim->now_ns;
    n->clock = host_clock_new(now, now + n->index * BOOTED_APART_NS);
}

uint64_t sim_node_now(const struct sim_node *n)
{
    return host_clock_read(&n->clock, n->sim->now_ns);
}

static bool is_for(const struct sim_clock_rule *r, const struct sim_node *n)
{
    return r->number != 0 && (r->nodes >> n->index & 1) != 0;
}

static struct sim_clock_rule *find(struct sim *sim, uint64_t number)
{
    for (size_t i = 0; i < SIM_CLOCK_RULES_MAX; i++) {
        if (number != 0 && sim->clock_rules[i].number == number)
            return &sim->clock_rules[i];
    }
    return NULL;
}

/* Its rate is that of the newest rule; one that freezes is enough to stand. */
static void settle_one(struct sim_node *n)
{
    int64_t rate_ppm = 0;
    uint64_t newest = 0;
    bool frozen = false;
    for (size_t i = 0; i < SIM_CLOCK_RULES_MAX; i++) {
        const struct sim_clock_rule *r = &n->sim->clock_rules[i];
        if (!is_for(r, n))
            continue;
        frozen = frozen || r->what.kind == WORLD_CLOCK_FREEZE;
        if (r->what.kind == WORLD_CLOCK_RATE && r->number > newest) {
            newest = r->number;
            rate_ppm = r->what.rate_ppm;
        }
    }
    host_clock_run(&n->clock, n->sim->now_ns, rate_ppm, frozen);
    sim_node_rearm(n);
}

static void settle(struct sim *sim, nodeset nodes)
{
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        if (nodes >> i & 1)
            settle_one(&sim->nodes[i]);
    }
}

static void jump(struct sim *sim, const struct sim_clock_rule *r, int64_t by_ns)
{
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        struct sim_node *n = &sim->nodes[i];
        if (!is_for(r, n))
            continue;
        host_clock_jump(&n->clock, sim->now_ns, by_ns);
        sim_node_rearm(n);
    }
}

void sim_clocks_strobe(struct sim *sim, uint64_t number)
{
    struct sim_clock_rule *r = find(sim, number);
    if (r == NULL)
        return;
    jump(sim, r, r->ahead ? -r->what.by_ns : r->what.by_ns);
    r->ahead = !r->ahead;
    sim_after(sim, r->what.period_ns, SIM_STROBE, (unsigned)nodeset_first(r->nodes), number);
}

uint64_t sim_clocks_until(const struct sim *sim, uint64_t number)
{
    uint64_t until = 0;
    for (size_t i = 0; i < SIM_CLOCK_RULES_MAX; i++) {
        const struct sim_clock_rule *r = &sim->clock_rules[i];
        if (number == 0 || r->number != number)
            continue;
        if (r->what.kind != WORLD_CLOCK_JUMP)
            return UINT64_MAX;
        for (unsigned k = 0; k < sim->nodes_count; k++) {
            uint64_t paid = host_clock_paid(&sim->nodes[k].clock);
            if (is_for(r, &sim->nodes[k]) && paid > until)
                until = paid;
        }
    }
    return until;
}

/* A jump that is paid for is forgotten. */
static bool is_free(const struct sim *sim, const struct sim_clock_rule *r)
{
    return r->number == 0 ||
           (r->what.kind == WORLD_CLOCK_JUMP && sim_clocks_until(sim, r->number) <= sim->now_ns);
}

int sim_clocks_add(struct sim *sim, nodeset nodes, const struct world_clock *fault,
                   uint64_t *ret_number, struct err *e)
{
    size_t at = 0;
    if (fault->wall) { /* no node lives by it */
        *ret_number = ++sim->clock_numbers;
        return 0;
    }
    while (at < SIM_CLOCK_RULES_MAX && !is_free(sim, &sim->clock_rules[at]))
        at++;
    if (at == SIM_CLOCK_RULES_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults of clocks at once", SIM_CLOCK_RULES_MAX);
    struct sim_clock_rule *r = &sim->clock_rules[at];
    *r = (struct sim_clock_rule){.number = ++sim->clock_numbers, .nodes = nodes, .what = *fault};
    *ret_number = r->number;
    switch (fault->kind) {
    case WORLD_CLOCK_JUMP: jump(sim, r, fault->by_ns); break;
    case WORLD_CLOCK_STROBE: sim_clocks_strobe(sim, r->number); break;
    case WORLD_CLOCK_RATE:
    case WORLD_CLOCK_FREEZE: settle(sim, nodes); break;
    }
    return 0;
}

void sim_clocks_remove(struct sim *sim, uint64_t number, nodeset nodes)
{
    struct sim_clock_rule *r = find(sim, number);
    if (r == NULL)
        return;
    nodeset freed = r->nodes & nodes;
    bool moved = r->what.kind == WORLD_CLOCK_JUMP || r->what.kind == WORLD_CLOCK_STROBE;
    r->nodes &= ~nodes;
    if (r->nodes == 0)
        r->number = 0;
    for (unsigned i = 0; moved && i < sim->nodes_count; i++) {
        if (freed >> i & 1)
            host_clock_forgive(&sim->nodes[i].clock, sim->now_ns);
    }
    settle(sim, freed);
}
