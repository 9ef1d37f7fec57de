/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/lint.h"

#include "emulator/scenario/lint_inside.h"

#include <stdarg.h>
#include <stdio.h>

void lint_say(struct lint *l, enum diag_level level, const struct json *v, bool at_key,
              const char *hint, const char *fmt, ...)
{
    char message[512];
    struct buf pointer = {0};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    json_pointer(v, &pointer);
    bool key = at_key && v->key != NULL;
    diags_add(&l->src->diags, level, key ? v->key_at : v->at, buf_str(&pointer), v->origin, hint,
              message);
    buf_free(&pointer);
}

void lint_say_in(struct lint *l, const struct json *object, const char *key, const char *hint,
                 const char *text)
{
    const struct json *v = json_get(object, key);
    lint_say(l, DIAG_ERROR, v != NULL ? v : object, v == NULL, hint, "%s", text);
}

void lint_say_param(struct lint *l, const struct scenario_step *step, enum param_id id,
                    const char *hint, const char *text)
{
    lint_say_in(l, lint_step(l, step), vocab_param_name(id), hint, text);
}

const struct json *lint_at(const struct lint *l, const char *section, const char *key)
{
    const struct json *root = json_root(l->src->doc), *v = root;
    if (section != NULL && json_get(v, section) != NULL)
        v = json_get(v, section);
    if (v != root && key != NULL && json_get(v, key) != NULL)
        v = json_get(v, key);
    return v;
}

const struct json *lint_step(const struct lint *l, const struct scenario_step *step)
{
    ASSERT(step->number >= 1 && step->number <= l->src->steps_count);
    const struct json *object = l->src->steps_at[step->number - 1];
    const struct json *action = json_get(object, vocab_action(step->action)->name);
    return action != NULL ? action : object;
}

size_t scenario_lint(const struct scenario *s, struct scenario_source *src,
                     const struct lint_world *world)
{
    struct lint l = {.s = s, .src = src, .world = world};
    size_t before = src->diags.errors;
    lint_timing(&l);
    lint_story(&l);
    lint_links(&l);
    lint_points(&l);
    lint_disks(&l);
    lint_core(&l);
    lint_clocks(&l);
    lint_triggers(&l);
    lint_versions(&l);
    lint_sut(&l);
    lint_questions(&l);
    lint_load(&l);
    lint_expectations(&l);
    lint_world_of(&l);
    return src->diags.errors - before;
}
