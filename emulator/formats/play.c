/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From events to records: every call and every answer with the meaning it has in the model. A call
 * may ask several things (a drain, a transaction): they share its times. */
#include "emulator/formats/asks.h"

#include "base/mem.h"

#include <string.h>

/* The object of the operation. */
static int put_key(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text key = trace_text_of(model_object(p->f->model));
    int code = 0;
    if (a->call->key != 0)
        key = texts_get(&p->f->events.names, a->call->key);
    else if (a->key != NULL)
        code = text_scalar(p->f, a->key, a->call->line, &key, p->e);
    if (code == 0 && key.at == NULL)
        return ask_strange(p, a->call->line, "nil is no key");
    TRACE_PUT(rec, key, key);
    return code;
}

/* What a register or a key of a store holds. A store's strings are bytes that are appended to, and
 * the empty one is that of a key that is not there. */
static int held(struct play *p, const struct value *v, uint32_t line, struct trace_text *ret)
{
    if (p->f->model != LIN_KV)
        return text_scalar(p->f, v, line, ret, p->e);
    int code = text_bytes(v, line, ret, p->e);
    if (code == 0 && ret->len == 0)
        *ret = (struct trace_text){0};
    return code;
}

static int written(struct play *p, const struct value *v, uint32_t line, struct trace_text *ret)
{
    int code = held(p, v, line, ret);
    if (code == 0 && ret->at == NULL)
        return ask_strange(p, line, "what is there before any write (nil) cannot be written");
    return code;
}

static int put_cas(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text expect = {0};
    struct trace_text value = {0};
    uint32_t line = a->call->line;
    if (a->asked->type != VALUE_LIST || a->asked->count != 2)
        return ask_strange(p, line, "a cas has a pair, what must be there and what comes: [1 2]");
    int code = held(p, value_child(&p->call, a->asked, 0), line, &expect);
    if (code == 0)
        code = written(p, value_child(&p->call, a->asked, 1), line, &value);
    TRACE_PUT(rec, expect, expect);
    TRACE_PUT(rec, value, value);
    return code;
}

/* How much a counter is to go up or down. Beyond 64 bits every system does something else. */
static int step(struct play *p, const struct ask *a, struct trace_text *ret)
{
    uint32_t line = a->call->line;
    uint64_t by = a->asked->type == VALUE_NIL;
    int code = a->asked->type == VALUE_NIL ? 0 : text_number(a->asked, "1", line, ret, p->e);
    for (size_t i = 0; code == 0 && i < a->asked->text.len; i++)
        by = a->asked->text.at[i] == '-' ? 0 : by * 10 + (uint64_t)(a->asked->text.at[i] - '0');
    p->steps += by;
    if (code == 0 && p->steps > INT64_MAX)
        return ask_strange(p, line,
                           "all steps of counters up to here are more than 63 bits hold: "
                           "judge the history in parts");
    return code;
}

/* What the call says beside its key. */
static int put_asked(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text value = {0};
    uint32_t line = a->call->line;
    int code = 0;
    switch (a->kind) {
    case HISTORY_DELETE:
        return a->asked->type == VALUE_NIL ? 0 : ask_strange(p, line, "a delete has no value");
    case HISTORY_READ:
    case HISTORY_DEQUEUE: return 0;
    case HISTORY_CAS: return put_cas(p, a, rec);
    case HISTORY_WRITE: code = written(p, a->asked, line, &value); break;
    case HISTORY_APPEND:
        code = p->f->model == LIN_KV ? written(p, a->asked, line, &value)
                                     : text_element(p->f, a->asked, true, line, &value, p->e);
        break;
    case HISTORY_INCR: code = step(p, a, &value); break;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS:
    case HISTORY_ENQUEUE: code = text_element(p->f, a->asked, false, line, &value, p->e); break;
    }
    if (value.at != NULL)
        TRACE_PUT(rec, value, value);
    return code;
}

/* What a read saw. */
static int read_result(struct play *p, const struct ask *a, struct trace_text *ret)
{
    uint32_t line = a->answer->line;
    const struct value *v = a->answered;
    if (a->answer->value.at == NULL)
        return ask_strange(p, line, "an answered read tells what it saw (:value nil for nothing)");
    switch (p->f->model) {
    case LIN_COUNTER: return v->type == VALUE_NIL ? 0 : text_number(v, "0", line, ret, p->e);
    case LIN_LIST_APPEND:
        return v->type == VALUE_NIL ? 0 : text_elements(p->f, &p->answer, v, line, ret, p->e);
    case LIN_SET:
    case LIN_QUEUE: return text_elements(p->f, &p->answer, v, line, ret, p->e);
    case LIN_REGISTER:
    case LIN_CAS_REGISTER:
    case LIN_KV: return held(p, v, line, ret);
    }
    UNREACHABLE();
}

