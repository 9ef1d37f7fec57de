/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of members and leaders. Any answer will do: what was asked for at a bad moment may be
 * refused, or never be answered at all. */
#include "emulator/swarm/draw.h"

#include <stdio.h>

#define ANY "\"expect\": \"any\", \"timeout\": \"%ums\""

static unsigned patience_ms(struct draw *d)
{
    return draw_count(d, 200, 3000);
}

/* The next node that is no member yet, from 1; 0: none is left. */
static unsigned newcomer(struct draw *d)
{
    if (d->spare_used == d->spare)
        return 0;
    return d->voters + d->learners + ++d->spare_used;
}

bool draw_member_add(struct draw *d)
{
    unsigned node = newcomer(d);
    if (node == 0)
        return false;
    const char *as = DRAW(d, "voter", "voter", "learner", "witness");
    if (as[0] == 'w')
        d->witnesses |= NODE_BIT(node);
    draw_step(d, 0, "\"member.add\": {\"who\": \"n%u\", \"as\": \"%s\", " ANY "}", node, as,
              patience_ms(d));
    return true;
}

bool draw_member_promote(struct draw *d)
{
    draw_step(d, 0, "\"member.promote\": {\"who\": \"learners\", " ANY "}", patience_ms(d));
    return true;
}

static bool let_go(struct draw *d)
{
    if (d->may_go == 0)
        return false;
    d->may_go--;
    return true;
}

bool draw_member_demote(struct draw *d)
{
    if (!let_go(d))
        return false;
    unsigned timeout_ms = patience_ms(d);
    draw_step(d, 0, "\"member.demote\": {\"who\": \"%s\", " ANY "}", draw_member(d), timeout_ms);
    return true;
}

bool draw_member_remove(struct draw *d)
{
    if (!let_go(d))
        return false;
    unsigned timeout_ms = patience_ms(d);
    const char *shutdown = draw_chance(d, 50) ? "true" : "false";
    draw_step(d, 0, "\"member.remove\": {\"who\": \"%s\", \"shutdown\": %s, " ANY "}",
              draw_member(d), shutdown, timeout_ms);
    return true;
}

bool draw_member_replace(struct draw *d)
{
    if (d->may_go == 0)
        return false;
    unsigned node = newcomer(d);
    if (node == 0)
        return false;
    d->may_go--;
    unsigned timeout_ms = patience_ms(d);
    draw_step(d, 0, "\"member.replace\": {\"who\": \"%s\", \"to\": \"n%u\", " ANY "}",
              draw_member(d), node, timeout_ms);
    return true;
}

/* To a set drawn from everybody who may hold data. */
bool draw_member_change(struct draw *d)
{
    struct buf set = {0};
    if (d->fixed)
        return false;
    unsigned all = d->voters + d->learners + d->spare, chosen = 0;
    unsigned first = draw_count(d, 1, d->voters);
    for (unsigned i = 1; i <= all; i++) {
        if (i != first && (!draw_chance(d, 50) || (d->witnesses >> i & 1) != 0))
            continue;
        buf_putf(&set, "%s\"n%u\"", chosen++ > 0 ? ", " : "", i);
    }
    draw_step(d, 0, "\"member.change\": {\"target\": [%s], \"style\": \"joint\", " ANY "}",
              buf_str(&set), patience_ms(d));
    buf_free(&set);
    d->may_go = d->may_go < chosen - 1 ? d->may_go : chosen - 1;
    return true;
}

bool draw_leave(struct draw *d)
{
    if (!let_go(d))
        return false;
    unsigned timeout_ms = patience_ms(d);
    draw_step(d, 0, "\"node.leave\": {\"who\": \"%s\", " ANY "}", draw_member(d), timeout_ms);
    return true;
}

bool draw_transfer(struct draw *d)
{
    bool anybody = draw_chance(d, 30);
    unsigned timeout_ms = patience_ms(d);
    if (anybody)
        draw_step(d, 0, "\"leader.transfer\": {" ANY "}", timeout_ms);
    else
        draw_step(d, 0, "\"leader.transfer\": {\"to\": \"%s\", " ANY "}",
                  draw_chance(d, 30) ? "mostLagging" : draw_member(d), timeout_ms);
    return true;
}

bool draw_step_down(struct draw *d)
{
    unsigned timeout_ms = patience_ms(d);
    draw_step(d, 0, "\"leader.stepDown\": {\"force\": %s, " ANY "}",
              draw_chance(d, 50) ? "true" : "false", timeout_ms);
    return true;
}

bool draw_snapshot(struct draw *d)
{
    unsigned timeout_ms = patience_ms(d);
    draw_step(d, 0, "\"snapshot.take\": {\"who\": \"%s\", " ANY "}",
              DRAW(d, "alive", "leader", "random(1)"), timeout_ms);
    return true;
}
