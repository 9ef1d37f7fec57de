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

static const struct {
    const char *name;
    bool has_value;
} commands[] = {[HISTORY_READ] = {"GET", false},          [HISTORY_WRITE] = {"SET", true},
                [HISTORY_APPEND] = {"APPEND", true},      [HISTORY_CAS] = {"CAS", true},
                [HISTORY_DELETE] = {"DEL", false},        [HISTORY_INCR] = {"INCR", false},
                [HISTORY_ADD] = {"SADD", true},           [HISTORY_REMOVE] = {"SREM", true},
                [HISTORY_CONTAINS] = {"SISMEMBER", true}, [HISTORY_ENQUEUE] = {"RPUSH", true},
                [HISTORY_DEQUEUE] = {"LPOP", false}};

/* All of a scan's keys, and as many others that steps may have put between them. */
#define SCAN_COUNT "1000"
#define WORDS_MAX  4

static size_t scan_words(const struct workload_op *op, struct span words[WORDS_MAX])
{
    const char *const texts[] = {"RANGE", op->scan_keys[0], SCAN_COUNT, op->scan_end};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        words[i] = span_str(texts[i]);
    return ARRAY_LEN(texts);
}

uint64_t workload_encode(const struct workload *w, const struct workload_op *op,
                         const struct workload_session *session, struct buf *out)
{
    bool reads = history_only_looks(op->kind), whole = op->kind == HISTORY_READ;
    const char *command =
        whole && w->model->read != NULL ? w->model->read : commands[op->kind].name;
    struct buf expect = {0};
    struct buf value = {0};
    struct span words[WORDS_MAX] = {span_str(command), span_str(op->key)};
    size_t count = op->scans > 0 ? scan_words(op, words) : 2;
    ASSERT(session == NULL || !reads);
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
    if (!reads)
        name = trace_write_name(session == NULL ? 0 : session->id,
                                session == NULL ? 0 : session->seq, words, count);
    buf_free(&expect);
    buf_free(&value);
    return name;
}

struct trace_record workload_invoke_record(const struct workload_op *op, unsigned part,
                                           uint64_t t_ns, uint64_t number, const char *client,
                                           uint64_t name)
{
    return history_invoke_record(
        &(struct history_invoke){.t_ns = t_ns,
                                 .op = number,
                                 .client = client,
                                 .kind = op->kind,
                                 .key = workload_key(op, part),
                                 .value = commands[op->kind].has_value ? buf_str(&op->value) : NULL,
                                 .expect = op->has_expect ? buf_str(&op->expect) : NULL,
                                 .mode = op->mode,
                                 .write = name});
}

/* NULL: nothing. */
static const char *result_of(const struct workload_op *op, unsigned part,
                             const struct workload_answer *a)
{
    if (op->scans > 0)
        return a->found[part] == 0 ? NULL : buf_str(&a->result) + a->found[part] - 1;
    return a->has_result ? buf_str(&a->result) : NULL;
}

struct trace_record workload_return_record(const struct workload_op *op, unsigned part,
                                           const struct workload_answer *a, uint64_t t_ns,
                                           uint64_t number, int node)
{
    return history_return_record(
        &(struct history_return){.t_ns = t_ns,
                                 .op = number,
                                 .outcome = a->outcome,
                                 .result = result_of(op, part, a),
                                 .tells_done = history_has_done(op->kind),
                                 .done = a->done,
                                 .index = a->index,
                                 .node = node,
                                 .error = a->error[0] == '\0' ? NULL : a->error});
}
