/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/hands.h"

#include "base/mem.h"
#include "base/sort.h"
#include "emulator/sim/run.h"

#include <string.h>

bool sim_over(const struct sim *sim)
{
    return sim->phase == SIM_OVER;
}

bool sim_stopped(const struct sim *sim)
{
    return sim->stopped;
}

bool sim_open_to_steps(const struct sim *sim)
{
    return sim->phase == SIM_STEPS && !sim->stopped;
}

const struct observer *sim_observer(const struct sim *sim)
{
    return &sim->observer;
}

struct sim_node_view sim_node_view(const struct sim *sim, unsigned node)
{
    const struct sim_node *n = &sim->nodes[node];
    bool armed = n->node != NULL && n->timer.due_ns >= sim->now_ns;
    return (struct sim_node_view){.runs = n->running,
                                  .paused = n->paused,
                                  .node = n->node,
                                  .timer_ns = armed ? n->timer.due_ns - sim->now_ns : UINT64_MAX};
}

struct runner *sim_runner(struct sim *sim)
{
    return sim->runner;
}

const struct world *sim_hands(struct sim *sim)
{
    return &sim->world;
}

void sim_stay(struct sim *sim, bool on)
{
    sim->stays = on;
    sim->changed = sim->changed || !on; /* nothing else may ever make it look again */
    runner_stay(sim->runner, on);
}

/* ---- what is to happen ---- */

bool sim_counts(const struct sim *sim, const struct sim_event *event)
{
    const struct sim_node *n = &sim->nodes[event->who < LIMIT_MEMBERS ? event->who : 0];
    switch (event->kind) {
    case SIM_PACKET:
    case SIM_READ:
    case SIM_RESEND:
    case SIM_ADMIN: return true;
    case SIM_STROBE: return clocks_until(&sim->clocks, event->number) != 0;
    case SIM_CLIENT: return sim_alarm_counts(&sim->client_alarms[event->who], event);
    case SIM_TIMER: return n->node != NULL && sim_alarm_counts(&n->timer, event);
    case SIM_DISK:
    case SIM_TURN:
    case SIM_DIAL:
    case SIM_BIRTH:
    case SIM_END:
    case SIM_RESUME: return n->running && event->number == n->life;
    }
    UNREACHABLE();
}

size_t sim_queued(const struct sim *sim)
{
    return sim->queue.count;
}

/* An alarm's event comes early when it was put off. */
static struct sim_event put_off(const struct sim *sim, struct sim_event event)
{
    const struct sim_alarm *a = event.kind == SIM_TIMER    ? &sim->nodes[event.who].timer
                                : event.kind == SIM_CLIENT ? &sim->client_alarms[event.who]
                                                           : NULL;
    if (a != NULL && event.number == a->near.number && event.t_ns < a->due_ns)
        event.t_ns = a->due_ns;
    return event;
}

static int by_time(const void *a, const void *b)
{
    const struct sim_event *x = a, *y = b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

size_t sim_pending(const struct sim *sim, struct sim_pending *out, size_t max)
{
    size_t count = 0;
    if (sim->queue.count == 0)
        return 0;
    struct sim_event *all = mem_array(sim->queue.count, sizeof(*all));
    for (size_t i = 0; i < sim->queue.count; i++)
        all[i] = put_off(sim, sim->queue.heap[i]);
    sort_array(all, sim->queue.count, sizeof(*all), by_time);
    for (size_t i = 0; i < sim->queue.count; i++) {
        if (!sim_counts(sim, &all[i]))
            continue;
        if (count < max)
            out[count] = (struct sim_pending){.number = all[i].seq,
                                              .in_ns = all[i].t_ns - sim->now_ns,
                                              .kind = all[i].kind,
                                              .who = all[i].who,
                                              .packet = all[i].what};
        count++;
    }
    mem_free(all);
    return count;
}

/* ---- packets ---- */

static int take_packet(struct sim *sim, uint64_t number, struct sim_event *ret, struct err *e)
{
    for (size_t i = 0; i < sim->queue.count; i++) {
        const struct sim_event *event = &sim->queue.heap[i];
        if (event->seq == number && event->kind == SIM_PACKET) {
            *ret = sim_queue_remove(&sim->queue, i);
            return 0;
        }
    }
    return err_set(e, -E_NOTFOUND, "no message %llu is under way", (unsigned long long)number);
}

int sim_packet_lose(struct sim *sim, uint64_t number, struct err *e)
{
    struct sim_event event;
    int code = take_packet(sim, number, &event, e);
    if (code == 0)
        sim_net_lose(sim->net, event.what, sim->now_ns);
    return code;
}

int sim_packet_hurry(struct sim *sim, uint64_t number, struct err *e)
{
    struct sim_event event;
    int code = take_packet(sim, number, &event, e);
    if (code < 0)
        return code;
    event.t_ns = sim->now_ns;
    sim_queue_put(&sim->queue, &event);
    return 0;
}
