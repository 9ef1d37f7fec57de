/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/txn/graph.h"

#include "base/mem.h"

#include <string.h>

#define NONE       UINT32_MAX
#define STARTS_MAX 64u       /* transactions from which a short cycle is looked for */
#define LOOKED_MAX 20000000u /* edges looked at while doing so */

void txn_graph_free(struct txn_graph *g)
{
    mem_free(g->edges);
    mem_free(g->start);
    *g = (struct txn_graph){0};
}

uint32_t txn_graph_help(struct txn_graph *g)
{
    return g->nodes++;
}

void txn_graph_edge(struct txn_graph *g, uint32_t from, uint32_t to, uint32_t key, enum txn_why why)
{
    ASSERT(from < g->nodes && to < g->nodes);
    if (from == to)
        return;
    if (g->count == g->cap) {
        g->cap = g->cap == 0 ? 256 : g->cap * 2;
        g->edges = mem_grow(g->edges, g->cap, sizeof(*g->edges));
    }
    g->edges[g->count++] = (struct txn_edge){from, to, key, why};
}

/* Edges by their node. */
static void sort(struct txn_graph *g)
{
    struct txn_edge *sorted = mem_array(g->count, sizeof(*sorted));
    mem_free(g->start);
    g->start = mem_array((size_t)g->nodes + 2, sizeof(*g->start));
    for (size_t i = 0; i < g->count; i++)
        g->start[g->edges[i].from + 2]++;
    for (uint32_t n = 2; n < g->nodes + 2; n++)
        g->start[n] += g->start[n - 1];
    for (size_t i = 0; i < g->count; i++)
        sorted[g->start[g->edges[i].from + 1]++] = g->edges[i];
    mem_free(g->edges);
    g->edges = sorted;
    g->cap = g->count;
}

/* ---- strongly connected components: Tarjan 1972, with a stack of its own ---- */

struct components {
    const struct txn_graph *g;
    uint32_t *order; /* when a node was met, from 1; 0 = not yet */
    uint32_t *low;
    uint32_t *next;  /* its next edge */
    uint32_t *path;  /* nodes that are being visited */
    uint32_t *stack; /* nodes without a component */
    uint32_t *of;    /* component, NONE = none yet */
    size_t path_count, stack_count;
    uint32_t met;
    uint32_t count;
};

static void meet(struct components *c, uint32_t node)
{
    c->order[node] = c->low[node] = ++c->met;
    c->next[node] = c->g->start[node];
    c->path[c->path_count++] = node;
    c->stack[c->stack_count++] = node;
}

/* A node whose edges are done; returns how many transactions its component has, 0: not closed. */
static uint32_t leave(struct components *c, uint32_t node)
{
    uint32_t real = 0;
    c->path_count--;
    if (c->path_count > 0) {
        uint32_t before = c->path[c->path_count - 1];
        if (c->low[node] < c->low[before])
            c->low[before] = c->low[node];
    }
    if (c->low[node] != c->order[node])
        return 0;
    uint32_t top;
    do {
        top = c->stack[--c->stack_count];
        c->of[top] = c->count;
        real += top < c->g->real;
    } while (top != node);
    c->count++;
    return real;
}

/* Visits all that can be reached; the first component of several transactions, or NONE. */
static uint32_t visit(struct components *c, uint32_t root)
{
    meet(c, root);
    while (c->path_count > 0) {
        uint32_t node = c->path[c->path_count - 1];
        if (c->next[node] == c->g->start[node + 1]) {
            if (leave(c, node) > 1)
                return c->count - 1;
            continue;
        }
        uint32_t to = c->g->edges[c->next[node]++].to;
        if (c->order[to] == 0)
            meet(c, to);
        else if (c->of[to] == NONE && c->order[to] < c->low[node])
            c->low[node] = c->order[to];
    }
    return NONE;
}

/* ---- a short cycle within a component ---- */

struct look {
    const struct txn_graph *g;
    const uint32_t *of;
    uint32_t component;
    uint32_t *from;    /* by node: the edge it was reached by, + 1 */
    uint32_t *now;     /* nodes at the present distance, helping ones among them */
    uint32_t *later;   /* transactions at the next distance */
    uint32_t *touched; /* to be forgotten again */
    size_t now_count, later_count, touched_count;
    uint64_t looked;
};

