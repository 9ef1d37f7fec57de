/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the laboratory does inside of nodes, through their lab channels. */
#include "emulator/live/loop_time.h"
#include "emulator/live/run.h"

void inside_open(struct live *l)
{
    bends_init(&l->bends, &l->loop, l->nodes, (unsigned)scenario_nodes_count(l->s), false);
    bends_init(&l->walls, &l->loop, l->nodes, (unsigned)scenario_nodes_count(l->s), true);
    points_init(&l->points, &l->loop, l->nodes);
    l->filters = (struct filters){.nodes = l->nodes,
                                  .nodes_count = (unsigned)scenario_nodes_count(l->s),
                                  .seed = l->options->seed};
}

void inside_tick(struct live *l)
{
    bends_tick(&l->bends);
    bends_tick(&l->walls);
}

void inside_greet(void *arg, unsigned node, struct node_lab *lab)
{
    struct live *l = arg;
    disks_greet(&l->disks, node, lab);
    bends_greet(&l->bends, node, lab);
    bends_greet(&l->walls, node, lab);
    points_greet(&l->points, node, lab);
    filters_greet(&l->filters, node, lab);
}

void inside_met(void *arg, unsigned node, uint64_t number)
{
    struct live *l = arg;
    struct err e;
    if (!disks_met(&l->disks, node, number) && !filters_met(&l->filters, node, number) &&
        points_met(&l->points, node, number, &e) < 0)
        news_failed(l, &e);
    l->outcome->points_hit = l->points.hits;
    l->outcome->frames_dropped = l->filters.dropped;
}

/* ---- the runner's door ---- */

static int bend_clock(void *arg, nodeset nodes, const struct world_clock *fault,
                      uint64_t *ret_number, struct err *e)
{
    struct live *l = arg;
    return bends_add(fault->wall ? &l->walls : &l->bends, nodes, fault, ret_number, e);
}

static uint64_t clock_until(void *arg, uint64_t number)
{
    const struct live *l = arg;
    return clocks_until(number > BENDS_WALL ? &l->walls.clocks : &l->bends.clocks, number);
}

static void unclock(void *arg, uint64_t number, nodeset nodes)
{
    struct live *l = arg;
    bends_remove(number > BENDS_WALL ? &l->walls : &l->bends, number, nodes);
}

static int point(void *arg, nodeset nodes, const struct world_point *what, uint64_t *ret_number,
                 struct err *e)
{
    struct live *l = arg;
    int code = points_add(&l->points, l->lab_numbers + 1, nodes, what, e);
    if (code == 0)
        *ret_number = ++l->lab_numbers;
    return code;
}

static int point_hit(void *arg, uint64_t number)
{
    const struct live *l = arg;
    return points_hit(&l->points, number);
}

static void unpoint(void *arg, uint64_t number)
{
    struct live *l = arg;
    points_remove(&l->points, number);
}

static int filter(void *arg, const struct world_filter *what, uint64_t *ret_number, struct err *e)
{
    struct live *l = arg;
    int code = filters_add(&l->filters, l->lab_numbers + 1, what, e);
    if (code == 0)
        *ret_number = ++l->lab_numbers;
    return code;
}

static bool filter_active(void *arg, uint64_t number)
{
    const struct live *l = arg;
    return filters_active(&l->filters, number);
}

static void unfilter(void *arg, uint64_t number, const nodeset *links)
{
    struct live *l = arg;
    filters_remove(&l->filters, number, links);
}

void inside_fill(struct world *w)
{
    w->clock = bend_clock;
    w->clock_until = clock_until;
    w->unclock = unclock;
    w->point = point;
    w->point_hit = point_hit;
    w->unpoint = unpoint;
    w->filter = filter;
    w->filter_active = filter_active;
    w->unfilter = unfilter;
}

const char *inside_struck(void *arg, unsigned node, int status, bool told)
{
    struct live *l = arg;
    return disks_ended(&l->disks, node, status, told);
}
