/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write that was refused never takes effect: no entry with its name is committed (fates.h), and
 * its value is never seen.
 *
 * The latter is told at once, from the operations the history still keeps: those of a key since the
 * last moment at which it was known what the key held (lin/cut.h). A refused write from before such
 * a moment had not happened by then, or what it wrote was gone: when it is seen later, the read
 * shows a value that nobody wrote since, and linearizability is broken by that alone. */
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/check/fates.h"
#include "emulator/check/lin/lin.h"
#include "emulator/check/registry.h"

#include <stdlib.h>
#include <string.h>

/* A refused write. It counts as long as the history has it. */
struct slot {
    uint64_t hash; /* of key and value; 0 = free */
    uint64_t id;
};

struct state {
    struct slot *slots; /* owned; open addressing, equal hashes one after the other */
    size_t cap;         /* a power of two, or 0 */
    size_t count;
    bool committed; /* a refused write was, and that is told */
};

static bool writes_value(const struct history_op *op)
{
    return op->value != 0 && !history_only_looks(op->kind);
}

/* Is what was written what is read later? What an increment adds is not. */
static bool is_read_back(const struct history_op *op)
{
    return op->kind == HISTORY_WRITE || op->kind == HISTORY_CAS || op->kind == HISTORY_APPEND;
}

static uint64_t hash_of(const struct history *h, uint32_t key, uint32_t value)
{
    const struct texts_entry *of = h->texts.entries;
    return prng_mix((uint64_t)of[key].hash << 32 | of[value].hash) | 1;
}

static void put(struct state *s, struct slot slot)
{
    size_t at = (size_t)(slot.hash >> 1) & (s->cap - 1);
    while (s->slots[at].hash != 0)
        at = (at + 1) & (s->cap - 1);
    s->slots[at] = slot;
    s->count++;
}

/* Room for one more; what the history has forgotten is forgotten here. */
static void make_room(struct state *s, const struct history *h)
{
    struct state old = *s;
    if (2 * (s->count + 1) <= s->cap)
        return;
    size_t live = 0;
    for (size_t i = 0; i < old.cap; i++)
        live += old.slots[i].hash != 0 && history_find(h, old.slots[i].id) >= 0;
    for (s->cap = 16; s->cap < 4 * (live + 1); s->cap *= 2) {
    }
    s->slots = mem_array(s->cap, sizeof(*s->slots));
    s->count = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].hash != 0 && history_find(h, old.slots[i].id) >= 0)
            put(s, old.slots[i]);
    }
    mem_free(old.slots);
}

/* The refused write of that value, or NULL. */
static const struct history_op *find(const struct state *s, const struct history *h, uint32_t key,
                                     uint32_t value)
{
    if (s->cap == 0 || value == 0)
        return NULL;
    uint64_t hash = hash_of(h, key, value);
    for (size_t at = (size_t)(hash >> 1) & (s->cap - 1); s->slots[at].hash != 0;
         at = (at + 1) & (s->cap - 1)) {
        int64_t pos = s->slots[at].hash == hash ? history_find(h, s->slots[at].id) : -1;
        if (pos >= 0 && h->ops[pos].key == key && h->ops[pos].value == value)
            return &h->ops[pos];
    }
    return NULL;
}

/* Does the answer show the value, by itself or as an element of a list? */
static bool shows(const struct history *h, const struct history_op *op, uint32_t value)
{
    if (op->outcome != HISTORY_OK || (op->kind != HISTORY_READ && op->kind != HISTORY_CAS))
        return false;
    if (op->result == value)
        return true;
    struct trace_text list = texts_get(&h->texts, op->result);
    struct trace_text piece = texts_get(&h->texts, value);
    return list.len > 0 && list.at[0] == ',' && piece.len > 0 && piece.at[0] == ',' &&
           lin_list_holds(list, piece);
}

/* May another operation have made what was read, from what it found or by itself? */
static bool may_make(const struct history *h, const struct history_op *op,
                     const struct history_op *write)
{
    if (op->outcome == HISTORY_FAIL || history_only_looks(op->kind))
        return false;
    struct trace_text other = texts_get(&h->texts, op->value);
    struct trace_text piece = texts_get(&h->texts, write->value);
    if (op->kind == HISTORY_INCR || (writes_value(op) && op->value == write->value))
        return true;
    if (write->kind != HISTORY_APPEND) /* a whole value may have grown to it */
        return op->kind == HISTORY_APPEND;
    if (op->kind == HISTORY_APPEND)
        return !lin_is_element(other) || !lin_is_element(piece);
    return is_read_back(op) && memmem(other.at, other.len, piece.at, piece.len) != NULL;
}

