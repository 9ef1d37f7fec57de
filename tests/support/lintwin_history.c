/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twins in the checkers' form. */
#include "base/mem.h"
#include "tests/support/lintwin_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint32_t list_text(const struct twin *t, struct history *h, uint64_t v)
{
    char text[128] = "";
    size_t len = 0;
    for (size_t n = twin_list_length(v); n > 0; n--) {
        uint64_t element = v >> (4 * (n - 1)) & 15;
        text[len++] = ',';
        for (size_t k = 1; k < twin_element_size(t, element); k++)
            text[len++] = (char)('a' + element);
    }
    return texts_add(&h->texts, text, len);
}

/* The oldest element first. */
static uint32_t queue_text(struct history *h, uint64_t v)
{
    char text[128] = "";
    size_t len = 0;
    for (size_t n = twin_list_length(v); n > 0; n--)
        len += (size_t)snprintf(text + len, sizeof(text) - len, ",%u",
                                (unsigned)(v >> (4 * (n - 1)) & 15));
    return texts_add(&h->texts, text, len);
}

/* The elements in one order or the other. */
static uint32_t set_text(struct history *h, uint64_t v, bool backwards)
{
    char text[128] = "";
    size_t len = 0;
    for (unsigned n = 0; n < 16; n++) {
        unsigned element = backwards ? 15 - n : n;
        if ((v >> element & 1) != 0)
            len += (size_t)snprintf(text + len, sizeof(text) - len, ",%u", element);
    }
    return texts_add(&h->texts, text, len);
}

static uint32_t number_text(struct history *h, uint64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, v);
    return texts_add(&h->texts, text, strlen(text));
}

static bool is_element(enum history_kind kind)
{
    return kind == HISTORY_ADD || kind == HISTORY_REMOVE || kind == HISTORY_CONTAINS ||
           kind == HISTORY_ENQUEUE || kind == HISTORY_DEQUEUE;
}

static uint32_t value_text(const struct twin *t, struct history *h, const struct twin_op *op,
                           uint64_t v)
{
    if (t->type == TWIN_LIST && v != 0)
        return list_text(t, h, v);
    if ((t->type == TWIN_SET || t->type == TWIN_MIXED_SET) && v != 0 && !is_element(op->kind))
        return set_text(h, v, op->call % 2 == 1);
    if (t->type == TWIN_QUEUE_READ && v != 0 && !is_element(op->kind))
        return queue_text(h, v);
    return v == 0 ? 0 : number_text(h, v);
}

static uint32_t result_text(const struct twin *t, struct history *h, const struct twin_op *op)
{
    if (op->outcome != HISTORY_OK || op->kind == HISTORY_WRITE || op->kind == HISTORY_ENQUEUE ||
        op->kind == HISTORY_DELETE || op->silent)
        return 0;
    if (op->kind == HISTORY_APPEND)
        return op->result == 0 ? 0 : number_text(h, op->result - 1);
    return value_text(t, h, op, op->result);
}

static uint32_t argument_text(const struct twin *t, struct history *h, const struct twin_op *op)
{
    if (op->kind == HISTORY_READ || op->kind == HISTORY_INCR || op->kind == HISTORY_DELETE ||
        op->kind == HISTORY_DEQUEUE)
        return 0;
    return value_text(t, h, op, op->arg);
}

void twin_to_history(const struct twin *t, struct history *h)
{
    h->ops = mem_array(t->count, sizeof(*h->ops));
    h->cap = t->count;
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_op *op = &t->ops[i];
        h->ops[h->count++] = (struct history_op){
            .id = i,
            .call_ns = op->call,
            .ret_ns = op->ret,
            .index = op->outcome == HISTORY_OK ? op->index : 0,
            .client = texts_add(&h->texts, "c", 1),
            .key = texts_add(&h->texts, "k", 1),
            .value = argument_text(t, h, op),
            .expect = op->kind == HISTORY_CAS ? value_text(t, h, op, op->expect) : 0,
            .result = result_text(t, h, op),
            .kind = (uint8_t)op->kind,
            .outcome = (uint8_t)op->outcome,
            .done = op->done,
            .silent = op->outcome == HISTORY_OK && op->silent && op->kind != HISTORY_INCR,
            .answered = true,
            .node = -1};
    }
}

void twin_print(const struct twin *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_op *op = &t->ops[i];
        fprintf(stderr,
                "%s %s [%" PRIu64 ", %" PRId64 "] arg %" PRIx64 " expect %" PRIx64
                " result %" PRIx64 " done %d silent %d index %" PRIu64 "\n",
                history_kind_name(op->kind), history_outcome_name(op->outcome), op->call,
                (int64_t)op->ret, op->arg, op->expect, op->result, op->done, op->silent, op->index);
    }
}
