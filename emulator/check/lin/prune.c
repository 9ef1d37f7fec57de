/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/prune.h"

static void keep(struct lin_pruned *ret, uint32_t pos)
{
    ret->pos[ret->count++] = pos;
}

static struct trace_text text_of(const struct lin_key *key, uint32_t text)
{
    return texts_get(&key->h->texts, text);
}

/* ---- counters ---- */

/* What an acknowledged operation showed of a counter; false: nothing. */
static bool shown(const struct lin_key *key, const struct history_op *op, uint64_t *ret)
{
    *ret = 0;
    if (op->outcome != HISTORY_OK || !lin_counts(op))
        return false;
    return op->kind == HISTORY_READ && op->result == 0
               ? true
               : lin_is_count(text_of(key, op->result), ret);
}

/* Keeps what is above k. */
static bool keep_counts(const struct lin_key *key, uint64_t k, uint64_t unknown_used,
                        struct lin_pruned *ret)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        uint64_t v = 0;
        if (lin_is_pending(op) || (shown(key, op, &v) && v > k))
            keep(ret, key->pos[i]);
        else if (op->outcome == HISTORY_UNKNOWN && op->kind == HISTORY_INCR && unknown_used > 0)
            unknown_used--;
        else if (op->outcome == HISTORY_UNKNOWN && op->kind == HISTORY_INCR)
            keep(ret, key->pos[i]);
    }
    return unknown_used == 0;
}

static bool prune_counter(const struct lin_key *key, uint64_t since_ns, struct lin_pruned *ret)
{
    uint64_t base = 0;
    uint64_t k = 0;
    uint64_t known = 0; /* increments that answered at most k */
    if (key->initial != 0 && !lin_is_count(text_of(key, key->initial), &base))
        return false;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        uint64_t v = 0;
        if (op->kind == HISTORY_INCR && op->value != 0)
            return false; /* by more than one */
        bool tells = shown(key, op, &v);
        if (tells && op->ret_ns < since_ns && v > k) {
            k = v;
            ret->told = key->pos[i] + 1;
        }
    }
    if (k <= base)
        return false;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        uint64_t v = 0;
        bool tells = shown(key, op, &v);
        bool silent = op->outcome == HISTORY_OK && !op->weak && !tells;
        if (silent && op->ret_ns >= lin_op(key, ret->told - 1)->call_ns)
            return false; /* it may have any place, else one up to k */
        known += op->kind == HISTORY_INCR && (silent || (tells && v <= k));
    }
    return keep_counts(key, k, k - base - known, ret);
}

/* ---- lists ---- */

static bool prune_list(const struct lin_key *key, uint64_t since_ns, struct lin_pruned *ret)
{
    struct trace_text before = text_of(key, key->initial);
    struct trace_text list = before;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (op->kind != HISTORY_READ || op->outcome != HISTORY_OK || op->weak ||
            op->ret_ns >= since_ns || text_of(key, op->result).len <= list.len)
            continue;
        list = text_of(key, op->result);
        ret->told = key->pos[i] + 1;
    }
    if (ret->told == 0)
        return false;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        bool reads = op->kind == HISTORY_READ;
        if (lin_is_pending(op))
            keep(ret, key->pos[i]);
        else if (!lin_counts(op))
            continue;
        else if (reads ? text_of(key, op->result).len > list.len
                       : !lin_list_holds(list, text_of(key, op->value)))
            keep(ret, key->pos[i]);
        else if (!reads && lin_list_holds(before, text_of(key, op->value)))
            return false; /* there before: not unique */
    }
    return true;
}

bool lin_prune(const struct lin_key *key, uint64_t since_ns, struct lin_scratch *s,
               struct lin_pruned *ret)
{
    unsigned kinds = lin_kinds(key) & ~LIN_KIND(HISTORY_READ);
    ret->count = 0;
    ret->told = 0;
    if (key->h->counts && (kinds & ~LIN_KIND(HISTORY_INCR)) == 0)
        return prune_counter(key, since_ns, ret);
    if ((kinds & ~LIN_KIND(HISTORY_WRITE)) == 0)
        return lin_prune_zones(key, since_ns, s, ret);
    if ((kinds & ~(LIN_KIND(HISTORY_WRITE) | LIN_KIND(HISTORY_CAS))) == 0)
        return lin_prune_register(key, since_ns, s, ret);
    if (kinds == LIN_KIND(HISTORY_INCR))
        return prune_counter(key, since_ns, ret);
    return kinds == LIN_KIND(HISTORY_APPEND) && prune_list(key, since_ns, ret);
}
