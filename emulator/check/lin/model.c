/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/model.h"

#include "base/mem.h"
#include "base/prng.h"
#include "base/sort.h"
#include "base/span.h"
#include "emulator/check/lin/lin.h"

#include <string.h>

void lin_model_init(struct lin_model *m, const struct history *h, enum lin_shape shape)
{
    *m = (struct lin_model){.h = h, .shape = shape};
    buf_init(&m->bytes, 0);
}

void lin_model_free(struct lin_model *m)
{
    texts_free(&m->states);
    mem_free(m->edges);
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

static int by_bytes(const void *a, const void *b)
{
    const struct trace_text *x = a;
    const struct trace_text *y = b;
    int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Elements, each with its comma, in the order of their bytes: sets that are equal get one state. */
static uint32_t sorted_set(struct lin_model *m, struct trace_text text)
{
    size_t count = 0;
    struct trace_text *elements = mem_array(text.len, sizeof(*elements));
    for (size_t at = 0; at < text.len;) {
        const char *next = memchr(text.at + at + 1, ',', text.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - text.at) : text.len;
        elements[count++] = (struct trace_text){text.at + at, end - at};
        at = end;
    }
    sort_array(elements, count, sizeof(*elements), by_bytes);
    buf_reset(&m->bytes);
    for (size_t i = 0; i < count; i++)
        buf_put(&m->bytes, elements[i].at, elements[i].len);
    mem_free(elements);
    return state_of(m, (struct trace_text){buf_str(&m->bytes), m->bytes.len});
}

/* whole: it is all a key holds, not an element. */
static uint32_t imported(struct lin_model *m, uint32_t text, bool whole)
{
    struct trace_text t = texts_get(&m->h->texts, text);
    if (m->shape == LIN_SETS && whole && t.at != NULL)
        return t.len == 0 ? 0 : sorted_set(m, t);
    if (m->shape == LIN_COUNTS && whole && trace_text_is(t, "0"))
        return 0;
    return state_of(m, t);
}

uint32_t lin_model_state(struct lin_model *m, uint32_t text)
{
    return imported(m, text, true);
}

struct lin_step lin_model_step(struct lin_model *m, const struct history_op *op)
{
    bool whole = op->kind == HISTORY_READ || op->kind == HISTORY_WRITE || op->kind == HISTORY_CAS;
    bool tells_whole = whole || op->kind == HISTORY_INCR;
    return (struct lin_step){.kind = op->kind,
                             .done = op->done,
                             .silent = op->silent,
                             .known = op->outcome == HISTORY_OK,
                             .observes = history_observes(op),
                             .value = imported(m, op->value, whole),
                             .expect = imported(m, op->expect, whole),
                             .result = imported(m, op->result, tells_whole)};
}

static struct lin_edge *edge_at(const struct lin_model *m, uint8_t verb, uint32_t state,
                                uint32_t argument)
{
    uint64_t hash = prng_mix(((uint64_t)state << 32 | argument) + verb);
    size_t at = (size_t)hash & (m->edges_cap - 1);
    for (; m->edges[at].verb != 0; at = (at + 1) & (m->edges_cap - 1)) {
        const struct lin_edge *e = &m->edges[at];
        if (e->verb == verb && e->state == state && e->argument == argument)
            break;
    }
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
        if (old[i].verb != 0)
            *edge_at(m, old[i].verb, old[i].state, old[i].argument) = old[i];
    }
    mem_free(old);
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

/* A number as INCR accepts it. */
static bool number_of(struct trace_text text, int64_t *ret)
{
    return span_to_i64(span_of(text.at, text.len), ret);
}

/* LIN_STUCK beyond what 64 bits hold: that is refused. */
static uint32_t incremented(struct lin_model *m, uint32_t state, uint32_t by)
{
    int64_t v = 0;
    int64_t delta = 1;
    int64_t sum = 0;
    if ((state != 0 && !number_of(texts_get(&m->states, state), &v)) ||
        (by != 0 && !number_of(texts_get(&m->states, by), &delta)) ||
        __builtin_add_overflow(v, delta, &sum))
        return LIN_STUCK;
    if (m->shape == LIN_COUNTS && sum == 0)
        return 0;
    buf_reset(&m->bytes);
    buf_putf(&m->bytes, "%lld", (long long)sum);
    return state_of(m, (struct trace_text){buf_str(&m->bytes), m->bytes.len});
}

/* Where the element stands in the set, or where it belongs; true if it is there. */
static bool find_element(struct trace_text set, struct trace_text element, size_t *ret_at,
                         size_t *ret_end)
{
    for (*ret_at = 0; *ret_at < set.len; *ret_at = *ret_end) {
        const char *next = memchr(set.at + *ret_at + 1, ',', set.len - *ret_at - 1);
        *ret_end = next != NULL ? (size_t)(next - set.at) : set.len;
        struct trace_text here = {set.at + *ret_at + 1, *ret_end - *ret_at - 1};
        int order = by_bytes(&here, &element);
        if (order >= 0)
            return order == 0;
    }
    *ret_end = set.len;
    return false;
}

/* The set with the bytes from `from` to `to` replaced by the element, or by nothing. */
static uint32_t changed_set(struct lin_model *m, struct trace_text set, size_t from, size_t to,
                            struct trace_text element)
{
    buf_reset(&m->bytes);
    buf_put(&m->bytes, set.at == NULL ? "" : set.at, from);
    if (element.at != NULL) {
        buf_putc(&m->bytes, ',');
        buf_put(&m->bytes, element.at, element.len);
    }
    if (to < set.len)
        buf_put(&m->bytes, set.at + to, set.len - to);
    if (m->bytes.overflow)
        return LIN_STUCK;
    return m->bytes.len == 0 ? 0
                             : state_of(m, (struct trace_text){buf_str(&m->bytes), m->bytes.len});
}

/* contains: the same state when the element is there, else LIN_STUCK. */
static uint32_t set_verb(struct lin_model *m, enum history_kind kind, uint32_t state,
                         uint32_t value)
{
    struct trace_text set = texts_get(&m->states, state);
    struct trace_text element = texts_get(&m->states, value);
    size_t at = 0;
    size_t end = 0;
    bool there = find_element(set, element, &at, &end);
    if (kind == HISTORY_CONTAINS)
        return there ? state : LIN_STUCK;
    if (there == (kind == HISTORY_ADD))
        return state;
    if (there)
        return changed_set(m, set, at, end, (struct trace_text){0});
    return changed_set(m, set, at, at, element);
}

static uint32_t enqueued(struct lin_model *m, struct trace_text queue, struct trace_text element)
{
    return changed_set(m, queue, queue.len, queue.len, element);
}

/* LIN_STUCK: it is empty. */
static uint32_t dequeued(struct lin_model *m, uint32_t state)
{
    struct trace_text queue = texts_get(&m->states, state);
    if (queue.len == 0)
        return LIN_STUCK;
    const char *next = memchr(queue.at + 1, ',', queue.len - 1);
    size_t at = next != NULL ? (size_t)(next - queue.at) : queue.len;
    return at == queue.len ? 0 : state_of(m, (struct trace_text){queue.at + at, queue.len - at});
}

static uint32_t compute(struct lin_model *m, enum history_kind kind, uint32_t state,
                        uint32_t argument)
{
    switch (kind) {
    case HISTORY_APPEND: return appended(m, state, argument);
    case HISTORY_INCR: return incremented(m, state, argument);
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: return set_verb(m, kind, state, argument);
    case HISTORY_ENQUEUE:
        return enqueued(m, texts_get(&m->states, state), texts_get(&m->states, argument));
    case HISTORY_DEQUEUE: return dequeued(m, state);
    case HISTORY_READ:
    case HISTORY_WRITE:
    case HISTORY_CAS:
    case HISTORY_DELETE: break;
    }
    UNREACHABLE();
}

/* The state after the operation, remembered. */
static uint32_t computed(struct lin_model *m, enum history_kind kind, uint32_t state,
                         uint32_t argument)
{
    uint8_t verb = (uint8_t)(kind + 1);
    if (m->edges_cap < 2 * (m->edges_count + 1))
        edges_grow(m);
    struct lin_edge *edge = edge_at(m, verb, state, argument);
    if (edge->verb == 0) {
        uint32_t to = compute(m, kind, state, argument);
        *edge = (struct lin_edge){state, argument, to, verb};
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
    return (s->silent || state == s->result) && state != s->expect ? state : LIN_STUCK;
}

static uint32_t apply_set(struct lin_model *m, const struct lin_step *s, uint32_t state)
{
    uint32_t next = computed(m, (enum history_kind)s->kind, state, s->value);
    if (s->kind == HISTORY_CONTAINS)
        return (next == state) == s->done ? state : LIN_STUCK;
    return s->known && !s->silent && (next != state) != s->done ? LIN_STUCK : next;
}

static uint32_t apply_dequeue(struct lin_model *m, const struct lin_step *s, uint32_t state)
{
    if (s->known && s->result == 0)
        return state == 0 ? state : LIN_STUCK;
    if (s->known && state != 0) {
        struct trace_text queue = texts_get(&m->states, state);
        struct trace_text taken = texts_get(&m->states, s->result);
        if (queue.len < taken.len + 1 || memcmp(queue.at + 1, taken.at, taken.len) != 0 ||
            (queue.len > taken.len + 1 && queue.at[taken.len + 1] != ','))
            return LIN_STUCK;
    }
    return computed(m, HISTORY_DEQUEUE, state, 0);
}

uint32_t lin_model_apply(struct lin_model *m, const struct lin_step *s, uint32_t state)
{
    uint32_t next;
    switch ((enum history_kind)s->kind) {
    case HISTORY_READ: return state == s->result ? state : LIN_STUCK;
    case HISTORY_WRITE: return s->value;
    case HISTORY_CAS: return apply_cas(s, state);
    case HISTORY_DELETE: return s->known && !s->silent && (state != 0) != s->done ? LIN_STUCK : 0;
    case HISTORY_APPEND:
        next = computed(m, HISTORY_APPEND, state, s->value);
        return next != LIN_STUCK && s->known && !length_fits(m, next, s->result) ? LIN_STUCK : next;
    case HISTORY_INCR:
        next = computed(m, HISTORY_INCR, state, s->value);
        return next != LIN_STUCK && s->known && s->result != 0 && next != s->result ? LIN_STUCK
                                                                                    : next;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: return apply_set(m, s, state);
    case HISTORY_ENQUEUE: return computed(m, HISTORY_ENQUEUE, state, s->value);
    case HISTORY_DEQUEUE: return apply_dequeue(m, s, state);
    }
    UNREACHABLE();
}
