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
    if (!look || a->answer == NULL)
        return 0;
    bool ok = a->answer->type == EVENT_OK;
    a->told = event_inner(f, a->answer, &p->answer, &key);
    if (a->told == NULL && ok)
        return ask_strange(p, a->answer->line,
                           "all calls have [key value], and this answer has not");
    if (a->told != NULL && key != NULL && !value_same(a->key, key))
        return answer_strange(p, a);
    a->answered = ok ? a->told : NULL;
    return 0;
}

/* An answer that is not ok may have a reason where the parts would be. */
static int64_t count_txn(struct play *p, struct ask *a)
{
    if (a->asked->type != VALUE_LIST)
        return ask_strange(p, a->call->line, "a txn has a list of operations: [[:append 1 2] …]");
    bool parts =
        a->told != NULL && a->told->type == VALUE_LIST && a->told->count == a->asked->count;
    if (a->answered != NULL && !parts)
        return ask_strange(p, a->answer->line, "the answer of a txn has as many parts as its call");
    a->part = value_child(&p->call, a->asked, 0);
    a->told_part = parts ? value_child(&p->answer, a->told, 0) : NULL;
    return a->asked->count;
}

static int64_t count_drain(struct play *p, struct ask *a)
{
    if (a->answered != NULL) {
        if (a->answered->type != VALUE_LIST && a->answered->type != VALUE_SET)
            return ask_strange(p, a->answer->line, "a drain answers all it took: [1 2 3]");
        if (a->asked->type != VALUE_NIL && !value_same(a->asked, a->answered))
            return answer_strange(p, a);
        a->told_part = value_child(&p->answer, a->answered, 0);
        return a->answered->count;
    }
    if (a->answer != NULL && a->answer->type == EVENT_FAIL)
        return 0;
    if (p->enqueues * ++p->unknown_drains > UNKNOWN_TAKEN_MAX)
        return ask_strange(p, a->call->line, "too many drains without an answer");
    return (int64_t)p->enqueues;
}

int64_t ask_count(struct play *p, struct ask *a)
{
    if (a->verb == VERB_TXN)
        return count_txn(p, a);
    return a->verb == VERB_DRAIN ? count_drain(p, a) : 1;
}

/* What the answer says of one part: as the call, but for what a read saw. */
static int told_of_part(struct play *p, const struct ask *of, const struct value *part,
                        struct ask *ret)
{
    const struct value *told = of->told_part;
    bool ok = of->answered != NULL;
    ret->told = ret->answered = NULL;
    if (told == NULL)
        return 0;
    if (told->type != VALUE_LIST || told->count != 3)
        return ok ? ask_strange(p, of->answer->line, "a part of a txn's answer is [:f key value]")
                  : 0;
    if (!value_same(value_child(&p->answer, told, 0), value_child(&p->call, part, 0)) ||
        !value_same(value_child(&p->answer, told, 1), ret->key))
        return answer_strange(p, of);
    ret->told = value_child(&p->answer, told, 2);
    ret->answered = ok ? ret->told : NULL;
    return 0;
}

/* One part of a transaction, [:append key value] or [:r key list]. */
static int next_of_txn(struct play *p, const struct ask *of, struct ask *ret)
{
    const struct value *part = of->part;
    if (part->type != VALUE_LIST || part->count != 3 ||
        value_child(&p->call, part, 0)->type > VALUE_STRING)
        return ask_strange(p, of->call->line,
                           "a part of a txn is [:append key value] or [:r key nil]");
    ret->verb = verb_find(keyword_word(value_child(&p->call, part, 0)->text));
    if (ret->verb != VERB_APPEND && ret->verb != VERB_READ)
        return ask_strange(p, of->call->line,
                           "only :append and :r are understood in a txn of list-append");
    ret->key = value_child(&p->call, part, 1);
    ret->asked = value_child(&p->call, part, 2);
    return told_of_part(p, of, part, ret);
}

int ask_next(struct play *p, struct ask *of, struct ask *ret)
{
    *ret = *of;
    int code = of->verb == VERB_TXN ? next_of_txn(p, of, ret) : 0;
    if (code < 0)
        return code;
    if (of->verb == VERB_DRAIN) {
        ret->asked = nothing();
        ret->told = ret->answered = of->told_part;
    }
    if (of->part != NULL)
        of->part = value_next(&p->call, of->part);
    if (of->told_part != NULL)
        of->told_part = value_next(&p->answer, of->told_part);
    ret->kind = model_kind(p->f->model, ret->verb);
    /* An empty string appended to a store's value. */
    ret->outside = ret->kind == HISTORY_APPEND && p->f->model == LIN_KV &&
                   ret->asked->type == VALUE_STRING && ret->asked->text.len == 0;
    return 0;
}
