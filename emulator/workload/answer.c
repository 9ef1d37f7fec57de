/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reply means for the operation it answers. */
#include "emulator/workload/model.h"

#include <stdio.h>
#include <string.h>

static void malformed(struct workload_answer *a)
{
    a->outcome = HISTORY_UNKNOWN;
    a->malformed = true;
    (void)snprintf(a->error, sizeof(a->error), "MALFORMED");
}

/* "CODE sentence". Every error but UNKNOWN promises that nothing happened. */
static void judge_error(struct span text, struct workload_answer *a)
{
    size_t len = 0;
    while (len < text.len && len < sizeof(a->error) - 1 && text.data[len] > ' ' &&
           text.data[len] <= '~')
        len++;
    memcpy(a->error, text.data, len);
    a->error[len] = '\0';
    a->outcome = strcmp(a->error, "UNKNOWN") == 0 ? HISTORY_UNKNOWN : HISTORY_FAIL;
    if (len == 0)
        malformed(a);
}

static bool is_size(const struct workload *w, uint64_t size)
{
    for (size_t i = 0; i < w->sizes_count; i++) {
        if (w->sizes[i] == size)
            return true;
    }
    return false;
}

/* The value without its padding. One that is not padded as ours are is told as it came: it is a
 * value nobody wrote. */
static struct span unpadded(const struct workload *w, struct span text)
{
    const char *dots = memchr(text.data, '.', text.len);
    if (!w->model->padded || dots == NULL || !is_size(w, text.len))
        return text;
    size_t len = (size_t)(dots - text.data);
    for (size_t i = len; i < text.len; i++) {
        if (text.data[i] != '.')
            return text;
    }
    return span_of(text.data, len);
}

static void put_text(struct span text, struct workload_answer *a)
{
    size_t from = a->result.len;
    buf_put(&a->result, text.data, text.len);
    for (size_t i = from; i < a->result.len; i++) {
        if (a->result.data[i] == '\0')
            a->result.data[i] = '?'; /* or the rest of a strange value would be lost */
    }
}

static void take_text(const struct workload *w, struct span text, struct workload_answer *a)
{
    a->size = text.len;
    put_text(text.len == 0 ? text : unpadded(w, text), a);
    a->has_result = true;
}

static bool take_value(const struct workload *w, const struct resp_value *v,
                       struct workload_answer *a)
{
    if (v->kind == RESP_BULK)
        take_text(w, v->text, a);
    return v->kind == RESP_BULK || v->kind == RESP_NULL;
}

static bool take_number(const struct resp_value *v, struct workload_answer *a)
{
    if (v->kind != RESP_INTEGER)
        return false;
    buf_putf(&a->result, "%lld", (long long)v->integer);
    a->has_result = true;
    return true;
}

/* [1 | 0, the value the key holds now]; the history wants the value that was found. */
static bool take_cas(const struct workload *w, const struct workload_op *op,
                     const struct resp_value *v, struct workload_answer *a)
{
    if (v->kind != RESP_ARRAY || v->count != 2)
        return false;
    const struct resp_value *done = resp_bare(resp_child(v, 0));
    if (done->kind != RESP_INTEGER || (done->integer != 0 && done->integer != 1))
        return false;
    a->done = done->integer == 1;
    if (!a->done)
        return take_value(w, resp_bare(resp_child(v, 1)), a);
    a->has_result = op->has_expect;
    buf_put(&a->result, op->expect.data, op->expect.len);
    return true;
}

/* [member...], which the history tells as ",member,member"; without any, there is no key. */
static bool take_members(const struct resp_value *v, struct workload_answer *a)
{
    if (v->kind != RESP_ARRAY)
        return false;
    for (uint32_t i = 0; i < v->count; i++) {
        const struct resp_value *member = resp_bare(resp_child(v, i));
        if (member->kind != RESP_BULK)
            return false;
        buf_putc(&a->result, ',');
        put_text(member->text, a);
    }
    a->has_result = v->count > 0;
    return true;
}

