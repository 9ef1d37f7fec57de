/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/workload/workload.h"

#include "base/mem.h"
#include "emulator/workload/model.h"

#include <stdio.h>
#include <stdlib.h>
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

int workload_mix(struct workload *w, const struct scenario_mix *mix, struct err *e)
{
    uint64_t weights[KINDS_COUNT] = {0}, sum = 0;
    for (unsigned op = 0; op < OPS_COUNT; op++) {
        unsigned kind = w->model->kinds[op];
        if (mix->weight[op] == 0)
            continue;
        if (kind == 0)
            return err_set(e, -E_UNSUPPORTED, "clients: mix: the model \"%s\" has no %s",
                           w->model->name, vocab_op_name((enum op_id)op));
        weights[kind - 1] += mix->weight[op];
        sum += mix->weight[op];
    }
    /* A mix of reads and writes, the default too, means what the model is named for. */
    if (w->model == &model_cas && weights[HISTORY_CAS] == 0) {
        weights[HISTORY_CAS] = weights[HISTORY_WRITE];
        weights[HISTORY_WRITE] = 0;
    }
    ASSERT(sum > 0);
    memcpy(w->weights, weights, sizeof(weights));
    w->weights_sum = sum;
    return 0;
}

int workload_new(const struct scenario_clients *clients, uint64_t seed, struct workload **ret,
                 struct err *e)
{
    const struct workload_model *model = find_model(clients->model);
    if (model == NULL)
        return err_set(e, -E_UNSUPPORTED,
                       "clients: model: \"%s\" is not known here yet; known are register, append, "
                       "cas and counter",
                       clients->model);
    ASSERT(clients->count <= SCENARIO_CLIENTS_MAX && clients->keys > 0);
    struct workload *w = mem_alloc(sizeof(*w));
    w->clients = clients;
    w->model = model;
    int code = workload_mix(w, &clients->mix, e);
    if (code < 0) {
        workload_free(w);
        return code;
    }
    for (unsigned i = 0; i < clients->count; i++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "client %u", i);
        w->each[i].rnd = prng_named(seed, name);
    }
    if (model == &model_cas)
        w->known = mem_array((size_t)clients->keys, sizeof(*w->known));
    if (model == &model_append)
        w->generations = mem_array((size_t)clients->keys, sizeof(*w->generations));
    *ret = w;
    return 0;
}

void workload_free(struct workload *w)
{
    if (w == NULL)
        return;
    for (uint64_t i = 0; w->known != NULL && i < w->clients->keys; i++)
        free(w->known[i]);
    free(w->known);
    free(w->generations);
    free(w);
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

static enum history_kind draw_kind(const struct workload *w, struct prng *rnd)
{
    uint64_t at = prng_below(rnd, w->weights_sum);
    for (unsigned kind = 0; kind < KINDS_COUNT; kind++) {
        if (at < w->weights[kind])
            return (enum history_kind)kind;
        at -= w->weights[kind];
    }
    UNREACHABLE();
}

static uint64_t draw_slot(const struct workload *w, struct prng *rnd)
{
    uint64_t keys = w->clients->keys;
    bool hot = prng_chance(rnd, w->clients->hot);
    uint64_t at = prng_u64(rnd);
    if (hot || keys == 1)
        return 0;
    return w->clients->hot > 0 ? 1 + at % (keys - 1) : at % keys;
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

void workload_draw(struct workload *w, unsigned client, struct workload_op *ret)
{
    ASSERT(client < w->clients->count);
    struct prng *rnd = &w->each[client].rnd;
    buf_reset(&ret->value);
    buf_reset(&ret->expect);
    ret->has_expect = false;
    ret->kind = draw_kind(w, rnd);
    ret->mode = ret->kind == HISTORY_READ ? workload_mode_name(w->clients->read_mode) : NULL;
    ret->slot = draw_slot(w, rnd);
    if (w->model->name_key != NULL)
        w->model->name_key(w, ret);
    else
        (void)snprintf(ret->key, sizeof(ret->key), "k%llu", (unsigned long long)ret->slot);
    if (ret->kind != HISTORY_READ)
        w->model->fill(w, client, ret);
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
