/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/shrink/shrink.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "emulator/scenario/print.h"
#include "emulator/shrink/attempt.h"

#include <stdio.h>
#include <string.h>

/* A member of the root as raw JSON; the key may be there already or not. */
struct line {
    const char *key;
    const char *text; /* a string; NULL: none */
};

/* The draft with other members in its root, before all others: "version" stands in every scenario,
 * so they take its place together with it. */
static int with_lines(const struct draft *from, const struct line *lines, size_t count,
                      const struct lint_world *world, struct draft *ret)
{
    const struct json *root = json_root(from->doc);
    struct draft_edit *edits = mem_array(count + 1, sizeof(*edits));
    struct buf head = {0};
    size_t n = 0;
    buf_puts(&head, "1");
    for (size_t i = 0; i < count; i++) {
        const struct json *old = json_get(root, lines[i].key);
        if (old != NULL)
            edits[n++] = (struct draft_edit){.at = old};
        if (lines[i].text == NULL)
            continue;
        struct jsonw w;
        buf_putf(&head, ", \"%s\": ", lines[i].key);
        jsonw_init(&w, &head);
        jsonw_string(&w, lines[i].text);
    }
    edits[n++] = (struct draft_edit){.at = json_get(root, "version"), .put = buf_str(&head)};
    int code = draft_change(from, edits, n, world, ret);
    buf_free(&head);
    mem_free(edits);
    return code;
}

/* The scenario as the result will be: without the place it came from, its overrides (which are in
 * it), and a seed (which may change); for the one world in which it fails. */
static int begin(struct shrink *s, const struct scenario *scenario, struct err *e)
{
    const struct lint_world *world = s->o->world;
    const struct line lines[] = {{"$schema", NULL},
                                 {"overrides", NULL},
                                 {"seed", NULL},
                                 {"run", world == NULL ? "both" : world->name}};
    struct buf text = {0};
    struct draft given;
    scenario_print(scenario, &text);
    int code = draft_read(buf_str(&text), text.len, world, &given);
    buf_free(&text);
    if (code == 0) {
        code = with_lines(&given, lines, ARRAY_LEN(lines), world, &s->best);
        draft_free(&given);
    }
    return code == 0 ? 0
                     : err_set(e, code, "%s: not a scenario that this world takes", scenario->name);
}

/* 1: it fails, and best has been run. */
static int try_given(struct shrink *s, uint64_t seed, struct err *e)
{
    const struct scenario *list[] = {s->best.scenario};
    s->tried++;
    int code = s->o->oracle.first(s->o->oracle.arg, list, 1, seed, &s->run, e);
    if (code == 1)
        attempt_rebase(s);
    return code;
}

/* Every round leaves a smaller scenario or is the last. */
static int rounds(struct shrink *s)
{
    static int (*const passes[])(struct shrink * s) = {pass_ends,   pass_steps,   pass_nodes,
                                                       pass_unwrap, pass_members, pass_values};
    int code = 0;
    uint64_t before;
    do {
        before = s->gains;
        for (size_t i = 0; i < ARRAY_LEN(passes) && code == 0; i++)
            code = passes[i](s);
    } while (code == 0 && s->gains > before);
    return code;
}

static void write_result(const struct shrink *s, struct shrink_result *ret)
{
    char seed[32];
    struct draft final;
    (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)s->run.seed);
    const struct line line = {"seed", seed};
    int code = with_lines(&s->best, &line, 1, s->o->world, &final);
    ASSERT(code == 0); /* a seed is never wrong */
    buf_put(&ret->text, final.text.data, final.text.len);
    draft_free(&final);
    ret->seed = s->run.seed;
    ret->after = attempt_size(s);
}

int shrink(const struct shrink_options *o, const struct scenario *scenario, uint64_t seed,
           struct shrink_result *ret, struct err *e)
{
    struct shrink s = {.o = o};
    *ret = (struct shrink_result){0};
    int code = begin(&s, scenario, e);
    if (code == 0)
        code = try_given(&s, seed, e);
    if (code == 1) {
        ret->before = attempt_size(&s);
        ret->whole = rounds(&s) == 0;
        write_result(&s, ret);
    }
    ret->tried = s.tried;
    draft_free(&s.base);
    draft_free(&s.best);
    memo_free(&s.memo);
    return code;
}

void shrink_retell(const struct buf *text, const char *name, const char *why, const char *origin,
                   struct buf *ret)
{
    const struct line lines[] = {{"name", name}, {"why", why}, {"origin", origin}};
    struct draft was, is;
    int code = draft_read(buf_str(text), text->len, NULL, &was);
    if (code == 0)
        code = with_lines(&was, lines, ARRAY_LEN(lines), NULL, &is);
    ASSERT(code == 0); /* words are never wrong */
    buf_put(ret, is.text.data, is.text.len);
    draft_free(&was);
    draft_free(&is);
}
