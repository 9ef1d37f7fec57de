/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers: reads, and writes of values nobody ever wrote before. */
#include "emulator/workload/model.h"

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    (void)how;
    model_unique(w, client, &op->value);
}

const struct workload_model model_register = {
    .name = "register",
    .kinds = {[OP_read] = HISTORY_READ + 1, [OP_write] = HISTORY_WRITE + 1},
    .padded = true,
    .fill = fill,
};
