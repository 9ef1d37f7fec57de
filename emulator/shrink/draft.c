/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/shrink/draft.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/scenario/print.h"

#include <stdlib.h>
#include <string.h>

const struct json *draft_after(const struct json *v, const struct json *top)
{
    while (v != top && v->next == NULL)
        v = v->parent;
    return v == top ? NULL : v->next;
}

const struct json *draft_next(const struct json *v, const struct json *top)
{
    return v->child != NULL ? v->child : draft_after(v, top);
}

static size_t count_values(const struct json *root)
{
    size_t count = 0;
    for (const struct json *v = root; v != NULL; v = draft_next(v, root))
        count++;
    return count;
}

/* The resolved text of a scenario that was found good. */
static void resolve(struct scenario *s, struct draft *ret)
{
    struct diags none;
    *ret = (struct draft){.scenario = s};
    scenario_print(s, &ret->text);
    diags_init(&none, "", buf_str(&ret->text), ret->text.len);
    ret->doc = json_read(buf_str(&ret->text), ret->text.len, &none);
    diags_free(&none);
    ASSERT(ret->doc != NULL); /* what is printed can be read */
    ret->values = count_values(json_root(ret->doc));
}

int draft_read(const char *text, size_t len, const struct lint_world *world, struct draft *ret)
{
    struct scenario_source src;
    struct scenario *s = NULL;
    bool good = scenario_source_text(&src, "shrink", text, len, NULL) == 0;
    if (good) {
        s = scenario_source_parse(&src);
        good = s != NULL && scenario_lint(s, &src, world) == 0;
    }
    scenario_source_close(&src);
    if (good) {
        resolve(s, ret);
        return 0;
    }
    scenario_free(s);
    return -E_INVALID;
}

void draft_free(struct draft *d)
{
    scenario_free(d->scenario);
    buf_free(&d->text);
    json_free(d->doc);
    *d = (struct draft){0};
}

/* ---- changed ---- */

static int by_place(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct draft_edit *)a)->at;
    uintptr_t y = (uintptr_t)((const struct draft_edit *)b)->at;
    return x < y ? -1 : x > y;
}

static const struct draft_edit *edit_of(const struct json *v, const struct draft_edit *sorted,
                                        size_t count)
{
    const struct draft_edit key = {.at = v};
    return count == 0 ? NULL : bsearch(&key, sorted, count, sizeof(*sorted), by_place);
}

/* A value without children, or the beginning of one with; true: it was the beginning. */
static bool begin_value(const struct json *v, struct jsonw *w)
{
    switch (v->type) {
    case JSON_NULL: jsonw_null(w); return false;
    case JSON_BOOL: jsonw_bool(w, v->truth); return false;
    case JSON_NUMBER: jsonw_raw(w, v->text); return false;
    case JSON_STRING: jsonw_string(w, v->text); return false;
    case JSON_ARRAY: jsonw_array(w); return true;
    case JSON_OBJECT: jsonw_object(w); return true;
    }
    UNREACHABLE();
}

/* From one value to the next that is to be written, closing what ends on the way. */
static const struct json *proceed(const struct json *v, const struct json *top, struct jsonw *w)
{
    while (v != top && v->next == NULL) {
        v = v->parent;
        jsonw_end(w);
    }
    return v == top ? NULL : v->next;
}

static void write_changed(const struct json *top, const struct draft_edit *sorted, size_t count,
                          struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    const struct json *v = top;
    while (v != NULL) {
        const struct draft_edit *edit = edit_of(v, sorted, count);
        bool down = false;
        if ((edit == NULL || edit->put != NULL) && v->key != NULL && v != top)
            jsonw_key(&w, v->key);
        if (edit == NULL)
            down = begin_value(v, &w);
        else if (edit->put != NULL)
            jsonw_raw(&w, edit->put);
        if (down && v->child != NULL) {
            v = v->child;
            continue;
        }
        if (down)
            jsonw_end(&w);
        v = proceed(v, top, &w);
    }
}

void draft_write(const struct json *v, struct buf *out)
{
    write_changed(v, NULL, 0, out);
}

int draft_change(const struct draft *from, const struct draft_edit *edits, size_t count,
                 const struct lint_world *world, struct draft *ret)
{
    struct buf text = {0};
    struct draft_edit *sorted = mem_array(count, sizeof(*sorted));
    if (count > 0) {
        memcpy(sorted, edits, count * sizeof(*sorted));
        sort_array(sorted, count, sizeof(*sorted), by_place);
    }
    write_changed(json_root(from->doc), sorted, count, &text);
    int code = draft_read(buf_str(&text), text.len, world, ret);
    buf_free(&text);
    mem_free(sorted);
    return code;
}
