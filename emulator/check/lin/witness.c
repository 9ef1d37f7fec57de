/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log order as a proof: if replaying the operations by their log index gives every answer that
 * was given, and real time agrees with that order, the history is linearizable. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/lin.h"

#include <string.h>

struct entry {
    uint64_t index;
    uint64_t call_ns;
    uint32_t pos;
    bool reads; /* after the writes of its index */
};

/* The replayed value: bytes, or absent. */
struct replay {
    const struct lin_key *key;
    struct lin_scratch *scratch; /* by_text[value] = position + 1 of an unknown write not placed */
    uint32_t *deletes;           /* owned; unknown ones, in the order of their calls */
    size_t deletes_count;
    size_t deletes_used;
    struct buf value;
    bool absent;
    struct lin_placed *placed; /* owned */
    size_t placed_count;
    uint64_t level;
    bool open; /* some operation has an unknown outcome: its place is not told */
};

static int by_index(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    if (x->reads != y->reads)
        return x->reads ? 1 : -1;
    return (x->call_ns > y->call_ns) - (x->call_ns < y->call_ns);
}

static bool holds(const struct replay *r, uint32_t text)
{
    struct trace_text t = texts_get(&r->key->h->texts, text);
    if (t.at == NULL || r->absent)
        return (t.at == NULL) == r->absent;
    return t.len == r->value.len && memcmp(t.at, r->value.data, t.len) == 0;
}

static void put(struct replay *r, uint32_t text, bool append)
{
    struct trace_text t = texts_get(&r->key->h->texts, text);
    if (!append || r->absent)
        buf_reset(&r->value);
    buf_put(&r->value, t.at, t.len);
    (void)buf_str(&r->value);
    r->absent = false;
}

static void place(struct replay *r, uint32_t pos)
{
    const struct history_op *op = lin_op(r->key, pos);
    r->placed[r->placed_count++] = (struct lin_placed){r->level, op->call_ns, op->ret_ns, pos};
}

/* So must an unknown delete have, when nothing is there any more. They are all alike: the one that
 * was called first can stand wherever another one could. */
static void place_delete(struct replay *r)
{
    if (r->absent || r->deletes_used == r->deletes_count)
        return;
    r->level++;
    place(r, r->deletes[r->deletes_used++]);
    r->absent = true;
    r->level++;
}

/* An unknown write whose value is read next must have happened just before. */
static void place_unknown(struct replay *r, uint32_t value)
{
    if (value == 0)
        place_delete(r);
    uint32_t *slot = &r->scratch->by_text[value];
    if (value == 0 || *slot == 0 || holds(r, value))
        return;
    r->level++;
    place(r, *slot - 1);
    put(r, value, false);
    *slot = 0;
    r->level++;
}

/* An append was told how long the value was with it; without it, if that is all there was. */
static void place_before_append(struct replay *r, const struct history_op *op)
{
    uint64_t told = 0;
    if (lin_is_count(texts_get(&r->key->h->texts, op->result), &told) &&
        told == texts_get(&r->key->h->texts, op->value).len)
        place_delete(r);
}

static bool number_is(const struct replay *r, uint32_t text, uint64_t v)
{
    struct trace_text t = texts_get(&r->key->h->texts, text);
    uint64_t told = 0;
    if (t.at == NULL)
        return true;
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9' || told > UINT64_MAX / 16)
            return false;
        told = told * 10 + (uint64_t)(t.at[i] - '0');
    }
    return told == v;
}

/* Numbers below 0 are left to the other roads. */
static bool increment(struct replay *r, const struct history_op *op)
{
    uint64_t v = 0;
    for (size_t i = 0; !r->absent && i < r->value.len; i++) {
        char c = r->value.data[i];
        if (c < '0' || c > '9' || v > UINT64_MAX / 16)
            return false;
        v = v * 10 + (uint64_t)(c - '0');
    }
    if (!r->absent && r->value.len == 0)
        return false;
    buf_reset(&r->value);
    buf_putf(&r->value, "%llu", (unsigned long long)(v + 1));
    r->absent = false;
    return holds(r, op->result);
}