/* Somebody else wrote the same value, or it was there before the write was asked: no proof. */
static bool excused(const struct history *h, const struct history_op *write)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->key != write->key)
            continue;
        if (may_make(h, op, write) || (op->ret_ns < write->call_ns && shows(h, op, write->value)))
            return true;
    }
    return false;
}

static void seen(const struct history *h, const struct history_op *write,
                 const struct history_op *read, struct check_result *res)
{
    char value[LIN_TEXT_MAX];
    struct trace_text error = texts_get(&h->texts, write->error);
    struct trace_text key = texts_get(&h->texts, write->key);
    if (excused(h, write) ||
        !result_violate(res, "%s was read from %.*s, but the only write of it was refused%s%.*s",
                        lin_piece(texts_get(&h->texts, write->value), value), (int)key.len, key.at,
                        error.len > 0 ? " with " : "", (int)(error.len < 40 ? error.len : 40),
                        error.len > 0 ? error.at : ""))
        return;
    result_operation(res, h, write);
    result_operation(res, h, read);
    result_paragraph(res,
                     "The server promised that the write never takes effect, and the client may "
                     "have acted on that promise. Later a read returned the value it carried.");
}

static void on_refusal(struct state *s, const struct history *h, const struct history_op *write,
                       struct check_result *res)
{
    res->seen++;
    if (!is_read_back(write))
        return;
    make_room(s, h);
    put(s, (struct slot){hash_of(h, write->key, write->value), write->id});
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->key == write->key && op->ret_ns >= write->call_ns && shows(h, op, write->value))
            seen(h, write, op, res);
    }
}

/* What was read, and the elements of a list: pieces that begin with a comma. */
static void on_read(const struct state *s, const struct history *h, const struct history_op *read,
                    struct check_result *res)
{
    const struct history_op *write = find(s, h, read->key, read->result);
    struct trace_text list = texts_get(&h->texts, read->result);
    if (write != NULL)
        seen(h, write, read, res);
    for (size_t at = 0; s->count > 0 && list.len > 0 && list.at[0] == ',' && at < list.len;) {
        const char *next = memchr(list.at + at + 1, ',', list.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - list.at) : list.len;
        write = end - at == list.len
                    ? NULL
                    : find(s, h, read->key, texts_find(&h->texts, list.at + at, end - at));
        if (write != NULL)
            seen(h, write, read, res);
        at = end;
    }
}

/* A refused write in the log that nodes agree on. */
static void look_at_log(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct fate_broken *b = &in->fates->broken;
    if (in->fates->broken_count == 0 || s->committed)
        return;
    s->committed = true;
    unsigned long long index = b->index, term = b->proposal.term;
    if (!result_violate(res, "operation %llu was refused, but is committed at index %llu",
                        (unsigned long long)b->op, index))
        return;
    result_event(res, in->names, b->proposal, "operation %llu proposed at index %llu in term %llu",
                 (unsigned long long)b->op, index, term);
    result_event(res, in->names, b->refusal, "operation %llu refused", (unsigned long long)b->op);
    result_paragraph(res,
                     "The server promised that the write never takes effect. Its entry, index %llu "
                     "of term %llu, was known to be committed at %.6f s: every node will execute "
                     "it.",
                     index, term, (double)b->index_ns / 1e9);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    const struct history *h = in->history;
    look_at_log(state, in, res);
    if (rec->ev != TRACE_clientReturn)
        return;
    const struct history_op *op = history_get(h, rec->op);
    if (op->outcome == HISTORY_FAIL && writes_value(op))
        on_refusal(state, h, op, res);
    else if (op->outcome == HISTORY_OK && op->result != 0 &&
             (op->kind == HISTORY_READ || op->kind == HISTORY_CAS))
        on_read(state, h, op, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    look_at_log(state, in, res);
    result_settle(res, "refused writes");
}

static void release(void *state)
{
    mem_free(((struct state *)state)->slots);
}

const struct checker check_failed_never_applied = {
    .name = "failedNeverApplied",
    .property =
        "A write answered with a promise that it never takes effect is never committed or seen.",
    .source = "Adya 1999 (G1a, aborted read); thesis 6.3",
    .class = CHECKER_SAFETY,
    .untraced = true,
    .events = CHECKER_ON(clientReturn) | CHECKER_ON(committed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
