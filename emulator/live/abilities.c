/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this world can do, and what it cannot. */
#include "emulator/adapters/systems.h"
#include "emulator/judging/judged.h"
#include "emulator/live/limiter.h"
#include "emulator/live/run.h"

/* What its carriers do to packets and connections, whoever sends them; and beyond that, what it
 * does to processes. Carriers: see live_carrier. */
static uint64_t of_any_process(void)
{
    return runner_capabilities() | 1ull << CAP_netHold | 1ull << CAP_netPayload |
           1ull << CAP_netCutStyle | 1ull << CAP_netReset | 1ull << CAP_netHalfOpen |
           1ull << CAP_procLimit | 1ull << CAP_procBlockLog;
}

static uint64_t of_raftd(void)
{
    return of_any_process() | runner_disk_capabilities() | 1ull << CAP_netReaddress |
           1ull << CAP_clock | 1ull << CAP_procPoint | 1ull << CAP_netFilter |
           1ull << CAP_procTwin | 1ull << CAP_triggerBefore | 1ull << CAP_clockWall;
}

/* What is left when nodes trace nothing, have none of raftd's commands, and clients reach them
 * through their adapters and not over a link. Of members a shipped adapter is known to know or not
 * to know anything; somebody's own says so itself, before its node is started. */
static uint64_t of_others(const char *sut)
{
    const struct adapter_system *shipped = adapter_system_find(sut);
    bool members = shipped == NULL || (shipped->can >> ADAPTER_CAN_members & 1) != 0;
    const uint64_t lost = 1ull << CAP_trace | 1ull << CAP_trigger | 1ull << CAP_eventWhere |
                          1ull << CAP_netPlane | 1ull << CAP_procVersion | 1ull << CAP_memberMore |
                          1ull << CAP_transfer | 1ull << CAP_leave | 1ull << CAP_snapshot |
                          1ull << CAP_configSet | 1ull << CAP_forceRecover |
                          1ull << CAP_clientSession | 1ull << CAP_clientCut;
    return of_any_process() & ~lost & ~(members ? 0 : 1ull << CAP_member);
}

/* What depends on the machine. */
static int refuse_step(const struct scenario_step *step, struct err *e)
{
    if (step->action == ACTION_net_reset && !netem_can_hang_up())
        return err_set(e, -E_UNSUPPORTED,
                       "step %u: net.reset: this kernel does not destroy connections on request "
                       "(CONFIG_INET_DIAG_DESTROY)",
                       step->number);
    if (scenario_arg(&step->args, PARAM_threads) == NULL || limiter_bounds_threads())
        return 0;
    return err_set(e, -E_UNSUPPORTED,
                   "step %u: %s: threads: the system does not bound those of root: run it as an "
                   "ordinary user",
                   step->number, vocab_action(step->action)->name);
}

const struct lint_world *live_world(void)
{
    static struct lint_world world;
    world = (struct lint_world){.name = "live",
                                .id = WORLD_live,
                                .capabilities = of_raftd(),
                                .others = of_others,
                                .checkers = judged_checkers(),
                                .coverage = judged_coverage() | 1ull << COVERAGE_crashPointsHit,
                                .refuse = refuse_step};
    return &world;
}

int live_carrier(const struct scenario *s, enum netem_carrier wanted, enum netem_carrier *ret,
                 struct err *e)
{
    const char *what = runner_beyond_kernel(s);
    *ret = what == NULL ? wanted : NETEM_USER;
    if (what == NULL || wanted != NETEM_KERNEL)
        return 0;
    return err_set(e, -E_UNSUPPORTED, "%s: the kernel's carrier cannot do it; use --net user",
                   what);
}

int live_refuse(const struct scenario *s, struct err *e)
{
    const struct scenario_clients *c = &s->clients;
    if (scenario_is_raftd(s))
        return 0; /* what a step says is done here, all of it */
    if (s->cluster.learners > 0)
        return err_set(e, -E_UNSUPPORTED, "cluster: learners: %s has none", s->cluster.sut);
    if (c->sessions || c->retry || c->read_mode != READ_index)
        return err_set(e, -E_UNSUPPORTED, "clients: %s: nodes behind an adapter do not know it",
                       c->sessions ? "sessions"
                       : c->retry  ? "retry"
                                   : "readMode");
    return 0;
}
