/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be left out, by delta debugging. */
#include "base/mem.h"
#include "emulator/shrink/attempt.h"
#include "emulator/shrink/ddmin.h"

#include <string.h>

#define WINDOW 32

/* One list of values, of which as many as possible are to go. */
struct omission {
    struct shrink *s;
    const char *what;
    const struct values *list;
};

/* The edits of a candidate: all items but the kept ones, and of these the cut, are left out. */
static size_t edits_of(const struct values *list, const size_t *kept, size_t kept_count,
                       const struct ddmin_cut *cut, struct draft_edit *edits)
{
    size_t count = 0, k = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool keep = false;
        if (k < kept_count && kept[k] == i) {
            keep = !(k >= cut->from && k < cut->to) && !(k >= cut->also_from && k < cut->also_to);
            k++;
        }
        if (!keep)
            edits[count++] = (struct draft_edit){.at = list->items[i]};
    }
    return count;
}

/* A window of the cuts, so that their edits take little room. */
static int first_of_window(struct omission *o, const size_t *kept, size_t kept_count,
                           const struct ddmin_cut *cuts, size_t cuts_count, size_t *ret)
{
    struct attempt attempts[WINDOW];
    struct draft_edit *edits = mem_array(cuts_count, o->list->count * sizeof(*edits));
    ASSERT(cuts_count <= WINDOW);
    for (size_t i = 0; i < cuts_count; i++) {
        struct draft_edit *own = edits + i * o->list->count;
        size_t count = edits_of(o->list, kept, kept_count, &cuts[i], own);
        attempts[i] = (struct attempt){.edits = own, .count = count};
    }
    int code = attempt_first(o->s, o->what, GAIN_VALUES, attempts, cuts_count, ret);
    mem_free(edits);
    return code;
}

static int first_omission(void *arg, const size_t *kept, size_t kept_count,
                          const struct ddmin_cut *cuts, size_t cuts_count, size_t *ret)
{
    int code = 0;
    for (size_t from = 0; from < cuts_count && code == 0; from += WINDOW) {
        size_t count = cuts_count - from < WINDOW ? cuts_count - from : WINDOW;
        code = first_of_window(arg, kept, kept_count, cuts + from, count, ret);
        if (code == 1)
            *ret += from;
    }
    return code;
}

/* list: of the base; used up. */
static int omit(struct shrink *s, const char *what, struct values *list)
{
    struct omission o = {.s = s, .what = what, .list = list};
    const struct ddmin_oracle oracle = {.arg = &o, .first = first_omission};
    size_t *kept = mem_array(list->count, sizeof(*kept));
    size_t count = list->count;
    for (size_t i = 0; i < count; i++)
        kept[i] = i;
    int code = ddmin(&oracle, kept, &count);
    mem_free(kept);
    values_free(list);
    attempt_rebase(s);
    return code;
}

static void add_children(struct values *list, const struct json *parent)
{
    if (parent == NULL)
        return;
    for (const struct json *v = parent->child; v != NULL; v = v->next)
        values_add(list, v);
}

int pass_ends(struct shrink *s)
{
    struct values list = {0};
    const struct json *root = json_root(s->base.doc);
    static const char *const keys[] = {"expect",   "finally", "coverage",
                                       "negative", "budget",  "tags"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        add_children(&list, json_get(root, keys[i]));
    return omit(s, "what is expected", &list);
}

int pass_steps(struct shrink *s)
{
    int code = 0;
    for (unsigned level = 0; level <= SCENARIO_NEST_MAX && code == 0; level++) {
        struct values list = {0};
        values_steps(json_root(s->base.doc), level, &list);
        code = omit(s, "steps", &list);
    }
    return code;
}

static unsigned depth_of(const struct json *v)
{
    unsigned depth = 0;
    for (; v->parent != NULL; v = v->parent)
        depth++;
    return depth;
}

/* A limit bounds how long is waited, and only that. */
static bool is_limit(const struct json *v)
{
    return v->key != NULL && strcmp(v->key, "within") == 0;
}

/* What the scenario says about itself. */
static bool is_told(const struct json *v)
{
    static const char *const keys[] = {"version", "name", "why", "origin", "seed", "run"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (v->parent != NULL && v->parent->parent == NULL && strcmp(v->key, keys[i]) == 0)
            return true;
    }
    return false;
}

int pass_members(struct shrink *s)
{
    int code = 0;
    for (unsigned depth = 1; depth < JSON_DEPTH_MAX && code == 0; depth++) {
        struct values list = {0};
        const struct json *root = json_root(s->base.doc);
        for (const struct json *v = root; v != NULL; v = draft_next(v, root)) {
            if (depth_of(v) == depth && !is_limit(v) && !is_told(v))
                values_add(&list, v);
        }
        code = omit(s, "settings", &list);
    }
    return code;
}
