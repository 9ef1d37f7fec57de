/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/versions.h"

#include "base/mem.h"
#include "base/sort.h"

/* What one operation says about one value of its key. */
struct mention {
    uint64_t token;
    uint32_t key;
    uint32_t pos;
};

#define APPENDED  1u
#define REPLACED  2u
#define NO_VALUES 4u

bool version_is_placed(const struct version *v)
{
    return !v->ambiguous && (v->is_initial || v->index != 0);
}

bool version_is_older(const struct version *a, const struct version *b)
{
    if (a == b || a->ambiguous || b->ambiguous)
        return false;
    if (version_is_placed(a) && version_is_placed(b))
        return a->index < b->index;
    if (a->is_list)
        return a->token < b->token;
    return a->f_ns < b->s_ns;
}

void versions_free(struct versions *v)
{
    mem_free(v->all);
    mem_free(v->of_op);
}

/* By number of the key's text: what is done with it. */
static uint8_t *survey(const struct history *h)
{
    uint8_t *uses = mem_array((size_t)h->texts.count + 1, sizeof(*uses));
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->kind == HISTORY_APPEND)
            uses[op->key] |= APPENDED;
        else if (op->kind != HISTORY_READ)
            uses[op->key] |= op->kind <= HISTORY_INCR ? REPLACED : NO_VALUES;
    }
    return uses;
}

static uint64_t number_of(struct trace_text text)
{
    uint64_t v = 0;
    for (size_t i = 0; i < text.len; i++)
        v = v * 10 + (uint64_t)(text.at[i] - '0');
    return v;
}

/* The value it saw or made; false if it does not tell, or did nothing. */
static bool token_of(const struct history *h, const struct history_op *op, bool is_list,
                     uint64_t *ret)
{
    bool ok = op->outcome == HISTORY_OK;
    if (op->outcome == HISTORY_FAIL || (!ok && op->kind == HISTORY_READ) || op->silent)
        return false;
    if (op->kind == HISTORY_APPEND) {
        struct trace_text told = texts_get(&h->texts, op->result);
        *ret = told.len <= 18 ? number_of(told) : 0;
        return ok && told.at != NULL;
    }
    if (op->kind == HISTORY_INCR) {
        *ret = op->result;
        return ok && op->result != 0;
    }
    if (is_list)
        *ret = texts_get(&h->texts, op->result).len;
    else
        *ret = history_value(op);
    return true;
}

static int by_value(const void *a, const void *b)
{
    const struct mention *x = a;
    const struct mention *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->token != y->token)
        return x->token < y->token ? -1 : 1;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

static uint64_t shifted(uint64_t t_ns)
{
    return t_ns == HISTORY_NEVER ? HISTORY_NEVER : t_ns + 1;
}

static void take(struct version *v, const struct history_op *op, uint32_t pos)
{
    if (op->weak)
        return;
    if (!history_observes(op)) {
        v->ambiguous = v->ambiguous || v->maker != VERSION_NONE || v->is_initial;
        v->maker = pos;
        v->index = op->index;
    }
    v->f_ns = shifted(op->ret_ns) < v->f_ns ? shifted(op->ret_ns) : v->f_ns;
    v->s_ns = shifted(op->call_ns) > v->s_ns ? shifted(op->call_ns) : v->s_ns;
}

static void merge(struct versions *v, const struct history *h, const struct mention *mentions,
                  size_t count, const uint8_t *uses)
{
    for (size_t i = 0; i < count; i++) {
        const struct mention *m = &mentions[i];
        if (i == 0 || m->key != mentions[i - 1].key || m->token != mentions[i - 1].token)
            v->all[v->count++] = (struct version){.key = m->key,
                                                  .token = m->token,
                                                  .until = UINT64_MAX,
                                                  .f_ns = m->token == 0 ? 0 : HISTORY_NEVER,
                                                  .maker = VERSION_NONE,
                                                  .is_list = uses[m->key] == APPENDED,
                                                  .is_initial = m->token == 0};
        take(&v->all[v->count - 1], &h->ops[m->pos], m->pos);
        v->of_op[m->pos] = (uint32_t)(v->count - 1);
    }
}

static int by_index(const void *a, const void *b)
{
    const struct version *x = *(const struct version *const *)a;
    const struct version *y = *(const struct version *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Until when each one that has its place was there. */
static void place(struct versions *v)
{
    size_t count = 0;
    struct version **placed = mem_array(v->count, sizeof(void *));
    for (size_t i = 0; i < v->count; i++) {
        if (v->all[i].is_initial || v->all[i].index != 0)
            placed[count++] = &v->all[i];
    }
    sort_array(placed, count, sizeof(void *), by_index);
    for (size_t i = 0; i + 1 < count; i++) {
        if (placed[i]->key == placed[i + 1]->key)
            placed[i]->until = placed[i + 1]->index;
    }
    mem_free(placed);
}

void versions_of(struct versions *v, const struct history *h)
{
    size_t count = 0;
    uint8_t *uses = survey(h);
    struct mention *mentions = mem_array(h->count, sizeof(*mentions));
    *v = (struct versions){0};
    v->of_op = mem_array(h->count, sizeof(*v->of_op));
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        uint64_t token = 0;
        v->of_op[i] = VERSION_NONE;
        if ((uses[op->key] == APPENDED || (uses[op->key] & ~REPLACED) == 0) &&
            token_of(h, op, uses[op->key] == APPENDED, &token))
            mentions[count++] = (struct mention){token, op->key, (uint32_t)i};
    }
    sort_array(mentions, count, sizeof(*mentions), by_value);
    v->all = mem_array(count, sizeof(*v->all));
    merge(v, h, mentions, count, uses);
    place(v);
    mem_free(mentions);
    mem_free(uses);
}
