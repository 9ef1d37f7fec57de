/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/by_hand.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* The first complaint that is no warning; where counts from the step's first byte. */
static int complain(const struct diags *d, size_t step_at, size_t step_len,
                    struct by_hand_fault *ret, struct err *e)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct diag *g = &d->items[i];
        if (g->level == DIAG_WARNING)
            continue;
        if (g->at.start >= step_at && g->at.start - step_at < step_len)
            ret->at = (struct place){g->at.start - step_at, g->at.len};
        if (g->hint != NULL)
            (void)snprintf(ret->hint, sizeof(ret->hint), "%s", g->hint);
        return err_set(e, g->level == DIAG_UNABLE ? -E_UNSUPPORTED : -E_INVALID, "%s", g->message);
    }
    return err_set(e, -E_INVALID, "this is no step");
}

/* Nothing went before it in this scenario, but in the run: an undoing step is right. */
static void lint(struct scenario *parsed, struct scenario_source *src,
                 const struct lint_world *world)
{
    struct scenario_step *step = &parsed->steps.steps[0];
    bool must = step->must;
    if (step->label == NULL)
        step->label = mem_strdup("by hand");
    step->must = false;
    (void)scenario_lint(parsed, src, world);
    step->must = must;
}

int scenario_by_hand(const struct scenario *s, const char *json, const struct lint_world *world,
                     struct scenario **ret, struct by_hand_fault *ret_fault, struct err *e)
{
    struct scenario_source src;
    struct buf text = {0};
    *ret_fault = (struct by_hand_fault){.at = {.start = DIAG_NOWHERE}};
    size_t step_at = scenario_around_step(s, json, &text);
    int code = scenario_source_text(&src, "by hand", buf_str(&text), text.len, e);
    struct scenario *parsed = code == 0 ? scenario_source_parse(&src) : NULL;
    bool one = parsed != NULL && parsed->steps.count == 1;
    if (one)
        lint(parsed, &src, world);
    if (src.diags.errors > 0 || (parsed != NULL && !one))
        code = complain(&src.diags, step_at, strlen(json), ret_fault, e);
    if (code == 0)
        *ret = parsed;
    else
        scenario_free(parsed);
    scenario_source_close(&src);
    buf_free(&text);
    return code;
}
