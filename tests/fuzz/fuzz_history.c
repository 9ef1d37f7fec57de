/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client histories from elsewhere, in every format: understood and taken as a history, the same the
 * second time, or refused with a reason. The first byte chooses the model. */
#include "emulator/formats/foreign.h"
#include "emulator/trace/history.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *arg, const struct trace_record *rec, struct err *e)
{
    return history_add(arg, rec, e);
}

/* Everything from events to operations; a foreign history that is played contradicts nothing. */
static int play(struct foreign *f, size_t *ret_count, struct err *e)
{
    struct history h = {0};
    int code = foreign_play(f, take, &h, e);
    for (size_t i = 0; i < h.count; i++)
        ASSERT(h.ops[i].line > 0 && h.ops[i].client != 0 && h.ops[i].key != 0);
    *ret_count = h.count;
    history_close(&h);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct foreign *f = NULL;
    struct err e = {0};
    size_t first = 0;
    size_t second = 0;
    if (size == 0)
        return 0;
    unsigned model = data[0] % (LIN_DATA_COUNT + 1u);
    int code = foreign_read((const char *)data + 1, size - 1, &f, &e);
    if (code == 0)
        code = foreign_choose(f, (enum lin_data)model, &e);
    if (code == 0)
        code = play(f, &first, &e);
    ASSERT(code == 0 || (e.code == code && strlen(e.text) > 0));
    if (code == 0)
        ASSERT(play(f, &second, &e) == 0 && first == second);
    if (code == 0 && foreign_about(f).transactions) {
        struct txns t = {0};
        ASSERT(foreign_transactions(f, &t, &e) == 0 && t.parts_count <= first);
        txns_free(&t);
    }
    foreign_free(f);
    return 0;
}
