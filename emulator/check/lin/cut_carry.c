/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which unknown operations cross a cut. */
#include "base/mem.h"
#include "emulator/check/lin/cut.h"

#include <stdio.h>
#include <string.h>

/* Marks of texts: who makes the value is counted above. Of a queue's elements: SHOWN was taken,
 * SEEN was in it when somebody looked. */
#define SHOWN 1u
#define SEEN  2u
#define MAKER 4u

struct left {
    const struct lin_key *key;
    const struct lin_cut *cut;
    uint32_t *marks;  /* by text; 0 between calls */
    uint32_t *marked; /* owned; the texts that have one */
    size_t marked_count;
    size_t writes, appends, deletes, increments, others; /* that happened, or may have */
    size_t increments_known;
    size_t enqueues, dequeues;
    uint32_t *unknown; /* positions, in the order of their calls */
    size_t count;
};

static const struct history_op *op_at(const struct left *l, size_t i)
{
    return lin_op(l->key, l->key->pos[i]);
}

static struct trace_text text_of(const struct left *l, uint32_t text)
{
    return texts_get(&l->key->h->texts, text);
}

static void survey(struct left *l)
{
    for (size_t i = 0; i < l->cut->left; i++) {
        const struct history_op *op = op_at(l, i);
        bool known = op->outcome == HISTORY_OK;
        if (!lin_counts(op))
            continue;
        switch ((int)op->kind) {
        case HISTORY_READ: continue;
        case HISTORY_WRITE: l->writes++; break;
        case HISTORY_CAS:
            l->writes++;
            l->others += known && op->silent; /* it may need what no answer tells */
            break;
        case HISTORY_APPEND: l->appends++; break;
        case HISTORY_DELETE: l->deletes++; break;
        case HISTORY_INCR:
            l->increments++;
            l->increments_known += known;
            l->others += op->value != 0; /* not by one */
            break;
        case HISTORY_ENQUEUE: l->enqueues++; break;
        case HISTORY_DEQUEUE: l->dequeues++; break;
        default: l->others++; break;
        }
        if (!known && op->ret_ns >= lin_op(l->key, l->cut->told)->call_ns)
            l->unknown[l->count++] = l->key->pos[i];
    }
}

/* ---- reads, writes and cas, with increments whose outcome is known ---- */

static void mark(struct left *l, uint32_t text, uint32_t what)
{
    if (l->marks[text] == 0)
        l->marked[l->marked_count++] = text;
    l->marks[text] = what == MAKER ? l->marks[text] + MAKER : l->marks[text] | what;
}

/* No text is marked between calls. */
static void unmark_all(struct left *l)
{
    for (size_t i = 0; i < l->marked_count; i++)
        l->marks[l->marked[i]] = 0;
    mem_free(l->marked);
}

/* An increment made its result of the number before, which is shown by that. Before 1 there may
 * have been nothing. */
static bool mark_increment(struct left *l, const struct history_op *op)
{
    char before[24];
    uint64_t v = 0;
    if (!lin_is_count(text_of(l, op->result), &v) || v == 0)
        return false;
    int len = snprintf(before, sizeof(before), "%llu", (unsigned long long)(v - 1));
    uint32_t text = texts_find(&l->key->h->texts, before, (size_t)len);
    if (text != 0)
        mark(l, text, SHOWN);
    if (text != 0 && v == 1)
        mark(l, text, MAKER);
    return true;
}

static bool mark_all(struct left *l)
{
    bool right = true;
    mark(l, l->key->initial, MAKER);
    for (size_t i = 0; i < l->cut->left && right; i++) {
        const struct history_op *op = op_at(l, i);
        bool known = op->outcome == HISTORY_OK;
        if (!lin_counts(op))
            continue;
        if (op->kind == HISTORY_WRITE || (op->kind == HISTORY_CAS && (!known || op->done)))
            mark(l, op->value, MAKER);
        if (known && op->kind != HISTORY_WRITE)
            mark(l, op->result, SHOWN);
        if (known && op->kind == HISTORY_CAS && op->done)
            mark(l, op->expect, SHOWN);
        if (op->kind == HISTORY_INCR) {
            mark(l, op->result, MAKER);
            right = mark_increment(l, op);
        }
    }
    return right;
}

