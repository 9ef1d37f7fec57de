/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/clocks.h"

static bool is_for(const struct clock_rule *r, unsigned node)
{
    return r->number != 0 && nodeset_has(r->nodes, node);
}

/* CLOCK_RULES_MAX: there is none. */
static size_t place_of(const struct clocks *c, uint64_t number)
{
    size_t i = number == 0 ? CLOCK_RULES_MAX : 0;
    while (i < CLOCK_RULES_MAX && c->rules[i].number != number)
        i++;
    return i;
}

static struct clock_rule *find(struct clocks *c, uint64_t number)
{
    size_t i = place_of(c, number);
    return i == CLOCK_RULES_MAX ? NULL : &c->rules[i];
}

const struct clock_rule *clocks_rule(const struct clocks *c, uint64_t number)
{
    size_t i = place_of(c, number);
    return i == CLOCK_RULES_MAX ? NULL : &c->rules[i];
}

/* Its rate is that of the newest rule; one that freezes is enough to stand. */
static void settle_one(struct clocks *c, uint64_t now_ns, unsigned node)
{
    int64_t rate_ppm = 0;
    uint64_t newest = 0;
    bool frozen = false;
    for (size_t i = 0; i < CLOCK_RULES_MAX; i++) {
        const struct clock_rule *r = &c->rules[i];
        if (!is_for(r, node))
            continue;
        frozen = frozen || r->what.kind == WORLD_CLOCK_FREEZE;
        if (r->what.kind == WORLD_CLOCK_RATE && r->number > newest) {
            newest = r->number;
            rate_ppm = r->what.rate_ppm;
        }
    }
    host_clock_run(&c->of[node], now_ns, rate_ppm, frozen);
    c->changed(c->arg, node);
}

static void settle(struct clocks *c, uint64_t now_ns, nodeset nodes)
{
    for (unsigned i = 0; i < c->nodes_count; i++) {
        if (nodeset_has(nodes, i))
            settle_one(c, now_ns, i);
    }
}

static void jump(struct clocks *c, uint64_t now_ns, const struct clock_rule *r, int64_t by_ns)
{
    for (unsigned i = 0; i < c->nodes_count; i++) {
        if (!is_for(r, i))
            continue;
        (c->wall ? host_clock_set : host_clock_jump)(&c->of[i], now_ns, by_ns);
        c->changed(c->arg, i);
    }
}

bool clocks_strobe(struct clocks *c, uint64_t now_ns, uint64_t number)
{
    struct clock_rule *r = find(c, number);
    if (r == NULL)
        return false;
    jump(c, now_ns, r, r->ahead ? -r->what.by_ns : r->what.by_ns);
    r->ahead = !r->ahead;
    return true;
}

uint64_t clocks_until(const struct clocks *c, uint64_t number)
{
    const struct clock_rule *r = clocks_rule(c, number);
    uint64_t until = 0;
    if (r == NULL)
        return 0;
    if (r->what.kind != WORLD_CLOCK_JUMP)
        return UINT64_MAX;
    for (unsigned i = 0; i < c->nodes_count; i++) {
        uint64_t paid = host_clock_paid(&c->of[i]);
        if (is_for(r, i) && paid > until)
            until = paid;
    }
    return until;
}

/* A jump that is paid for is forgotten. */
static bool is_free(const struct clocks *c, const struct clock_rule *r, uint64_t now_ns)
{
    return r->number == 0 ||
           (r->what.kind == WORLD_CLOCK_JUMP && clocks_until(c, r->number) <= now_ns);
}

int clocks_add(struct clocks *c, uint64_t now_ns, nodeset nodes, const struct world_clock *fault,
               uint64_t *ret_number, struct err *e)
{
    size_t at = 0;
    while (at < CLOCK_RULES_MAX && !is_free(c, &c->rules[at], now_ns))
        at++;
    if (at == CLOCK_RULES_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults of clocks at once", CLOCK_RULES_MAX);
    struct clock_rule *r = &c->rules[at];
    *r = (struct clock_rule){.number = ++c->numbers, .nodes = nodes, .what = *fault};
    *ret_number = r->number;
    switch (fault->kind) {
    case WORLD_CLOCK_JUMP: jump(c, now_ns, r, r->what.by_ns); break;
    case WORLD_CLOCK_STROBE: (void)clocks_strobe(c, now_ns, r->number); break;
    case WORLD_CLOCK_RATE:
    case WORLD_CLOCK_FREEZE: settle(c, now_ns, nodes); break;
    }
    return 0;
}

void clocks_remove(struct clocks *c, uint64_t now_ns, uint64_t number, nodeset nodes)
{
    struct clock_rule *r = find(c, number);
    if (r == NULL)
        return;
    nodeset freed = r->nodes & nodes;
    bool moved = r->what.kind == WORLD_CLOCK_JUMP || r->what.kind == WORLD_CLOCK_STROBE;
    r->nodes &= ~nodes;
    if (r->nodes == 0)
        r->number = 0;
    for (unsigned i = 0; moved && i < c->nodes_count; i++) {
        if (nodeset_has(freed, i))
            host_clock_forgive(&c->of[i], now_ns);
    }
    settle(c, now_ns, freed);
}
