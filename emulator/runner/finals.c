/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to hold in the end, one condition after the other. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/print.h"

#include <stdio.h>

/* A condition without its own limit. */
#define FINAL_NS_DEFAULT (30 * NS_PER_S)

static void final_failed(struct runner *r, const char *text)
{
    if (!r->result.finals_failed)
        (void)snprintf(r->result.finals_sentence, sizeof(r->result.finals_sentence), "%.500s",
                       text);
    r->result.finals_failed = true;
}

uint64_t finals_advance(struct runner *r)
{
    struct err e = {0};
    while (r->final_at < r->s->finals_count) {
        const struct scenario_final *f = &r->s->finals[r->final_at];
        uint64_t limit = f->within_ns == 0 ? FINAL_NS_DEFAULT : f->within_ns;
        uint64_t wake = UINT64_MAX;
        nodeset found = 0;
        if (!r->final_armed) {
            if (waiting_arm(r, &f->condition, &r->final_waiting, &e) < 0) {
                final_failed(r, e.text);
                r->final_at++;
                continue;
            }
            r->final_armed = true;
            r->final_deadline_ns = runner_now(r) + limit;
        }
        bool holds = waiting_holds(r, &f->condition, &r->final_waiting, &wake, &found);
        if (!holds && runner_now(r) < r->final_deadline_ns)
            return wake < r->final_deadline_ns ? wake : r->final_deadline_ns;
        if (!holds) {
            struct buf text = {0};
            scenario_print_condition(&f->condition, &text);
            final_failed(r, buf_str(&text));
            buf_free(&text);
        }
        r->result.finals_checked++;
        waiting_free(&r->final_waiting, &f->condition);
        r->final_armed = false;
        r->final_at++;
    }
    r->phase = RUNNER_DONE;
    r->result.ended_ns = runner_now(r);
    return UINT64_MAX;
}
