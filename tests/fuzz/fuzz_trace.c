/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of traces and histories from outside: read, merged, and kept, or refused with a reason.
 * The first byte splits the input into two files. */
#include "emulator/trace/history.h"
#include "emulator/trace/merge.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the reader promises about a record. */
static unsigned look(const struct trace_record *rec, const struct trace_names *names)
{
    const int nodes[] = {rec->node, rec->vote, rec->candidate, rec->peer, rec->target};
    const struct trace_text texts[] = {rec->cause, rec->step,  rec->client,
                                       rec->key,   rec->value, rec->params};
    unsigned sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
        ASSERT(nodes[i] >= -1 && nodes[i] < (int)names->count);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t k = 0; k < texts[i].len; k++)
            sum += (unsigned char)texts[i].at[k];
    }
    for (uint32_t i = 0; i < rec->runs_count; i++)
        sum += (unsigned)rec->runs[i].count;
    for (uint32_t i = 0; i < rec->marks_count; i++)
        sum += (unsigned)rec->marks[i].value;
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trace_names names;
    struct merge m;
    struct history h = {0};
    struct err e = {0};
    const struct trace_record *rec;
    unsigned sum = 0;
    if (size == 0)
        return 0;
    names.count = 0;
    merge_init(&m, &names);
    size_t cut = (size_t)data[0] * (size - 1) / 255;
    const char *text = (const char *)data + 1;
    int rc = merge_add_memory(&m, "a", text, cut, &e);
    if (rc == 0)
        rc = merge_add_memory(&m, "b", text + cut, size - 1 - cut, &e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, &e)) == 1) {
        sum += look(rec, &names);
        if (rec->ev == TRACE_clientInvoke || rec->ev == TRACE_clientReturn)
            rc = history_add(&h, rec, &e);
    }
    ASSERT(rc == 0 || (e.code == rc && strlen(e.text) > 0));
    ASSERT(size > 1 || sum == 0); /* makes the sums matter */
    history_close(&h);
    merge_free(&m);
    return 0;
}
