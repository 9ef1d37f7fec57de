/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/partition.h"

/* The nodes of a set in some order. */
struct line {
    unsigned node[LIMIT_MEMBERS];
    size_t count;
};

static void cut_one(struct partition *p, unsigned from, unsigned to)
{
    ASSERT(from != to);
    p->cut[from] |= (nodeset)1 << to;
}

/* Packets from every node of a to every node of b; unless directed, back too. */
static void cut_sets(struct partition *p, nodeset a, nodeset b, bool directed)
{
    ASSERT((a & b) == 0);
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if ((a >> i & 1) != 0)
            p->cut[i] |= b;
        if ((b >> i & 1) != 0 && !directed)
            p->cut[i] |= a;
    }
}

int partition_groups(const nodeset *groups, size_t groups_count, bool directed,
                     struct partition *ret, struct err *e)
{
    ASSERT(groups_count <= LIMIT_MEMBERS);
    struct partition p = {.groups_count = groups_count};
    nodeset seen = 0;
    char text[NODESET_TEXT_MAX];
    if (groups_count < 2)
        return err_set(e, -E_INVALID, "a partition needs at least two groups");
    for (size_t i = 0; i < groups_count; i++) {
        if (groups[i] == 0)
            return err_set(e, -E_INVALID, "group %zu of the partition is empty", i + 1);
        if ((groups[i] & seen) != 0)
            return err_set(e, -E_INVALID, "%s in two groups of the partition",
                           nodeset_print(groups[i] & seen, text));
        seen |= groups[i];
        p.groups[i] = groups[i];
        for (size_t j = 0; j < i; j++)
            cut_sets(&p, groups[j], groups[i], directed);
    }
    *ret = p;
    return 0;
}

/* Two sides, cut. */
static void sides(struct partition *p, nodeset first, nodeset second, bool directed)
{
    cut_sets(p, first, second, directed);
    p->groups[0] = first;
    p->groups[1] = second;
    p->groups_count = 2;
}

static struct line shuffled(nodeset set, struct prng *rnd)
{
    struct line line = {0};
    while (set != 0) {
        nodeset one = nodeset_draw(set, 1, rnd);
        line.node[line.count++] = (unsigned)nodeset_first(one);
        set &= ~one;
    }
    return line;
}

/* Cuts every pair of the line that is further apart than `reach` steps, the shorter way round if
 * it is a ring. */
static void cut_distant(struct partition *p, const struct line *line, bool ring, size_t reach,
                        bool directed)
{
    for (size_t i = 0; i < line->count; i++) {
        for (size_t j = i + 1; j < line->count; j++) {
            size_t apart = j - i;
            if (ring && line->count - apart < apart)
                apart = line->count - apart;
            if (apart <= reach)
                continue;
            cut_one(p, line->node[i], line->node[j]);
            if (!directed)
                cut_one(p, line->node[j], line->node[i]);
        }
    }
}

static void cut_random(struct partition *p, const struct line *line, bool directed,
                       struct prng *rnd)
{
    bool any = false;
    for (size_t i = 0; i < line->count; i++) {
        for (size_t j = i + 1; j < line->count; j++) {
            bool forth = prng_chance(rnd, 0.5);
            bool back = directed ? prng_chance(rnd, 0.5) : forth;
            if (forth)
                cut_one(p, line->node[i], line->node[j]);
            if (back)
                cut_one(p, line->node[j], line->node[i]);
            any = any || forth || back;
        }
    }
    if (any)
        return;
    cut_one(p, line->node[0], line->node[1]); /* the line is shuffled: a pair at random */
    if (!directed)
        cut_one(p, line->node[1], line->node[0]);
}

static unsigned least_count(enum shape_id shape)
{
    switch (shape) {
    case SHAPE_halves:
    case SHAPE_oneVsRest:
    case SHAPE_random: return 2;
    case SHAPE_majority:
    case SHAPE_minorityWithLeader:
    case SHAPE_bridge:
    case SHAPE_chain:
    case SHAPE_star: return 3;
    case SHAPE_ring: return 4;
    case SHAPES_COUNT: break;
    }
    UNREACHABLE();
}

