/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario as resolved JSON. */
#include "base/units.h"
#include "emulator/scenario/print_value.h"

#include <stdio.h>

void scenario_print_args(const struct scenario_args *args, struct jsonw *w)
{
    jsonw_object(w);
    for (size_t i = 0; i < args->count; i++) {
        jsonw_key(w, vocab_param_name(args->items[i].id));
        print_value(&args->items[i], w);
    }
    jsonw_end(w);
}

static void kv_duration(struct jsonw *w, const char *key, uint64_t ns)
{
    char text[VALUE_TEXT_MAX];
    jsonw_kv_string(w, key, print_duration(ns, text));
}

static void kv_text(struct jsonw *w, const char *key, const char *text)
{
    if (text != NULL)
        jsonw_kv_string(w, key, text);
}

static void kv_choice(struct jsonw *w, const char *key, const char *choices, unsigned i)
{
    char text[VALUE_TEXT_MAX];
    jsonw_kv_string(w, key, print_choice(choices, i, text));
}

/* "leader":{…} inside an object that is open. Depth: SCENARIO_NEST_MAX. */
void print_condition_member(const struct scenario_condition *c, struct jsonw *w)
{
    jsonw_key(w, vocab_wait(c->kind)->name);
    if (c->kind != WAIT_any && c->kind != WAIT_all) {
        scenario_print_args(&c->args, w);
        return;
    }
    jsonw_array(w);
    for (size_t i = 0; i < c->children_count; i++) {
        jsonw_object(w);
        print_condition_member(&c->children[i], w);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void print_when(const struct scenario_condition *c, struct jsonw *w)
{
    jsonw_key(w, "when");
    if (c->kind == WAIT_trigger) {
        scenario_print_args(&c->args, w);
        return;
    }
    jsonw_object(w);
    print_condition_member(c, w);
    jsonw_end(w);
}

static void print_wait(const struct scenario_condition *c, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    if (c->kind == WAIT_time) {
        jsonw_string(w, print_duration(scenario_arg_u64(&c->args, PARAM_time, 0), text));
        return;
    }
    jsonw_object(w);
    print_condition_member(c, w);
    jsonw_end(w);
}

void print_step(const struct scenario_step *step, struct jsonw *w)
{
    jsonw_object(w);
    if (step->has_at)
        kv_duration(w, "at", step->at_ns);
    if (step->place > 0)
        jsonw_kv_u64(w, "place", step->place);
    if (step->after_ns > 0)
        kv_duration(w, "after", step->after_ns);
    if (step->when != NULL)
        print_when(step->when, w);
    jsonw_key(w, vocab_action(step->action)->name);
    if (step->wait != NULL)
        print_wait(step->wait, w);
    else
        scenario_print_args(&step->args, w);
    if (step->within_ns > 0)
        kv_duration(w, "within", step->within_ns);
    if (step->for_ns > 0)
        kv_duration(w, "for", step->for_ns);
    kv_text(w, "label", step->label);
    kv_text(w, "as", step->as);
    if (!step->must)
        jsonw_kv_bool(w, "must", false);
    if (step->background)
        jsonw_kv_bool(w, "background", true);
    jsonw_end(w);
}

static void print_head(const struct scenario *s, struct jsonw *w)
{
    kv_text(w, "$schema", s->schema);
    jsonw_kv_u64(w, "version", 1);
    jsonw_kv_string(w, "name", s->name);
    kv_text(w, "why", s->why);
    kv_text(w, "origin", s->origin);
    if (s->tags.count > 0) {
        jsonw_key(w, "tags");
        print_texts(&s->tags, w);
    }
    if (s->needs != 0) {
        jsonw_key(w, "needs");
        jsonw_array(w);
        for (int i = 0; i < CAPABILITIES_COUNT; i++) {
            if ((s->needs >> i & 1) != 0)
                jsonw_string(w, vocab_capability_name((enum capability)i));
        }
        jsonw_end(w);
    }
    if (s->has_seed) {
        char seed[32];
        (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)s->seed);
        jsonw_kv_string(w, "seed", seed);
    }
    kv_choice(w, "run", RUNS_IN, (unsigned)s->run);
}

static void print_budget(const struct scenario_budget *b, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    jsonw_key(w, "budget");
    jsonw_object(w);
    if (b->virtual_ns > 0)
        kv_duration(w, "virtual", b->virtual_ns);
    if (b->wall_ns > 0)
        kv_duration(w, "wall", b->wall_ns);
    if (b->max_ops > 0)
        jsonw_kv_u64(w, "maxOps", b->max_ops);
    if (b->checker_ns > 0)
        kv_duration(w, "checkerTime", b->checker_ns);
    if (b->checker_bytes > 0)
        jsonw_kv_string(w, "checkerMemory", print_size(b->checker_bytes, text));
    jsonw_end(w);
}

static void print_cluster(const struct scenario_cluster *c, struct jsonw *w)
{
    bool own = false;
    jsonw_key(w, "cluster");
    jsonw_object(w);
    jsonw_kv_u64(w, "voters", c->voters);
    jsonw_kv_u64(w, "learners", c->learners);
    jsonw_kv_u64(w, "spare", c->spare);
    jsonw_kv_string(w, "sut", c->sut);
    if (c->versions.count > 0) {
        jsonw_key(w, "versions");
        print_texts(&c->versions, w);
        jsonw_key(w, "perVersion");
        jsonw_object(w);
        for (size_t i = 0; i < c->versions.count; i++) {
            jsonw_key(w, c->versions.items[i]);
            print_pairs(&c->per_version[i], w);
        }
        jsonw_end(w);
    }
    jsonw_key(w, "config");
    print_pairs(&c->config, w);
    for (size_t i = 0; i < LIMIT_MEMBERS; i++)
        own = own || c->per_node[i].count > 0;
    if (own) {
        jsonw_key(w, "perNode");
        jsonw_object(w);
        for (size_t i = 0; i < LIMIT_MEMBERS; i++) {
            char name[VALUE_TEXT_MAX];
            if (c->per_node[i].count == 0)
                continue;
            (void)snprintf(name, sizeof(name), "n%zu", i + 1);
            jsonw_key(w, name);
            print_pairs(&c->per_node[i], w);
        }
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void print_links(const struct scenario *s, struct jsonw *w)
{
    if (s->links_default.count == 0 && s->links_pairs_count == 0)
        return;
    jsonw_key(w, "links");
    jsonw_object(w);
    if (s->links_default.count > 0) {
        jsonw_key(w, "default");
        scenario_print_args(&s->links_default, w);
    }
    if (s->links_pairs_count > 0) {
        jsonw_key(w, "perPair");
        jsonw_array(w);
        for (size_t i = 0; i < s->links_pairs_count; i++)
            scenario_print_args(&s->links_pairs[i].args, w);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void print_clients(const struct scenario_clients *c, struct jsonw *w)
{
    char text[VALUE_TEXT_MAX];
    if (c->model == NULL)
        return; /* no clients in the file */
    jsonw_key(w, "clients");
    jsonw_object(w);
    jsonw_kv_u64(w, "count", c->count);
    jsonw_kv_string(w, "model", c->model);
    jsonw_kv_u64(w, "ratePerS", c->rate_per_s);
    jsonw_kv_u64(w, "keys", c->keys);
    jsonw_key(w, "mix");
    print_mix(&c->mix, w);
    if (c->hot > 0)
        jsonw_kv_string(w, "hot", print_share(c->hot, text));
    if (c->value_bytes > 0)
        jsonw_kv_string(w, "value", print_size(c->value_bytes, text));
    kv_duration(w, "timeout", c->timeout_ns);
    jsonw_kv_bool(w, "retry", c->retry);
    jsonw_kv_bool(w, "sessions", c->sessions);
    kv_choice(w, "readMode", READ_MODES, (unsigned)c->read_mode);
    kv_choice(w, "attach", CLIENT_ATTACHES, (unsigned)c->attach);
    if (c->idle)
        jsonw_kv_bool(w, "idle", true);
    jsonw_end(w);
}

static void print_expect(const struct scenario *s, struct jsonw *w)
{
    jsonw_key(w, "expect");
    jsonw_object(w);
    for (size_t i = 0; i < s->expects_count; i++) {
        jsonw_key(w, vocab_checker_spelling(s->expects[i].spelling));
        if (s->expects[i].args.count == 0)
            jsonw_bool(w, true);
        else
            scenario_print_args(&s->expects[i].args, w);
    }
    jsonw_end(w);
}

void scenario_print_negatives(const struct scenario *s, struct jsonw *w)
{
    jsonw_key(w, "negative");
    jsonw_array(w);
    for (size_t i = 0; i < s->negatives_count; i++) {
        jsonw_object(w);
        jsonw_kv_string(w, "mutant", s->negatives[i].mutant);
        jsonw_kv_string(w, "violates", vocab_checker(s->negatives[i].violates)->name);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void print_ends(const struct scenario *s, struct jsonw *w)
{
    jsonw_key(w, "finally");
    jsonw_array(w);
    for (size_t i = 0; i < s->finals_count; i++) {
        jsonw_object(w);
        print_condition_member(&s->finals[i].condition, w);
        if (s->finals[i].within_ns > 0)
            kv_duration(w, "within", s->finals[i].within_ns);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_key(w, "coverage");
    jsonw_object(w);
    for (size_t i = 0; i < s->covers_count; i++)
        jsonw_kv_u64(w, vocab_coverage_name(s->covers[i].counter), s->covers[i].at_least);
    jsonw_end(w);
    if (s->negatives_count > 0)
        scenario_print_negatives(s, w);
}

void scenario_print(const struct scenario *s, struct buf *out)
{
    struct jsonw writer, *w = &writer;
    const struct scenario_budget *b = &s->budget;
    struct buf compact = {0};
    jsonw_init(w, &compact);
    jsonw_object(w);
    print_head(s, w);
    if ((b->virtual_ns | b->wall_ns | b->max_ops | b->checker_ns | b->checker_bytes) != 0)
        print_budget(b, w);
    print_cluster(&s->cluster, w);
    print_links(s, w);
    print_clients(&s->clients, w);
    jsonw_key(w, "steps");
    jsonw_array(w);
    for (size_t i = 0; i < s->steps.count; i++)
        print_step(&s->steps.steps[i], w);
    jsonw_end(w);
    print_expect(s, w);
    print_ends(s, w);
    if (s->overrides.count > 0) {
        jsonw_key(w, "overrides");
        print_texts(&s->overrides, w);
    }
    jsonw_end(w);
    json_pretty(compact.data, compact.len, out);
    buf_free(&compact);
}
