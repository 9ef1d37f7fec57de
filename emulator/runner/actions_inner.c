/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that need a world able to look inside: at what a frame carries, at where a node is. */
#include "emulator/runner/runner_private.h"

#include <string.h>

uint64_t runner_disk_capabilities(void)
{
    return 1ull << CAP_diskDelay | 1ull << CAP_diskError | 1ull << CAP_diskFull |
           1ull << CAP_diskUnsynced | 1ull << CAP_diskTear | 1ull << CAP_diskDamage |
           1ull << CAP_diskImage | 1ull << CAP_waitDisk;
}

uint64_t runner_inner_capabilities(void)
{
    return 1ull << CAP_netFilter | 1ull << CAP_netLane | 1ull << CAP_procPoint |
           1ull << CAP_netHold | 1ull << CAP_netPayload | 1ull << CAP_clock |
           1ull << CAP_triggerBefore | 1ull << CAP_netCutStyle | 1ull << CAP_netReset |
           1ull << CAP_netHalfOpen | 1ull << CAP_netReaddress | 1ull << CAP_procTwin |
           1ull << CAP_netAdmin | 1ull << CAP_procLimit;
}

/* The names are those of the scenario language: the parser lets no other one through. */
static enum world_verdict verdict_of(const char *name)
{
    static const struct {
        const char *name;
        enum world_verdict verdict;
    } verdicts[] = {{"drop", WORLD_DROP},
                    {"hold", WORLD_HOLD},
                    {"duplicate", WORLD_DUPLICATE},
                    {"delay", WORLD_DELAY},
                    {"swapWithNext", WORLD_SWAP}};
    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
        if (strcmp(verdicts[i].name, name) == 0)
            return verdicts[i].verdict;
    }
    UNREACHABLE();
}

int action_filter(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                  struct err *e)
{
    struct link_set set;
    uint64_t number;
    int code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    struct world_filter filter = {
        .links = set.pairs,
        .messages = scenario_arg(&step->args, PARAM_message)->messages,
        .verdict = verdict_of(scenario_arg_text(&step->args, PARAM_verdict, "")),
        .count = scenario_arg_u64(&step->args, PARAM_count, 0),
        .probability = scenario_arg_share(&step->args, PARAM_probability, 1),
        .delay_ns = scenario_arg_u64(&step->args, PARAM_delay, 0)};
    if (filter.verdict == WORLD_DELAY && filter.delay_ns == 0)
        return err_set(e, -E_INVALID, "the verdict is delay, but no delay is given");
    ASSERT(r->w.filter != NULL);
    code = r->w.filter(r->w.arg, &filter, &number, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_FILTER, &set, *ret_nodes, e);
    if (code == 0)
        r->faults[r->faults_count - 1].number = number;
    return code;
}

/* ---- points ---- */

int action_point(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    struct world_point point = {.name = scenario_arg_text(&step->args, PARAM_point, ""),
                                .hit = scenario_arg_u64(&step->args, PARAM_hit, 1),
                                .stall_ns = scenario_arg_u64(&step->args, PARAM_stall, 0)};
    if (point.hit == 0)
        return err_set(e, -E_INVALID, "hit: counted from 1");
    if (step->action == ACTION_proc_stallAt && point.stall_ns == 0)
        return err_set(e, -E_INVALID, "stall: no time at all");
    ASSERT(r->w.point != NULL);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        struct armed *a = &r->armed[r->armed_count];
        if ((nodes >> i & 1) == 0)
            continue;
        if (r->armed_count == RUNNER_ARMED_MAX)
            return err_set(e, -E_LIMIT, "more than %d points at once", RUNNER_ARMED_MAX);
        *a = (struct armed){.step = step, .node = i};
        int code = r->w.point(r->w.arg, NODE_BIT(i), &point, &a->number, e);
        if (code < 0)
            return code;
        r->armed_count++;
    }
    fault_tell(r, step, "armed", nodes);
    return 0;
}

int points_reached(struct runner *r, struct err *e)
{
    size_t kept = 0, before = r->armed_count;
    int code = 0;
    for (size_t i = 0; i < before; i++) {
        struct armed a = r->armed[i];
        if (code < 0 || r->w.point_hit(r->w.arg, a.number) < 0) {
            r->armed[kept++] = a;
            continue;
        }
        r->w.unpoint(r->w.arg, a.number);
        bool crashed = a.step->action == ACTION_proc_crashAt;
        if (crashed)
            r->dead |= NODE_BIT(a.node);
        runner_say(r, "n%u %s at %s", a.node + 1, crashed ? "crashes" : "stalls",
                   scenario_arg_text(&a.step->args, PARAM_point, ""));
        code =
            fault_begin(r, a.step, crashed ? FAULT_DEAD : FAULT_PAUSED, NULL, NODE_BIT(a.node), e);
    }
    r->armed_count = kept;
    return code;
}

void points_forget(struct runner *r)
{
    for (size_t i = 0; i < r->armed_count; i++)
        r->w.unpoint(r->w.arg, r->armed[i].number);
    r->armed_count = 0;
    triggers_forget(r);
}