/* Is it a number that is written in a way increments do not write it? */
static bool is_odd_number(struct trace_text t)
{
    return t.len > 1 && (t.at[0] == '0' || t.at[0] == '-' || t.at[0] == '+');
}

/* What a cas expected whose new value was shown was shown as well, also when the cas is over and
 * crosses nothing. False if others may have made its value. */
static bool show_expected(struct left *l)
{
    bool known = true;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < l->cut->left; i++) {
            const struct history_op *op = op_at(l, i);
            if (op->kind != HISTORY_CAS || op->outcome != HISTORY_UNKNOWN ||
                (l->marks[op->value] & SHOWN) == 0)
                continue;
            known = known && l->marks[op->value] < 2 * MAKER;
            again = again || (l->marks[op->expect] & SHOWN) == 0;
            mark(l, op->expect, SHOWN);
        }
    }
    return known;
}

/* When the last was called of all that comes before the rest: what was over by then crosses
 * nothing. */
static uint64_t latest_call(const struct left *l)
{
    uint64_t latest_ns = lin_op(l->key, l->cut->told)->call_ns;
    for (size_t i = 0; i < l->count; i++) {
        const struct history_op *op = lin_op(l->key, l->unknown[i]);
        if ((l->marks[op->value] & SHOWN) != 0 && op->call_ns > latest_ns)
            latest_ns = op->call_ns;
    }
    return latest_ns;
}

/* Keeps what nobody was shown. False if one was shown, and others may have made its value. */
static bool keep_unseen(struct left *l)
{
    bool known = true;
    size_t kept = 0;
    uint64_t latest_ns = latest_call(l);
    for (size_t i = 0; i < l->count; i++) {
        const struct history_op *op = lin_op(l->key, l->unknown[i]);
        uint32_t marks = l->marks[op->value];
        known = known && (l->increments == 0 || !is_odd_number(text_of(l, op->value)));
        if ((marks & SHOWN) != 0)
            known = known && marks < 2 * MAKER;
        else if (op->ret_ns >= latest_ns)
            l->unknown[kept++] = l->unknown[i];
    }
    l->count = kept;
    return known;
}

static bool drop_shown(struct left *l)
{
    l->marked = mem_array(5 * l->cut->left + 1, sizeof(*l->marked));
    bool known = mark_all(l) && show_expected(l) && keep_unseen(l);
    unmark_all(l);
    return known;
}

/* ---- increments ---- */

/* As many as did not happen; the latest, of which the next part can make the best sentence. */
static bool drop_counted(struct left *l)
{
    uint64_t from = 0;
    uint64_t to = 0;
    if ((l->key->initial != 0 && !lin_is_count(text_of(l, l->key->initial), &from)) ||
        (l->cut->initial != 0 && !lin_is_count(text_of(l, l->cut->initial), &to)))
        return false;
    ASSERT(to - from >= l->increments_known && to - from <= l->increments);
    size_t used = (size_t)(to - from) - l->increments_known;
    l->count -= used;
    memmove(l->unknown, l->unknown + used, l->count * sizeof(*l->unknown));
    return true;
}

/* ---- appends ---- */

/* Is every append of an element, made once? */
static bool elements_unique(struct left *l)
{
    bool unique = true;
    size_t done = 0;
    for (; done < l->cut->left && unique; done++) {
        const struct history_op *op = op_at(l, done);
        if (op->kind == HISTORY_APPEND && lin_counts(op))
            unique = lin_is_element(text_of(l, op->value)) && l->marks[op->value]++ == 0;
    }
    for (size_t i = 0; i < done; i++)
        l->marks[op_at(l, i)->value] = 0;
    return unique;
}

static bool drop_listed(struct left *l)
{
    size_t kept = 0;
    struct trace_text before = text_of(l, l->key->initial);
    struct trace_text list = text_of(l, l->cut->initial);
    if (!elements_unique(l))
        return false;
    for (size_t i = 0; i < l->count; i++) {
        struct trace_text element = text_of(l, lin_op(l->key, l->unknown[i])->value);
        if (lin_list_holds(before, element))
            return false;
        if (!lin_list_holds(list, element))
            l->unknown[kept++] = l->unknown[i];
    }
    l->count = kept;
    return true;
}

