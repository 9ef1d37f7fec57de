/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation as a RESP request, and as lines of the history. */
#include "base/respw.h"
#include "emulator/workload/model.h"
#include "trace/write_name.h"

#include <stdio.h>

/* The text as it travels; it lies in scratch when it is padded. */
static struct span padded(const struct workload *w, const struct buf *text, uint64_t size,
                          struct buf *scratch)
{
    if (!w->model->padded || text->len >= size)
        return span_of(text->data, text->len);
    buf_put(scratch, text->data, text->len);
    model_pad(scratch, (size_t)size);
    return span_of(scratch->data, scratch->len);
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

#define WORDS_MAX 4

uint64_t workload_encode(const struct workload *w, const struct workload_op *op,
                         const struct workload_session *session, struct buf *out)
{
    static const struct {
        const char *name;
        bool has_value;
    } commands[] = {[HISTORY_READ] = {"GET", false},
                    [HISTORY_WRITE] = {"SET", true},
                    [HISTORY_APPEND] = {"APPEND", true},
                    [HISTORY_CAS] = {"CAS", true},
                    [HISTORY_INCR] = {"INCR", false}};
    struct buf expect = {0};
    struct buf value = {0};
    struct span words[WORDS_MAX] = {span_str(commands[op->kind].name), span_str(op->key)};
    size_t count = 2;
    ASSERT(session == NULL || op->kind != HISTORY_READ);
    if (op->has_expect)
        words[count++] = padded(w, &op->expect, op->expect_size, &expect);
    if (commands[op->kind].has_value)
        words[count++] = padded(w, &op->value, op->size, &value);
    respw_array(out, count + (session == NULL ? 0 : SESSION_WORDS));
    if (session != NULL)
        put_session(session, out);
    for (size_t i = 0; i < count; i++)
        respw_bulk(out, words[i]);
    uint64_t name = 0;
    if (op->kind != HISTORY_READ)
        name = trace_write_name(session == NULL ? 0 : session->id,
                                session == NULL ? 0 : session->seq, words, count);
    buf_free(&expect);
    buf_free(&value);
    return name;
}

struct trace_record workload_invoke_record(const struct workload_op *op, uint64_t t_ns,
                                           uint64_t number, const char *client, uint64_t name)
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
                                 .mode = op->mode,
                                 .write = name});
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
