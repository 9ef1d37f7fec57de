/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/cut.h"

/* It is acknowledged, or may still be. */
static bool binds(const struct history_op *op)
{
    return !op->weak && (op->outcome == HISTORY_OK || lin_is_pending(op));
}

/* The whole value of the key after the operation. */
static bool tells(const struct history_op *op, uint32_t *ret_value)
{
    if (op->kind == HISTORY_READ)
        *ret_value = op->result;
    else if (op->kind == HISTORY_WRITE)
        *ret_value = op->value;
    else if (op->kind == HISTORY_DELETE)
        *ret_value = 0;
    else if (op->kind == HISTORY_CAS && !op->silent)
        *ret_value = op->done ? op->value : op->result;
    else if (op->kind == HISTORY_INCR && op->result != 0)
        *ret_value = op->result;
    else if (op->kind == HISTORY_DEQUEUE && op->result == 0)
        *ret_value = 0; /* it was empty */
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
        if (op->kind > HISTORY_INCR && op->kind < HISTORY_ENQUEUE)
            break; /* of sets it is not known what crosses a cut */
        if (!binds(op))
            continue;
        if (lin_is_pending(op))
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
