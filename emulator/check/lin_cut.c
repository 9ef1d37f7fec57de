/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin_cut.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool is_pending(const struct history_op *op)
{
    return op->outcome == HISTORY_UNKNOWN && !op->answered;
}

/* It is acknowledged, or may still be. */
static bool binds(const struct history_op *op)
{
    return !op->weak && (op->outcome == HISTORY_OK || is_pending(op));
}

/* The whole value of the key after the operation. */
static bool tells(const struct history_op *op, uint32_t *ret_value)
{
    if (op->kind == HISTORY_READ)
        *ret_value = op->result;
    else if (op->kind == HISTORY_WRITE)
        *ret_value = op->value;
    else if (op->kind == HISTORY_CAS && !op->silent)
        *ret_value = op->done ? op->value : op->result;
    else if (op->kind == HISTORY_INCR && op->result != 0)
        *ret_value = op->result;
    else
        return false;
    return true;
}

uint32_t lin_cut_told(const struct history_op *op)
{
    uint32_t value = 0;
    bool told = tells(op, &value);
    ASSERT(told);
    return value;
}

/* How many operations stand left of a cut behind operation i, which tells and was called after all
 * before it had returned; 0: no cut. Equal stamps are concurrent. */
static size_t left_of(const struct lin_key *key, size_t i, uint64_t now_ns)
{
    uint64_t ret_ns = lin_op(key, key->pos[i])->ret_ns;
    for (size_t k = i + 1; k < key->count; k++) {
        const struct history_op *next = lin_op(key, key->pos[k]);
        if (next->call_ns > ret_ns)
            return k;
        if (binds(next))
            return 0;
    }
    return ret_ns < now_ns ? key->count : 0;
}

bool lin_cut_find(const struct lin_key *key, size_t from, size_t to, uint64_t now_ns,
                  struct lin_cut *ret)
{
    bool found = false;
    bool any = false;
    uint64_t before_ns = 0; /* the latest return so far, if any */
    for (size_t i = 0; i < key->count && i < to; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        uint32_t value = 0;
        if (!binds(op))
            continue;
        if (is_pending(op))
            break; /* nobody later is known to be alone */
        if ((!any || before_ns < op->call_ns) && tells(op, &value)) {
            size_t left = left_of(key, i, now_ns);
            if (left >= from && left <= to && left > 0) {
                *ret = (struct lin_cut){left, key->pos[i], value};
                found = true;
            }
        }
        before_ns = any && before_ns > op->ret_ns ? before_ns : op->ret_ns;
        any = true;
    }
    return found;
}

/* ---- what crosses the cut ---- */

struct left {
    const struct lin_key *key;
    const struct lin_cut *cut;
    size_t writes, cas, appends, increments, others; /* that happened, or may have */
    uint32_t *unknown;                               /* positions, in the order of their calls */
    size_t unknown_count;
    size_t increments_known;
};

static void survey(struct left *l)
{
    for (size_t i = 0; i < l->cut->left; i++) {
        uint32_t pos = l->key->pos[i];
        const struct history_op *op = lin_op(l->key, pos);
        if (!lin_counts(op))
            continue;
        switch ((int)op->kind) {
        case HISTORY_READ: continue;
        case HISTORY_WRITE: l->writes++; break;
        case HISTORY_CAS: l->cas++; break;
        case HISTORY_APPEND: l->appends++; break;
        case HISTORY_INCR: l->increments++; break;
        default: l->others++; break;
        }
        /* A silent cas that was refused may need what no answer tells. */
        l->others += op->silent && op->kind == HISTORY_CAS && op->outcome == HISTORY_OK;
        if (op->outcome == HISTORY_UNKNOWN)
            l->unknown[l->unknown_count++] = pos;
        else
            l->increments_known += op->kind == HISTORY_INCR;
    }
}

/* Marks a text as shown, once. */
static void show(struct lin_scratch *s, uint32_t text, uint32_t *shown, size_t *count)
{
    if (s->by_text[text] != 0)
        return;
    s->by_text[text] = 1;
    shown[(*count)++] = text;
}

