/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is typed becomes a step of the scenario language: its parser and its lint know what is wrong
 * with it. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/step/inside.h"

#include <stdlib.h>
#include <string.h>

static int complain(const struct diags *d, struct err *e)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct diag *g = &d->items[i];
        if (g->level == DIAG_WARNING)
            continue;
        return err_set(e, g->level == DIAG_UNABLE ? -E_UNSUPPORTED : -E_INVALID, "%s%s%s",
                       g->message, g->hint == NULL ? "" : ": ", g->hint == NULL ? "" : g->hint);
    }
    return err_set(e, -E_INVALID, "this is no step");
}

static void keep(struct step *s, struct scenario *parsed)
{
    s->parsed = mem_room(s->parsed, s->parsed_count + 1, &s->parsed_cap, sizeof(struct scenario *));
    s->parsed[s->parsed_count++] = parsed;
}

/* Nothing went before it in this scenario, but in the run: an undoing step is right. */
static void lint(struct scenario *parsed, struct scenario_source *src)
{
    struct scenario_step *step = &parsed->steps.steps[0];
    bool must = step->must;
    if (step->label == NULL)
        step->label = mem_strdup("by hand");
    step->must = false;
    (void)scenario_lint(parsed, src, sim_world());
    step->must = must;
}

int step_parse(struct step *s, const char *json, const struct scenario_step **ret,
               const struct scenario_branch **ret_branch, struct err *e)
{
    struct scenario_source src;
    struct buf text = {0};
    scenario_around_step(s->scenario, json, &text);
    int code = scenario_source_text(&src, "by hand", buf_str(&text), text.len, e);
    struct scenario *parsed = code == 0 ? scenario_source_parse(&src) : NULL;
    if (parsed != NULL && parsed->steps.count == 1)
        lint(parsed, &src);
    if (src.diags.errors > 0 || (parsed != NULL && parsed->steps.count != 1)) {
        code = complain(&src.diags, e);
        scenario_free(parsed);
        parsed = NULL;
    } else if (parsed != NULL) {
        keep(s, parsed);
        *ret = &parsed->steps.steps[0];
        *ret_branch = &parsed->steps;
    }
    scenario_source_close(&src);
    buf_free(&text);
    return code;
}
