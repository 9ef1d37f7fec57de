/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/event_where.h"

#include <stdlib.h>
#include <string.h>

/* The rows of events say in words which fields there are: names at their beginning and after
 * commas, explained in parentheses. */
static const char *const rows[] = {
#define X(name, fields) fields,
    TRACE_EVENTS(X)
#undef X
};

#define X(kind, name) +1
enum { COMMON_FIELDS = 0 TRACE_COMMON_FIELDS(X) };
#undef X

int event_field_find(const char *name)
{
    for (unsigned i = 0; i < TRACE_FIELDS_COUNT; i++) {
        if (strcmp(trace_field_info(i)->name, name) == 0)
            return (int)i;
    }
    return -1;
}

bool event_has_field(enum trace_event ev, unsigned field)
{
    const char *name = trace_field_info(field)->name;
    size_t len = strlen(name);
    unsigned deep = 0;
    bool begins = true;
    ASSERT(ev < TRACE_EVENTS_COUNT);
    if (field < COMMON_FIELDS)
        return true;
    for (const char *at = rows[ev]; *at != '\0'; at++) {
        if (deep == 0 && begins && strncmp(at, name, len) == 0 &&
            (at[len] == '\0' || strchr(" ,[{", at[len]) != NULL))
            return true;
        deep += strchr("([{", *at) != NULL;
        deep -= strchr(")]}", *at) != NULL;
        begins = *at == ',' || (begins && *at == ' ');
    }
    return false;
}

const char *event_field_wants(unsigned field)
{
    switch ((enum trace_kind)trace_field_info(field)->kind) {
    case TRACE_KIND_U64: return "a whole number";
    case TRACE_KIND_HEX: return "a text of 16 hex digits";
    case TRACE_KIND_BOOL: return "true or false";
    case TRACE_KIND_TEXT: return "a text";
    case TRACE_KIND_NODE: return "the name of a node";
    case TRACE_KIND_RAW:
    case TRACE_KIND_SET:
    case TRACE_KIND_POS:
    case TRACE_KIND_RUNS:
    case TRACE_KIND_MARKS: return NULL;
    }
    UNREACHABLE();
}

int event_node_of(const char *text)
{
    char *end;
    if (text[0] != 'n' || text[1] < '1' || text[1] > '9' || strlen(text) > 4)
        return -1;
    unsigned long n = strtoul(text + 1, &end, 10);
    return *end != '\0' || n > LIMIT_MEMBERS ? -1 : (int)n - 1;
}

static struct event_term term_of(const struct pair *p)
{
    int field = event_field_find(p->key);
    ASSERT(field >= 0);
    struct event_term t = {.field = (unsigned)field, .node = -1, .text = p->value};
    enum trace_kind kind = (enum trace_kind)trace_field_info(t.field)->kind;
    if (kind == TRACE_KIND_U64)
        t.number = strtoull(p->value, NULL, 10);
    else if (kind == TRACE_KIND_HEX)
        t.number = strtoull(p->value, NULL, 16);
    else if (kind == TRACE_KIND_BOOL)
        t.number = strcmp(p->value, "true") == 0;
    else if (kind == TRACE_KIND_NODE)
        t.node = event_node_of(p->value);
    return t;
}

struct event_where event_where_of(const struct pair_list *pairs)
{
    struct event_where w = {0};
    if (pairs == NULL)
        return w;
    ASSERT(pairs->count <= EVENT_WHERE_MAX);
    for (size_t i = 0; i < pairs->count; i++)
        w.items[w.count++] = term_of(&pairs->items[i]);
    return w;
}

static bool term_holds(const struct event_term *t, const struct trace_record *rec)
{
    const struct trace_field_info *f = trace_field_info(t->field);
    const void *at = (const char *)rec + f->offset;
    if (!trace_has(rec, (enum trace_field)t->field))
        return false;
    switch ((enum trace_kind)f->kind) {
    case TRACE_KIND_U64:
    case TRACE_KIND_HEX: return *(const uint64_t *)at == t->number;
    case TRACE_KIND_BOOL: return *(const bool *)at == (t->number != 0);
    case TRACE_KIND_NODE: return *(const int *)at == t->node;
    case TRACE_KIND_TEXT: return trace_text_is(*(const struct trace_text *)at, t->text);
    case TRACE_KIND_RAW:
    case TRACE_KIND_SET:
    case TRACE_KIND_POS:
    case TRACE_KIND_RUNS:
    case TRACE_KIND_MARKS: break;
    }
    UNREACHABLE(); /* nothing is compared with these */
}

bool event_where_holds(const struct event_where *w, const struct trace_record *rec)
{
    for (size_t i = 0; i < w->count; i++) {
        if (!term_holds(&w->items[i], rec))
            return false;
    }
    return true;
}
