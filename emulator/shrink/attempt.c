/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/shrink/attempt.h"

#include "base/checksum.h"
#include "base/mem.h"

#include <string.h>

#define AT_ONCE 32 /* candidates that are made before one of them is tried */

/* ---- sizes ---- */

static size_t config_keys(const struct scenario_cluster *c)
{
    size_t count = c->config.count;
    for (size_t i = 0; i < LIMIT_MEMBERS; i++)
        count += c->per_node[i].count;
    return count;
}

struct shrink_size attempt_size(const struct shrink *s)
{
    const struct scenario *now = s->best.scenario;
    return (struct shrink_size){.steps = now->steps_total,
                                .nodes = scenario_nodes_count(now),
                                .clients = now->clients.count,
                                .config_keys = config_keys(&now->cluster),
                                .values = s->best.values,
                                .operations = s->run.operations,
                                .virtual_ns = s->run.virtual_ns};
}

/* ---- one batch of candidates ---- */

struct batch {
    struct draft drafts[AT_ONCE];
    size_t of[AT_ONCE]; /* which attempt it is */
    uint64_t digests[AT_ONCE];
    const struct scenario *scenarios[AT_ONCE];
    size_t count;
};

static bool won(const struct shrink *s, const struct draft *d, enum attempt_gain gain)
{
    switch (gain) {
    case GAIN_VALUES: return d->values < s->best.values;
    case GAIN_SIZE:
        return d->values <= s->best.values &&
               strcmp(buf_str(&d->text), buf_str(&s->best.text)) != 0;
    }
    UNREACHABLE();
}

static bool in_batch(const struct batch *b, uint64_t digest)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->digests[i] == digest)
            return true;
    }
    return false;
}

static void make(struct shrink *s, enum attempt_gain gain, const struct attempt *attempt,
                 size_t which, struct batch *b)
{
    struct draft *d = &b->drafts[b->count];
    if (draft_change(&s->base, attempt->edits, attempt->count, s->o->world, d) < 0)
        return;
    uint64_t digest = checksum64_seeded(s->run.seed, d->text.data, d->text.len);
    if (!won(s, d, gain) || memo_has(&s->memo, digest) || in_batch(b, digest)) {
        draft_free(d);
        return;
    }
    b->of[b->count] = which;
    b->digests[b->count] = digest;
    b->scenarios[b->count] = d->scenario;
    b->count++;
}

static void adopt(struct shrink *s, struct batch *b, const struct shrink_hit *hit)
{
    draft_free(&s->best);
    s->best = b->drafts[hit->which];
    b->drafts[hit->which] = (struct draft){0};
    s->run = *hit;
    s->gains++;
}

static int try_batch(struct shrink *s, struct batch *b, size_t *ret)
{
    struct shrink_hit hit = {0};
    const struct shrink_oracle *oracle = &s->o->oracle;
    int code = b->count == 0 ? 0
                             : oracle->first(oracle->arg, b->scenarios, b->count, s->run.seed, &hit,
                                             &s->stopped);
    ASSERT(code <= 1 && hit.which < AT_ONCE);
    size_t done = code == 1 ? hit.which : code == 0 ? b->count : 0;
    s->tried += done + (code == 1);
    for (size_t i = 0; i < done; i++)
        memo_add(&s->memo, b->digests[i]);
    if (code == 1) {
        *ret = b->of[hit.which];
        adopt(s, b, &hit);
    }
    for (size_t i = 0; i < b->count; i++)
        draft_free(&b->drafts[i]);
    b->count = 0;
    return code;
}

int attempt_first(struct shrink *s, const char *what, enum attempt_gain gain,
                  const struct attempt *attempts, size_t count, size_t *ret)
{
    struct batch *b = mem_alloc(sizeof(*b));
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++) {
        make(s, gain, &attempts[i], i, b);
        if (b->count == AT_ONCE || i + 1 == count)
            code = try_batch(s, b, ret);
    }
    mem_free(b);
    if (code == 1 && s->o->say != NULL) {
        struct shrink_size size = attempt_size(s);
        s->o->say(s->o->say_arg, what, &size);
    }
    return code;
}

void attempt_rebase(struct shrink *s)
{
    struct draft copy;
    int code = draft_read(buf_str(&s->best.text), s->best.text.len, s->o->world, &copy);
    ASSERT(code == 0); /* it was read before */
    draft_free(&s->base);
    s->base = copy;
}

/* ---- lists of values ---- */

void values_add(struct values *list, const struct json *v)
{
    list->items = mem_grow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = v;
}

void values_free(struct values *list)
{
    mem_free(list->items);
    *list = (struct values){0};
}

static bool is_key(const struct json *v, const char *key)
{
    return v != NULL && v->key != NULL && strcmp(v->key, key) == 0;
}

/* In "steps": [STEP, …] or "branches": [[STEP, …], …]. */
static bool is_step(const struct json *v)
{
    const struct json *list = v->parent;
    if (v->type != JSON_OBJECT || list == NULL || list->type != JSON_ARRAY)
        return false;
    return is_key(list, "steps") || is_key(list->parent, "branches");
}

void values_steps(const struct json *root, unsigned level, struct values *list)
{
    for (const struct json *v = root; v != NULL; v = draft_next(v, root)) {
        unsigned above = 0;
        if (!is_step(v))
            continue;
        for (const struct json *up = v->parent; up != root; up = up->parent)
            above += is_step(up);
        if (above == level)
            values_add(list, v);
    }
}
