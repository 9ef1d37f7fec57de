/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/bends.h"

#include "emulator/live/loop_time.h"

/* A process that does not answer (it is suspended) is not told more than so much: the last of it
 * counts. */
#define UNANSWERED_MAX 8

static void say(const struct bends *b, unsigned node, struct node_lab *lab)
{
    const struct host_clock *c = &b->clocks.of[node];
    node_lab_say(lab, "%s at=%llu shown=%llu owed=%llu rate=%lld frozen=%s", b->verb,
                 (unsigned long long)c->at_ns, (unsigned long long)c->shown_ns,
                 (unsigned long long)c->owed_ns, (long long)c->rate_ppm, c->frozen ? "yes" : "no");
}

static void tell(struct bends *b, unsigned node)
{
    struct node_lab *lab = nodes_lab(b->nodes, node);
    b->late &= ~NODE_BIT(node);
    if (lab == NULL)
        return; /* its next start is told */
    if (node_lab_unanswered(lab) < UNANSWERED_MAX)
        say(b, node, lab);
    else
        b->late |= NODE_BIT(node);
}

static void on_changed(void *arg, unsigned node)
{
    struct bends *b = arg;
    b->bent |= NODE_BIT(node);
    tell(b, node);
}

void bends_init(struct bends *b, uv_loop_t *loop, const struct nodes *nodes, unsigned count,
                bool wall)
{
    uint64_t now = loop_now_ns(), shown = wall ? loop_clock_ns(CLOCK_REALTIME) : now;
    *b = (struct bends){.nodes = nodes, .loop = loop, .verb = wall ? "wall" : "clock"};
    b->clocks = (struct clocks){.nodes_count = count,
                                .numbers = wall ? BENDS_WALL : 0,
                                .wall = wall,
                                .changed = on_changed,
                                .arg = b};
    for (unsigned i = 0; i < count; i++)
        b->clocks.of[i] = host_clock_new(now, shown);
    (void)uv_timer_init(loop, &b->timer);
    b->timer.data = b;
}

void bends_greet(const struct bends *b, unsigned node, struct node_lab *lab)
{
    if (nodeset_has(b->bent, node))
        say(b, node, lab);
}

void bends_tick(struct bends *b)
{
    for (unsigned i = 0; i < b->clocks.nodes_count; i++) {
        if (nodeset_has(b->late, i))
            tell(b, i);
    }
}

/* ---- strobes ---- */

static void arm(struct bends *b);

static void on_strobe(uv_timer_t *timer)
{
    struct bends *b = timer->data;
    uint64_t now = loop_now_ns();
    size_t kept = 0;
    for (size_t i = 0; i < b->strobes_count; i++) {
        struct bend_strobe s = b->strobes[i];
        const struct clock_rule *r = clocks_rule(&b->clocks, s.number);
        if (r == NULL)
            continue;
        if (s.due_ns <= now) {
            (void)clocks_strobe(&b->clocks, now, s.number);
            s.due_ns = now + r->what.period_ns;
        }
        b->strobes[kept++] = s;
    }
    b->strobes_count = kept;
    arm(b);
}

static void arm(struct bends *b)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < b->strobes_count; i++) {
        if (b->strobes[i].due_ns < next)
            next = b->strobes[i].due_ns;
    }
    if (next != UINT64_MAX)
        (void)uv_timer_start(&b->timer, on_strobe, loop_until(b->loop, next), 0);
}

int bends_add(struct bends *b, nodeset nodes, const struct world_clock *fault, uint64_t *ret_number,
              struct err *e)
{
    uint64_t now = loop_now_ns();
    int code = clocks_add(&b->clocks, now, nodes, fault, ret_number, e);
    if (code < 0 || fault->kind != WORLD_CLOCK_STROBE)
        return code;
    ASSERT(b->strobes_count < CLOCK_RULES_MAX); /* no more of them than rules */
    b->strobes[b->strobes_count++] =
        (struct bend_strobe){.number = *ret_number, .due_ns = now + fault->period_ns};
    arm(b);
    return 0;
}

void bends_remove(struct bends *b, uint64_t number, nodeset nodes)
{
    size_t kept = 0;
    clocks_remove(&b->clocks, loop_now_ns(), number, nodes);
    for (size_t i = 0; i < b->strobes_count; i++) {
        if (clocks_rule(&b->clocks, b->strobes[i].number) != NULL)
            b->strobes[kept++] = b->strobes[i];
    }
    b->strobes_count = kept;
}
