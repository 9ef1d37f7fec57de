/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets, of one of two sorts. Where nothing is deleted they grow: elements nobody ever added before,
 * and reads of all there is. A full one is left behind for a fresh one, since reads cost as much as
 * it has elements. Where elements are deleted too, they are few and come and go, and reads ask for
 * one of them. Either can be judged exactly; a set of both sorts could not, so their keys differ.
 */
#include "emulator/workload/model.h"

#define FULL     256 /* elements */
#define ELEMENTS 8   /* that come and go */

static bool loses(const struct workload_shape *how)
{
    return how->weights[OP_delete] > 0;
}

static enum history_kind among(const struct workload_shape *how, enum history_kind kind)
{
    return kind == HISTORY_READ && loses(how) ? HISTORY_CONTAINS : kind;
}

static void name_key(const struct workload *w, const struct workload_shape *how,
                     struct workload_op *op)
{
    model_name(op, loses(how) ? 0 : w->grown[op->slot] / FULL + 1);
}

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    if (loses(how)) {
        buf_putf(&op->value, "%u", (unsigned)prng_below(&w->each[client].rnd, ELEMENTS));
    } else {
        model_unique(w, client, &op->value);
        w->grown[op->slot]++;
    }
    model_pad(&op->value, (size_t)op->size);
}

const struct workload_model model_set = {
    .name = "set",
    .kinds = {[OP_read] = HISTORY_READ + 1,
              [OP_write] = HISTORY_ADD + 1,
              [OP_delete] = HISTORY_REMOVE + 1},
    .read = "SMEMBERS",
    .among = among,
    .name_key = name_key,
    .fill = fill,
};
