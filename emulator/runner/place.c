/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places: where the steps of a run that can be repeated came, to the very event. What is counted is
 * what happened in the world and what the runner did to it, so that a place is one number, and lies
 * between the same two things in every run that is the same up to there. */
#include "emulator/runner/runner_private.h"

uint64_t runner_place(const struct runner *r)
{
    return r->w.events == NULL ? 0 : r->w.events(r->w.arg) + r->deeds;
}

/* In a run that is another by then the place may not come: then the instant's end will do. */
bool place_reached(struct runner *r, const struct task *t, const struct scenario_step *step,
                   uint64_t *wake)
{
    uint64_t now = runner_now(r), place = runner_place(r), due = t->ready_ns;
    bool ahead = step->place > place && place > 0;
    if (now > due || (now == due && !ahead))
        return true;
    if (ahead && step->place - r->deeds < r->next_event)
        r->next_event = step->place - r->deeds;
    due += now == due ? 1 : 0;
    *wake = due < *wake ? due : *wake;
    return false;
}

uint64_t runner_next_event(const struct runner *r)
{
    return r->next_event;
}
