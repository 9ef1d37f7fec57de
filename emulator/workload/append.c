/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists: elements appended as ",CLIENT.NUMBER", reads of the whole list. The strongest workload
 * byte for byte: a list shows what was lost, doubled, reordered or brought back.
 *
 * Reads cost as much as the list is long, so a list that is full is left behind for a fresh one:
 * k0, then k0.1, k0.2, … */
#include "emulator/workload/model.h"

#define LIST_BYTES_FULL   4096
#define LIST_ELEMENTS_MIN 16 /* of large elements, before it is full */

static void name_key(const struct workload *w, const struct workload_shape *how,
                     struct workload_op *op)
{
    (void)how;
    model_name(op, w->grown[op->slot]);
}

static void learn(struct workload *w, const struct workload_op *op, const struct workload_answer *a)
{
    uint64_t full = w->shapes[WORKLOAD_LOAD].size * LIST_ELEMENTS_MIN, length = a->result.len;
    struct workload_op now = {.slot = op->slot};
    if (full < LIST_BYTES_FULL)
        full = LIST_BYTES_FULL;
    if (op->kind == HISTORY_APPEND && !span_to_u64(span_of(a->result.data, a->result.len), &length))
        return;
    name_key(w, NULL, &now);
    if (length >= full && span_equal(span_str(now.key), span_str(op->key)))
        w->grown[op->slot]++;
}

const struct workload_model model_append = {
    .name = "append",
    .kinds = {[OP_read] = HISTORY_READ + 1,
              [OP_append] = HISTORY_APPEND + 1,
              [OP_write] = HISTORY_APPEND + 1},
    .name_key = name_key,
    .fill = model_piece,
    .learn = learn,
};
