/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/asks.h"

/* Unknown drains may have taken anything: each stands for as many dequeues as there were elements.
 * This many at most. */
#define UNKNOWN_TAKEN_MAX 10000000u

int ask_strange(struct play *p, uint32_t line, const char *what)
{
    return err_set(p->e, -E_CORRUPT, "line %u: %s", line, what);
}

static const struct value *nothing(void)
{
    static const struct value nil = {.type = VALUE_NIL, .child = VALUE_NONE, .next = VALUE_NONE};
    return &nil;
}

int ask_open(struct play *p, struct ask *a, bool calls)
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
        return ask_strange(p, a->answer->line,
                           "all calls have [key value], and this answer has not");
    return 0;
}

int64_t ask_count(struct play *p, const struct ask *a)
{
    if (a->verb == VERB_TXN) {
        if (a->asked->type != VALUE_LIST)
            return ask_strange(p, a->call->line,
                               "a txn has a list of operations: [[:append 1 2] …]");
        if (a->answered != NULL &&
            (a->answered->type != VALUE_LIST || a->answered->count != a->asked->count))
            return ask_strange(p, a->answer->line,
                               "the answer of a txn has as many parts as its call");
        return a->asked->count;
    }
    if (a->verb != VERB_DRAIN)
        return 1;
    if (a->answered != NULL) {
        bool list = a->answered->type == VALUE_LIST || a->answered->type == VALUE_SET;
        return list ? (int64_t)a->answered->count
                    : ask_strange(p, a->answer->line, "a drain answers all it took: [1 2 3]");
    }
    if (a->answer != NULL && a->answer->type == EVENT_FAIL)
        return 0;
    if (p->enqueues * ++p->unknown_drains > UNKNOWN_TAKEN_MAX)
        return ask_strange(p, a->call->line, "too many drains without an answer");
    return (int64_t)p->enqueues;
}

/* One part of a transaction, [:append key value] or [:r key list]. */
static int split_txn(struct play *p, struct ask *a, uint32_t i)
{
    const struct value *part = value_child(&p->call, a->asked, i);
    if (part->type != VALUE_LIST || part->count != 3 ||
        value_child(&p->call, part, 0)->type > VALUE_STRING)
        return ask_strange(p, a->call->line,
                           "a part of a txn is [:append key value] or [:r key nil]");
    struct trace_text name = value_child(&p->call, part, 0)->text;
    if (name.len > 0 && name.at[0] == ':')
        name = (struct trace_text){name.at + 1, name.len - 1};
    a->verb = verb_find(name);
    if (a->verb != VERB_APPEND && a->verb != VERB_READ)
        return ask_strange(p, a->call->line,
                           "only :append and :r are understood in a txn of list-append");
    a->key = value_child(&p->call, part, 1);
    a->asked = value_child(&p->call, part, 2);
    if (a->answered == NULL)
        return 0;
    const struct value *told = value_child(&p->answer, a->answered, i);
    if (told->type != VALUE_LIST || told->count != 3)
        return ask_strange(p, a->answer->line, "a part of a txn's answer is [:f key value]");
    a->answered = value_child(&p->answer, told, 2);
    return 0;
}

int ask_at(struct play *p, struct ask *a, uint32_t i)
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
