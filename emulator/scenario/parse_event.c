/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which events are meant: the fields of `where` against those the event has. */
#include "emulator/scenario/event_where.h"
#include "emulator/scenario/parse_inside.h"

#include <string.h>

/* Fields of the event that can be compared. */
static size_t field_names(enum trace_event ev, const char *names[TRACE_FIELDS_COUNT])
{
    size_t count = 0;
    for (unsigned i = 0; i < TRACE_FIELDS_COUNT; i++) {
        if (event_has_field(ev, i) && event_field_wants(i) != NULL)
            names[count++] = trace_field_info(i)->name;
    }
    return count;
}

static bool check_name(struct parse *p, const struct json *v, enum trace_event ev)
{
    char hint[96];
    const char *names[TRACE_FIELDS_COUNT];
    size_t count = field_names(ev, names);
    int field = event_field_find(v->key);
    const char *near = parse_nearest(v->key, names, count, hint), *event = trace_event_name(ev);
    if (field < 0)
        return parse_key_error(p, v, near, "no event has a field \"%.40s\"", v->key);
    if (!event_has_field(ev, (unsigned)field))
        return parse_key_error(p, v, near, "%s has no field \"%s\"", event, v->key);
    if (event_field_wants((unsigned)field) == NULL)
        return parse_key_error(p, v, NULL, "%s: only numbers, texts, booleans and nodes compare",
                               v->key);
    return true;
}

static bool check_value(struct parse *p, const struct json *v)
{
    unsigned field = (unsigned)event_field_find(v->key);
    const char *wants = event_field_wants(field);
    uint64_t number;
    if (trace_field_info(field)->kind == TRACE_KIND_U64)
        return parse_count(p, v, 0, UINT64_MAX, &number);
    if (trace_field_info(field)->kind == TRACE_KIND_BOOL)
        return parse_type(p, v, JSON_BOOL, wants);
    if (!parse_type(p, v, JSON_STRING, wants))
        return false;
    if (trace_field_info(field)->kind == TRACE_KIND_HEX &&
        (strlen(v->text) != 16 || strspn(v->text, "0123456789abcdef") != 16))
        return parse_error(p, v, NULL, "\"%.40s\": expected %s", v->text, wants);
    int node = event_node_of(v->text);
    if (trace_field_info(field)->kind == TRACE_KIND_NODE &&
        (node < 0 || (size_t)node >= p->nodes_count))
        return parse_error(p, v, NULL, "\"%.40s\": expected %s, n1..n%zu", v->text, wants,
                           p->nodes_count);
    return true;
}

bool parse_event_where(struct parse *p, const struct json *object, enum trace_event ev)
{
    const struct json *where = json_get(object, "where");
    bool ok = true;
    size_t count = 0;
    if (where == NULL)
        return true;
    for (const struct json *v = where->child; v != NULL; v = v->next) {
        if (is_comment(v))
            continue;
        ok = check_name(p, v, ev) && check_value(p, v) && ok;
        count++;
    }
    if (count == 0 || count > EVENT_WHERE_MAX)
        return parse_error(p, where, NULL, "expected 1..%d fields of the event", EVENT_WHERE_MAX);
    return ok;
}
