/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/lab/deeds.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/scenario/print.h"

#include <string.h>

/* Before and after what was done: a lab is up once it has a leader, and a recording ends when it
 * was made. */
#define FRAME_STEPS 2
#define LEADER_NS   (60 * NS_PER_S)

static struct scenario_step *step_of(const struct lab_deed *d)
{
    return &d->parsed->steps.steps[0];
}

int lab_deeds_add(struct lab_deeds *d, struct scenario *parsed, uint64_t at_ns, struct err *e)
{
    if (d->count + FRAME_STEPS == SCENARIO_STEPS_MAX)
        return err_set(e, -E_LIMIT, "%d things were done to this lab: it remembers no more",
                       SCENARIO_STEPS_MAX - FRAME_STEPS);
    d->items = mem_room(d->items, d->count + 1, &d->cap, sizeof(*d->items));
    d->items[d->count++] = (struct lab_deed){.parsed = parsed, .at_ns = at_ns, .done = true};
    return 0;
}

void lab_deeds_free(struct lab_deeds *d)
{
    for (size_t i = 0; i < d->count; i++)
        scenario_free(d->items[i].parsed);
    mem_free(d->items);
    *d = (struct lab_deeds){0};
}

/* Links, processes and clocks have steps that mend them; the rest only ends. */
static bool only_ends(enum action_id action)
{
    const struct action_spec *a = vocab_action(action);
    bool mended = a->area == AREA_network || a->area == AREA_clock || action == ACTION_proc_kill ||
                  action == ACTION_proc_stop || action == ACTION_proc_pause;
    return a->undo != UNDO_no && !mended;
}

/* What goes on in cycles has done so many of them, and the one it was in. */
static void end_cycles(struct scenario_step *step, uint64_t lasted_ns)
{
    uint64_t period =
        scenario_arg_u64(&step->args, PARAM_up, 0) + scenario_arg_u64(&step->args, PARAM_down, 0) +
        scenario_arg_u64(&step->args, PARAM_run, 0) + scenario_arg_u64(&step->args, PARAM_stop, 0);
    for (size_t i = 0; i < step->args.count; i++) {
        struct scenario_value *v = &step->args.items[i];
        if (v->id == PARAM_cycles && period > 0 && v->u64 > lasted_ns / period + 1)
            v->u64 = lasted_ns / period + 1;
    }
}

void lab_deeds_healed(struct lab_deeds *d, uint64_t at_ns)
{
    for (size_t i = 0; i < d->count; i++) {
        struct scenario_step *step = step_of(&d->items[i]);
        uint64_t lasted = at_ns - d->items[i].at_ns;
        bool lasts = step->for_ns == 0 || step->for_ns > lasted;
        if (lasts && only_ends(step->action))
            step->for_ns = lasted == 0 ? 1 : lasted;
        end_cycles(step, lasted);
    }
}

/* ---- recording ---- */

/* It has to be a scenario, or it would be of no use. */
static int check(const struct buf *text, struct err *e)
{
    struct scenario_source src;
    int code = scenario_source_text(&src, "recorded", buf_str(text), text->len, e);
    struct scenario *read = code == 0 ? scenario_source_parse(&src) : NULL;
    if (read != NULL)
        (void)scenario_lint(read, &src, NULL);
    const struct diag *g = src.diags.count > 0 ? &src.diags.items[0] : NULL;
    if (code == 0 && (read == NULL || src.diags.errors > 0))
        code = err_set(e, -E_INVALID, "no scenario can say what was done: %s",
                       g == NULL ? "it is too large" : g->message);
    scenario_free(read);
    scenario_source_close(&src);
    return code;
}

int lab_deeds_record(const struct lab_deeds *d, const struct scenario *base, uint64_t now_ns,
                     struct buf *out, struct err *e)
{
    static char why[] = "what was done to a lab";
    struct scenario s = *base;
    struct scenario_value time = {.id = PARAM_time, .type = PARAM_TYPE_duration};
    struct scenario_condition leader = {.kind = WAIT_leader};
    struct scenario_condition end = {.kind = WAIT_time, .args = {.items = &time, .count = 1}};
    s.why = why;
    s.steps = (struct scenario_branch){.weight = base->steps.weight};
    s.steps.steps = mem_array(d->count + 2, sizeof(*s.steps.steps));
    s.steps.steps[s.steps.count++] = (struct scenario_step){
        .action = ACTION_wait, .wait = &leader, .within_ns = LEADER_NS, .must = true};
    for (size_t i = 0; i < d->count; i++) {
        struct scenario_step *step = &s.steps.steps[s.steps.count];
        if (!d->items[i].done)
            continue;
        *step = *step_of(&d->items[i]);
        step->has_at = true;
        step->at_ns = d->items[i].at_ns;
        step->label = NULL;
        step->background = d->items[i].went_on;
        s.steps.count++;
    }
    if (s.steps.count == 1) {
        mem_free(s.steps.steps);
        return err_set(e, -E_NOTFOUND, "nothing was done to this lab yet");
    }
    s.steps.steps[s.steps.count++] = (struct scenario_step){
        .action = ACTION_wait, .wait = &end, .has_at = true, .at_ns = now_ns, .must = true};
    scenario_print(&s, out);
    mem_free(s.steps.steps);
    return check(out, e);
}
