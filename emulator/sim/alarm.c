/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Being woken at a time that changes all the while, with one event in the queue. */
#include "emulator/sim/run.h"

static void cover(struct sim *sim, struct sim_alarm *a, enum sim_event_kind kind, unsigned who)
{
    if (a->due_ns == 0 || (a->near.at_ns != 0 && a->near.at_ns <= a->due_ns))
        return;
    if (a->near.at_ns != 0)
        a->far = a->near;
    a->near = (struct sim_alarm_event){.number = ++a->numbers, .at_ns = a->due_ns};
    sim_queue_put(
        &sim->queue,
        &(struct sim_event){.t_ns = a->due_ns, .kind = kind, .who = who, .number = a->numbers});
}

void sim_alarm_set(struct sim *sim, struct sim_alarm *a, uint64_t due_ns, enum sim_event_kind kind,
                   unsigned who)
{
    a->due_ns = due_ns;
    cover(sim, a, kind, who);
}

bool sim_alarm_rings(struct sim *sim, struct sim_alarm *a, const struct sim_event *event)
{
    if (event->number == a->near.number)
        a->near = a->far;
    else if (event->number != a->far.number)
        return false;
    a->far = (struct sim_alarm_event){0};
    if (a->due_ns == 0 || a->due_ns > sim->now_ns) {
        cover(sim, a, event->kind, event->who);
        return false;
    }
    a->due_ns = 0;
    return true;
}

bool sim_alarm_counts(const struct sim_alarm *a, const struct sim_event *event)
{
    return event->number == a->near.number && a->due_ns != 0 && a->due_ns <= event->t_ns;
}
