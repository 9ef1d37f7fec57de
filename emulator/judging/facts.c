/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/facts.h"

#include "base/mem.h"
#include "emulator/scenario/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FACTS_BYTES_MAX (1u << 20)

/* key, member: the numbers, in the order of the file. */
#define FACTS_NUMBERS(X)                       \
    X("seed", seed)                            \
    X("host_stall_ns", host_stall_ns)          \
    X("packets_dropped", packets_dropped)      \
    X("crash_points_hit", crash_points_hit)    \
    X("finals_checked", runner.finals_checked) \
    X("started_ns", runner.started_ns)         \
    X("healed_at_ns", runner.healed_at_ns)     \
    X("ended_ns", runner.ended_ns)             \
    X("core_from_ns", runner.core_from_ns)     \
    X("core_to_ns", runner.core_to_ns)

struct facts_doc {
    char *text;
    struct diags diags;
    struct json_doc *json;
};

int facts_write(const struct results *r, const struct judge_facts *facts, struct err *e)
{
    struct buf text = {0};
    struct jsonw w;
    const struct runner_result *run = &facts->runner;
    struct trace_names names = {0};
    world_names(&names, LIMIT_MEMBERS);
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "world", facts->world);
#define X(key, member) jsonw_kv_u64(&w, key, facts->member);
    FACTS_NUMBERS(X)
#undef X
    jsonw_kv_u64(&w, "steps_done", run->steps_done);
    nodeset_write(&w, "core_nodes", run->core, &names);
    nodeset_write(&w, "started_nodes", run->started, &names);
    jsonw_kv_bool(&w, "steps_contradicted", run->contradicted);
    jsonw_kv_text(&w, "steps_failed", run->failed ? run->sentence : NULL);
    jsonw_kv_text(&w, "finals_failed", run->finals_failed ? run->finals_sentence : NULL);
    jsonw_kv_text(&w, "harness_fault", facts->harness_fault);
    jsonw_kv_text(&w, "harness_warning", facts->harness_warning);
    if (facts->stop.stopped) {
        jsonw_key(&w, "stopped_at");
        standings_write(&w, &facts->stop.standings, &names);
    }
    jsonw_end(&w);
    buf_putc(&text, '\n');
    int code = results_write(r, "facts.json", &text, e);
    buf_free(&text);
    return code;
}

static int read_file(const char *path, char **ret, size_t *ret_len, struct err *e)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    char *text = mem_alloc(FACTS_BYTES_MAX + 1);
    size_t len = fread(text, 1, FACTS_BYTES_MAX + 1, f);
    bool bad = ferror(f) != 0;
    (void)fclose(f);
    if (bad || len > FACTS_BYTES_MAX) {
        mem_free(text);
        return err_set(e, -E_CORRUPT, "%s: cannot be read, or too long", path);
    }
    *ret = text;
    *ret_len = len;
    return 0;
}

static const char *text_of(const struct json *root, const char *key)
{
    const struct json *v = json_get(root, key);
    return v != NULL && v->type == JSON_STRING ? v->text : NULL;
}

/* A failure's sentence into its array; whether there was one. */
static bool failure(const struct json *root, const char *key, char *out, size_t size)
{
    const char *text = text_of(root, key);
    (void)snprintf(out, size, "%s", text == NULL ? "" : text);
    return text != NULL;
}

static int number_of(const struct json *name, const struct trace_names *names)
{
    if (name == NULL || name->type != JSON_STRING)
        return -1;
    return trace_names_find(names, name->text, strlen(name->text));
}

static nodeset set_of(const struct json *list, const struct trace_names *names)
{
    nodeset set = 0;
    for (const struct json *x = list == NULL ? NULL : list->child; x != NULL; x = x->next) {
        int node = number_of(x, names);
        set |= node < 0 ? 0 : NODE_BIT(node);
    }
    return set;
}

