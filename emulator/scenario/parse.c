/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole file: sections in the order in which they need each other, whatever their order. */
#include "emulator/scenario/parse.h"

#include "base/mem.h"
#include "emulator/scenario/include.h"
#include "emulator/scenario/parse_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- complaints ---- */

static void complain(struct parse *p, enum diag_level level, const struct json *v, bool at_key,
                     const char *hint, const char *fmt, va_list args)
{
    char message[512];
    struct buf pointer = {0};
    (void)vsnprintf(message, sizeof(message), fmt, args);
    if (p->diags->count < DIAGS_MAX) /* in a long list of mistakes it is not cheap */
        json_pointer(v, &pointer);
    bool key = at_key && v->key != NULL;
    diags_add(p->diags, level, key ? v->key_at : v->at, buf_str(&pointer), v->origin, hint,
              message);
    buf_free(&pointer);
    if (level == DIAG_ERROR)
        p->failed = true;
}

bool parse_error(struct parse *p, const struct json *v, const char *hint, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    complain(p, DIAG_ERROR, v, false, hint, fmt, args);
    va_end(args);
    return false;
}

bool parse_key_error(struct parse *p, const struct json *v, const char *hint, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    complain(p, DIAG_ERROR, v, true, hint, fmt, args);
    va_end(args);
    return false;
}

bool parse_type(struct parse *p, const struct json *v, enum json_type type, const char *expected)
{
    return v->type == type ||
           parse_error(p, v, NULL, "expected %s, not %s", expected, json_type_name(v->type));
}

bool is_comment(const struct json *v)
{
    return v->key != NULL && strcmp(v->key, "//") == 0;
}

const char *parse_nearest(const char *word, const char *const *names, size_t count, char out[96])
{
    const char *nearest = diag_nearest(word, names, count);
    if (nearest == NULL)
        return NULL;
    (void)snprintf(out, 96, "did you mean \"%.60s\"?", nearest);
    return out;
}

bool parse_known_keys(struct parse *p, const struct json *object, const char *const *names,
                      size_t count, const char *what)
{
    char hint[96];
    bool ok = true;
    for (const struct json *v = object->child; v != NULL; v = v->next) {
        size_t i = 0;
        while (i < count && strcmp(names[i], v->key) != 0)
            i++;
        if (i < count || is_comment(v))
            continue;
        ok = parse_key_error(p, v, parse_nearest(v->key, names, count, hint),
                             "unknown key \"%.40s\" in %s", v->key, what);
    }
    return ok;
}

/* ---- sections ---- */

static bool parse_version(struct parse *p, const struct json *v)
{
    uint64_t version;
    if (v->type == JSON_NUMBER && json_u64(v, 1, &version) == 0 && version == 1)
        return true;
    return parse_error(p, v, NULL, "version 1 is the only one");
}

/* The name becomes a folder's name. */
static bool parse_name(struct parse *p, const struct json *v)
{
    if (!parse_text(p, v, &p->s->name))
        return false;
    const char *name = p->s->name;
    size_t len = strlen(name);
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    if (len >= 1 && len <= SCENARIO_NAME_MAX && good == len && name[0] != '.')
        return true;
    return parse_error(p, v, NULL,
                       "a name has 1..%d letters, digits, '-', '_' and '.', and "
                       "does not begin with '.'",
                       SCENARIO_NAME_MAX);
}

static bool parse_schema(struct parse *p, const struct json *v)
{
    return parse_text(p, v, &p->s->schema);
}

static bool parse_why(struct parse *p, const struct json *v)
{
    return parse_text(p, v, &p->s->why);
}

static bool parse_origin(struct parse *p, const struct json *v)
{
    return parse_text(p, v, &p->s->origin);
}

static bool parse_tags(struct parse *p, const struct json *v)
{
    return parse_texts(p, v, &p->s->tags);
}

static bool parse_overrides(struct parse *p, const struct json *v)
{
    return parse_texts(p, v, &p->s->overrides);
}

static bool parse_needs(struct parse *p, const struct json *v)
{
    const char *names[CAPABILITIES_COUNT];
    char hint[96];
    for (int i = 0; i < CAPABILITIES_COUNT; i++)
        names[i] = vocab_capability_name((enum capability)i);
    if (!parse_type(p, v, JSON_ARRAY, "a list of capabilities"))
        return false;
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (!parse_type(p, c, JSON_STRING, "the name of a capability"))
            return false;
        int found = vocab_find_capability(c->text);
        if (found < 0)
            return parse_error(p, c, parse_nearest(c->text, names, CAPABILITIES_COUNT, hint),
                               "unknown capability \"%.40s\"", c->text);
        p->s->needs |= (uint64_t)1 << found;
    }
    return true;
}

