/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A repeat, a branch or a choice gives way to the steps in it. */
#include "base/mem.h"
#include "emulator/shrink/attempt.h"

#include <string.h>

/* A list's members with the commas between them. */
static char *inside(const struct json *list)
{
    struct buf text = {0};
    draft_write(list, &text);
    ASSERT(text.len >= 2);
    char *members = mem_dup(text.data + 1, text.len - 2);
    buf_free(&text);
    return members;
}

/* The list of steps, or of lists of steps, of a step that holds others; NULL: it holds none. */
static const struct json *body_of(const struct json *step, const char *key)
{
    for (const struct json *v = step->child; v != NULL; v = v->next) {
        const struct json *body = json_get(v, key);
        if (body != NULL && body->type == JSON_ARRAY && body->count > 0)
            return body;
    }
    return NULL;
}

static int put_instead(struct shrink *s, const struct json *step, const struct json *list)
{
    size_t ignored;
    char *text = inside(list);
    const struct draft_edit edit = {.at = step, .put = text};
    const struct attempt attempt = {.edits = &edit, .count = 1};
    int code = list->count == 0 ? 0 : attempt_first(s, "steps", GAIN_VALUES, &attempt, 1, &ignored);
    mem_free(text);
    return code;
}

static int unwrap(struct shrink *s, const struct json *step)
{
    int code = 0;
    const struct json *steps = body_of(step, "steps"), *branches = body_of(step, "branches");
    if (steps != NULL)
        return put_instead(s, step, steps);
    if (branches == NULL)
        return 0;
    for (const struct json *v = branches->child; v != NULL && code == 0; v = v->next)
        code = put_instead(s, step, v);
    return code;
}

/* One a call: then the base is another. */
static int unwrap_one(struct shrink *s)
{
    int code = 0;
    for (unsigned level = 0; level < SCENARIO_NEST_MAX && code == 0; level++) {
        struct values list = {0};
        values_steps(json_root(s->base.doc), level, &list);
        for (size_t i = 0; i < list.count && code == 0; i++)
            code = unwrap(s, list.items[i]);
        values_free(&list);
    }
    if (code == 1)
        attempt_rebase(s);
    return code;
}

int pass_unwrap(struct shrink *s)
{
    int code;
    do {
        code = unwrap_one(s);
    } while (code == 1);
    return code;
}