/* A node that is down has no numbers. */
static int take_standing(const struct json *node, const struct trace_names *names,
                         struct standing *ret, struct err *e)
{
    const char *role = text_of(node, "role");
    if (role == NULL)
        return err_set(e, -E_CORRUPT, "facts.json: stopped_at: a node without a role");
    (void)snprintf(ret->role, sizeof(ret->role), "%s", role);
    ret->vote = number_of(json_get(node, "vote"), names);
#define X(name)                                                      \
    if (json_get(node, #name) != NULL &&                             \
        json_u64(json_get(node, #name), UINT64_MAX, &ret->name) < 0) \
        return err_set(e, -E_CORRUPT, "facts.json: stopped_at: " #name ": not a number");
    STANDING_NUMBERS(X)
#undef X
#define X(name) ret->name = set_of(json_get(node, #name), names);
    STANDING_SETS(X)
#undef X
    return 0;
}

/* Absent: the run went on to its end. */
static int take_stop(const struct json *list, const struct trace_names *names,
                     struct judge_stop *ret, struct err *e)
{
    int code = 0;
    ret->stopped = list != NULL;
    for (const struct json *x = list == NULL ? NULL : list->child; x != NULL && code == 0;
         x = x->next) {
        if (ret->standings.count == LIMIT_MEMBERS)
            return err_set(e, -E_CORRUPT, "facts.json: stopped_at: too many nodes");
        code = take_standing(x, names, &ret->standings.of[ret->standings.count++], e);
    }
    return code;
}

static int take(const struct json *root, struct judge_facts *ret, struct err *e)
{
    uint64_t steps;
    struct runner_result *run = &ret->runner;
    struct trace_names names = {0};
    world_names(&names, LIMIT_MEMBERS);
#define X(key, member)                                               \
    if (json_u64(json_get(root, key), UINT64_MAX, &ret->member) < 0) \
        return err_set(e, -E_CORRUPT, "facts.json: %s: not a number", key);
    FACTS_NUMBERS(X)
#undef X
    if (json_u64(json_get(root, "steps_done"), UINT32_MAX, &steps) < 0)
        return err_set(e, -E_CORRUPT, "facts.json: steps_done: not a number");
    run->steps_done = (unsigned)steps;
    run->core = set_of(json_get(root, "core_nodes"), &names);
    run->started = set_of(json_get(root, "started_nodes"), &names);
    const struct json *contradicted = json_get(root, "steps_contradicted");
    run->contradicted =
        contradicted != NULL && contradicted->type == JSON_BOOL && contradicted->truth;
    run->failed = failure(root, "steps_failed", run->sentence, sizeof(run->sentence));
    run->finals_failed =
        failure(root, "finals_failed", run->finals_sentence, sizeof(run->finals_sentence));
    int code = take_stop(json_get(root, "stopped_at"), &names, &ret->stop, e);
    if (code < 0)
        return code;
    ret->harness_fault = text_of(root, "harness_fault");
    ret->harness_warning = text_of(root, "harness_warning");
    ret->world = text_of(root, "world");
    ret->has_seed = true;
    return ret->world != NULL ? 0 : err_set(e, -E_CORRUPT, "facts.json: world: missing");
}

int facts_read(const struct results *r, struct judge_facts *ret, struct facts_doc **doc,
               struct err *e)
{
    char path[PATH_MAX + 32];
    size_t len = 0;
    struct facts_doc *d = mem_alloc(sizeof(*d));
    *ret = (struct judge_facts){0};
    (void)snprintf(path, sizeof(path), "%s/facts.json", r->dir);
    int code = read_file(path, &d->text, &len, e);
    if (code == 0) {
        diags_init(&d->diags, "facts.json", d->text, len);
        d->json = json_read(d->text, len, &d->diags);
        code = d->json == NULL ? err_set(e, -E_CORRUPT, "%s: not JSON", path)
                               : take(json_root(d->json), ret, e);
    }
    if (code < 0) {
        facts_free(d);
        return code;
    }
    *doc = d;
    return 0;
}

void facts_free(struct facts_doc *doc)
{
    if (doc == NULL)
        return;
    if (doc->json != NULL)
        json_free(doc->json);
    if (doc->text != NULL)
        diags_free(&doc->diags);
    mem_free(doc->text);
    mem_free(doc);
}