static int check(enum shape_id shape, nodeset among, int centre, int leader, struct err *e)
{
    unsigned count = nodeset_count(among), least = least_count(shape);
    const char *name = vocab_shape_name(shape);
    if (count < least)
        return err_set(e, -E_NOTFOUND, "%s needs at least %u nodes, there are %u", name, least,
                       count);
    if (centre >= 0 && (among >> centre & 1) == 0)
        return err_set(e, -E_INVALID, "%s: n%d is not one of the nodes", name, centre + 1);
    if (shape != SHAPE_minorityWithLeader)
        return 0;
    if (leader < 0)
        return err_set(e, -E_NOTFOUND, "%s: no node leads", name);
    if ((among >> leader & 1) == 0)
        return err_set(e, -E_NOTFOUND, "%s: the leader n%d is not one of the nodes", name,
                       leader + 1);
    return 0;
}

static void cut_shape(enum shape_id shape, nodeset among, nodeset centre, nodeset leader,
                      bool directed, struct prng *rnd, struct partition *p)
{
    unsigned count = nodeset_count(among);
    nodeset others = among & ~centre, first;
    struct line line;
    switch (shape) {
    case SHAPE_halves:
        first = nodeset_draw(among, count / 2, rnd);
        sides(p, first, among & ~first, directed);
        return;
    case SHAPE_majority:
        first = nodeset_draw(among, count / 2 + 1, rnd);
        sides(p, first, among & ~first, directed);
        return;
    case SHAPE_minorityWithLeader:
        first = leader | nodeset_draw(among & ~leader, (count - 1) / 2 - 1, rnd);
        sides(p, first, among & ~first, directed);
        return;
    case SHAPE_oneVsRest: sides(p, centre, others, directed); return;
    case SHAPE_bridge:
        first = nodeset_draw(others, (count - 1) / 2, rnd);
        cut_sets(p, first, others & ~first, directed);
        return;
    case SHAPE_ring: /* itself and `reach` neighbours on both sides make a majority */
        line = shuffled(among, rnd);
        cut_distant(p, &line, true, (count / 2 + 1) / 2, directed);
        return;
    case SHAPE_chain:
        line = shuffled(among, rnd);
        cut_distant(p, &line, false, 1, directed);
        return;
    case SHAPE_star:
        line = shuffled(others, rnd);
        cut_distant(p, &line, false, 0, directed);
        return;
    case SHAPE_random:
        line = shuffled(among, rnd);
        cut_random(p, &line, directed, rnd);
        return;
    case SHAPES_COUNT: break;
    }
    UNREACHABLE();
}

int partition_shape(enum shape_id shape, nodeset among, int centre, int leader, bool directed,
                    struct prng *rnd, struct partition *ret, struct err *e)
{
    int code = check(shape, among, centre, leader, e);
    if (code < 0)
        return code;
    struct partition p = {0};
    nodeset middle = 0;
    if (vocab_shape_centre(shape))
        middle = centre >= 0 ? (nodeset)1 << centre : nodeset_draw(among, 1, rnd);
    cut_shape(shape, among, middle, leader >= 0 ? (nodeset)1 << leader : 0, directed, rnd, &p);
    *ret = p;
    return 0;
}

void partition_isolate(nodeset who, nodeset among, bool out, bool in, struct partition *ret)
{
    struct partition p = {0};
    nodeset others = among & ~who;
    if (out)
        cut_sets(&p, who, others, true);
    if (in)
        cut_sets(&p, others, who, true);
    if (who != 0 && others != 0) {
        p.groups[0] = who;
        p.groups[1] = others;
        p.groups_count = 2;
    }
    *ret = p;
}

bool partition_is_cut(const struct partition *p, unsigned from, unsigned to)
{
    ASSERT(from < LIMIT_MEMBERS && to < LIMIT_MEMBERS);
    return (p->cut[from] >> to & 1) != 0;
}

size_t partition_cuts_count(const struct partition *p)
{
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_MEMBERS; i++)
        count += nodeset_count(p->cut[i]);
    return count;
}
