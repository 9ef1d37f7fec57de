/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/linload.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A moment at which something happens to an operation. */
struct moment {
    uint64_t t;
    uint32_t op;
    bool executes; /* else it is called */
};

struct maker {
    struct linload *l;
    const struct linload_shape *shape;
    struct prng prng;
    struct moment *moments;
    size_t moments_count;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    return (x->t > y->t) - (x->t < y->t);
}

uint32_t linload_text(struct linload *l, const char *text, size_t len)
{
    return texts_add(&l->history.texts, text, len);
}

static uint32_t printed(struct linload *l, const char *fmt, size_t v)
{
    char text[32];
    int len = snprintf(text, sizeof(text), fmt[0] == ',' ? ",%zu" : "%zu", v);
    return linload_text(l, text, (size_t)len);
}

/* One client's operations one after the other; times are a small grid, so many are equal. */
static void make_client(struct maker *m, unsigned client, size_t count)
{
    uint64_t t = prng_below(&m->prng, 10);
    for (size_t i = 0; i < count; i++) {
        struct history *h = &m->l->history;
        struct history_op *op = &h->ops[h->count];
        bool reads = prng_chance(&m->prng, 0.5);
        *op = (struct history_op){.id = h->count, .call_ns = t, .outcome = HISTORY_OK, .node = -1};
        op->client = printed(m->l, "c", client + 1000000);
        op->key = linload_text(m->l, "k", 1);
        op->kind = HISTORY_READ;
        if (!reads)
            op->kind = m->shape->list ? HISTORY_APPEND : HISTORY_WRITE;
        op->ret_ns = t + prng_below(&m->prng, 20);
        uint64_t instant = prng_between(&m->prng, t, op->ret_ns + 1);
        t = op->ret_ns + prng_below(&m->prng, 5);
        bool lost = !reads && prng_chance(&m->prng, m->shape->unknown);
        if (lost) {
            op->outcome = HISTORY_UNKNOWN;
            op->ret_ns = HISTORY_NEVER;
            instant += prng_chance(&m->prng, 0.1) ? prng_below(&m->prng, 2000) : 0;
        }
        if (!lost || prng_chance(&m->prng, 0.5))
            m->moments[m->moments_count++] = (struct moment){instant, (uint32_t)h->count, true};
        h->count++;
    }
}

static int by_call(const void *a, const void *b)
{
    const struct history_op *x = a;
    const struct history_op *y = b;
    return (x->call_ns > y->call_ns) - (x->call_ns < y->call_ns);
}

/* Sorts the operations by call; the moments follow them. */
static void sort_by_call(struct maker *m)
{
    struct history *h = &m->l->history;
    uint32_t *place = mem_array(h->count, sizeof(*place));
    qsort(h->ops, h->count, sizeof(*h->ops), by_call);
    for (size_t i = 0; i < h->count; i++) {
        place[h->ops[i].id] = (uint32_t)i;
        h->ops[i].id = i;
        if (h->ops[i].kind != HISTORY_READ)
            h->ops[i].value = printed(m->l, m->shape->list ? "," : "v", i + 1000000);
    }
    for (size_t i = 0; i < m->moments_count; i++)
        m->moments[i].op = place[m->moments[i].op];
    free(place);
}

static void execute(struct maker *m)
{
    struct linload *l = m->l;
    struct buf list = {0};
    uint32_t value = 0;
    qsort(m->moments, m->moments_count, sizeof(*m->moments), by_time);
    for (size_t i = 0; i < m->moments_count; i++) {
        struct history_op *op = &l->history.ops[m->moments[i].op];
        struct trace_text text = texts_get(&l->history.texts, op->value);
        l->order[l->order_count++] = m->moments[i].op;
        op->index = i + 1;
        if (op->kind == HISTORY_READ)
            op->result = value;
        else if (op->kind == HISTORY_WRITE)
            value = op->value;
        else {
            buf_put(&list, text.at, text.len);
            value = linload_text(l, list.data, list.len);
            op->result = op->outcome == HISTORY_OK ? printed(l, "l", list.len) : 0;
        }
    }
    buf_free(&list);
}

void linload_make(struct linload *l, const struct linload_shape *shape)
{
    struct maker m = {.l = l, .shape = shape, .prng = prng_seed(shape->seed)};
    size_t each = shape->ops / shape->clients;
    size_t count = each * shape->clients;
    *l = (struct linload){0};
    l->history.ops = mem_array(count, sizeof(*l->history.ops));
    l->history.cap = count;
    l->order = mem_array(count, sizeof(*l->order));
    l->pos = mem_array(count, sizeof(*l->pos));
    m.moments = mem_array(count, sizeof(*m.moments));
    for (unsigned c = 0; c < shape->clients; c++)
        make_client(&m, c, each);
    sort_by_call(&m);
    execute(&m);
    for (size_t i = 0; i < count; i++)
        l->pos[i] = (uint32_t)i;
    free(m.moments);
}

void linload_free(struct linload *l)
{
    history_close(&l->history);
    free(l->order);
    free(l->pos);
}
