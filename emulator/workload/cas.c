/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers with compare-and-set: it expects what was last seen of the key by anyone, so that many
 * succeed and some do not. */
#include "base/mem.h"
#include "emulator/workload/model.h"

static void fill(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    (void)how;
    const struct workload_seen *known = &w->known[op->slot];
    model_unique(w, client, &op->value);
    if (op->kind != HISTORY_CAS || known->value == NULL)
        return;
    op->has_expect = true;
    op->expect_size = known->size;
    buf_puts(&op->expect, known->value);
}

static void learn(struct workload *w, const struct workload_op *op, const struct workload_answer *a)
{
    bool wrote = op->kind == HISTORY_WRITE || (op->kind == HISTORY_CAS && a->done);
    const struct buf *value = wrote ? &op->value : &a->result;
    struct workload_seen *known = &w->known[op->slot];
    mem_free(known->value);
    known->value = wrote || a->has_result ? mem_strdup(buf_str(value)) : NULL;
    known->size = wrote ? op->size : a->size;
}

const struct workload_model model_cas = {
    .name = "cas",
    .kinds =
        {[OP_read] = HISTORY_READ + 1, [OP_write] = HISTORY_WRITE + 1, [OP_cas] = HISTORY_CAS + 1},
    .padded = true,
    .fill = fill,
    .learn = learn,
};
