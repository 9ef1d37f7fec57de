/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From events to records: every call and every answer with the meaning it has in the model. A call
 * may ask several things (a drain, a transaction): they share its times. */
#include "emulator/formats/inside.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Unknown drains may have taken anything: each stands for as many dequeues as there were elements.
 * This many at most. */
#define UNKNOWN_TAKEN_MAX 10000000u

struct play {
    struct foreign *f;
    foreign_take take;
    void *arg;
    struct err *e;
    struct value_tree call;
    struct value_tree answer;
    uint64_t *first;   /* owned; by event: the number of its first operation */
    uint64_t next;     /* operation number */
    uint32_t *lives;   /* owned; by process: how often it ended with an unknown outcome */
    uint64_t enqueues; /* in the whole history */
    uint64_t unknown_drains;
};

/* One thing that a call asks. */
struct ask {
    const struct event *call;
    const struct event *answer; /* NULL = there is none */
    enum verb verb;
    enum history_kind kind;
    const struct value *key;      /* or NULL: the event's, or none */
    const struct value *asked;    /* never NULL */
    const struct value *answered; /* NULL unless ok */
    bool outside;                 /* it changes nothing and tells nothing */
};

static int strange(struct play *p, uint32_t line, const char *what)
{
    return err_set(p->e, -E_CORRUPT, "line %u: %s", line, what);
}

/* ---- which things are asked ---- */

static const struct value *nothing(void)
{
    static const struct value nil = {.type = VALUE_NIL, .child = VALUE_NONE, .next = VALUE_NONE};
    return &nil;
}

/* The values of a call and, where it is needed, of its answer, without their common key. */
static int open_ask(struct play *p, struct ask *a, bool calls)
{
    const struct value *key;
    struct foreign *f = p->f;
    a->verb = verb_find(texts_get(&f->events.names, a->call->f));
    a->asked = event_inner(f, a->call, &p->call, &a->key);
    ASSERT(a->asked != NULL); /* or it were not independent */
    bool look = !calls || a->verb == VERB_DRAIN;
    if (!look || a->answer == NULL || a->answer->type != EVENT_OK)
        return 0;
    a->answered = event_inner(f, a->answer, &p->answer, &key);
    if (a->answered == NULL)
        return strange(p, a->answer->line, "all calls have [key value], and this answer has not");
    return 0;
}

/* How many operations stand behind a call; negative: a mistake was named. */
static int64_t asks_count(struct play *p, const struct ask *a)
{
    if (a->verb == VERB_TXN) {
        if (a->asked->type != VALUE_LIST)
            return strange(p, a->call->line, "a txn has a list of operations: [[:append 1 2] …]");
        if (a->answered != NULL &&
            (a->answered->type != VALUE_LIST || a->answered->count != a->asked->count))
            return strange(p, a->answer->line, "the answer of a txn has as many parts as its call");
        return a->asked->count;
    }
    if (a->verb != VERB_DRAIN)
        return 1;
    if (a->answered != NULL) {
        bool list = a->answered->type == VALUE_LIST || a->answered->type == VALUE_SET;
        return list ? (int64_t)a->answered->count
                    : strange(p, a->answer->line, "a drain answers all it took: [1 2 3]");
    }
    if (a->answer != NULL && a->answer->type == EVENT_FAIL)
        return 0;
    if (p->enqueues * ++p->unknown_drains > UNKNOWN_TAKEN_MAX)
        return strange(p, a->call->line, "too many drains without an answer");
    return (int64_t)p->enqueues;
}

/* One part of a transaction, [:append key value] or [:r key list]. */
static int split_txn(struct play *p, struct ask *a, uint32_t i)
{
    const struct value *part = value_child(&p->call, a->asked, i);
    if (part->type != VALUE_LIST || part->count != 3 ||
        value_child(&p->call, part, 0)->type > VALUE_STRING)
        return strange(p, a->call->line, "a part of a txn is [:append key value] or [:r key nil]");
    struct trace_text name = value_child(&p->call, part, 0)->text;
    if (name.len > 0 && name.at[0] == ':')
        name = (struct trace_text){name.at + 1, name.len - 1};
    a->verb = verb_find(name);
    if (a->verb != VERB_APPEND && a->verb != VERB_READ)
        return strange(p, a->call->line,
                       "only :append and :r are understood in a txn of list-append");
    a->key = value_child(&p->call, part, 1);
    a->asked = value_child(&p->call, part, 2);
    if (a->answered == NULL)
        return 0;
    const struct value *told = value_child(&p->answer, a->answered, i);
    if (told->type != VALUE_LIST || told->count != 3)
        return strange(p, a->answer->line, "a part of a txn's answer is [:f key value]");
    a->answered = value_child(&p->answer, told, 2);
    return 0;
}

