/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write that was refused never takes effect: its value is never seen. */
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/check/registry.h"

#include <stdlib.h>
#include <string.h>

/* Writes by (key, value). */
struct slot {
    uint32_t key; /* 0 = free */
    uint32_t value;
    uint32_t failed; /* position + 1 of a failed write */
    uint32_t other;  /* position + 1 of a write that may have happened */
};

struct table {
    struct slot *slots; /* owned */
    size_t cap;         /* a power of two */
};

static struct slot *slot_of(const struct table *t, uint32_t key, uint32_t value)
{
    size_t at = (size_t)prng_mix((uint64_t)key << 32 | value) & (t->cap - 1);
    while (t->slots[at].key != 0 && (t->slots[at].key != key || t->slots[at].value != value))
        at = (at + 1) & (t->cap - 1);
    return &t->slots[at];
}

static bool writes_value(const struct history_op *op)
{
    return op->value != 0 && op->kind != HISTORY_READ;
}

/* Only values that a failed write carried are kept. Returns how many writes failed. */
static uint64_t fill(struct table *t, const struct history *h)
{
    uint64_t failed = 0;
    for (size_t i = 0; i < h->count; i++)
        failed += h->ops[i].outcome == HISTORY_FAIL && writes_value(&h->ops[i]);
    for (t->cap = 16; t->cap < 2 * failed; t->cap *= 2) {
    }
    t->slots = mem_array(t->cap, sizeof(*t->slots));
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->outcome != HISTORY_FAIL || !writes_value(op))
            continue;
        struct slot *s = slot_of(t, op->key, op->value);
        *s = (struct slot){op->key, op->value, (uint32_t)i + 1, s->other};
    }
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->outcome == HISTORY_FAIL || !writes_value(op))
            continue;
        struct slot *s = slot_of(t, op->key, op->value);
        if (s->key != 0)
            s->other = (uint32_t)i + 1;
    }
    return failed;
}

static void seen_value(const struct table *t, const struct check_input *in,
                       const struct history_op *read, uint32_t value, struct check_result *res)
{
    const struct history *h = in->history;
    const struct slot *s = slot_of(t, read->key, value);
    if (value == 0 || s->key == 0)
        return;
    if (s->other != 0)
        return; /* somebody else wrote the same value: no proof */
    const struct history_op *write = &h->ops[s->failed - 1];
    struct trace_text text = texts_get(&h->texts, value);
    struct trace_text error = texts_get(&h->texts, write->error);
    struct trace_text key = texts_get(&h->texts, write->key);
    if (!result_violate(res, "%.*s = %.*s was read, but the only write of it was refused%s%.*s",
                        (int)key.len, key.at, (int)(text.len < 40 ? text.len : 40), text.at,
                        error.len > 0 ? " with " : "", (int)(error.len < 40 ? error.len : 40),
                        error.len > 0 ? error.at : ""))
        return;
    result_operation(res, h, write);
    result_operation(res, h, read);
    result_paragraph(res,
                     "The server promised that the write never takes effect, and the client may "
                     "have acted on that promise. Later a read returned the value it carried.");
}

/* Elements of an append key's value: pieces that begin with a comma. */
static void seen_list(const struct table *t, const struct check_input *in,
                      const struct history_op *read, struct check_result *res)
{
    struct trace_text list = texts_get(&in->history->texts, read->result);
    for (size_t at = 0; at < list.len;) {
        const char *next = memchr(list.at + at + 1, ',', list.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - list.at) : list.len;
        uint32_t piece = texts_find(&in->history->texts, list.at + at, end - at);
        seen_value(t, in, read, piece, res);
        at = end;
    }
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct table t = {0};
    (void)state;
    res->seen = fill(&t, in->history);
    for (size_t i = 0; i < in->history->count && res->seen > 0; i++) {
        const struct history_op *op = &in->history->ops[i];
        bool tells = op->kind == HISTORY_READ || op->kind == HISTORY_CAS;
        if (op->outcome != HISTORY_OK || !tells || op->result == 0)
            continue;
        seen_value(&t, in, op, op->result, res);
        if (texts_get(&in->history->texts, op->result).at[0] == ',')
            seen_list(&t, in, op, res);
    }
    free(t.slots);
    result_settle(res, "refused writes");
}

const struct checker check_failed_never_applied = {
    .name = "failedNeverApplied",
    .property = "A write answered with a promise that it never takes effect is never seen.",
    .source = "Adya 1999 (G1a, aborted read); thesis 6.3",
    .class = CHECKER_SAFETY,
    .state_size = 1,
    .finish = finish,
};
