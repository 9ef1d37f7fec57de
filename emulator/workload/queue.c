/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues: elements nobody ever put in before, and whoever asks takes the oldest. */
#include "emulator/workload/model.h"

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    (void)how;
    if (op->kind == HISTORY_ENQUEUE)
        model_unique(w, client, &op->value);
}

const struct workload_model model_queue = {
    .name = "queue",
    .kinds = {[OP_read] = HISTORY_DEQUEUE + 1,
              [OP_write] = HISTORY_ENQUEUE + 1,
              [OP_delete] = HISTORY_DEQUEUE + 1},
    .padded = true,
    .fill = fill,
};