/* The i-th thing asked. */
static int ask_at(struct play *p, struct ask *a, uint32_t i)
{
    int code = a->verb == VERB_TXN ? split_txn(p, a, i) : 0;
    if (code < 0)
        return code;
    if (a->verb == VERB_DRAIN) {
        a->asked = nothing();
        if (a->answered != NULL)
            a->answered = value_child(&p->answer, a->answered, i);
    }
    a->kind = model_kind(p->f->model, a->verb);
    /* An empty string appended to a store's value. */
    a->outside = a->kind == HISTORY_APPEND && p->f->model == LIN_KV &&
                 a->asked->type == VALUE_STRING && a->asked->text.len == 0;
    return 0;
}

/* ---- records ---- */

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
        return strange(p, a->call->line, "nil is no key");
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
        return strange(p, line, "what is there before any write (nil) cannot be written");
    return code;
}

static int put_cas(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text expect = {0};
    struct trace_text value = {0};
    uint32_t line = a->call->line;
    if (a->asked->type != VALUE_LIST || a->asked->count != 2)
        return strange(p, line, "a cas has a pair, what must be there and what comes: [1 2]");
    int code = held(p, value_child(&p->call, a->asked, 0), line, &expect);
    if (code == 0)
        code = written(p, value_child(&p->call, a->asked, 1), line, &value);
    TRACE_PUT(rec, expect, expect);
    TRACE_PUT(rec, value, value);
    return code;
}

/* What the call says beside its key. */
static int put_asked(struct play *p, const struct ask *a, struct trace_record *rec)
{
    struct trace_text value = {0};
    uint32_t line = a->call->line;
    int code = 0;
    switch (a->kind) {
    case HISTORY_READ:
    case HISTORY_DEQUEUE: return 0;
    case HISTORY_CAS: return put_cas(p, a, rec);
    case HISTORY_WRITE: code = written(p, a->asked, line, &value); break;
    case HISTORY_APPEND:
        code = p->f->model == LIN_KV ? written(p, a->asked, line, &value)
                                     : text_element(p->f, a->asked, true, line, &value, p->e);
        break;
    case HISTORY_INCR:
        if (a->asked->type != VALUE_NIL)
            code = text_number(a->asked, "1", line, &value, p->e);
        break;
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
        return strange(p, line, "an answered read tells what it saw (:value nil for nothing)");
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

static bool truth(const struct value *v, bool *ret)
{
    if (v->type != VALUE_ATOM)
        return false;
    *ret = trace_text_is(v->text, "true");
    return *ret || trace_text_is(v->text, "false");
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
        if (!truth(a->answered, &done))
            return strange(p, line, "contains answers true or false");
        TRACE_PUT(rec, done, done);
        break;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
        if (truth(a->answered, &done) && !truth(a->asked, &asked_truth))
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

static int play_one(struct play *p, struct ask a, size_t i, uint32_t k, bool calls)
{
    struct trace_record rec;
    int code = ask_at(p, &a, k);
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
    int code = open_ask(p, &a, calls);
    int64_t count = code < 0 ? code : asks_count(p, &a);
    if (calls) {
        p->first[i] = p->next;
        p->next += count > 0 ? (uint64_t)count : 0;
        p->f->transactions = p->f->transactions || (a.verb == VERB_TXN && count > 1);
    }
    code = count < 0 ? (int)count : 0;
    for (uint32_t k = 0; k < count && code == 0; k++)
        code = play_one(p, a, i, k, calls);
    if (event->type == EVENT_INFO)
        p->lives[event->process]++;
    return code;
}

int foreign_play(struct foreign *f, foreign_take take, void *arg, struct err *e)
{
    if (f->format == FORMAT_OWN)
        return own_play(f->data, f->len, take, arg, e);
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
    free(p.first);
    free(p.lives);
    value_tree_free(&p.call);
    value_tree_free(&p.answer);
    return code;
}
