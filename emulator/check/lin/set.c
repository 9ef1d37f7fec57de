/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets from which nothing is removed. The sets that were read grow from one to the next, and number
 * the time: an element appears between the last read that misses it and the first that has it. One
 * add makes it appear (the one that was told so, else the earliest call); whoever saw it comes
 * later, whoever missed it earlier. So every operation has a range of levels, and the order is
 * legal iff nothing finished before something of lower levels was begun. */
#include "emulator/check/lin/set.h"

#include "base/mem.h"
#include "base/sort.h"

#include <string.h>

#define NO_LEVEL UINT32_MAX

static struct set_element *element_of(struct grown *g, uint32_t text)
{
    uint32_t *slot = &g->scratch->by_text[text];
    if (*slot == 0) {
        g->elements[g->elements_count++] = (struct set_element){.text = text,
                                                                .level = NO_LEVEL,
                                                                .maker = LIN_NONE,
                                                                .failed = LIN_NONE,
                                                                .seer = LIN_NONE,
                                                                .later = LIN_NONE,
                                                                .misser = LIN_NONE,
                                                                .acked = LIN_NONE};
        *slot = (uint32_t)g->elements_count;
    }
    return &g->elements[*slot - 1];
}

/* The set that was read; 0 = the empty one. */
static uint32_t set_of(const struct grown *g, const struct history_op *op)
{
    return texts_get(&g->key->h->texts, op->result).len == 0 ? 0 : op->result;
}

static bool take_read(struct grown *g, uint32_t pos, struct lin_finding *why)
{
    uint32_t text = set_of(g, lin_op(g->key, pos));
    uint32_t *slot = &g->scratch->by_text[text];
    struct trace_text t = texts_get(&g->key->h->texts, text);
    if (text != 0 && t.at[0] != ',')
        return lin_set_phantom(g, NULL, t, pos, why);
    if (text == 0 ? g->has_empty : *slot != 0)
        return true;
    struct set_read *r = &g->reads[g->reads_count++];
    *r = (struct set_read){.text = text, .pos = pos};
    for (size_t i = 0; i < t.len; i++)
        r->size += t.at[i] == ',';
    if (text == 0)
        g->has_empty = true;
    else
        *slot = (uint32_t)g->reads_count;
    return true;
}

static uint64_t call_of(const struct grown *g, uint32_t pos)
{
    return lin_op(g->key, pos)->call_ns;
}

static uint64_t ret_of(const struct grown *g, uint32_t pos)
{
    return lin_op(g->key, pos)->ret_ns;
}

/* Of a and b the one that returned first; either may be LIN_NONE. */
static uint32_t earlier_return(const struct grown *g, uint32_t a, uint32_t b)
{
    return a == LIN_NONE || (b != LIN_NONE && ret_of(g, b) < ret_of(g, a)) ? b : a;
}

