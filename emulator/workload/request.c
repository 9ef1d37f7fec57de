/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation as a RESP request, and as lines of the history. */
#include "base/respw.h"
#include "emulator/workload/model.h"

#include <stdio.h>

static void put_padded(const struct workload *w, const struct buf *text, struct buf *scratch,
                       struct buf *out)
{
    if (!w->model->padded || text->len >= w->clients->value_bytes) {
        respw_bulk(out, span_of(text->data, text->len));
        return;
    }
    buf_reset(scratch);
    buf_put(scratch, text->data, text->len);
    model_pad(scratch, (size_t)w->clients->value_bytes);
    respw_bulk(out, span_of(scratch->data, scratch->len));
}

#define SESSION_WORDS 6

static void put_session(const struct workload_session *session, struct buf *out)
{
    const uint64_t numbers[] = {session->id, session->seq, session->seq};
    respw_bulk_str(out, "RAFT");
    respw_bulk_str(out, "SESSION");
    respw_bulk_str(out, "WRITE");
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)numbers[i]);
        respw_bulk_str(out, text);
    }
}

void workload_encode(const struct workload *w, const struct workload_op *op,
                     const struct workload_session *session, struct buf *out)
{
    static const struct {
        const char *name;
        size_t words;
    } commands[] = {[HISTORY_READ] = {"GET", 2},
                    [HISTORY_WRITE] = {"SET", 3},
                    [HISTORY_APPEND] = {"APPEND", 3},
                    [HISTORY_CAS] = {"CAS", 3},
                    [HISTORY_INCR] = {"INCR", 2}};
    struct buf scratch = {0};
    size_t words = commands[op->kind].words + (op->has_expect ? 1 : 0);
    ASSERT(session == NULL || op->kind != HISTORY_READ);
    respw_array(out, words + (session == NULL ? 0 : SESSION_WORDS));
    if (session != NULL)
        put_session(session, out);
    respw_bulk_str(out, commands[op->kind].name);
    respw_bulk_str(out, op->key);
    if (op->has_expect)
        put_padded(w, &op->expect, &scratch, out);
    if (commands[op->kind].words == 3)
        put_padded(w, &op->value, &scratch, out);
    buf_free(&scratch);
}

struct trace_record workload_invoke_record(const struct workload_op *op, uint64_t t_ns,
                                           uint64_t number, const char *client)
{
    bool writes = op->kind != HISTORY_READ && op->kind != HISTORY_INCR;
    return history_invoke_record(
        &(struct history_invoke){.t_ns = t_ns,
                                 .op = number,
                                 .client = client,
                                 .kind = op->kind,
                                 .key = op->key,
                                 .value = writes ? buf_str(&op->value) : NULL,
                                 .expect = op->has_expect ? buf_str(&op->expect) : NULL,
                                 .mode = op->mode});
}

struct trace_record workload_return_record(const struct workload_op *op,
                                           const struct workload_answer *a, uint64_t t_ns,
                                           uint64_t number, int node)
{
    return history_return_record(
        &(struct history_return){.t_ns = t_ns,
                                 .op = number,
                                 .outcome = a->outcome,
                                 .result = a->has_result ? buf_str(&a->result) : NULL,
                                 .is_cas = op->kind == HISTORY_CAS,
                                 .done = a->done,
                                 .index = a->index,
                                 .node = node,
                                 .error = a->error[0] == '\0' ? NULL : a->error});
}
