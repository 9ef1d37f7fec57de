/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does an answer fit what was asked? One that speaks of something else was written down wrongly, by
 * whoever wrote the history: no verdict can rest on it. */
#include "emulator/formats/asks.h"

#include <string.h>

#define SHOWN 40 /* bytes of a foreign word in an error */

static void put_shown(struct buf *out, struct trace_text text)
{
    buf_put(out, text.at, text.len < SHOWN ? text.len : SHOWN);
    buf_puts(out, text.len > SHOWN ? "…" : "");
}

/* "write 1" */
static void put_event(struct buf *out, const struct play *p, const struct event *event)
{
    put_shown(out, texts_get(&p->f->events.names, event->f));
    buf_putc(out, ' ');
    put_shown(out, event->value.at != NULL ? event->value : trace_text_of("nil"));
}

int answer_strange(struct play *p, const struct ask *a)
{
    struct buf out = {0};
    buf_putf(&out, "line %u: process ", a->answer->line);
    put_shown(&out, texts_get(&p->f->events.names, a->call->process));
    buf_putf(&out, " has :%s of ", event_type_name(a->answer->type));
    put_event(&out, p, a->answer);
    buf_puts(&out, ", but called ");
    put_event(&out, p, a->call);
    buf_putf(&out, " on line %u: an answer repeats what was asked, or has nil", a->call->line);
    int code = err_set(p->e, -E_CORRUPT, "%s", buf_str(&out));
    buf_free(&out);
    return code;
}

/* What an ok answer may say beside what was asked. */
static bool may_tell(const struct ask *a)
{
    bool changed;
    switch (a->kind) {
    case HISTORY_READ:
    case HISTORY_DEQUEUE: return a->asked->type == VALUE_NIL;
    case HISTORY_CONTAINS: return true; /* whether it is there: put_answered looks at it */
    case HISTORY_DELETE:
    case HISTORY_ADD:
    case HISTORY_REMOVE: return value_truth(a->told, &changed);
    case HISTORY_INCR: return a->verb == VERB_INCR && a->asked->type == VALUE_NIL;
    case HISTORY_WRITE:
    case HISTORY_APPEND:
    case HISTORY_CAS:
    case HISTORY_ENQUEUE: break;
    }
    return false;
}

/* Is it something other than a value like the one asked for? Then it tells why. */
static bool is_reason(const struct value *told, const struct value *asked)
{
    return told->type != asked->type || told->type == VALUE_STRING ||
           (told->type == VALUE_ATOM && strchr("0123456789+-", told->text.at[0]) == NULL);
}

int answer_fits(struct play *p, const struct ask *a)
{
    if (a->told == NULL || value_same(a->asked, a->told))
        return 0;
    bool nothing = a->told->type == VALUE_NIL && a->kind != HISTORY_READ;
    bool fits = a->answered != NULL ? nothing || may_tell(a) : is_reason(a->told, a->asked);
    return fits ? 0 : answer_strange(p, a);
}
