/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc.rolling: nodes restart one by one, each when the one before is well again. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"

#include <signal.h>
#include <string.h>

/* Between two looks at a node that comes back, and how long it may take. */
#define LOOK_NS    (20 * NS_PER_MS)
#define HEALTHY_NS (60 * NS_PER_S)

static uint64_t boots_of(const struct runner *r, int node)
{
    return r->o->events[node][TRACE_boot];
}

static unsigned nth(nodeset set, uint64_t n)
{
    while (n-- > 0)
        set &= set - 1;
    return (unsigned)nodeset_first(set);
}

static unsigned next_of(struct runner *r, const struct activity *a,
                        const struct scenario_step *step)
{
    const char *order = scenario_arg_text(&step->args, PARAM_order, "leaderLast");
    nodeset leader = r->o->leader < 0 ? 0 : a->nodes & NODE_BIT(r->o->leader);
    if (strcmp(order, "random") == 0)
        return nth(a->nodes, prng_below(&r->rnd, nodeset_count(a->nodes)));
    if (strcmp(order, "leaderFirst") == 0 && leader != 0)
        return nth(leader, 0);
    return nth((a->nodes & ~leader) != 0 ? a->nodes & ~leader : a->nodes, 0);
}

int action_rolling(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e)
{
    const struct selectors *who = scenario_arg_who(&step->args, PARAM_who);
    struct targets taken = {0}, targets = {0};
    for (unsigned i = 0; who == NULL && i < r->o->nodes_count; i++)
        targets.nodes |= (nodeset)r->o->nodes[i].alive << i;
    int code = who == NULL ? 0 : runner_targets(r, who, &taken, &targets, e);
    if (code == 0 && targets.nodes == 0)
        return err_set(e, -E_NOTFOUND, "no node runs");
    if (code < 0)
        return code;
    *ret_nodes = targets.nodes;
    t->activity = (struct activity){.on = true,
                                    .began_ns = runner_now(r),
                                    .next_ns = runner_now(r),
                                    .cycles_left = nodeset_count(targets.nodes),
                                    .nodes = targets.nodes,
                                    .node = -1};
    return 0;
}

static int restart(struct runner *r, struct activity *a, const struct scenario_step *step,
                   struct err *e)
{
    unsigned node = next_of(r, a, step);
    a->node = (int)node;
    a->nodes &= ~NODE_BIT(node);
    a->boots = boots_of(r, a->node);
    a->goal = r->o->commit_max;
    a->give_up_ns = runner_now(r) + HEALTHY_NS;
    runner_say(r, "n%u restarts", node + 1);
    int code = runner_end_node(r, node, SIGTERM, "stop", 0, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_DEAD, NULL, NODE_BIT(node), e);
    if (code == 0)
        code = runner_start_node(r, node, step, e);
    faults_close(r);
    return code;
}

static bool healthy(const struct runner *r, const struct activity *a,
                    const struct scenario_step *step)
{
    bool booted = boots_of(r, a->node) > a->boots;
    if (!scenario_arg_bool(&step->args, PARAM_waitHealthy, true))
        return booted;
    return booted && r->o->leader >= 0 && r->o->applied[a->node] >= a->goal;
}

int rolling_turn(struct runner *r, struct activity *a, const struct scenario_step *step,
                 struct err *e)
{
    uint64_t now = runner_now(r);
    if (a->node < 0)
        return restart(r, a, step, e);
    a->next_ns = now + LOOK_NS;
    if (!healthy(r, a, step))
        return now < a->give_up_ns
                   ? 0
                   : err_set(e, -E_NOTFOUND, "n%d is not well again after 60s", a->node + 1);
    a->node = -1;
    a->next_ns = now + scenario_arg_u64(&step->args, PARAM_gap, 0);
    a->cycles_left--;
    return 0;
}
