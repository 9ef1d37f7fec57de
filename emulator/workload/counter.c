/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters: increments that answer the new value, and reads. */
#include "emulator/workload/model.h"

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    (void)how;
    (void)w;
    (void)client;
    (void)op;
}

const struct workload_model model_counter = {
    .name = "counter",
    .kinds = {[OP_read] = HISTORY_READ + 1,
              [OP_increment] = HISTORY_INCR + 1,
              [OP_write] = HISTORY_INCR + 1},
    .fill = fill,
};
