/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/shrink_input.h"

#include "base/mem.h"
#include "emulator/judging/facts.h"
#include "emulator/swarm/swarm.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX "-shrunk"

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* A name that is as long as one may be loses its end to the suffix. */
void shrink_input_name(const struct scenario *s, struct buf *out)
{
    bool shrunk = ends_in(s->name, SUFFIX);
    size_t room = SCENARIO_NAME_MAX - (shrunk ? 0 : strlen(SUFFIX));
    buf_putf(out, "%.*s%s", (int)room, s->name, shrunk ? "" : SUFFIX);
}

static int out_here(struct shrink_input *in)
{
    struct buf name = {0};
    shrink_input_name(in->scenario, &name);
    int n = snprintf(in->out, sizeof(in->out), "%s.json", buf_str(&name));
    buf_free(&name);
    if (n > 0 && (size_t)n < sizeof(in->out))
        return 0;
    cmd_error("%s: its name is too long for a file: give --output", in->scenario->name);
    return EXIT_CANNOT_WRITE;
}

/* Exactly one. */
static int load_one(const struct load_options *o, char *given, struct shrink_input *ret)
{
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    int code = load_all(o, &given, 1, loaded);
    if (code == 0 && loaded->count == 0) {
        code = loaded->unable > 0 ? EXIT_CANNOT_RUN : EXIT_NO_INPUT;
        cmd_error("%s: no scenario there that this world can run", given);
    } else if (code == 0 && loaded->count > 1) {
        code = EXIT_USAGE;
        cmd_error("%s: %zu scenarios: one is shrunk at a time", given, loaded->count);
    }
    if (code == 0) {
        ret->scenario = loaded->items[0];
        loaded->count = 0;
    }
    loaded_free(loaded);
    return code;
}

/* What the run's own files say; one that broke off has none of them, and then that is said. */
static void take_facts(const char *dir, struct shrink_input *ret)
{
    struct results r = {0};
    struct judge_facts facts;
    struct facts_doc *doc;
    struct err e = {0};
    (void)snprintf(r.dir, sizeof(r.dir), "%s", dir);
    if (facts_read(&r, &facts, &doc, &e) < 0) {
        (void)fprintf(stderr, "note: %s: --seed, or else 0x%llX, is tried\n", e.text,
                      (unsigned long long)ret->seed);
        return;
    }
    ret->seed = facts.seed;
    ret->live = strcmp(facts.world, "live") == 0;
    facts_free(doc);
}

int shrink_input_named(const struct load_options *o, char *given, struct shrink_input *ret)
{
    char path[PATH_MAX];
    struct stat st;
    *ret = (struct shrink_input){0};
    int n = snprintf(path, sizeof(path), "%s/scenario.json", given);
    bool run = n > 0 && (size_t)n < sizeof(path) && stat(path, &st) == 0;
    int code = load_one(o, run ? path : given, ret);
    if (code != 0)
        return code;
    ret->seed = ret->scenario->has_seed ? ret->scenario->seed : 1;
    if (!run)
        return out_here(ret);
    take_facts(given, ret);
    (void)snprintf(ret->out, sizeof(ret->out), "%.*s/shrunk.json", PATH_MAX - 16, given);
    return 0;
}

int shrink_input_drawn(const struct load_options *o, uint64_t seed, struct shrink_input *ret)
{
    struct err e = {0};
    *ret = (struct shrink_input){.seed = seed};
    if (swarm_draw(seed, o->world, o->sets, o->sets_count, &ret->scenario, &e) == 0)
        return out_here(ret);
    cmd_error("%s", e.text);
    return EXIT_BAD_SCENARIO;
}
