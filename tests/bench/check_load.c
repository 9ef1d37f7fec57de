/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/check_load.h"

#include "base/mem.h"
#include "base/prng.h"
#include "base/timerq.h"
#include "base/units.h"
#include "emulator/trace/history.h"
#include "trace/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS 100u /* of LOAD_FLAGS */

struct client {
    uint64_t op;
    uint64_t key;
    uint64_t value;  /* asked */
    uint64_t expect; /* of a cas */
    uint64_t found;  /* answered: a number */
    char *text;      /* answered: owned, or NULL */
    enum history_kind kind;
    bool done;
    bool lost; /* the answer is lost */
    unsigned stage;
    unsigned number;
    unsigned life;
};

/* What a key holds: a number, or the text of a list or set, or the elements of a queue. */
struct object {
    uint64_t number;
    struct buf text;
    uint64_t *queue; /* owned */
    size_t first;
    size_t last;
    size_t cap;
    bool there[ELEMENTS];
};

struct load {
    const struct load_shape *shape;
    struct prng prng;
    struct timerq due;
    struct buf lines;
    struct object *objects; /* by key */
    uint64_t old_number;    /* of key 0, after a quarter of the run */
    size_t old_len;
    uint64_t begun;
    bool planted;
};

static const char *const names[] = {"register", "cas", "counter", "list", "set", "flags", "queue"};

const char *load_model_name(enum load_model model)
{
    return names[model];
}

