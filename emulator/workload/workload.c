/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/workload/workload.h"

#include "base/mem.h"
#include "emulator/workload/model.h"

#include <stdio.h>
#include <string.h>

static const struct workload_model *const models[] = {&model_register, &model_append, &model_cas,
                                                      &model_counter};

static const struct workload_model *find_model(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    }
    return NULL;
}

static int weigh(const struct workload *w, const struct scenario_mix *mix,
                 struct workload_shape *ret, struct err *e)
{
    for (unsigned op = 0; op < OPS_COUNT; op++) {
        unsigned kind = w->model->kinds[op];
        if (mix->weight[op] == 0)
            continue;
        if (kind == 0)
            return err_set(e, -E_UNSUPPORTED, "clients: mix: the model \"%s\" has no %s",
                           w->model->name, vocab_op_name((enum op_id)op));
        ret->weights[kind - 1] += mix->weight[op];
        ret->weights_sum += mix->weight[op];
    }
    /* A mix of reads and writes, the default too, means what the model is named for. */
    if (w->model == &model_cas && ret->weights[HISTORY_CAS] == 0) {
        ret->weights[HISTORY_CAS] = ret->weights[HISTORY_WRITE];
        ret->weights[HISTORY_WRITE] = 0;
    }
    return 0;
}

/* More keys than there ever were. */
static void follow_keys(struct workload *w, uint64_t keys)
{
    if (keys <= w->keys)
        return;
    size_t old = (size_t)w->keys, more = (size_t)(keys - w->keys);
    if (w->model == &model_cas) {
        w->known = mem_grow(w->known, (size_t)keys, sizeof(*w->known));
        memset(w->known + old, 0, more * sizeof(*w->known));
    }
    if (w->model == &model_append) {
        w->generations = mem_grow(w->generations, (size_t)keys, sizeof(*w->generations));
        memset(w->generations + old, 0, more * sizeof(*w->generations));
    }
    w->keys = keys;
}

static void know_size(struct workload *w, uint64_t size)
{
    for (size_t i = 0; i < w->sizes_count; i++) {
        if (w->sizes[i] == size)
            return;
    }
    w->sizes = mem_grow(w->sizes, w->sizes_count + 1, sizeof(*w->sizes));
    w->sizes[w->sizes_count++] = size;
}

int workload_shape(struct workload *w, enum workload_part part, const struct scenario_load *how,
                   struct err *e)
{
    struct workload_shape shape = {.keys = how->keys, .hot = how->hot, .size = how->value_bytes};
    int code = weigh(w, &how->mix, &shape, e);
    if (code < 0)
        return code;
    ASSERT(shape.weights_sum > 0 && shape.keys > 0);
    follow_keys(w, shape.keys);
    know_size(w, shape.size);
    w->shapes[part] = shape;
    return 0;
}

int workload_new(const struct scenario_clients *clients, uint64_t seed, struct workload **ret,
                 struct err *e)
{
    const struct workload_model *model = find_model(clients->model);
    const struct scenario_load load = scenario_load_of(clients);
    if (model == NULL)
        return err_set(e, -E_UNSUPPORTED,
                       "clients: model: \"%s\" is not known here yet; known are register, append, "
                       "cas and counter",
                       clients->model);
    ASSERT(clients->count <= SCENARIO_CLIENTS_MAX);
    struct workload *w = mem_alloc(sizeof(*w));
    w->clients = clients;
    w->model = model;
    int code = workload_shape(w, WORKLOAD_LOAD, &load, e);
    if (code < 0) {
        workload_free(w);
        return code;
    }
    for (unsigned i = 0; i < clients->count; i++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "client %u", i);
        w->each[i].rnd = prng_named(seed, name);
    }
    *ret = w;
    return 0;
}

void workload_free(struct workload *w)
{
    if (w == NULL)
        return;
    for (uint64_t i = 0; w->known != NULL && i < w->keys; i++)
        mem_free(w->known[i].value);
    mem_free(w->known);
    mem_free(w->generations);
    mem_free(w->sizes);
    mem_free(w);
}

void workload_op_free(struct workload_op *op)
{
    buf_free(&op->value);
    buf_free(&op->expect);
}

void workload_answer_free(struct workload_answer *a)
{
    buf_free(&a->result);
}

/* ---- drawing ---- */

static enum history_kind draw_kind(const struct workload_shape *how, struct prng *rnd)
{
    uint64_t at = prng_below(rnd, how->weights_sum);
    for (unsigned kind = 0; kind < KINDS_COUNT; kind++) {
        if (at < how->weights[kind])
            return (enum history_kind)kind;
        at -= how->weights[kind];
    }
    UNREACHABLE();
}

static uint64_t draw_slot(const struct workload_shape *how, struct prng *rnd)
{
    uint64_t keys = how->keys;
    bool hot = prng_chance(rnd, how->hot);
    uint64_t at = prng_u64(rnd);
    if (hot || keys == 1)
        return 0;
    return how->hot > 0 ? 1 + at % (keys - 1) : at % keys;
}

const char *workload_mode_name(enum read_mode mode)
{
    switch (mode) {
    case READ_index: return NULL;
    case READ_lease: return "lease";
    case READ_local: return "local";
    }
    UNREACHABLE();
}

void workload_draw(struct workload *w, unsigned client, enum workload_part part,
                   struct workload_op *ret)
{
    ASSERT(client < w->clients->count);
    const struct workload_shape *how = &w->shapes[part];
    struct prng *rnd = &w->each[client].rnd;
    model_blank(ret, how);
    ret->kind = draw_kind(how, rnd);
    ret->mode = ret->kind == HISTORY_READ ? workload_mode_name(w->clients->read_mode) : NULL;
    ret->slot = draw_slot(how, rnd);
    if (w->model->name_key != NULL)
        w->model->name_key(w, ret);
    else
        (void)snprintf(ret->key, sizeof(ret->key), "k%llu", (unsigned long long)ret->slot);
    if (ret->kind != HISTORY_READ)
        w->model->fill(w, client, ret);
}

void model_blank(struct workload_op *op, const struct workload_shape *how)
{
    buf_reset(&op->value);
    buf_reset(&op->expect);
    op->has_expect = false;
    op->size = how->size;
    op->expect_size = 0;
}

void model_unique(struct workload *w, unsigned client, struct buf *out)
{
    uint64_t number = ++w->each[client].written;
    buf_putf(out, "%llu", (unsigned long long)((uint64_t)(client + 1) << 40 | number));
}

void model_pad(struct buf *out, size_t size)
{
    while (out->len < size && !out->overflow) {
        static const char dots[] =
            "................................................................";
        size_t left = size - out->len;
        buf_put(out, dots, left < sizeof(dots) - 1 ? left : sizeof(dots) - 1);
    }
}
