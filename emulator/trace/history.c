/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/history.h"

#include "base/mem.h"
#include "base/prng.h"

#include <string.h>

static const char *const kinds[] = {
    [HISTORY_READ] = "read",       [HISTORY_WRITE] = "write",     [HISTORY_APPEND] = "append",
    [HISTORY_CAS] = "cas",         [HISTORY_DELETE] = "delete",   [HISTORY_INCR] = "incr",
    [HISTORY_ADD] = "add",         [HISTORY_REMOVE] = "remove",   [HISTORY_CONTAINS] = "contains",
    [HISTORY_ENQUEUE] = "enqueue", [HISTORY_DEQUEUE] = "dequeue",
};
static const char *const outcomes[] = {"unknown", "ok", "fail"};

const char *history_kind_name(enum history_kind kind)
{
    ASSERT((size_t)kind < ARRAY_LEN(kinds));
    return kinds[kind];
}

const char *history_outcome_name(enum history_outcome outcome)
{
    ASSERT((size_t)outcome < ARRAY_LEN(outcomes));
    return outcomes[outcome];
}

bool history_only_looks(enum history_kind kind)
{
    return kind == HISTORY_READ || kind == HISTORY_CONTAINS;
}

bool history_has_done(enum history_kind kind)
{
    return kind == HISTORY_CAS || kind == HISTORY_DELETE || kind == HISTORY_ADD ||
           kind == HISTORY_REMOVE || kind == HISTORY_CONTAINS;
}

bool history_observes(const struct history_op *op)
{
    switch ((enum history_kind)op->kind) {
    case HISTORY_READ:
    case HISTORY_CONTAINS: return true;
    case HISTORY_CAS: return op->outcome == HISTORY_OK && !op->done;
    case HISTORY_DELETE:
    case HISTORY_ADD:
    case HISTORY_REMOVE: return op->outcome == HISTORY_OK && !op->done && !op->silent;
    case HISTORY_DEQUEUE: return op->outcome == HISTORY_OK && op->result == 0;
    case HISTORY_WRITE:
    case HISTORY_APPEND:
    case HISTORY_INCR:
    case HISTORY_ENQUEUE: break;
    }
    return false;
}

uint32_t history_value(const struct history_op *op)
{
    return history_observes(op) ? op->result : op->value;
}

void history_close(struct history *h)
{
    mem_free(h->ops);
    mem_free(h->by_id);
    texts_free(&h->texts);
    *h = (struct history){0};
}

/* Eight that count up stay neighbours; more would make runs, since those between are forgotten. */
static size_t home_of(const struct history *h, uint64_t id)
{
    return (size_t)(prng_mix(id >> 3) << 3 | (id & 7)) & (h->by_id_cap - 1);
}

static size_t id_slot(const struct history *h, uint64_t id)
{
    size_t at = home_of(h, id);
    while (h->by_id[at] != 0 && h->ops[h->by_id[at] - 1].id != id)
        at = (at + 1) & (h->by_id_cap - 1);
    return at;
}

int64_t history_find(const struct history *h, uint64_t id)
{
    if (h->run < h->count && id - h->ops[h->run].id < h->count - h->run)
        return (int64_t)(h->run + (id - h->ops[h->run].id));
    return h->by_id_cap == 0 ? -1 : (int64_t)h->by_id[id_slot(h, id)] - 1;
}

/* So many lookups ahead the slot is fetched, and half as many the operation it leads to: in a large
 * history neither is in a cache. */
#define FETCH_AHEAD 16u

static void fetch(const struct history *h, const uint64_t *ids, size_t at, size_t count)
{
    size_t far = at + FETCH_AHEAD, near = at + FETCH_AHEAD / 2;
    if (far < count)
        __builtin_prefetch(&h->by_id[home_of(h, ids[far])]);
    if (near >= count)
        return;
    uint32_t pos = h->by_id[home_of(h, ids[near])];
    if (pos != 0)
        __builtin_prefetch(&h->ops[pos - 1]);
}

void history_find_all(const struct history *h, const uint64_t *ids, size_t count, uint32_t *ret_pos)
{
    for (size_t i = 0; i < count; i++) {
        size_t next = i == 0 ? 0 : ret_pos[i - 1] + (size_t)1; /* when nothing else is kept */
        bool there = next < h->count && h->ops[next].id == ids[i];
        if (!there && h->by_id_cap > 0)
            fetch(h, ids, i, count);
        ret_pos[i] = (uint32_t)(there ? (int64_t)next : history_find(h, ids[i]));
        ASSERT(ret_pos[i] < h->count);
    }
}

