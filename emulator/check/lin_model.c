/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin_model.h"

#include "base/mem.h"
#include "base/prng.h"

#include <stdlib.h>
#include <string.h>

void lin_model_init(struct lin_model *m, const struct history *h)
{
    *m = (struct lin_model){.h = h};
    buf_init(&m->bytes, 0);
}

void lin_model_free(struct lin_model *m)
{
    texts_free(&m->states);
    free(m->edges);
    buf_free(&m->bytes);
}

static uint32_t state_of(struct lin_model *m, struct trace_text text)
{
    uint32_t before = m->states.count;
    uint32_t state = texts_add(&m->states, text.at, text.len);
    if (m->states.count != before)
        m->used_bytes += text.len + 32;
    return state;
}

static uint32_t imported(struct lin_model *m, uint32_t text)
{
    return state_of(m, texts_get(&m->h->texts, text));
}

uint32_t lin_model_state(struct lin_model *m, uint32_t text)
{
    return imported(m, text);
}

struct lin_step lin_model_step(struct lin_model *m, const struct history_op *op)
{
    return (struct lin_step){.kind = op->kind,
                             .done = op->done,
                             .known = op->outcome == HISTORY_OK,
                             .value = imported(m, op->value),
                             .expect = imported(m, op->expect),
                             .result = imported(m, op->result)};
}

static struct lin_edge *edge_at(const struct lin_model *m, uint64_t from)
{
    size_t at = (size_t)prng_mix(from) & (m->edges_cap - 1);
    while (m->edges[at].from != 0 && m->edges[at].from != from)
        at = (at + 1) & (m->edges_cap - 1);
    return &m->edges[at];
}

static void edges_grow(struct lin_model *m)
{
    struct lin_edge *old = m->edges;
    size_t old_cap = m->edges_cap;
    m->edges_cap = old_cap == 0 ? 32 : old_cap * 2;
    m->edges = mem_array(m->edges_cap, sizeof(*m->edges));
    m->used_bytes += (m->edges_cap - old_cap) * sizeof(*m->edges);
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].from != 0)
            *edge_at(m, old[i].from) = old[i];
    }
    free(old);
}

static uint32_t appended(struct lin_model *m, uint32_t state, uint32_t value)
{
    struct trace_text a = texts_get(&m->states, state);
    struct trace_text b = texts_get(&m->states, value);
    buf_reset(&m->bytes);
    buf_put(&m->bytes, a.at == NULL ? "" : a.at, a.len);
    buf_put(&m->bytes, b.at, b.len);
    if (m->bytes.overflow)
        return LIN_STUCK;
    return state_of(m, (struct trace_text){buf_str(&m->bytes), m->bytes.len});
}

/* A decimal number of at most 18 digits, as INCR accepts it. */
static bool number_of(struct trace_text text, int64_t *ret)
{
    int64_t v = 0;
    size_t sign = text.len > 0 && text.at[0] == '-';
    if (text.len == sign || text.len - sign > 18)
        return false;
    for (size_t i = sign; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        v = v * 10 + (text.at[i] - '0');
    }
    *ret = sign ? -v : v;
    return true;
}

static uint32_t incremented(struct lin_model *m, uint32_t state)
{
    int64_t v = 0;
    if (state != 0 && !number_of(texts_get(&m->states, state), &v))
        return LIN_STUCK;
    buf_reset(&m->bytes);
    buf_putf(&m->bytes, "%lld", (long long)(v + 1));
    return state_of(m, (struct trace_text){buf_str(&m->bytes), m->bytes.len});
}

/* append (argument: the bytes) and incr (argument 0), remembered. */
static uint32_t computed(struct lin_model *m, uint32_t state, uint32_t argument)
{
    uint64_t from = ((uint64_t)state + 1) << 32 | argument;
    if (m->edges_cap < 2 * (m->edges_count + 1))
        edges_grow(m);
    struct lin_edge *edge = edge_at(m, from);
    if (edge->from == 0) {
        uint32_t to = argument != 0 ? appended(m, state, argument) : incremented(m, state);
        *edge = (struct lin_edge){from, to};
        m->edges_count++;
    }
    return edge->to;
}

static bool length_fits(const struct lin_model *m, uint32_t state, uint32_t result)
{
    int64_t told = 0;
    struct trace_text text = texts_get(&m->states, result);
    return text.at == NULL || (number_of(text, &told) && told >= 0 &&
                               (uint64_t)told == texts_get(&m->states, state).len);
}

static uint32_t apply_cas(const struct lin_step *s, uint32_t state)
{
    if (!s->known || s->done)
        return state == s->expect ? s->value : LIN_STUCK;
    return state == s->result && state != s->expect ? state : LIN_STUCK;
}

uint32_t lin_model_apply(struct lin_model *m, const struct lin_step *s, uint32_t state)
{
    uint32_t next;
    switch ((enum history_kind)s->kind) {
    case HISTORY_READ: return state == s->result ? state : LIN_STUCK;
    case HISTORY_WRITE: return s->value;
    case HISTORY_CAS: return apply_cas(s, state);
    case HISTORY_APPEND:
        next = computed(m, state, s->value);
        return next != LIN_STUCK && s->known && !length_fits(m, next, s->result) ? LIN_STUCK : next;
    case HISTORY_INCR:
        next = computed(m, state, 0);
        return next != LIN_STUCK && s->known && next != s->result ? LIN_STUCK : next;
    }
    UNREACHABLE();
}