/* Executes one acknowledged operation; false when its answer does not fit. */
static bool execute(struct replay *r, const struct history_op *op)
{
    bool there;
    switch ((enum history_kind)op->kind) {
    case HISTORY_READ: place_unknown(r, op->result); return holds(r, op->result);
    case HISTORY_WRITE: put(r, op->value, false); return true;
    case HISTORY_APPEND:
        place_before_append(r, op);
        put(r, op->value, true);
        return !r->value.overflow && number_is(r, op->result, r->value.len);
    case HISTORY_CAS:
        place_unknown(r, op->done ? op->expect : op->result);
        if (!op->done)
            return holds(r, op->result) && !holds(r, op->expect);
        if (!holds(r, op->expect))
            return false;
        put(r, op->value, false);
        return true;
    case HISTORY_DELETE:
        if (!op->silent && !op->done)
            place_delete(r);
        there = !r->absent;
        r->absent = true;
        return op->silent || op->done == there;
    case HISTORY_INCR: return increment(r, op);
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS:
    case HISTORY_ENQUEUE:
    case HISTORY_DEQUEUE: break;
    }
    UNREACHABLE();
}

/* Every answer carries its index, and a byte string is all there is to replay. */
static bool can_replay(const struct lin_key *key)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (!lin_counts(op) || op->outcome != HISTORY_OK)
            continue;
        bool blind = op->kind == HISTORY_INCR && (op->result == 0 || op->value != 0);
        if (op->index == 0 || op->kind > HISTORY_INCR || blind ||
            (op->silent && op->kind != HISTORY_DELETE))
            return false;
    }
    return true;
}

static bool is_same_group(const struct entry *a, const struct entry *b)
{
    return a->reads && b->reads && a->index == b->index;
}

static bool replayed(struct replay *r, struct entry *entries, size_t count)
{
    sort_array(entries, count, sizeof(*entries), by_index);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !is_same_group(&entries[i - 1], &entries[i]))
            r->level++;
        if (!execute(r, lin_op(r->key, entries[i].pos)))
            return false;
        place(r, entries[i].pos);
    }
    return true;
}

/* Sorts acknowledged operations from unknown writes; returns how many the first are. */
static size_t gather(struct replay *r, struct entry *entries)
{
    size_t count = 0;
    for (size_t i = 0; i < r->key->count; i++) {
        const struct history_op *op = lin_op(r->key, r->key->pos[i]);
        if (lin_counts(op) && op->outcome == HISTORY_OK)
            entries[count++] =
                (struct entry){op->index, op->call_ns, r->key->pos[i], history_observes(op)};
        else if (lin_counts(op) && op->kind == HISTORY_WRITE)
            r->scratch->by_text[op->value] = r->key->pos[i] + 1;
        else if (lin_counts(op) && op->kind == HISTORY_DELETE)
            r->deletes[r->deletes_count++] = r->key->pos[i];
        r->open = r->open || (lin_counts(op) && op->outcome != HISTORY_OK);
    }
    return count;
}

enum lin_answer lin_witness(const struct lin_key *key, struct lin_scratch *s)
{
    uint32_t a = 0;
    uint32_t b = 0;
    if (!can_replay(key))
        return LIN_REFUSED;
    struct replay r = {.key = key, .scratch = s, .absent = true};
    if (key->initial != 0)
        put(&r, key->initial, false);
    struct entry *entries = mem_array(key->count, sizeof(*entries));
    r.placed = mem_array(key->count, sizeof(*r.placed));
    r.deletes = mem_array(key->count, sizeof(*r.deletes));
    size_t count = gather(&r, entries);
    bool proven = replayed(&r, entries, count) && lin_levels(r.placed, r.placed_count, &a, &b);
    for (size_t i = 0; i < key->count; i++)
        s->by_text[lin_op(key, key->pos[i])->value] = 0;
    mem_free(entries);
    mem_free(r.placed);
    mem_free(r.deletes);
    buf_free(&r.value);
    if (proven)
        return LIN_LEGAL;
    return r.open ? LIN_UNKNOWN : LIN_ILLEGAL;
}