const struct history_op *history_get(const struct history *h, uint64_t id)
{
    int64_t at = history_find(h, id);
    ASSERT(at >= 0);
    return &h->ops[at];
}

/* Puts the operations from `from` to `to` into the table. */
static void index_ids(struct history *h, size_t from, size_t to)
{
    if (h->by_id_cap < 2 * to) {
        mem_free(h->by_id);
        for (h->by_id_cap = 256; h->by_id_cap < 4 * to; h->by_id_cap *= 2) {
        }
        h->by_id = mem_array(h->by_id_cap, sizeof(*h->by_id));
        from = 0;
    }
    for (size_t i = from; i < to; i++)
        h->by_id[id_slot(h, h->ops[i].id)] = (uint32_t)i + 1;
}

/* An operation with that id comes next. As long as ids count up, none need be looked for. */
static void extend_run(struct history *h, uint64_t id)
{
    if (h->count == h->run || h->ops[h->count - 1].id + 1 == id)
        return;
    index_ids(h, h->run, h->count);
    h->run = h->count;
}

/* After operations were forgotten. */
static void index_again(struct history *h)
{
    mem_free(h->by_id);
    h->by_id = NULL;
    h->by_id_cap = 0;
    h->run = h->count;
    index_ids(h, 0, h->count);
}

static int name_of(const char *const *names, size_t count, struct trace_text text)
{
    for (size_t i = 0; i < count; i++) {
        if (trace_text_is(text, names[i]))
            return (int)i;
    }
    return -1;
}

static bool is_weak(struct trace_text mode)
{
    return trace_text_is(mode, "local") || trace_text_is(mode, "stale");
}

