/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selectors as text. */
#include "emulator/scenario/select.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/scenario/diag.h"

#include <stdio.h>
#include <string.h>

enum argument { ARGUMENT_none, ARGUMENT_count, ARGUMENT_name };

struct row {
    const char *name;
    enum argument argument;
    const char *text;
};

static const struct row rows[SELECTORS_COUNT] = {
#define X(id, name, argument, text) {name, ARGUMENT_##argument, text},
    SCENARIO_SELECTORS(X)
#undef X
};

const char *selector_kind_name(enum selector_kind kind)
{
    ASSERT((unsigned)kind < SELECTORS_COUNT);
    return rows[kind].name;
}

const char *selector_kind_text(enum selector_kind kind)
{
    ASSERT((unsigned)kind < SELECTORS_COUNT);
    return rows[kind].text;
}

const char *selector_kind_form(enum selector_kind kind)
{
    ASSERT((unsigned)kind < SELECTORS_COUNT);
    switch (rows[kind].argument) {
    case ARGUMENT_none: return "";
    case ARGUMENT_count: return "(k)";
    case ARGUMENT_name: return "(mark)";
    }
    UNREACHABLE();
}

bool selector_is_client(const struct selector *s)
{
    return s->kind == SELECT_client || s->kind == SELECT_clients;
}

void selectors_free(struct selectors *s)
{
    mem_free(s->items);
    *s = (struct selectors){0};
}

nodeset selectors_named(const struct selectors *s)
{
    nodeset named = 0;
    for (size_t i = 0; s != NULL && i < s->count; i++)
        named |= s->items[i].kind == SELECT_node ? (nodeset)1 << s->items[i].number : 0;
    return named;
}

void selectors_add_nodes(struct selectors *s, nodeset nodes)
{
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if ((nodes >> i & 1) != 0)
            s->items[s->count++] = (struct selector){.kind = SELECT_node, .number = i};
    }
}

bool selector_name_ok(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > SELECT_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
        if (!ok)
            return false;
    }
    return true;
}

/* "n3": 'n' and a number without leading zeros. */
static bool looks_like_node(const char *text)
{
    return text[0] == 'n' && text[1] >= '0' && text[1] <= '9';
}

static int parse_node(const char *text, size_t nodes_count, struct selector *ret, struct err *e)
{
    uint64_t number;
    if (text[1] != '0' && units_u64(text + 1, nodes_count, &number) == 0) {
        *ret = (struct selector){.kind = SELECT_node, .number = number - 1};
        return 0;
    }
    return err_set(e, -E_INVALID, "unknown node \"%.32s\"", text);
}

static int parse_bound(const char *text, struct selector *ret, struct err *e)
{
    if (!selector_name_ok(text + 1))
        return err_set(e, -E_INVALID, "\"%.40s\": after $ stand 1..31 letters, digits, - or _",
                       text);
    *ret = (struct selector){.kind = SELECT_bound};
    memcpy(ret->name, text + 1, strlen(text + 1) + 1);
    return 0;
}

int selector_find(const char *name)
{
    for (int i = 0; i < SELECTORS_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return i;
    }
    return -1;
}

const char *selector_hint(const char *text, size_t nodes_count, char out[SELECTOR_TEXT_MAX])
{
    out[0] = '\0';
    if (looks_like_node(text)) {
        (void)snprintf(out, SELECTOR_TEXT_MAX, "cluster has n1..n%zu; did you mean \"n%zu\"?",
                       nodes_count, nodes_count);
        return out;
    }
    const char *names[SELECTORS_COUNT];
    for (size_t i = 0; i < SELECTORS_COUNT; i++)
        names[i] = rows[i].name;
    char word[SELECT_NAME_MAX + 1];
    size_t len = strcspn(text, "(");
    if (text[0] == '$' || len >= sizeof(word))
        return out;
    memcpy(word, text, len);
    word[len] = '\0';
    const char *nearest =
        selector_find(word) >= 0 ? NULL : diag_nearest(word, names, SELECTORS_COUNT);
    if (nearest != NULL)
        (void)snprintf(out, SELECTOR_TEXT_MAX, "did you mean \"%s%s\"?", nearest,
                       selector_kind_form((enum selector_kind)selector_find(nearest)));
    return out;
}

/* "(…)" behind the word. */
static int parse_argument(const char *text, const char *argument, struct selector *s, struct err *e)
{
    const struct row *row = &rows[s->kind];
    size_t len = strlen(argument);
    char inside[SELECT_NAME_MAX + 1];
    if (row->argument == ARGUMENT_none && len > 0)
        return err_set(e, -E_INVALID, "\"%.40s\": %s takes no argument", text, row->name);
    if (row->argument == ARGUMENT_none)
        return 0;
    bool brackets = len > 2 && argument[0] == '(' && argument[len - 1] == ')';
    if (!brackets || len - 2 >= sizeof(inside))
        return err_set(e, -E_INVALID, "\"%.40s\": spelled %s%s", text, row->name,
                       selector_kind_form(s->kind));
    memcpy(inside, argument + 1, len - 2);
    inside[len - 2] = '\0';
    if (row->argument == ARGUMENT_name) {
        if (!selector_name_ok(inside))
            return err_set(e, -E_INVALID, "\"%.40s\": \"%s\" is no name of a mark", text, inside);
        memcpy(s->name, inside, len - 1);
        return 0;
    }
    if (units_u64(inside, INT64_MAX, &s->number) < 0)
        return err_set(e, -E_INVALID, "\"%.40s\": \"%s\" is no whole number", text, inside);
    if (s->kind == SELECT_random && s->number == 0)
        return err_set(e, -E_INVALID, "\"%.40s\": takes at least one node", text);
    return 0;
}

int selector_parse(const char *text, size_t nodes_count, struct selector *ret, struct err *e)
{
    ASSERT(nodes_count > 0 && nodes_count <= LIMIT_MEMBERS);
    if (looks_like_node(text))
        return parse_node(text, nodes_count, ret, e);
    if (text[0] == '$')
        return parse_bound(text, ret, e);
    size_t len = strcspn(text, "(");
    for (size_t i = SELECT_all; i < SELECTORS_COUNT; i++) {
        if (strlen(rows[i].name) != len || memcmp(rows[i].name, text, len) != 0)
            continue;
        struct selector s = {.kind = (enum selector_kind)i};
        if (parse_argument(text, text + len, &s, e) < 0)
            return -E_INVALID;
        *ret = s;
        return 0;
    }
    return err_set(e, -E_INVALID, "unknown selector \"%.40s\"", text);
}

const char *selector_print(const struct selector *s, char out[SELECTOR_TEXT_MAX])
{
    const struct row *row = &rows[s->kind];
    unsigned long long number = s->number;
    if (s->kind == SELECT_node)
        (void)snprintf(out, SELECTOR_TEXT_MAX, "n%llu", number + 1);
    else if (s->kind == SELECT_bound)
        (void)snprintf(out, SELECTOR_TEXT_MAX, "$%s", s->name);
    else if (row->argument == ARGUMENT_name)
        (void)snprintf(out, SELECTOR_TEXT_MAX, "%s(%s)", row->name, s->name);
    else if (row->argument == ARGUMENT_count)
        (void)snprintf(out, SELECTOR_TEXT_MAX, "%s(%llu)", row->name, number);
    else
        (void)snprintf(out, SELECTOR_TEXT_MAX, "%s", row->name);
    return out;
}
