/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/points.h"

#include "base/mem.h"
#include "emulator/live/loop_time.h"

#include <stdio.h>

static void say(const struct point *p, struct node_lab *lab)
{
    node_lab_say(lab, "point number=%llu at=%s hit=%llu then=%s", (unsigned long long)p->number,
                 p->name, (unsigned long long)p->left, p->stall_ns > 0 ? "stall" : "crash");
}

/* POINTS_MAX: there is none. */
static size_t place_of(const struct points *p, uint64_t number)
{
    size_t i = 0;
    while (i < POINTS_MAX && p->list[i].number != number)
        i++;
    return i;
}

int points_add(struct points *p, uint64_t number, nodeset nodes, const struct world_point *point,
               struct err *e)
{
    size_t at = place_of(p, 0);
    if (at == POINTS_MAX)
        return err_set(e, -E_LIMIT, "more than %d points at once", POINTS_MAX);
    ASSERT(point->where == NULL); /* steps before the consequence of an event: not in this world */
    struct point *one = &p->list[at];
    *one = (struct point){.number = number,
                          .nodes = nodes,
                          .left = point->hit,
                          .stall_ns = point->stall_ns,
                          .hit = -1};
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
    p->list[at].number = 0;
}

void points_greet(const struct points *p, unsigned node, struct node_lab *lab)
{
    for (size_t i = 0; i < POINTS_MAX; i++) {
        const struct point *one = &p->list[i];
        if (one->number != 0 && one->hit < 0 && nodeset_has(one->nodes, node))
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

int points_met(struct points *p, unsigned node, uint64_t number, struct err *e)
{
    size_t at = place_of(p, number);
    struct point *one = at == POINTS_MAX ? NULL : &p->list[at];
    if (one == NULL || one->hit >= 0 || --one->left > 0)
        return 0;
    one->hit = (int)node;
    p->hits++;
    call_off(p, one, (int)node);
    if (one->stall_ns == 0) {
        return fall(p, node, one->name, e);
    }
    nodes_stopped(p->nodes, node);
    p->still_until_ns[node] = loop_now_ns() + one->stall_ns;
    arm(p);
    return 0;
}
