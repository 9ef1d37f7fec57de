/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/set.h"

#include <string.h>

static double seconds(uint64_t t_ns)
{
    return (double)t_ns / 1e9;
}

static const char *who(const struct grown *g, uint32_t pos, char out[LIN_TEXT_MAX])
{
    return lin_text(g->key->h, lin_op(g->key, pos)->client, out);
}

bool lin_set_phantom(const struct grown *g, const struct set_element *e, struct trace_text text,
                     uint32_t pos, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char failure[LIN_FAILURE_MAX];
    int len = (int)(text.len < 40 ? text.len : 40);
    double at = seconds(lin_op(g->key, pos)->ret_ns);
    (void)who(g, pos, client);
    if (e == NULL || e->failed == LIN_NONE) {
        lin_say(why, "phantom value", "client %s saw %.*s in the set at %.6f s, which nobody added",
                client, len, text.at, at);
    } else {
        lin_say(why, "failed write applied",
                "client %s saw %.*s in the set at %.6f s, but its add was %s at %.6f s", client,
                len, text.at, at, lin_failure(g->key, e->failed, failure),
                seconds(lin_op(g->key, e->failed)->ret_ns));
        lin_show(why, e->failed);
    }
    lin_show(why, pos);
    return false;
}

bool lin_set_listed_twice(const struct grown *g, const struct set_element *e, uint32_t pos,
                          struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    lin_say(why, "duplicate apply", "client %s read a set that names %s twice, at %.6f s",
            who(g, pos, client), lin_text(g->key->h, e->text, v),
            seconds(lin_op(g->key, pos)->ret_ns));
    lin_show(why, pos);
    return false;
}

/* An element of the set that the read with `other` as its stamp does not have, or, with has, the
 * first one that is new in it. */
static struct trace_text odd_one(const struct grown *g, const struct set_read *r, uint32_t stamp,
                                 uint32_t level)
{
    struct trace_text set = texts_get(&g->key->h->texts, r->text);
    for (size_t at = 0; at < set.len;) {
        const char *next = memchr(set.at + at + 1, ',', set.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - set.at) : set.len;
        struct trace_text text = {set.at + at + 1, end - at - 1};
        uint32_t number = texts_find(&g->key->h->texts, text.at, text.len);
        const struct set_element *e = &g->elements[g->scratch->by_text[number] - 1];
        if (stamp != 0 ? e->stamp != stamp : e->first == r->pos && e->level == level)
            return text;
        at = end;
    }
    UNREACHABLE(); /* the sizes differ otherwise */
}

bool lin_set_apart(const struct grown *g, const struct set_read *a, const struct set_read *b,
                   struct lin_finding *why)
{
    char x[LIN_TEXT_MAX];
    char y[LIN_TEXT_MAX];
    uint32_t stamp = (uint32_t)(b - g->reads) + 1;
    uint32_t level = b->size > a->size ? a->level + 1 : a->level - 1;
    struct trace_text only_a = odd_one(g, a, stamp, 0);
    struct trace_text only_b = odd_one(g, b, 0, level);
    lin_say(why, "two histories",
            "clients %s and %s read two sets that each miss what the other has: %.*s and %.*s",
            who(g, a->pos, x), who(g, b->pos, y), (int)(only_a.len < 40 ? only_a.len : 40),
            only_a.at, (int)(only_b.len < 40 ? only_b.len : 40), only_b.at);
    lin_show(why, a->pos);
    lin_show(why, b->pos);
    return false;
}

static const char *did_first(const struct history_op *op)
{
    switch ((int)op->kind) {
    case HISTORY_READ: return "had read the set with it";
    case HISTORY_CONTAINS: return "had seen it";
    default: return "had added it";
    }
}

static const char *did_later(const struct history_op *op)
{
    switch ((int)op->kind) {
    case HISTORY_READ: return "read the set without it";
    case HISTORY_CONTAINS: return "did not see it";
    default: return "was the first to add it";
    }
}

/* The element that both are about, or that the first one shows. */
static uint32_t element_between(const struct grown *g, const struct history_op *first,
                                const struct history_op *second)
{
    if (first->kind != HISTORY_READ)
        return first->value;
    if (second->kind != HISTORY_READ)
        return second->value;
    struct set_read none = {0};
    const struct set_read *a =
        first->result == 0 ? &none : &g->reads[g->scratch->by_text[first->result] - 1];
    uint32_t level = second->result == 0 ? g->empty_level
                                         : g->reads[g->scratch->by_text[second->result] - 1].level;
    struct trace_text set = texts_get(&g->key->h->texts, a->text);
    for (size_t at = 0; at < set.len;) {
        const char *next = memchr(set.at + at + 1, ',', set.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - set.at) : set.len;
        uint32_t number = texts_find(&g->key->h->texts, set.at + at + 1, end - at - 1);
        if (g->elements[g->scratch->by_text[number] - 1].level > level)
            return number;
        at = end;
    }
    return 0;
}

static const char *pattern_of(const struct history_op *first, const struct history_op *second)
{
    bool adds = second->kind == HISTORY_ADD;
    if (first->kind == HISTORY_ADD)
        return adds ? "reordered adds" : "lost add";
    return adds ? "read from the future" : "stale read";
}

bool lin_set_unordered(const struct grown *g, uint32_t first, uint32_t second,
                       struct lin_finding *why)
{
    char x[LIN_TEXT_MAX];
    char y[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    char u[LIN_TEXT_MAX];
    const struct history_op *a = lin_op(g->key, first);
    const struct history_op *b = lin_op(g->key, second);
    bool other = a->kind != HISTORY_READ && b->kind != HISTORY_READ && a->value != b->value;
    (void)lin_text(g->key->h, element_between(g, a, b), v);
    if (other) {
        const struct set_element *e = &g->elements[g->scratch->by_text[b->value] - 1];
        lin_say(why, pattern_of(a, b),
                "%s was in the set at %.6f s, before client %s began at %.6f s with %s; yet a read "
                "saw %s without it",
                v, seconds(a->ret_ns), who(g, second, y), seconds(b->call_ns),
                lin_text(g->key->h, b->value, u), u);
        lin_show(why, first);
        lin_show(why, second);
        if (e->level < g->last)
            lin_show(why, e->first);
        return false;
    }
    lin_say(why, pattern_of(a, b),
            "%s: client %s %s by %.6f s; client %s, who began %.3f ms later, %s", v,
            who(g, first, x), did_first(a), seconds(a->ret_ns), who(g, second, y),
            (double)(b->call_ns - a->ret_ns) / 1e6, did_later(b));
    lin_show(why, first);
    lin_show(why, second);
    return false;
}