/* A number, or a string in hexadecimal: "0x5EED0001". */
static bool parse_seed(struct parse *p, const struct json *v)
{
    uint64_t seed = 0;
    bool ok = v->type == JSON_NUMBER && json_u64(v, UINT64_MAX, &seed) == 0;
    if (v->type == JSON_STRING && strncmp(v->text, "0x", 2) == 0) {
        size_t digits = strspn(v->text + 2, "0123456789abcdefABCDEF");
        ok = digits >= 1 && digits <= 16 && v->text[2 + digits] == '\0';
        seed = ok ? strtoull(v->text + 2, NULL, 16) : 0;
    }
    if (!ok)
        return parse_error(p, v, "as 42 or \"0x5EED0001\"", "expected a 64-bit seed");
    p->s->has_seed = true;
    p->s->seed = seed;
    return true;
}

static bool parse_run(struct parse *p, const struct json *v)
{
    unsigned index;
    if (!parse_choice(p, v, RUNS_IN, &index))
        return false;
    p->s->run = (enum run_in)index;
    return true;
}

static bool parse_budget(struct parse *p, const struct json *v)
{
    static const char *const names[] = {"virtual", "wall", "maxOps", "checkerTime",
                                        "checkerMemory"};
    struct scenario_budget *b = &p->s->budget;
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"wall\":\"60s\"}"))
        return false;
    bool ok = parse_known_keys(p, v, names, ARRAY_LEN(names), "budget");
    const struct json *c;
    ok = ((c = json_get(v, "virtual")) == NULL || parse_duration(p, c, &b->virtual_ns)) && ok;
    ok = ((c = json_get(v, "wall")) == NULL || parse_duration(p, c, &b->wall_ns)) && ok;
    ok = ((c = json_get(v, "maxOps")) == NULL ||
          parse_count(p, c, 1, PARSE_COUNT_MAX, &b->max_ops)) &&
         ok;
    ok = ((c = json_get(v, "checkerTime")) == NULL || parse_duration(p, c, &b->checker_ns)) && ok;
    return ((c = json_get(v, "checkerMemory")) == NULL || parse_size(p, c, &b->checker_bytes)) &&
           ok;
}

static bool parse_story(struct parse *p, const struct json *v)
{
    p->line = 1;
    return parse_steps(p, v, &p->s->steps);
}

/* In the order of need: names of nodes and the election timeout first, bindings before finally. */
struct section {
    const char *key;
    bool (*parse)(struct parse *p, const struct json *v);
    bool must;
};

static const struct section sections[] = {
    {"$schema", parse_schema, false},
    {"version", parse_version, true},
    {"name", parse_name, true},
    {"why", parse_why, false},
    {"origin", parse_origin, false},
    {"tags", parse_tags, false},
    {"needs", parse_needs, false},
    {"seed", parse_seed, false},
    {"run", parse_run, false},
    {"cluster", parse_cluster, true},
    {"budget", parse_budget, false},
    {"links", parse_links, false},
    {"clients", parse_clients, false},
    {"steps", parse_story, true},
    {"expect", parse_expect, false},
    {"finally", parse_finally, false},
    {"coverage", parse_coverage, false},
    {"negative", parse_negative, false},
    {"overrides", parse_overrides, false},
};

static void parse_sections(struct parse *p, const struct json *root)
{
    const char *names[ARRAY_LEN(sections)];
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        names[i] = sections[i].key;
    if (!parse_type(p, root, JSON_OBJECT, "a scenario: an object"))
        return;
    (void)parse_known_keys(p, root, names, ARRAY_LEN(names), "a scenario");
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        const struct json *v = json_get(root, sections[i].key);
        if (v == NULL && sections[i].must)
            (void)parse_error(p, root, NULL, "a scenario needs \"%s\"", sections[i].key);
        else if (v != NULL)
            (void)sections[i].parse(p, v);
    }
}

/* Assignments applied in this process stand behind those the file already records. */
static void record_overrides(struct scenario *s, const struct text_list *applied)
{
    if (applied->count == 0)
        return;
    s->overrides.items =
        mem_grow(s->overrides.items, s->overrides.count + applied->count, sizeof(char *));
    for (size_t i = 0; i < applied->count; i++)
        s->overrides.items[s->overrides.count++] = mem_strdup(applied->items[i]);
}

struct scenario *scenario_source_parse(struct scenario_source *src)
{
    if (src->doc == NULL || !scenario_include(src))
        return NULL;
    struct parse *p = mem_alloc(sizeof(*p));
    mem_free(src->steps_at);
    src->steps_at = mem_array(SCENARIO_STEPS_MAX, sizeof(*src->steps_at));
    *p = (struct parse){.s = mem_alloc(sizeof(*p->s)),
                        .diags = &src->diags,
                        .nodes_count = LIMIT_MEMBERS, /* until the cluster is known */
                        .et_ns = 150 * NS_PER_MS,
                        .steps_at = src->steps_at,
                        .line_end =
                            src->diags.parts_count > 1 ? src->diags.parts[1].start : src->len};
    parse_sections(p, json_root(src->doc));
    struct scenario *s = p->s;
    s->steps_total = src->steps_count = p->steps_count;
    bool failed = p->failed;
    mem_free(p);
    if (failed) {
        scenario_free(s);
        return NULL;
    }
    s->file = mem_strdup(src->path);
    record_overrides(s, &src->overrides);
    return s;
}