/* An ok answer. */
static int put_answered(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text result = {0};
    bool done = false;
    bool asked_truth;
    uint32_t line = a->answer->line;
    int code = 0;
    switch (a->kind) {
    case HISTORY_READ: code = read_result(p, a, &result); break;
    case HISTORY_DEQUEUE:
        if (a->answered->type != VALUE_NIL)
            code = text_element(p->f, a->answered, false, line, &result, p->e);
        break;
    case HISTORY_CAS: TRACE_PUT(rec, done, true); break;
    case HISTORY_CONTAINS:
        if (!value_truth(a->answered, &done))
            return ask_strange(p, line, "contains answers true or false");
        TRACE_PUT(rec, done, done);
        break;
    case HISTORY_DELETE:
    case HISTORY_ADD:
    case HISTORY_REMOVE:
        if (value_truth(a->answered, &done) && !value_truth(a->asked, &asked_truth))
            TRACE_PUT(rec, done, done);
        break;
    case HISTORY_INCR:
        /* The new value, or only what was added once more. */
        if (a->verb != VERB_INCR || a->asked->type != VALUE_NIL || a->answered->type == VALUE_NIL)
            return 0;
        code = text_number(a->answered, "", line, &result, p->e);
        break;
    case HISTORY_WRITE:
    case HISTORY_APPEND:
    case HISTORY_ENQUEUE: break;
    }
    TRACE_PUT(rec, result, result);
    return code;
}

/* A failed cas of a log says that it found another value, if it repeats what was asked. */
static bool found_another(const struct play *p, const struct ask *a)
{
    struct trace_text asked = a->call->value;
    struct trace_text told = a->answer->value;
    return p->f->events.silent_cas && a->kind == HISTORY_CAS && asked.len == told.len &&
           memcmp(asked.at, told.at, told.len) == 0;
}

static int put_outcome(struct play *p, const struct ask *a, struct trace_record *rec)
{
    const char *outcome = "unknown";
    int code = 0;
    if (a->answer->type == EVENT_OK) {
        outcome = "ok";
        code = put_answered(p, a, rec);
    } else if (a->answer->type == EVENT_FAIL && found_another(p, a)) {
        outcome = "ok";
        TRACE_PUT(rec, done, false);
    } else if (a->answer->type == EVENT_FAIL) {
        outcome = "fail";
    }
    TRACE_PUT(rec, outcome, trace_text_of(outcome));
    return code;
}

/* "4", and "4/2" after its second operation of unknown outcome: then it is somebody else. */
static void put_client(struct play *p, const struct event *call, struct trace_record *rec)
{
    struct trace_text name = texts_get(&p->f->events.names, call->process);
    uint32_t lives = p->lives[call->process];
    if (lives > 0) {
        struct buf text = {0};
        buf_putf(&text, "%.*s/%u", (int)name.len, name.at, lives);
        name = texts_get(&p->f->made, texts_add(&p->f->made, buf_str(&text), text.len));
        buf_free(&text);
    }
    TRACE_PUT(rec, client, name);
}

static int play_one(struct play *p, struct ask *of, size_t i, uint32_t k, bool calls)
{
    struct trace_record rec;
    struct ask a;
    int code = ask_next(p, of, &a);
    if (code == 0 && !calls)
        code = answer_fits(p, &a);
    if (code < 0 || a.outside)
        return code;
    trace_record_init(&rec, calls ? TRACE_clientInvoke : TRACE_clientReturn);
    rec.line = p->f->events.at[i].line;
    TRACE_PUT(&rec, t, events_time_ns(&p->f->events, i));
    if (calls) {
        TRACE_PUT(&rec, op, p->first[i] + k);
        TRACE_PUT(&rec, kind, trace_text_of(history_kind_name(a.kind)));
        put_client(p, a.call, &rec);
        code = put_key(p, &a, &rec);
        if (code == 0)
            code = put_asked(p, &a, &rec);
    } else {
        TRACE_PUT(&rec, op, p->first[a.answer->mate] + k);
        code = put_outcome(p, &a, &rec);
    }
    return code < 0 ? code : p->take(p->arg, &rec, p->e);
}

static int play_event(struct play *p, size_t i)
{
    const struct events *ev = &p->f->events;
    const struct event *event = &ev->at[i];
    bool calls = event->type == EVENT_INVOKE;
    p->f->playing = i;
    struct ask a = {.call = calls ? event : &ev->at[event->mate]};
    if (a.call->mate != EVENT_NONE)
        a.answer = &ev->at[a.call->mate];
    int code = ask_open(p, &a, calls);
    int64_t count = code < 0 ? code : ask_count(p, &a);
    if (calls) {
        p->first[i] = p->next;
        p->next += count > 0 ? (uint64_t)count : 0;
        p->f->transactions = p->f->transactions || (a.verb == VERB_TXN && count > 1);
    }
    code = count < 0 ? (int)count : 0;
    for (uint32_t k = 0; k < count && code == 0; k++)
        code = play_one(p, &a, i, k, calls);
    if (event->type == EVENT_INFO)
        p->lives[event->process]++;
    return code;
}

int foreign_play(struct foreign *f, foreign_take take, void *arg, struct err *e)
{
    if (f->format == FORMAT_OWN)
        return foreign_play_own(f, take, arg, e);
    ASSERT(f->model != FOREIGN_GUESS);
    struct play p = {.f = f, .take = take, .arg = arg, .e = e, .next = 1};
    p.first = mem_array(f->events.count, sizeof(*p.first));
    p.lives = mem_array(f->events.names.count + 1, sizeof(*p.lives));
    int code = 0;
    for (size_t i = 0; i < f->events.count; i++) {
        const struct event *event = &f->events.at[i];
        p.enqueues += event->type == EVENT_INVOKE &&
                      verb_find(texts_get(&f->events.names, event->f)) == VERB_ENQUEUE;
    }
    for (size_t i = 0; i < f->events.count && code == 0; i++)
        code = play_event(&p, i);
    mem_free(p.first);
    mem_free(p.lives);
    value_tree_free(&p.call);
    value_tree_free(&p.answer);
    return code;
}
