/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PATH=VALUE onto a JSON tree. */
#include "base/span.h"
#include "base/units.h"
#include "emulator/scenario/json_arena.h"

#include <string.h>

#define ASSIGNMENT_BYTES_MAX (64u << 10)

struct path {
    struct span names[JSON_DEPTH_MAX];
    size_t count;
};

/* One name of the path, at *p: bare up to '.' or '=', or in quotes. Moves *p behind it. */
static int read_name(const char *assignment, const char **p, struct span *ret, struct err *e)
{
    const char *start = *p;
    bool quoted = *start == '"';
    size_t len = quoted ? strcspn(start + 1, "\"") : strcspn(start, ".=");
    if (quoted && start[1 + len] != '"')
        return err_set(e, -E_INVALID, "--set %.200s: a quote is not closed", assignment);
    if (len == 0)
        return err_set(e, -E_INVALID, "--set %.200s: an empty name in the path", assignment);
    *p = start + len + (quoted ? 2 : 0);
    *ret = (struct span){start + quoted, len};
    return 0;
}

/* Reads up to the '=' and sets *ret_value behind it. */
static int read_path(const char *assignment, struct path *path, const char **ret_value,
                     struct err *e)
{
    const char *p = assignment;
    if (strlen(assignment) > ASSIGNMENT_BYTES_MAX)
        return err_set(e, -E_INVALID, "--set %.40s…: longer than 64 KiB", assignment);
    for (;;) {
        if (path->count == JSON_DEPTH_MAX)
            return err_set(e, -E_INVALID, "--set %.200s: a path of more than %d names", assignment,
                           JSON_DEPTH_MAX);
        if (read_name(assignment, &p, &path->names[path->count], e) < 0)
            return -E_INVALID;
        path->count++;
        if (*p == '=') {
            *ret_value = p + 1;
            return 0;
        }
        if (*p != '.')
            return err_set(e, -E_INVALID, "--set %.200s: expected PATH=VALUE", assignment);
        p++;
    }
}

static struct json *add_child(struct json_doc *doc, struct json *parent, const char *name,
                              const char *assignment, struct err *e)
{
    if (doc->values_count == JSON_VALUES_MAX ||
        (parent->type == JSON_OBJECT && parent->count >= JSON_MEMBERS_MAX)) {
        (void)err_set(e, -E_INVALID, "--set %.200s: %s: no room for another value", assignment,
                      name);
        return NULL;
    }
    doc->values_count++;
    struct json *v = json_alloc(doc, sizeof(*v));
    v->type = JSON_OBJECT;
    v->key = parent->type == JSON_OBJECT ? name : NULL;
    v->at = v->key_at = (struct place){DIAG_NOWHERE, 0};
    v->origin = assignment;
    json_append(parent, v);
    return v;
}

/* The child of that name, made if it is missing. */
static struct json *descend(struct json_doc *doc, struct json *parent, const char *name,
                            const char *assignment, struct err *e)
{
    uint64_t i;
    switch (parent->type) {
    case JSON_OBJECT: {
        struct json *child = json_get(parent, name);
        return child != NULL ? child : add_child(doc, parent, name, assignment, e);
    }
    case JSON_ARRAY:
        if (units_u64(name, parent->count, &i) < 0) {
            (void)err_set(e, -E_INVALID,
                          "--set %.200s: %.64s: the list has %zu values: give an index of 0..%zu",
                          assignment, name, parent->count, parent->count);
            return NULL;
        }
        return i < parent->count ? json_at(parent, i) : add_child(doc, parent, name, assignment, e);
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
    case JSON_STRING: break;
    }
    (void)err_set(e, -E_INVALID, "--set %.200s: %.64s stands below %s, which holds no keys",
                  assignment, name, json_type_name(parent->type));
    return NULL;
}

/* JSON if it reads as JSON, else the text as it stands. */
static struct json *read_value(struct json_doc *doc, const char *text, const char *origin,
                               size_t depth)
{
    struct diags ignored;
    diags_init(&ignored, "", text, strlen(text));
    struct json *v = json_read_into(doc, text, strlen(text), 0, origin, depth, &ignored);
    diags_free(&ignored);
    if (v != NULL)
        return v;
    v = json_alloc(doc, sizeof(*v));
    v->type = JSON_STRING;
    v->text = text;
    return v;
}

/* Puts the content of v in the place of target, which keeps its key and its neighbours. */
static void replace(struct json *target, const struct json *v, const char *origin)
{
    target->type = v->type;
    target->truth = v->truth;
    target->text = v->text;
    target->child = v->child;
    target->last = v->last;
    target->count = v->count;
    target->at = (struct place){DIAG_NOWHERE, 0};
    target->origin = origin;
    for (struct json *c = v->child; c != NULL; c = c->next)
        c->parent = target;
}

/* As text that lives as long as the tree. */
static const char *keep(struct json_doc *doc, struct span text)
{
    char *kept = json_alloc(doc, text.len + 1);
    memcpy(kept, text.data, text.len);
    return kept;
}

int json_override_check(const char *assignment, struct err *e)
{
    struct path path = {0};
    const char *value;
    return read_path(assignment, &path, &value, e);
}

int json_override(struct json_doc *doc, const char *assignment, struct err *e)
{
    struct path path = {0};
    const char *value = NULL;
    if (read_path(assignment, &path, &value, e) < 0)
        return -E_INVALID;
    const char *origin = keep(doc, span_str(assignment));
    value = origin + (value - assignment);
    struct json *target = doc->root;
    for (size_t i = 0; i < path.count; i++) {
        target = descend(doc, target, keep(doc, path.names[i]), origin, e);
        if (target == NULL)
            return -E_INVALID;
    }
    replace(target, read_value(doc, value, origin, path.count), origin);
    return 0;
}