static void show_known(const struct left *l, struct lin_scratch *s, uint32_t *shown, size_t *count)
{
    for (size_t i = 0; i < l->cut->left; i++) {
        const struct history_op *op = lin_op(l->key, l->key->pos[i]);
        if (op->outcome != HISTORY_OK || !lin_counts(op) || op->kind == HISTORY_WRITE)
            continue;
        show(s, op->result, shown, count);
        if (op->kind == HISTORY_CAS && op->done)
            show(s, op->expect, shown, count);
    }
}

/* Keeps the unknown writes and cas that nobody was shown: what a cas expected that was shown was
 * shown as well. False if one was shown, and others may have made its value. */
static bool drop_shown(struct left *l, struct lin_scratch *s, bool unique)
{
    size_t count = 0;
    size_t before;
    size_t all = l->unknown_count;
    uint32_t *shown = mem_array(2 * l->cut->left + 1, sizeof(*shown));
    show_known(l, s, shown, &count);
    do {
        size_t kept = 0;
        before = l->unknown_count;
        for (size_t i = 0; i < before; i++) {
            const struct history_op *op = lin_op(l->key, l->unknown[i]);
            if (s->by_text[op->value] == 0)
                l->unknown[kept++] = l->unknown[i];
            else if (op->kind == HISTORY_CAS)
                show(s, op->expect, shown, &count);
        }
        l->unknown_count = kept;
    } while (l->unknown_count != before);
    for (size_t i = 0; i < count; i++)
        s->by_text[shown[i]] = 0;
    free(shown);
    return unique || l->unknown_count == all;
}

static uint64_t number(const struct lin_key *key, uint32_t text)
{
    struct trace_text t = texts_get(&key->h->texts, text);
    uint64_t v = 0;
    for (size_t i = 0; i < t.len; i++)
        v = v * 10 + (uint64_t)(t.at[i] - '0');
    return v;
}

/* As many as did not happen; the latest, of which the next part can make the best sentence. */
static void drop_counted(struct left *l)
{
    uint64_t happened = number(l->key, l->cut->initial) - number(l->key, l->key->initial);
    size_t used = (size_t)happened - l->increments_known;
    ASSERT(used <= l->unknown_count);
    l->unknown_count -= used;
    memmove(l->unknown, l->unknown + used, l->unknown_count * sizeof(*l->unknown));
}

static bool holds(struct trace_text list, struct trace_text element)
{
    for (size_t at = 0; at + element.len <= list.len;) {
        const char *hit = memmem(list.at + at, list.len - at, element.at, element.len);
        if (hit == NULL)
            return false;
        at = (size_t)(hit - list.at) + element.len;
        if (at == list.len || list.at[at] == ',')
            return true;
    }
    return false;
}

static void drop_listed(struct left *l)
{
    size_t kept = 0;
    const struct texts *texts = &l->key->h->texts;
    struct trace_text list = texts_get(texts, l->cut->initial);
    for (size_t i = 0; i < l->unknown_count; i++) {
        const struct history_op *op = lin_op(l->key, l->unknown[i]);
        if (!holds(list, texts_get(texts, op->value)))
            l->unknown[kept++] = l->unknown[i];
    }
    l->unknown_count = kept;
}

bool lin_cut_carry(const struct lin_key *key, const struct lin_cut *cut, bool unique,
                   struct lin_scratch *s, uint32_t *ret_carried, size_t *ret_count)
{
    struct left l = {.key = key, .cut = cut, .unknown = ret_carried};
    bool known = true;
    survey(&l);
    size_t plain = l.writes + l.cas;
    if (l.others > 0)
        return false; /* what tells all of such an object is not known here */
    if (l.unknown_count > 0) {
        if (l.appends + l.increments == 0)
            known = drop_shown(&l, s, unique);
        else if (unique && plain + l.appends == 0)
            drop_counted(&l);
        else if (unique && plain + l.increments == 0)
            drop_listed(&l);
        else
            known = false;
    }
    *ret_count = l.unknown_count;
    return known;
}
