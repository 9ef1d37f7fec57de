/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/workload/workload.h"

#include "base/mem.h"
#include "emulator/workload/model.h"

#include <stdio.h>
#include <string.h>

static const struct workload_model *const models[] = {&model_register, &model_append, &model_cas,
                                                      &model_counter,  &model_set,    &model_queue,
                                                      &model_kv};

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
        if (mix->weight[op] == 0)
            continue;
        if (w->model->kinds[op] == 0)
            return err_set(e, -E_UNSUPPORTED, "clients: mix: the model \"%s\" has no %s",
                           w->model->name, vocab_op_name((enum op_id)op));
        ret->weights[op] = mix->weight[op];
        ret->weights_sum += mix->weight[op];
    }
    /* A mix of reads and writes, the default too, means what the model is named for. */
    if (w->model == &model_cas && ret->weights[OP_cas] == 0) {
        ret->weights[OP_cas] = ret->weights[OP_write];
        ret->weights[OP_write] = 0;
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
    if (w->model == &model_append || w->model == &model_set) {
        w->grown = mem_grow(w->grown, (size_t)keys, sizeof(*w->grown));
        memset(w->grown + old, 0, more * sizeof(*w->grown));
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
        return err_set(e, -E_UNSUPPORTED, "clients: model: \"%s\" is not known here",
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
    mem_free(w->grown);
    mem_free(w->sizes);
    mem_free(w);
}

void workload_op_free(struct workload_op *op)
{
    buf_free(&op->value);
    buf_free(&op->expect);
}

unsigned workload_parts(const struct workload_op *op)
{
    return op->scans == 0 ? 1 : op->scans;
}

const char *workload_key(const struct workload_op *op, unsigned part)
{
    ASSERT(part < workload_parts(op));
    return op->scans == 0 ? op->key : op->scan_keys[part];
}

void workload_answer_free(struct workload_answer *a)
{
    buf_free(&a->result);
}

/* ---- drawing ---- */

static enum op_id draw_op(const struct workload_shape *how, struct prng *rnd)
{
    uint64_t at = prng_below(rnd, how->weights_sum);
    for (unsigned op = 0; op < OPS_COUNT; op++) {
        if (at < how->weights[op])
            return (enum op_id)op;
        at -= how->weights[op];
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
    enum op_id op = draw_op(how, rnd);
    model_begin(w, how, op, w->clients->read_mode, ret);
    ret->slot = draw_slot(how, rnd);
    model_key(w, how, ret);
    if (op == OP_scan)
        model_scan(how, ret);
    if (ret->kind != HISTORY_READ)
        w->model->fill(w, how, client, ret);
}

/* ---- what models share ---- */

void model_begin(const struct workload *w, const struct workload_shape *how, enum op_id op,
                 enum read_mode mode, struct workload_op *ret)
{
    ASSERT(w->model->kinds[op] != 0);
    buf_reset(&ret->value);
    buf_reset(&ret->expect);
    ret->has_expect = false;
    ret->size = how->size;
    ret->expect_size = 0;
    ret->scans = 0;
    ret->kind = (enum history_kind)(w->model->kinds[op] - 1);
    if (w->model->among != NULL)
        ret->kind = w->model->among(how, ret->kind);
    ret->mode = history_only_looks(ret->kind) ? workload_mode_name(mode) : NULL;
}

void model_key(const struct workload *w, const struct workload_shape *how, struct workload_op *op)
{
    if (w->model->name_key != NULL)
        w->model->name_key(w, how, op);
    else
        model_name(op, 0);
}

void model_name(struct workload_op *op, uint64_t generation)
{
    unsigned long long slot = op->slot, number = generation;
    if (generation == 0)
        (void)snprintf(op->key, sizeof(op->key), "k%llu", slot);
    else
        (void)snprintf(op->key, sizeof(op->key), "k%llu.%llu", slot, number);
}

void model_unique(struct workload *w, unsigned client, struct buf *out)
{
    uint64_t number = ++w->each[client].written;
    buf_putf(out, "%llu", (unsigned long long)((uint64_t)(client + 1) << 40 | number));
}

void model_piece(struct workload *w, const struct workload_shape *how, unsigned client,
                 struct workload_op *op)
{
    (void)how;
    buf_putf(&op->value, ",%u.%llu", client, (unsigned long long)++w->each[client].written);
    model_pad(&op->value, (size_t)op->size);
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
