/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/memo.h"

#include "base/mem.h"
#include "base/prng.h"

#define ARGUMENT_BITS 26

void ex_memo_init(struct ex_memo *m, struct ex_space *space)
{
    *m = (struct ex_memo){.slots = 4096, .sent_room = 4096};
    ex_turn_init(&m->turn, space);
    m->slot = mem_array(m->slots, sizeof(*m->slot));
    m->sent = mem_array(m->sent_room, sizeof(*m->sent));
}

void ex_memo_free(struct ex_memo *m)
{
    ex_turn_free(&m->turn);
    mem_free(m->slot);
    mem_free(m->sent);
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

static struct ex_memo_slot *find(struct ex_memo *m, uint64_t key)
{
    uint32_t at = (uint32_t)prng_mix(key) & (m->slots - 1);
    while (m->slot[at].key != 0 && m->slot[at].key != key)
        at = (at + 1) & (m->slots - 1);
    return &m->slot[at];
}

static void widen(struct ex_memo *m)
{
    struct ex_memo_slot *old = m->slot;
    uint32_t slots = m->slots;
    m->slots *= 2;
    m->slot = mem_array(m->slots, sizeof(*m->slot));
    for (uint32_t i = 0; i < slots; i++) {
        if (old[i].key != 0)
            *find(m, old[i].key) = old[i];
    }
    mem_free(old);
}

static void remember(struct ex_memo *m, uint64_t key, const struct ex_outcome *o)
{
    if (m->count >= m->slots / 2)
        widen(m);
    *find(m, key) = (struct ex_memo_slot){key, *o};
    m->count++;
}

/* Where the next ones stand; there is room for as many as one event sends. */
static uint32_t sent_begin(struct ex_memo *m)
{
    if (m->sent_count + EX_SENT > m->sent_room) {
        m->sent_room *= 2;
        m->sent = mem_grow(m->sent, m->sent_room, sizeof(*m->sent));
    }
    return m->sent_count;
}

static uint32_t keep_sent(struct ex_memo *m)
{
    const struct ex_turn *t = &m->turn;
    uint32_t first = sent_begin(m);
    for (uint32_t i = 0; i < t->sent_count; i++)
        m->sent[m->sent_count++] = ex_space_message(t->space, &t->sent[i]);
    return first;
}

static struct ex_outcome take(struct ex_memo *m, uint32_t server, struct ex_event e)
{
    struct ex_turn *t = &m->turn;
    ex_turn_take(t, server, e);
    for (uint32_t i = 0; i < t->reasons_count; i++)
        m->reasons[t->reasons[i].code]++;
    struct ex_outcome o = {.flags = (uint16_t)t->flags,
                           .read_index = t->read_index,
                           .passed_ns = (uint32_t)t->passed_ns};
    if ((t->flags & EX_BEYOND) != 0)
        o.server = t->limit;
    if ((t->flags & (EX_BEYOND | EX_BROKEN)) != 0)
        return o;
    o.server = ex_turn_server(t);
    o.sent = keep_sent(m);
    o.sent_count = (uint8_t)t->sent_count;
    return o;
}

struct ex_outcome ex_memo_take(struct ex_memo *m, uint32_t server, struct ex_event e)
{
    uint64_t key = key_of(server, e);
    struct ex_memo_slot *slot = find(m, key);
    if (slot->key == key)
        return slot->outcome;
    struct ex_outcome o = take(m, server, e);
    remember(m, key, &o);
    return o;
}

const uint32_t *ex_memo_sent(const struct ex_memo *m, const struct ex_outcome *o)
{
    return m->sent + o->sent;
}

void ex_memo_save(const struct ex_memo *m, struct checkpoint_out *out)
{
    checkpoint_put(out, m->reasons, sizeof(m->reasons));
    checkpoint_put_u64(out, m->count);
    for (uint32_t i = 0; i < m->slots; i++) {
        const struct ex_memo_slot *slot = &m->slot[i];
        if (slot->key == 0)
            continue;
        checkpoint_put(out, slot, sizeof(*slot));
        checkpoint_put(out, m->sent + slot->outcome.sent,
                       slot->outcome.sent_count * sizeof(*m->sent));
    }
}

static bool load_one(struct ex_memo *m, struct checkpoint_in *in)
{
    struct ex_memo_slot slot;
    struct ex_outcome *o = &slot.outcome;
    if (!checkpoint_get(in, &slot, sizeof(slot)))
        return false;
    if (slot.key == 0 || o->sent_count > EX_SENT) {
        checkpoint_refuse(in, "an outcome is impossible");
        return false;
    }
    o->sent = sent_begin(m);
    if (!checkpoint_get(in, m->sent + o->sent, o->sent_count * sizeof(*m->sent)))
        return false;
    if (find(m, slot.key)->key != 0)
        return true; /* another worker's, too */
    m->sent_count += o->sent_count;
    remember(m, slot.key, o);
    return true;
}

void ex_memo_load(struct ex_memo *m, struct checkpoint_in *in)
{
    uint64_t reasons[RAFT_REASON_CODES];
    (void)checkpoint_get(in, reasons, sizeof(reasons));
    for (uint32_t i = 0; i < RAFT_REASON_CODES; i++)
        m->reasons[i] += reasons[i];
    uint64_t count = checkpoint_get_count(in, UINT32_MAX / 2);
    for (uint64_t i = 0; i < count && load_one(m, in); i++)
        continue;
}