int load_model_find(const char *name)
{
    for (int i = 0; i < LOAD_MODELS; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

static enum history_kind draw(struct load *l)
{
    uint64_t dice = prng_below(&l->prng, 100);
    switch (l->shape->model) {
    case LOAD_REGISTER: return dice < 50 ? HISTORY_READ : HISTORY_WRITE;
    case LOAD_CAS: return dice < 40 ? HISTORY_READ : dice < 70 ? HISTORY_WRITE : HISTORY_CAS;
    case LOAD_COUNTER: return dice < 50 ? HISTORY_READ : HISTORY_INCR;
    case LOAD_LIST: return dice < 10 ? HISTORY_READ : HISTORY_APPEND;
    case LOAD_SET: return dice < 10 ? HISTORY_READ : HISTORY_ADD;
    case LOAD_FLAGS: return dice < 40 ? HISTORY_CONTAINS : dice < 70 ? HISTORY_ADD : HISTORY_REMOVE;
    case LOAD_QUEUE: return dice < 50 ? HISTORY_ENQUEUE : HISTORY_DEQUEUE;
    }
    return HISTORY_READ;
}

static bool observes(enum history_kind kind)
{
    return kind == HISTORY_READ || kind == HISTORY_CONTAINS;
}

static void begin(struct load *l, struct client *c, uint64_t now)
{
    char name[32], key[32], value[32], expect[32];
    c->op = ++l->begun;
    c->key = prng_below(&l->prng, l->shape->keys);
    c->kind = draw(l);
    c->lost = prng_chance(&l->prng, l->shape->unknown);
    c->value = l->shape->model == LOAD_FLAGS ? prng_below(&l->prng, ELEMENTS) : c->op;
    c->expect = l->objects[c->key].number; /* as it is at the call: it may change until it runs */
    (void)snprintf(name, sizeof(name), "c%u.%u", c->number, c->life);
    (void)snprintf(key, sizeof(key), "k%" PRIu64, c->key);
    (void)snprintf(value, sizeof(value), c->kind == HISTORY_APPEND ? ",%" PRIu64 : "%" PRIu64,
                   c->value);
    (void)snprintf(expect, sizeof(expect), "%" PRIu64, c->expect);
    bool bare = c->kind == HISTORY_READ || c->kind == HISTORY_INCR || c->kind == HISTORY_DEQUEUE;
    const struct trace_record rec = history_invoke_record(&(struct history_invoke){
        .t_ns = now,
        .op = c->op,
        .client = name,
        .kind = c->kind,
        .key = key,
        .value = bare ? NULL : value,
        .expect = c->kind == HISTORY_CAS && c->expect != 0 ? expect : NULL});
    trace_print(&l->lines, NULL, &rec);
}

static void enqueue(struct object *o, uint64_t value)
{
    if (o->last == o->cap) {
        o->cap = o->cap == 0 ? 64 : o->cap * 2;
        o->queue = mem_grow(o->queue, o->cap, sizeof(*o->queue));
    }
    o->queue[o->last++] = value;
}

/* One read that is too old. */
static bool plant(struct load *l, const struct client *c)
{
    if (!l->shape->illegal || l->planted || c->key != 0 || c->op < l->shape->ops / 2)
        return false;
    l->planted = c->kind == HISTORY_READ || (c->kind == HISTORY_DEQUEUE && l->objects[0].first > 0);
    return l->planted;
}

static void read_object(struct load *l, struct client *c, const struct object *o)
{
    bool old = plant(l, c);
    c->found = old ? l->old_number : o->number;
    mem_free(c->text);
    c->text = NULL;
    if (o->text.len > 0) {
        c->text = mem_strdup(buf_str(&o->text));
        if (old)
            c->text[l->old_len] = '\0';
    }
}

static void execute(struct load *l, struct client *c)
{
    struct object *o = &l->objects[c->key];
    c->found = 0;
    c->done = false;
    if (c->lost && (observes(c->kind) || prng_chance(&l->prng, 0.5)))
        return;
    switch (c->kind) {
    case HISTORY_READ: read_object(l, c, o); break;
    case HISTORY_WRITE: o->number = c->value; break;
    case HISTORY_CAS:
        c->found = o->number;
        c->done = o->number == c->expect;
        o->number = c->done ? c->value : o->number;
        break;
    case HISTORY_DELETE: break; /* of no load here */
    case HISTORY_INCR: c->found = ++o->number; break;
    case HISTORY_APPEND:
        buf_putf(&o->text, ",%" PRIu64, c->value);
        c->found = o->text.len;
        break;
    case HISTORY_ADD:
        c->done = l->shape->model == LOAD_FLAGS && !o->there[c->value];
        if (l->shape->model == LOAD_FLAGS)
            o->there[c->value] = true;
        else
            buf_putf(&o->text, ",%" PRIu64, c->value);
        break;
    case HISTORY_REMOVE:
        c->done = o->there[c->value];
        o->there[c->value] = false;
        break;
    case HISTORY_CONTAINS: c->done = l->shape->model == LOAD_FLAGS && o->there[c->value]; break;
    case HISTORY_ENQUEUE: enqueue(o, c->value); break;
    case HISTORY_DEQUEUE:
        if (plant(l, c))
            c->found = o->queue[o->first - 1];
        else if (o->first < o->last)
            c->found = o->queue[o->first++];
        break;
    }
    if (c->op <= l->shape->ops / 4 && c->key == 0) {
        l->old_number = o->number;
        l->old_len = o->text.len;
    }
}

static void end(struct load *l, struct client *c, uint64_t now)
{
    char number[32];
    bool set = c->kind == HISTORY_ADD || c->kind == HISTORY_REMOVE || c->kind == HISTORY_CONTAINS;
    bool tells = c->kind == HISTORY_READ || c->kind == HISTORY_CAS || c->kind == HISTORY_INCR ||
                 c->kind == HISTORY_APPEND || c->kind == HISTORY_DEQUEUE;
    (void)snprintf(number, sizeof(number), "%" PRIu64, c->found);
    const char *result = c->kind == HISTORY_READ && c->text != NULL ? c->text
                         : tells && c->found != 0                   ? number
                                                                    : NULL;
    const struct trace_record rec = history_return_record(&(struct history_return){
        .t_ns = now,
        .op = c->op,
        .outcome = c->lost ? HISTORY_UNKNOWN : HISTORY_OK,
        .result = result,
        .tells_done = c->kind == HISTORY_CAS || c->kind == HISTORY_CONTAINS ||
                      (set && l->shape->model == LOAD_FLAGS),
        .done = c->done,
        .node = -1});
    trace_print(&l->lines, NULL, &rec);
    c->life += c->lost;
}

/* Every client goes through call, instant, return, pause. */
static void generate(struct load *l, struct client *clients)
{
    for (unsigned i = 0; i < l->shape->clients; i++) {
        clients[i].number = i;
        timerq_push(&l->due, prng_below(&l->prng, NS_PER_MS), &clients[i]);
    }
    while (timerq_peek(&l->due) != NULL) {
        uint64_t now = timerq_peek(&l->due)->due_ns;
        struct client *c = timerq_pop(&l->due);
        if (c->stage == 0 && l->begun == l->shape->ops)
            continue;
        if (c->stage == 0)
            begin(l, c, now);
        else if (c->stage == 1)
            execute(l, c);
        else
            end(l, c, now);
        c->stage = (c->stage + 1) % 3;
        timerq_push(&l->due, now + prng_between(&l->prng, 1, NS_PER_MS), c);
    }
}

struct buf load_lines(const struct load_shape *shape)
{
    struct load l = {.shape = shape, .prng = prng_seed(1), .lines = {.max = SIZE_MAX}};
    struct client *clients = mem_array(shape->clients, sizeof(*clients));
    l.objects = mem_array(shape->keys, sizeof(*l.objects));
    generate(&l, clients);
    for (uint64_t i = 0; i < shape->clients; i++)
        mem_free(clients[i].text);
    for (uint64_t i = 0; i < shape->keys; i++) {
        buf_free(&l.objects[i].text);
        mem_free(l.objects[i].queue);
    }
    mem_free(clients);
    mem_free(l.objects);
    timerq_free(&l.due);
    return l.lines;
}
