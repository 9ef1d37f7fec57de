/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/points.h"

#include "base/mem.h"
#include "emulator/live/loop_time.h"

#include <stdio.h>

static void say(const struct point *p, struct node_lab *lab)
{
    const char *then = p->asks ? "ask" : p->stall_ns > 0 ? "stall" : "crash";
    node_lab_say(lab, "point number=%llu at=%s hit=%llu then=%s", (unsigned long long)p->number,
                 p->name, (unsigned long long)p->left, then);
}

/* POINTS_MAX: there is none. */
static size_t place_of(const struct points *p, uint64_t number)
{
    size_t i = 0;
    while (i < POINTS_MAX && p->list[i].number != number)
        i++;
    return i;
}

/* A free one, else the one that was called off longest ago. POINTS_MAX: there is none. */
static size_t place_for(const struct points *p)
{
    size_t at = POINTS_MAX;
    for (size_t i = 0; i < POINTS_MAX; i++) {
        bool usable = p->list[i].number == 0 || p->list[i].off;
        if (usable && (at == POINTS_MAX || p->list[i].number < p->list[at].number))
            at = i;
    }
    return at;
}

int points_add(struct points *p, uint64_t number, nodeset nodes, const struct world_point *point,
               struct err *e)
{
    size_t at = place_for(p);
    if (at == POINTS_MAX)
        return err_set(e, -E_LIMIT, "more than %d points at once", POINTS_MAX);
    struct trace_point where;
    if (!trace_point_find(point->name, &where))
        return err_set(e, -E_INVALID, "point %s: no node comes to it", point->name);
    struct point *one = &p->list[at];
    *one = (struct point){.number = number,
                          .nodes = nodes,
                          .left = point->hit,
                          .stall_ns = point->stall_ns,
                          .hit = -1,
                          .asks = point->where != NULL,
                          .event = where.event};
    if (one->asks)
        one->where = *point->where;
    (void)snprintf(one->name, sizeof(one->name), "%s", point->name);
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        struct node_lab *lab = nodeset_has(nodes, i) ? nodes_lab(p->nodes, i) : NULL;
        if (lab != NULL)
            say(one, lab);
    }
    return 0;
}

int points_hit(const struct points *p, uint64_t number)
{
    size_t at = place_of(p, number);
    return at == POINTS_MAX ? -1 : p->list[at].hit;
}

/* The others, and whoever it is for, do not wait for it any more. */
static void call_off(const struct points *p, const struct point *one, int except)
{
    for (int i = 0; i < LIMIT_MEMBERS; i++) {
        bool concerned = nodeset_has(one->nodes, i) && i != except;
        struct node_lab *lab = concerned ? nodes_lab(p->nodes, (unsigned)i) : NULL;
        if (lab != NULL)
            node_lab_say(lab, "unpoint number=%llu", (unsigned long long)one->number);
    }
}

void points_remove(struct points *p, uint64_t number)
{
    size_t at = place_of(p, number);
    if (at == POINTS_MAX)
        return;
    if (p->list[at].hit < 0)
        call_off(p, &p->list[at], -1);
    p->list[at].off = true;
}

void points_greet(const struct points *p, unsigned node, struct node_lab *lab)
{
    for (size_t i = 0; i < POINTS_MAX; i++) {
        const struct point *one = &p->list[i];
        if (one->number != 0 && !one->off && one->hit < 0 && nodeset_has(one->nodes, node))
            say(one, lab);
    }
}

/* ---- stalls ---- */

static void arm(struct points *p);

static void on_over(uv_timer_t *timer)
{
    struct points *p = timer->data;
    uint64_t now = loop_now_ns();
    struct err ignored; /* it is gone */
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if (p->still_until_ns[i] == 0 || p->still_until_ns[i] > now)
            continue;
        p->still_until_ns[i] = 0;
        (void)!nodes_pause(p->nodes, i, false, &ignored);
    }
    arm(p);
}

static void arm(struct points *p)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if (p->still_until_ns[i] != 0 && p->still_until_ns[i] < next)
            next = p->still_until_ns[i];
    }
    if (next != UINT64_MAX)
        (void)uv_timer_start(&p->timer, on_over, loop_until(p->loop, next), 0);
}

void points_init(struct points *p, uv_loop_t *loop, struct nodes *nodes)
{
    *p = (struct points){.nodes = nodes, .loop = loop};
    (void)uv_timer_init(loop, &p->timer);
    p->timer.data = p;
}

void points_free(struct points *p)
{
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++)
        mem_free(p->causes[i]);
}

void points_moved(struct points *p, unsigned node)
{
    p->still_until_ns[node] = 0;
    p->asked &= ~NODE_BIT(node);
}

void points_turn(struct points *p)
{
    struct err ignored; /* it is gone */
    for (nodeset left = p->asked; left != 0; left &= left - 1)
        (void)!nodes_pause(p->nodes, (unsigned)nodeset_first(left), false, &ignored);
    p->asked = 0;
}

/* ---- what processes say ---- */

/* The rest of it is theirs; one that does not end is killed. */
#define FALL_NS NS_PER_S

static int fall(struct points *p, unsigned node, const char *name, struct err *e)
{
    struct buf cause = {0};
    buf_putf(&cause, "crashPoint: %s", name);
    mem_free(p->causes[node]);
    p->causes[node] = mem_strdup(buf_str(&cause));
    buf_free(&cause);
    return nodes_kill(p->nodes, node, 0, p->causes[node], FALL_NS, e);
}

/* It stands still because of a point, and nobody wants that. */
static int let_go(const struct points *p, unsigned node, struct err *e)
{
    if (nodes_paused(p->nodes, node))
        return 0; /* by somebody else, who lets it go on */
    nodes_stopped(p->nodes, node);
    return nodes_pause(p->nodes, node, false, e);
}

void points_record(struct points *p, unsigned node, const struct trace_record *rec)
{
    for (size_t i = 0; i < POINTS_MAX; i++) {
        struct point *one = &p->list[i];
        if (one->number == 0 || !one->asks || one->event != (int)rec->ev)
            continue;
        one->fits &= ~NODE_BIT(node);
        one->fits |= event_where_holds(&one->where, rec) ? NODE_BIT(node) : 0;
    }
}

static int hit(struct points *p, struct point *one, unsigned node, struct err *e)
{
    one->hit = (int)node;
    p->hits++;
    call_off(p, one, one->asks ? -1 : (int)node);
    if (!one->asks && one->stall_ns == 0)
        return fall(p, node, one->name, e);
    nodes_stopped(p->nodes, node);
    if (one->asks) {
        p->asked |= NODE_BIT(node);
        return 0;
    }
    p->still_until_ns[node] = loop_now_ns() + one->stall_ns;
    arm(p);
    return 0;
}

int points_met(struct points *p, unsigned node, uint64_t number, struct err *e)
{
    size_t at = place_of(p, number);
    if (at == POINTS_MAX)
        return 0;
    struct point *one = &p->list[at];
    bool meant = !one->asks || nodeset_has(one->fits, node);
    one->left -= meant && one->left > 0;
    if (meant && one->left == 0 && one->hit < 0 && !one->off)
        return hit(p, one, node, e);
    if (one->asks || (one->left == 0 && one->stall_ns > 0))
        return let_go(p, node, e);
    if (one->left > 0)
        return 0;
    int code = fall(p, node, one->name, e);
    return code < 0 ? code : nodes_again(p->nodes, node, e);
}
