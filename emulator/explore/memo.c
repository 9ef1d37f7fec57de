/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/memo.h"

#define ARGUMENT_BITS 26

void ex_memo_init(struct ex_memo *m, struct ex_space *space)
{
    ex_turn_init(&m->turn, space);
    m->known = &space->outcomes;
}

void ex_memo_init_calm(struct ex_memo *m, struct ex_space *space)
{
    ex_turn_init(&m->turn, space);
    m->turn.calm = true;
    m->known = &space->outcomes_calm;
}

void ex_memo_free(struct ex_memo *m)
{
    ex_turn_free(&m->turn);
}

/* Kinds count from one, so that no key is 0. */
static uint64_t key_of(uint32_t server, struct ex_event e)
{
    ASSERT(e.argument < 1u << ARGUMENT_BITS);
    uint64_t low = ((uint64_t)(e.kind + 1) << 2 | (uint64_t)e.late << 1 | e.after_hold)
                   << ARGUMENT_BITS;
    _Static_assert((EX_EVENT_KINDS << 2) + 3 < 1 << (32 - ARGUMENT_BITS), "kinds fit");
    return (uint64_t)server << 32 | low | e.argument;
}

static struct ex_outcome take(struct ex_memo *m, uint32_t server, struct ex_event e)
{
    struct ex_turn *t = &m->turn;
    uint32_t sent[EX_SENT];
    ex_turn_take(t, server, e);
    struct ex_outcome o = {.flags = (uint16_t)t->flags,
                           .read_index = t->read_index,
                           .passed_ns = (uint32_t)t->passed_ns};
    if ((t->flags & EX_BEYOND) != 0)
        o.server = t->limit;
    if ((t->flags & (EX_BEYOND | EX_BROKEN)) == 0) {
        o.server = ex_turn_server(t);
        o.sent_count = (uint8_t)t->sent_count;
    }
    for (uint32_t i = 0; i < o.sent_count; i++)
        sent[i] = ex_space_message(t->space, &t->sent[i]);
    return ex_outcomes_add(m->known, key_of(server, e), o, sent, t->reasons, t->reasons_count);
}

struct ex_outcome ex_memo_take(struct ex_memo *m, uint32_t server, struct ex_event e)
{
    struct ex_outcome o;
    return ex_outcomes_find(m->known, key_of(server, e), &o) ? o : take(m, server, e);
}

const uint32_t *ex_memo_sent(const struct ex_memo *m, const struct ex_outcome *o)
{
    return ex_outcomes_sent(m->known, o);
}