/* ---- queues ---- */

/* Marks the elements of a queue that was read; false if nobody put one of them in. */
static bool mark_seen(struct left *l, struct trace_text queue)
{
    for (size_t at = 0; at < queue.len;) {
        const char *next = memchr(queue.at + at + 1, ',', queue.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - queue.at) : queue.len;
        uint32_t text = texts_find(&l->key->h->texts, queue.at + at + 1, end - at - 1);
        if (l->marks[text] < MAKER)
            return false;
        mark(l, text, SEEN);
        at = end;
    }
    return true;
}

/* Marks what was put in, what was taken and what was seen; false if it is not known by that what
 * was in: an element was put in twice. */
static bool mark_queue(struct left *l)
{
    bool right = true;
    for (size_t i = 0; i < l->cut->left; i++) {
        const struct history_op *op = op_at(l, i);
        if (op->kind == HISTORY_DEQUEUE && op->outcome == HISTORY_OK && op->result != 0)
            mark(l, op->result, SHOWN);
        if (op->kind == HISTORY_ENQUEUE && lin_counts(op))
            mark(l, op->value, MAKER);
        right = right && (op->kind != HISTORY_ENQUEUE || l->marks[op->value] < 2 * MAKER);
    }
    for (size_t i = 0; i < l->cut->left && right; i++) {
        const struct history_op *op = op_at(l, i);
        if (op->kind == HISTORY_READ && lin_counts(op))
            right = mark_seen(l, text_of(l, op->result));
    }
    return right;
}

/* How many elements are certain to have been in and were told to nobody who took them. */
static size_t count_missing(const struct left *l)
{
    size_t missing = 0;
    for (size_t i = 0; i < l->cut->left; i++) {
        const struct history_op *op = op_at(l, i);
        uint32_t marks = l->marks[op->value];
        missing += op->kind == HISTORY_ENQUEUE && lin_counts(op) && (marks & SHOWN) == 0 &&
                   (op->outcome == HISTORY_OK || (marks & SEEN) != 0);
    }
    return missing;
}

static bool drop_queued(struct left *l)
{
    size_t kept = 0;
    if (l->key->initial != 0 || l->cut->initial != 0)
        return false; /* not empty before, or after */
    l->marked = mem_array(l->cut->left + 1, sizeof(*l->marked));
    bool known = mark_queue(l);
    size_t missing = count_missing(l);
    for (size_t i = 0; i < l->count; i++) {
        const struct history_op *op = lin_op(l->key, l->unknown[i]);
        if (op->kind == HISTORY_DEQUEUE && missing > 0)
            missing--;
        else if (op->kind == HISTORY_DEQUEUE || (l->marks[op->value] & (SHOWN | SEEN)) == 0)
            l->unknown[kept++] = l->unknown[i];
    }
    l->count = kept;
    unmark_all(l);
    return known && missing == 0;
}

bool lin_cut_carry(const struct lin_key *key, const struct lin_cut *cut, struct lin_scratch *s,
                   uint32_t *ret_carried, size_t *ret_count)
{
    struct left l = {.key = key, .cut = cut, .marks = s->by_text, .unknown = ret_carried};
    bool known = false;
    survey(&l);
    size_t queued = l.enqueues + l.dequeues;
    if (l.others > 0 || (queued > 0 && l.appends + l.increments + l.writes > 0))
        return false; /* what tells all of such an object is not known here */
    size_t increments_unknown = l.increments - l.increments_known;
    if (queued > 0)
        known = drop_queued(&l);
    else if (l.count == 0)
        known = true;
    else if (l.deletes > 0)
        known = false; /* what nobody was shown may have been there, and is gone */
    else if (l.appends == 0 && increments_unknown == 0)
        known = drop_shown(&l);
    else if (l.appends + l.writes == 0)
        known = drop_counted(&l);
    else if (l.increments + l.writes == 0)
        known = drop_listed(&l);
    *ret_count = l.count;
    return known;
}
