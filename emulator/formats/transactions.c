/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records put together again: those of one event are one transaction. */
#include "emulator/formats/inside.h"

#include "base/mem.h"

#include <string.h>

#define NONE UINT32_MAX

struct gathering {
    struct foreign *f;
    struct txns *t;
    size_t event;      /* the one whose parts are taken; SIZE_MAX = none yet */
    uint32_t *part_of; /* owned; by operation number - 1: its part, or NONE */
    size_t count;
    size_t cap;
};

static void begin(struct gathering *g, const struct trace_record *rec)
{
    const struct events *ev = &g->f->events;
    uint32_t mate = ev->at[g->f->playing].mate;
    bool ok = mate != EVENT_NONE && ev->at[mate].type == EVENT_OK;
    txns_add(g->t,
             (struct txn){.call_ns = rec->t,
                          .ret_ns = ok ? events_time_ns(ev, mate) : HISTORY_NEVER,
                          .line = (uint32_t)rec->line,
                          .client = texts_add(&g->t->texts, rec->client.at, rec->client.len)});
    g->event = g->f->playing;
}

static void take_call(struct gathering *g, const struct trace_record *rec)
{
    const struct events *ev = &g->f->events;
    uint32_t mate = ev->at[g->f->playing].mate;
    uint32_t part = NONE;
    if (mate == EVENT_NONE || ev->at[mate].type != EVENT_FAIL) {
        if (g->event != g->f->playing)
            begin(g, rec);
        part = txns_add_part(g->t, texts_add(&g->t->texts, rec->key.at, rec->key.len),
                             texts_add(&g->t->texts, rec->value.at, rec->value.len));
    }
    if (g->count == g->cap) {
        g->cap = g->cap == 0 ? 256 : g->cap * 2;
        g->part_of = mem_grow(g->part_of, g->cap, sizeof(*g->part_of));
    }
    ASSERT(rec->op == g->count + 1);
    g->part_of[g->count++] = part;
}

/* ",1,2" are the elements ",1" and ",2", as they were appended. */
static void take_list(struct gathering *g, uint32_t part, struct trace_text list)
{
    txns_answer(g->t, part);
    for (size_t at = 0; at < list.len;) {
        const char *next = memchr(list.at + at + 1, ',', list.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - list.at) : list.len;
        txns_add_element(g->t, part, texts_add(&g->t->texts, list.at + at, end - at));
        at = end;
    }
}

static int take(void *arg, const struct trace_record *rec, struct err *e)
{
    struct gathering *g = arg;
    (void)e;
    if (rec->ev == TRACE_clientInvoke) {
        take_call(g, rec);
        return 0;
    }
    uint32_t part = g->part_of[rec->op - 1];
    if (part != NONE && g->t->parts[part].element == 0 && trace_text_is(rec->outcome, "ok"))
        take_list(g, part, rec->result);
    return 0;
}

int foreign_transactions(struct foreign *f, struct txns *t, struct err *e)
{
    struct gathering g = {.f = f, .t = t, .event = SIZE_MAX};
    ASSERT(f->transactions);
    int code = foreign_play(f, take, &g, e);
    mem_free(g.part_of);
    return code;
}
