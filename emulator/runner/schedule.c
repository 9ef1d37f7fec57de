/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's record as a scenario. */
#include "base/mem.h"
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/print.h"
#include "emulator/trace/outfile.h"

#include <stdlib.h>

/* Parts that the schedule does not share with the scenario. */
struct parts {
    struct scenario_step *steps;
    struct scenario_condition end;
    struct scenario_value end_value;
    struct scenario_expect *expects;
    struct scenario_value *recovers;
    struct selector core[LIMIT_MEMBERS];
};

/* Steps in the order in which they began, then the time at which the last of them had ended. */
static void put_steps(const struct runner *r, struct parts *parts, struct scenario *ret)
{
    const struct record *record = &r->record;
    uint64_t ended = r->result.core_from_ns != 0 ? r->result.core_from_ns : r->steps_ended_ns;
    parts->steps = mem_array(record->count + 1, sizeof(*parts->steps));
    for (size_t i = 0; i < record->count; i++)
        parts->steps[i] = *record->steps[i];
    parts->end_value =
        (struct scenario_value){.id = PARAM_time, .type = PARAM_TYPE_duration, .u64 = 0};
    parts->end = (struct scenario_condition){.kind = WAIT_time,
                                             .args = {.items = &parts->end_value, .count = 1}};
    parts->steps[record->count] = (struct scenario_step){
        .action = ACTION_wait,
        .wait = &parts->end,
        .has_at = true,
        .at_ns = ended > r->result.started_ns ? ended - r->result.started_ns : 0,
        .must = true};
    ret->steps.steps = parts->steps;
    ret->steps.count = record->count + 1;
}

/* The core by name. */
static void put_core(const struct runner *r, struct parts *parts, struct scenario *ret)
{
    parts->expects = mem_array(r->s->expects_count + 1, sizeof(*parts->expects));
    for (size_t i = 0; i < r->s->expects_count; i++) {
        struct scenario_expect *x = &parts->expects[i];
        *x = r->s->expects[i];
        if (x->checker != CHECKER_recovers || r->result.core == 0)
            continue;
        parts->recovers = mem_array(x->args.count, sizeof(*parts->recovers));
        for (size_t k = 0; k < x->args.count; k++) {
            struct scenario_value *v = &parts->recovers[k];
            *v = x->args.items[k];
            if (v->id != PARAM_core)
                continue;
            v->who = (struct selectors){.items = parts->core};
            for (unsigned n = 0; n < LIMIT_MEMBERS; n++) {
                if ((r->result.core >> n & 1) != 0)
                    parts->core[v->who.count++] =
                        (struct selector){.kind = SELECT_node, .number = n};
            }
        }
        x->args.items = parts->recovers;
    }
    ret->expects = parts->expects;
}

bool runner_schedule(const struct runner *r, struct buf *out)
{
    struct scenario s = *r->s;
    struct parts parts = {0};
    if (r->record.full)
        return false;
    s.has_seed = true;
    s.seed = r->seed;
    put_steps(r, &parts, &s);
    put_core(r, &parts, &s);
    scenario_print(&s, out);
    free(parts.steps);
    free(parts.expects);
    free(parts.recovers);
    return true;
}

int runner_write_schedule(const struct runner *r, const char *dir, struct err *e)
{
    struct buf text = {0};
    struct outfile f = {.fd = -1};
    int code = runner_schedule(r, &text) ? outfile_open_in(&f, dir, "schedule.json", e) : 0;
    if (code == 0 && text.len > 0) {
        outfile_put(&f, text.data, text.len);
        code = outfile_close(&f, e);
    }
    buf_free(&text);
    return code;
}
