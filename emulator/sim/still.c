/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process that stands still: suspended by a step, stalled at a point, at work for longer than no
 * time. What comes for it meanwhile is kept. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/sim/run.h"

/* Where a node has less than a processor: of every period its share, at so much an event. */
#define CPU_PERIOD_NS (100 * NS_PER_MS)
#define CPU_EVENT_NS  (25 * NS_PER_US)
/* Between two looks at a disk on which a read hangs. */
#define READ_LOOK_NS (10 * NS_PER_MS)

void sim_node_defer(struct sim_node *n, const struct sim_event *event)
{
    n->deferred =
        mem_room(n->deferred, n->deferred_count + 1, &n->deferred_cap, sizeof(*n->deferred));
    n->deferred[n->deferred_count] = *event;
    if (event->kind == SIM_PACKET)
        n->deferred[n->deferred_count].kind = SIM_READ;
    n->deferred_count++;
}

/* Whether it stands still now, for whatever reason. */
static void settle(struct sim_node *n)
{
    struct observer *o = &n->sim->observer;
    bool stalled = n->stall_until_ns > n->sim->now_ns, paused = n->suspended || stalled;
    bool shown = n->suspended || (stalled && !n->toils);
    if (o->nodes[n->index].paused != shown)
        observer_paused(o, n->index, shown, n->sim->now_ns);
    if (n->paused == paused)
        return;
    n->paused = paused;
    for (size_t i = 0; !paused && i < n->deferred_count; i++) {
        n->deferred[i].t_ns = n->sim->now_ns;
        sim_queue_put(&n->sim->queue, &n->deferred[i]);
    }
    if (paused)
        return;
    n->deferred_count = 0;
    struct vfs_op *late = n->late_op;
    n->late_op = NULL;
    if (late != NULL) {
        node_on_io_done(n->node, sim_node_now(n), late, n->late_status);
        sim_node_turn(n);
    }
}

void sim_node_suspend(struct sim_node *n, bool on)
{
    if (!n->running)
        return;
    n->suspended = on;
    if (!on && !n->toils)
        n->stall_until_ns = 0; /* who is made to go on stalls no longer */
    settle(n);
}

static void stall(struct sim_node *n, uint64_t ns, bool toils)
{
    uint64_t now = n->sim->now_ns;
    bool stalled = n->stall_until_ns > now;
    n->toils = toils && (!stalled || n->toils);
    n->stall_until_ns = (stalled ? n->stall_until_ns : now) + ns;
    sim_net_quiet(n->sim->net, n->index, n->stall_until_ns);
    settle(n);
    sim_after(n->sim, n->stall_until_ns - now, SIM_RESUME, n->index, n->life);
}

void sim_node_stall(struct sim_node *n, uint64_t ns)
{
    stall(n, ns, false);
}

void sim_node_toil(struct sim_node *n, uint64_t ns)
{
    stall(n, ns, true);
}

void sim_node_resume(struct sim_node *n)
{
    if (n->stall_until_ns > n->sim->now_ns)
        return;
    n->reads = n->reads && sim_disks_read_hangs(n);
    if (n->reads)
        sim_node_toil(n, READ_LOOK_NS);
    else
        settle(n);
}

void sim_node_pay(struct sim_node *n)
{
    uint64_t now = n->sim->now_ns, period = now / CPU_PERIOD_NS;
    if (n->cpu_share >= 1 || !n->running || n->paused)
        return;
    n->cpu_used_ns = (period == n->cpu_period ? n->cpu_used_ns : 0) + CPU_EVENT_NS;
    n->cpu_period = period;
    if ((double)n->cpu_used_ns >= n->cpu_share * CPU_PERIOD_NS)
        sim_node_toil(n, (period + 1) * CPU_PERIOD_NS - now);
}