/* Two adds were told that they made the element appear. */
static bool added_twice(const struct grown *g, const struct set_element *e, uint32_t pos,
                        struct lin_finding *why)
{
    char a[LIN_TEXT_MAX];
    char b[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    lin_say(why, "added twice",
            "clients %s and %s were both told that their add of %s changed the set, and nothing "
            "removes it",
            lin_text(g->key->h, lin_op(g->key, e->maker)->client, a),
            lin_text(g->key->h, lin_op(g->key, pos)->client, b), lin_text(g->key->h, e->text, v));
    lin_show(why, e->maker);
    lin_show(why, pos);
    return false;
}

static bool take_add(struct grown *g, uint32_t pos, struct lin_finding *why)
{
    const struct history_op *op = lin_op(g->key, pos);
    struct set_element *e = element_of(g, op->value);
    bool changed = op->outcome == HISTORY_OK && !op->silent && op->done;
    if (op->outcome == HISTORY_FAIL) {
        e->failed = pos;
        return true;
    }
    if (op->outcome == HISTORY_OK)
        e->acked = pos;
    if (op->outcome == HISTORY_OK && !op->silent && !op->done) {
        e->seer = earlier_return(g, e->seer, pos);
        return true;
    }
    if (changed && e->told)
        return added_twice(g, e, pos, why);
    /* calls come in order: the first one is the earliest */
    if (changed || e->maker == LIN_NONE) {
        uint32_t before = e->maker;
        e->maker = pos;
        e->told = changed;
        pos = before;
    }
    if (pos != LIN_NONE && lin_op(g->key, pos)->outcome == HISTORY_OK)
        e->later = earlier_return(g, e->later, pos);
    return true;
}

static bool gather(struct grown *g, struct lin_finding *why)
{
    for (size_t i = 0; i < g->key->count; i++) {
        uint32_t pos = g->key->pos[i];
        const struct history_op *op = lin_op(g->key, pos);
        if (op->kind == HISTORY_ADD) {
            if (!take_add(g, pos, why))
                return false;
        } else if (op->kind == HISTORY_READ && lin_counts(op)) {
            if (!take_read(g, pos, why))
                return false;
        } else if (op->kind == HISTORY_CONTAINS && lin_counts(op)) {
            struct set_element *e = element_of(g, op->value);
            if (op->done)
                e->seer = earlier_return(g, e->seer, pos);
            else
                e->misser = pos; /* the latest call */
        }
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    const struct set_read *x = a;
    const struct set_read *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

/* The elements of one read, those of all smaller ones having their levels. `level` is for the new
 * ones; *ret_old counts the others. */
static bool take_elements(struct grown *g, const struct set_read *r, uint32_t stamp, uint32_t level,
                          size_t *ret_old, struct lin_finding *why)
{
    struct trace_text set = texts_get(&g->key->h->texts, r->text);
    *ret_old = 0;
    for (size_t at = 0; at < set.len;) {
        const char *next = memchr(set.at + at + 1, ',', set.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - set.at) : set.len;
        struct trace_text text = {set.at + at + 1, end - at - 1};
        uint32_t number = set.at[at] != ',' ? 0 : texts_find(&g->key->h->texts, text.at, text.len);
        uint32_t slot = number == 0 ? 0 : g->scratch->by_text[number];
        struct set_element *e = slot == 0 ? NULL : &g->elements[slot - 1];
        if (e == NULL || e->maker == LIN_NONE)
            return lin_set_phantom(g, e, text, r->pos, why);
        if (e->stamp == stamp)
            return lin_set_listed_twice(g, e, r->pos, why);
        e->stamp = stamp;
        *ret_old += e->level != NO_LEVEL;
        if (e->level == NO_LEVEL) {
            e->level = level;
            e->first = r->pos;
        }
        at = end;
    }
    return true;
}

/* Sets that were read, the smaller first: each holds the one before. */
static bool chain(struct grown *g, struct lin_finding *why)
{
    uint32_t level = 0; /* even: elements appear; odd: they are read */
    sort_array(g->reads, g->reads_count, sizeof(*g->reads), by_size);
    for (size_t i = 0; i < g->reads_count; i++) {
        struct set_read *r = &g->reads[i];
        const struct set_read *before = i == 0 ? NULL : &g->reads[i - 1];
        size_t old = 0;
        if (before != NULL && r->size > before->size)
            level += 2;
        if (!take_elements(g, r, (uint32_t)i + 1, level, &old, why))
            return false;
        if (before != NULL && old != before->size)
            return lin_set_apart(g, before, r, why);
        r->level = level + 1;
        if (r->text != 0)
            g->scratch->by_text[r->text] = (uint32_t)i + 1;
        else
            g->empty_level = r->level;
    }
    g->last = level + 2;
    return true;
}

/* What nobody read but somebody saw, or was told is in, comes last. */
static bool settle(struct grown *g, struct lin_finding *why)
{
    for (size_t i = 0; i < g->elements_count; i++) {
        struct set_element *e = &g->elements[i];
        if (e->level == NO_LEVEL && e->acked == LIN_NONE && e->seer == LIN_NONE)
            continue; /* it need not ever have been there */
        if (e->maker == LIN_NONE)
            return lin_set_phantom(g, e, texts_get(&g->key->h->texts, e->text), e->seer, why);
        e->level = e->level == NO_LEVEL ? g->last : e->level;
        e->later = earlier_return(g, e->later, e->seer);
        if (e->later != LIN_NONE && ret_of(g, e->later) < call_of(g, e->maker))
            return lin_set_unordered(g, e->later, e->maker, why);
        uint32_t there = earlier_return(g, e->later, e->maker);
        if (e->misser != LIN_NONE && ret_of(g, there) < call_of(g, e->misser))
            return lin_set_unordered(g, there, e->misser, why);
    }
    return true;
}

/* By level: the operation with the greatest call among those that may stand no higher. */
static void note(struct grown *g, uint32_t level, uint32_t pos)
{
    uint32_t *slot = &g->latest[level];
    if (*slot == LIN_NONE || call_of(g, pos) > call_of(g, *slot))
        *slot = pos;
}

static uint32_t level_of(const struct grown *g, const struct history_op *op)
{
    if (op->kind == HISTORY_READ) {
        uint32_t text = set_of(g, op);
        return text == 0 ? g->empty_level : g->reads[g->scratch->by_text[text] - 1].level;
    }
    return g->elements[g->scratch->by_text[op->value] - 1].level;
}

static bool is_misser(const struct history_op *op)
{
    return op->kind == HISTORY_CONTAINS && !op->done;
}

/* Nothing finished before something of lower levels was begun. */
static bool ordered(struct grown *g, struct lin_finding *why)
{
    for (size_t i = 0; i < g->key->count; i++) {
        uint32_t pos = g->key->pos[i];
        const struct history_op *op = lin_op(g->key, pos);
        if (lin_counts(op) && (op->kind == HISTORY_READ || is_misser(op)) &&
            level_of(g, op) != NO_LEVEL)
            note(g, level_of(g, op), pos);
    }
    for (size_t i = 0; i < g->elements_count; i++) {
        if (g->elements[i].level != NO_LEVEL)
            note(g, g->elements[i].level, g->elements[i].maker);
    }
    for (uint32_t level = 1; level <= g->last; level++) {
        if (g->latest[level - 1] != LIN_NONE)
            note(g, level, g->latest[level - 1]);
    }
    for (size_t i = 0; i < g->key->count; i++) {
        uint32_t pos = g->key->pos[i];
        const struct history_op *op = lin_op(g->key, pos);
        if (!lin_counts(op) || op->outcome != HISTORY_OK || is_misser(op))
            continue;
        uint32_t level = level_of(g, op);
        uint32_t below = level == 0 || level == NO_LEVEL ? LIN_NONE : g->latest[level - 1];
        if (below != LIN_NONE && op->ret_ns < call_of(g, below))
            return lin_set_unordered(g, pos, below, why);
    }
    return true;
}

enum lin_answer lin_set_grown(const struct lin_key *key, struct lin_scratch *s,
                              struct lin_finding *why)
{
    struct grown g = {.key = key, .scratch = s};
    g.elements = mem_array(key->count, sizeof(*g.elements));
    g.reads = mem_array(key->count, sizeof(*g.reads));
    g.latest = mem_array(2 * key->count + 3, sizeof(*g.latest));
    for (size_t i = 0; i < 2 * key->count + 3; i++)
        g.latest[i] = LIN_NONE;
    bool legal = gather(&g, why) && chain(&g, why) && settle(&g, why) && ordered(&g, why);
    for (size_t i = 0; i < g.elements_count; i++)
        s->by_text[g.elements[i].text] = 0;
    for (size_t i = 0; i < g.reads_count; i++)
        s->by_text[g.reads[i].text] = 0;
    mem_free(g.elements);
    mem_free(g.reads);
    mem_free(g.latest);
    return legal ? LIN_LEGAL : LIN_ILLEGAL;
}