/* A whole number of 64 bits with a sign: what a counter counts in. */
static bool is_number(struct trace_text text)
{
    bool minus = text.len > 0 && text.at[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + minus;
    uint64_t v = 0;
    for (size_t i = minus; i < text.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text.at[i] - '0';
        if (digit > 9 || v > (most - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    return text.len > minus;
}

static const char *value_fault(struct trace_text value, enum history_kind kind)
{
    switch (kind) {
    case HISTORY_READ:
    case HISTORY_DELETE:
    case HISTORY_DEQUEUE: return value.at != NULL ? "a read, delete or dequeue has no value" : NULL;
    case HISTORY_INCR:
        return value.at != NULL && !is_number(value) ? "what incr adds must be a number of 64 bits"
                                                     : NULL;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS:
    case HISTORY_ENQUEUE:
        if (value.at != NULL && memchr(value.at, ',', value.len) != NULL)
            return "an element has no comma";
        break;
    case HISTORY_WRITE:
    case HISTORY_APPEND:
    case HISTORY_CAS: break;
    }
    return value.at == NULL ? "value is missing" : NULL;
}

/* Says what is wrong with an invocation; NULL if nothing. */
static const char *invoke_fault(const struct trace_record *rec, int kind)
{
    if (!trace_has(rec, TRACE_HAS_op) || rec->client.at == NULL || rec->key.at == NULL)
        return "op, client or key is missing";
    if (rec->t >= INT64_MAX)
        return "time beyond 63 bits";
    if (kind < 0)
        return "kind must be read, write, append, cas, delete, incr, add, remove, contains, "
               "enqueue or dequeue";
    if (rec->expect.at != NULL && kind != HISTORY_CAS)
        return "only cas has expect";
    return value_fault(rec->value, (enum history_kind)kind);
}

static int add_invoke(struct history *h, const struct trace_record *rec, struct err *e)
{
    int kind = name_of(kinds, ARRAY_LEN(kinds), rec->kind);
    const char *fault = invoke_fault(rec, kind);
    unsigned long long line = rec->line;
    texts_fetch(&h->texts, rec->value.at, rec->value.len);
    if (fault != NULL)
        return err_set(e, -E_CORRUPT, "line %llu: clientInvoke: %s", line, fault);
    if (rec->t < h->last_call_ns)
        return err_set(e, -E_CORRUPT, "line %llu: clientInvoke: time runs backwards", line);
    bool newest = h->count == 0 || rec->op > h->highest;
    if (!newest && history_find(h, rec->op) >= 0)
        return err_set(e, -E_EXISTS, "line %llu: clientInvoke: op %llu was used before", line,
                       (unsigned long long)rec->op);
    if (h->count >= INT32_MAX)
        return err_set(e, -E_LIMIT, "line %llu: too many operations", line);
    extend_run(h, rec->op);
    if (h->count == h->cap) {
        h->cap = h->cap == 0 ? 256 : h->cap * 2;
        h->ops = mem_grow(h->ops, h->cap, sizeof(*h->ops));
    }
    struct history_op op = {.id = rec->op, .call_ns = rec->t, .ret_ns = HISTORY_NEVER, .node = -1};
    op.client = texts_add(&h->texts, rec->client.at, rec->client.len);
    op.key = texts_add(&h->texts, rec->key.at, rec->key.len);
    op.value = texts_add(&h->texts, rec->value.at, rec->value.len);
    op.expect = texts_add(&h->texts, rec->expect.at, rec->expect.len);
    op.kind = (uint8_t)kind;
    op.weak = history_only_looks((enum history_kind)kind) && is_weak(rec->mode);
    op.name = rec->write;
    op.line = (uint32_t)rec->line;
    h->ops[h->count++] = op;
    h->highest = newest ? rec->op : h->highest;
    h->last_call_ns = rec->t;
    return 0;
}

static bool has_result(enum history_kind kind)
{
    return kind == HISTORY_READ || kind == HISTORY_CAS || kind == HISTORY_APPEND ||
           kind == HISTORY_INCR || kind == HISTORY_DEQUEUE;
}

/* What an acknowledgement must tell, and cannot. */
static const char *ok_fault(enum history_kind kind, const struct trace_record *rec)
{
    bool tells = trace_has(rec, TRACE_HAS_result);
    if (kind == HISTORY_CAS && !trace_has(rec, TRACE_HAS_done))
        return "an ok cas must say whether it swapped (done)";
    if (kind == HISTORY_CONTAINS && !trace_has(rec, TRACE_HAS_done))
        return "an ok contains must say whether the element is there (done)";
    if (kind == HISTORY_READ && !tells)
        return "an ok read must say what it saw (result; null for nothing)";
    if (kind == HISTORY_DEQUEUE && !tells)
        return "an ok dequeue must say what it took (result; null when the queue was empty)";
    if (kind == HISTORY_INCR && tells && !is_number(rec->result))
        return "an ok incr must return a number of 64 bits";
    if (kind == HISTORY_APPEND && rec->result.at != NULL && !is_number(rec->result))
        return "an append returns the new length";
    if (trace_has(rec, TRACE_HAS_done) && !history_has_done(kind))
        return "only cas, delete, add, remove and contains have done";
    if (rec->result.at != NULL && !has_result(kind))
        return "only read, cas, append, incr and dequeue have a result";
    return NULL;
}

static const char *return_fault(const struct history *h, const struct history_op *op,
                                const struct trace_record *rec, int outcome)
{
    struct trace_text asked = texts_get(&h->texts, op->client);
    if (outcome < 0)
        return "outcome must be ok, fail or unknown";
    if (op->answered)
        return "a second answer to one operation";
    if (rec->t >= INT64_MAX)
        return "time beyond 63 bits";
    if (rec->client.at != NULL &&
        (rec->client.len != asked.len || memcmp(rec->client.at, asked.at, asked.len) != 0))
        return "another client called it";
    if (rec->t < op->call_ns)
        return "answered before it was asked";
    return outcome == HISTORY_OK ? ok_fault((enum history_kind)op->kind, rec) : NULL;
}

/* Does the answer leave out what there was to tell? */
static bool is_silent(const struct history_op *op, const struct trace_record *rec)
{
    if (op->kind == HISTORY_CAS)
        return !rec->done && !trace_has(rec, TRACE_HAS_result);
    return (op->kind == HISTORY_DELETE || op->kind == HISTORY_ADD || op->kind == HISTORY_REMOVE) &&
           !trace_has(rec, TRACE_HAS_done);
}

static int add_return(struct history *h, const struct trace_record *rec, struct err *e)
{
    unsigned long long line = rec->line;
    texts_fetch(&h->texts, rec->result.at, rec->result.len);
    if (!trace_has(rec, TRACE_HAS_op))
        return err_set(e, -E_CORRUPT, "line %llu: clientReturn: op is missing", line);
    int64_t at = history_find(h, rec->op);
    if (at < 0)
        return err_set(e, -E_CORRUPT, "line %llu: clientReturn: op %llu was never invoked", line,
                       (unsigned long long)rec->op);
    struct history_op *op = &h->ops[at];
    int outcome = name_of(outcomes, ARRAY_LEN(outcomes), rec->outcome);
    const char *fault = return_fault(h, op, rec, outcome);
    if (fault != NULL)
        return err_set(e, -E_CORRUPT, "line %llu: clientReturn: op %llu: %s", line,
                       (unsigned long long)rec->op, fault);
    op->answered = true;
    h->idle += op->holds == 0;
    op->outcome = (uint8_t)outcome;
    op->ret_ns = outcome == HISTORY_UNKNOWN ? HISTORY_NEVER : rec->t;
    op->index = rec->index;
    op->result = texts_add(&h->texts, rec->result.at, rec->result.len);
    op->error = texts_add(&h->texts, rec->error.at, rec->error.len);
    op->done = rec->done;
    op->silent = is_silent(op, rec);
    op->node = (int8_t)rec->node;
    return 0;
}

int history_add(struct history *h, const struct trace_record *rec, struct err *e)
{
    ASSERT(rec->ev == TRACE_clientInvoke || rec->ev == TRACE_clientReturn);
    return rec->ev == TRACE_clientInvoke ? add_invoke(h, rec, e) : add_return(h, rec, e);
}

static struct history_op *kept(struct history *h, uint64_t id)
{
    return &h->ops[history_get(h, id) - h->ops];
}

void history_served(struct history *h, uint64_t id, uint8_t role, uint64_t term)
{
    struct history_op *op = kept(h, id);
    ASSERT(op->answered && op->node >= 0);
    op->role = role;
    op->term = term;
}

uint64_t history_open_since(struct history *h)
{
    while (h->first_open < h->count && h->ops[h->first_open].answered)
        h->first_open++;
    return h->first_open < h->count ? h->ops[h->first_open].call_ns : UINT64_MAX;
}

void history_happened(struct history *h, uint64_t id, uint64_t index, uint64_t t_ns)
{
    struct history_op *op = kept(h, id);
    ASSERT(op->answered && op->outcome == HISTORY_UNKNOWN && t_ns >= op->call_ns);
    bool told = op->kind == HISTORY_WRITE || op->kind == HISTORY_APPEND ||
                op->kind == HISTORY_DELETE || op->kind == HISTORY_INCR ||
                op->kind == HISTORY_ENQUEUE;
    if (told)
        op->outcome = HISTORY_OK;
    else if (op->kind != HISTORY_CAS)
        return;
    op->silent = op->silent || op->kind == HISTORY_DELETE;
    op->proved = true;
    op->index = index;
    op->ret_ns = t_ns;
}

void history_never(struct history *h, uint64_t id, uint64_t t_ns)
{
    struct history_op *op = kept(h, id);
    ASSERT(op->answered && op->outcome == HISTORY_UNKNOWN && t_ns >= op->call_ns);
    op->proved = true;
    op->outcome = HISTORY_FAIL;
    op->ret_ns = t_ns;
}

/* ---- forgetting ---- */

#define IDLE_MIN 1024 /* below that many, tidying is not worth it */

void history_hold(struct history *h, uint64_t id)
{
    struct history_op *op = kept(h, id);
    ASSERT(op->holds < UINT8_MAX);
    h->idle -= op->answered && op->holds == 0;
    op->holds++;
}

void history_release(struct history *h, uint64_t id)
{
    struct history_op *op = kept(h, id);
    ASSERT(op->holds > 0);
    op->holds--;
    h->idle += op->answered && op->holds == 0;
}

static void move_texts(struct history *h)
{
    struct texts texts = {0};
    uint32_t *moved = mem_array(h->texts.count + 1, sizeof(*moved)); /* new numbers, by the old */
    size_t soon =
        4 * (h->count + IDLE_MIN); /* there will be about as many again, if not far fewer */
    texts_reserve(&texts, soon < h->texts.count ? (uint32_t)soon : h->texts.count);
    for (size_t i = 0; i < h->count; i++) {
        struct history_op *op = &h->ops[i];
        uint32_t *const numbers[] = {&op->client, &op->key,    &op->value,
                                     &op->expect, &op->result, &op->error};
        for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
            uint32_t *to = &moved[*numbers[k]];
            if (*numbers[k] != 0 && *to == 0) {
                struct trace_text text = texts_get(&h->texts, *numbers[k]);
                *to = texts_add(&texts, text.at, text.len);
            }
            *numbers[k] = *to;
        }
    }
    mem_free(moved);
    texts_free(&h->texts);
    h->texts = texts;
}

void history_tidy(struct history *h)
{
    size_t kept = 0;
    if (h->idle < IDLE_MIN || h->idle < h->count - h->idle)
        return;
    for (size_t i = 0; i < h->count; i++) {
        if (!h->ops[i].answered || h->ops[i].holds > 0)
            h->ops[kept++] = h->ops[i];
    }
    ASSERT(kept == h->count - h->idle);
    h->count = kept;
    h->idle = h->first_open = 0;
    if (h->cap / 4 > kept + IDLE_MIN) { /* else it would soon be as large again */
        h->cap = 2 * (kept + IDLE_MIN);
        h->ops = mem_grow(h->ops, h->cap, sizeof(*h->ops));
    }
    move_texts(h);
    index_again(h);
}
