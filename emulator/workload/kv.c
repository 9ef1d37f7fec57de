/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store: values are written whole, appended to and deleted, read one by one or a few at a time.
 */
#include "emulator/workload/model.h"

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    if (op->kind == HISTORY_APPEND) {
        model_piece(w, how, client, op);
    } else if (op->kind == HISTORY_WRITE) {
        model_unique(w, client, &op->value);
        model_pad(&op->value, (size_t)op->size);
    }
}

const struct workload_model model_kv = {
    .name = "kv",
    .kinds = {[OP_read] = HISTORY_READ + 1,
              [OP_write] = HISTORY_WRITE + 1,
              [OP_append] = HISTORY_APPEND + 1,
              [OP_delete] = HISTORY_DELETE + 1,
              [OP_scan] = HISTORY_READ + 1},
    .fill = fill,
};