/* 1 | 0 */
static bool take_done(const struct resp_value *v, struct workload_answer *a)
{
    a->done = v->kind == RESP_INTEGER && v->integer == 1;
    return v->kind == RESP_INTEGER && (v->integer == 0 || v->integer == 1);
}

/* A page of RANGE is closed a little beyond that; what is missing behind is not told. */
#define PAGE_BYTES_SURE (4u << 20)

/* [key, value, key, value...], ascending: what is not among them is absent. */
static bool take_scan(const struct workload_op *op, const struct resp_value *v,
                      struct workload_answer *a)
{
    struct span before = {0};
    unsigned part = 0;
    if (v->kind != RESP_ARRAY || v->count % 2 != 0)
        return false;
    for (uint32_t i = 0; i < v->count; i += 2) {
        const struct resp_value *key = resp_bare(resp_child(v, i));
        const struct resp_value *value = resp_bare(resp_child(v, i + 1));
        if (key->kind != RESP_BULK || value->kind != RESP_BULK ||
            (i > 0 && span_compare(before, key->text) >= 0))
            return false;
        before = key->text;
        while (part < op->scans && span_compare(span_str(op->scan_keys[part]), key->text) < 0)
            part++;
        if (part == op->scans || !span_equal(span_str(op->scan_keys[part]), key->text))
            continue;
        a->found[part] = (uint32_t)a->result.len + 1;
        put_text(value->text, a);
        buf_putc(&a->result, '\0');
    }
    return true;
}

static bool take_read(const struct workload *w, const struct workload_op *op,
                      const struct resp_value *v, struct workload_answer *a)
{
    if (op->scans > 0)
        return take_scan(op, v, a);
    return w->model->read == NULL ? take_value(w, v, a) : take_members(v, a);
}

static bool take_reply(const struct workload *w, const struct workload_op *op,
                       const struct resp_value *v, struct workload_answer *a)
{
    switch (op->kind) {
    case HISTORY_READ: return take_read(w, op, v, a);
    case HISTORY_DEQUEUE: return take_value(w, v, a);
    case HISTORY_WRITE: return v->kind == RESP_SIMPLE && span_equal(v->text, span_str("OK"));
    case HISTORY_APPEND:
    case HISTORY_INCR: return take_number(v, a);
    case HISTORY_CAS: return take_cas(w, op, v, a);
    case HISTORY_DELETE:
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: return take_done(v, a);
    case HISTORY_ENQUEUE: return v->kind == RESP_INTEGER && v->integer > 0;
    }
    UNREACHABLE();
}

static void reset(struct workload_answer *a)
{
    struct buf kept = a->result;
    buf_reset(&kept);
    *a = (struct workload_answer){.result = kept};
}

void workload_judge(struct workload *w, const struct workload_op *op,
                    const struct resp_value *reply, struct workload_answer *ret)
{
    const struct resp_value *v = resp_bare(reply);
    reset(ret);
    if (v->kind == RESP_ARRAY && v->count == 2) {
        const struct resp_value *index = resp_bare(resp_child(v, 1));
        v = resp_bare(resp_child(v, 0));
        if (index->kind != RESP_INTEGER || index->integer < 0) {
            malformed(ret);
            return;
        }
        ret->index = (uint64_t)index->integer;
    } else if (v->kind != RESP_ERROR) {
        malformed(ret);
        return;
    }
    if (v->kind == RESP_ERROR) {
        judge_error(v->text, ret);
        return;
    }
    if (!take_reply(w, op, v, ret)) {
        reset(ret);
        malformed(ret);
        return;
    }
    if (op->scans > 0 && ret->result.len > PAGE_BYTES_SURE) {
        (void)snprintf(ret->error, sizeof(ret->error), "PAGE");
        return; /* unknown */
    }
    ret->outcome = HISTORY_OK;
    if (w->model->learn != NULL)
        w->model->learn(w, op, ret);
}