/* Back from the start along the edges by which nodes were reached. */
static void trace(const struct look *l, uint32_t start, struct txn_cycle *ret)
{
    struct txn_cycle back = {0};
    uint32_t node = start;
    do {
        struct txn_edge edge = l->g->edges[l->from[node] - 1];
        uint32_t to = node;
        while (edge.from >= l->g->real)
            edge = l->g->edges[l->from[edge.from] - 1];
        if (back.count < TXN_CYCLE_MAX)
            back.edges[back.count] = (struct txn_edge){edge.from, to, edge.key, edge.why};
        back.count++;
        node = edge.from;
    } while (node != start);
    if (ret->count != 0 && back.count >= ret->count)
        return;
    ret->count = back.count;
    size_t kept = back.count < TXN_CYCLE_MAX ? back.count : TXN_CYCLE_MAX;
    for (size_t i = 0; i < kept; i++)
        ret->edges[i] = back.edges[kept - 1 - i];
}

static void reach(struct look *l, uint32_t edge)
{
    uint32_t to = l->g->edges[edge].to;
    if (l->of[to] != l->component || l->from[to] != 0)
        return;
    l->from[to] = edge + 1;
    l->touched[l->touched_count++] = to;
    if (to < l->g->real)
        l->later[l->later_count++] = to;
    else
        l->now[l->now_count++] = to;
}

/* The fewest transactions that lead back to the start. */
static void look_from(struct look *l, uint32_t start, struct txn_cycle *ret)
{
    l->now_count = l->later_count = l->touched_count = 0;
    l->now[l->now_count++] = start;
    while (l->now_count > 0 && l->from[start] == 0) {
        uint32_t node = l->now[--l->now_count];
        for (uint32_t i = l->g->start[node]; i < l->g->start[node + 1]; i++, l->looked++)
            reach(l, i);
        if (l->now_count == 0) {
            memcpy(l->now, l->later, l->later_count * sizeof(*l->now));
            l->now_count = l->later_count;
            l->later_count = 0;
        }
    }
    if (l->from[start] != 0)
        trace(l, start, ret);
    for (size_t i = 0; i < l->touched_count; i++)
        l->from[l->touched[i]] = 0;
}

static void find_short(const struct txn_graph *g, const uint32_t *of, uint32_t component,
                       struct txn_cycle *ret)
{
    struct look l = {.g = g, .of = of, .component = component};
    uint32_t starts = 0;
    l.from = mem_array(g->nodes, sizeof(*l.from));
    l.now = mem_array((size_t)g->nodes + 1, sizeof(*l.now));
    l.later = mem_array((size_t)g->nodes + 1, sizeof(*l.later));
    l.touched = mem_array((size_t)g->nodes + 1, sizeof(*l.touched));
    for (uint32_t n = 0; n < g->real && starts < STARTS_MAX && l.looked < LOOKED_MAX; n++) {
        if (of[n] != component)
            continue;
        look_from(&l, n, ret);
        starts++;
    }
    mem_free(l.from);
    mem_free(l.now);
    mem_free(l.later);
    mem_free(l.touched);
}

bool txn_graph_cycle(struct txn_graph *g, struct txn_cycle *ret)
{
    sort(g);
    uint32_t *words = mem_array((size_t)g->nodes * 6 + 1, sizeof(*words));
    struct components c = {.g = g,
                           .order = words,
                           .low = words + g->nodes,
                           .next = words + 2 * (size_t)g->nodes,
                           .path = words + 3 * (size_t)g->nodes,
                           .stack = words + 4 * (size_t)g->nodes,
                           .of = words + 5 * (size_t)g->nodes};
    uint32_t found = NONE;
    for (uint32_t n = 0; n < g->nodes; n++)
        c.of[n] = NONE;
    for (uint32_t n = 0; n < g->real && found == NONE; n++) {
        if (c.order[n] == 0)
            found = visit(&c, n);
    }
    *ret = (struct txn_cycle){0};
    if (found != NONE)
        find_short(g, c.of, found, ret);
    mem_free(words);
    return found != NONE;
}
