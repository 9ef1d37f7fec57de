/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/list_say.h"

#include "base/units.h"
#include "emulator/live/live.h"
#include "emulator/scenario/parse.h"
#include "emulator/scenario/print.h"
#include "emulator/sim/sim.h"

#include <stdio.h>

#define WORLDS 2

static const struct lint_world *world_at(size_t i)
{
    return i == 0 ? sim_world() : live_world();
}

/* Whether it can run there, and if not for want of capabilities, of which. */
static bool runs_in(const struct scenario_list_entry *entry, const struct lint_world *world,
                    uint64_t *ret_missing)
{
    struct buf said = {0};
    struct err e = {0};
    struct scenario *s = NULL;
    uint64_t can = lint_world_capabilities(world, entry->scenario);
    int code = scenario_load(entry->path, NULL, 0, world, &said, &s, &e);
    scenario_free(s);
    buf_free(&said);
    *ret_missing = scenario_needs(entry->scenario) & ~can;
    return code == 0;
}

static size_t put_capabilities(uint64_t set, struct buf *out)
{
    size_t count = 0;
    for (int i = 0; i < CAPABILITIES_COUNT; i++) {
        if ((set >> i & 1) != 0)
            buf_putf(out, "%s%s", count++ > 0 ? ", " : "",
                     vocab_capability_name((enum capability)i));
    }
    return count;
}

static void put_details(const struct scenario *s, struct buf *out)
{
    for (size_t i = 0; i < s->tags.count; i++)
        buf_putf(out, "%s%s", i == 0 ? "tags " : ", ", s->tags.items[i]);
    buf_puts(out, s->tags.count > 0 ? "; needs " : "needs ");
    if (put_capabilities(scenario_needs(s), out) == 0)
        buf_puts(out, "nothing");
    for (size_t i = 0; i < s->negatives_count; i++)
        buf_putf(out, "; with %s %s fails", s->negatives[i].mutant,
                 vocab_checker(s->negatives[i].violates)->name);
}

void list_say_text(const struct scenario_list_entry *entry)
{
    const struct scenario *s = entry->scenario;
    struct buf worlds = {0}, details = {0};
    uint64_t missing;
    if (s == NULL) {
        (void)printf("%-22s  invalid: %s\n", entry->path, entry->problem);
        return;
    }
    for (size_t i = 0; i < WORLDS; i++) {
        if (runs_in(entry, world_at(i), &missing))
            buf_putf(&worlds, "%s%s", worlds.len > 0 ? "+" : "", world_at(i)->name);
    }
    put_details(s, &details);
    (void)printf("%-22s %3llus  %zu nodes  %-8s  %s\n    %s\n", s->name,
                 (unsigned long long)(scenario_length_ns(s) / NS_PER_S), scenario_nodes_count(s),
                 worlds.len > 0 ? buf_str(&worlds) : "nowhere", s->why == NULL ? "" : s->why,
                 buf_str(&details));
    buf_free(&worlds);
    buf_free(&details);
}

/* ---- JSON ---- */

static void say_capabilities(struct jsonw *w, uint64_t set)
{
    jsonw_array(w);
    for (int i = 0; i < CAPABILITIES_COUNT; i++) {
        if ((set >> i & 1) != 0)
            jsonw_string(w, vocab_capability_name((enum capability)i));
    }
    jsonw_end(w);
}

static void say_lengths(struct jsonw *w, const struct scenario *s)
{
    jsonw_kv_u64(w, "length_ns", scenario_length_ns(s));
    jsonw_key(w, "longest_ns");
    jsonw_object(w);
    if (s->budget.virtual_ns > 0)
        jsonw_kv_u64(w, "virtual", s->budget.virtual_ns);
    if (s->budget.wall_ns > 0)
        jsonw_kv_u64(w, "wall", s->budget.wall_ns);
    jsonw_end(w);
}

static void say_worlds(struct jsonw *w, const struct scenario_list_entry *entry)
{
    jsonw_key(w, "worlds");
    jsonw_object(w);
    for (size_t i = 0; i < WORLDS; i++) {
        uint64_t missing;
        bool runs = runs_in(entry, world_at(i), &missing);
        jsonw_key(w, world_at(i)->name);
        jsonw_object(w);
        jsonw_kv_bool(w, "runs", runs);
        jsonw_key(w, "lacks");
        say_capabilities(w, runs ? 0 : missing);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void list_say_json(const struct scenario_list_entry *entry, struct jsonw *w)
{
    const struct scenario *s = entry->scenario;
    jsonw_object(w);
    jsonw_kv_string(w, "file", entry->path);
    if (s == NULL) {
        jsonw_kv_string(w, "invalid", entry->problem);
        jsonw_end(w);
        return;
    }
    jsonw_kv_string(w, "name", s->name);
    jsonw_kv_text(w, "why", s->why);
    jsonw_kv_text(w, "origin", s->origin);
    jsonw_key(w, "tags");
    jsonw_array(w);
    for (size_t i = 0; i < s->tags.count; i++)
        jsonw_string(w, s->tags.items[i]);
    jsonw_end(w);
    jsonw_kv_u64(w, "nodes", scenario_nodes_count(s));
    jsonw_kv_u64(w, "clients", s->clients.count);
    say_lengths(w, s);
    jsonw_key(w, "needs");
    say_capabilities(w, scenario_needs(s));
    say_worlds(w, entry);
    scenario_print_negatives(s, w);
    jsonw_end(w);
}
