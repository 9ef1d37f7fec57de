/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that somebody asks for by name, among those that are drawn. */
#include "emulator/workload/model.h"

#include <stdio.h>
#include <string.h>

/* The slot behind "k3"; false: it is none of the load's keys. */
static bool slot_of(const struct workload *w, const char *key, uint64_t *ret)
{
    return key[0] == 'k' && span_to_u64(span_str(key + 1), ret) && *ret < w->keys;
}

static int name_key(struct workload *w, const char *key, struct workload_op *op, struct err *e)
{
    bool own = slot_of(w, key, &op->slot);
    if (!own && (w->known != NULL || w->grown != NULL))
        return err_set(e, -E_UNSUPPORTED,
                       "key: \"%s\": of the model %s it can be one of the load's keys only, k0 to "
                       "k%llu",
                       key, w->model->name, (unsigned long long)w->keys - 1);
    if (!vocab_is_word(key, sizeof(op->key)))
        return err_set(e, -E_INVALID, "key: 1 to %zu printable characters, and no blank among them",
                       sizeof(op->key) - 1);
    if (own)
        model_key(w, &w->shapes[WORKLOAD_LOAD], op);
    else
        (void)snprintf(op->key, sizeof(op->key), "%s", key);
    return 0;
}

static int name_value(const struct workload *w, const char *value, struct workload_op *op,
                      struct err *e)
{
    bool whole = op->kind == HISTORY_WRITE || op->kind == HISTORY_CAS;
    if (!whole && op->kind < HISTORY_ADD)
        return err_set(e, -E_UNSUPPORTED, "value: of the model %s only the clients write their own",
                       w->model->name);
    if (!vocab_is_value(value, whole))
        return err_set(e, -E_INVALID,
                       "value: 1 to %d printable characters, and no blank, comma or dot among them",
                       WORKLOAD_VALUE_MAX - 1);
    buf_reset(&op->value);
    buf_puts(&op->value, value);
    return 0;
}

int workload_wish(struct workload *w, unsigned client, const struct workload_wish *wish,
                  struct workload_op *ret, struct err *e)
{
    ASSERT(client < w->clients->count);
    const struct workload_shape *how = &w->shapes[WORKLOAD_LOAD];
    if (w->model->kinds[wish->kind] == 0)
        return err_set(e, -E_UNSUPPORTED, "kind: the clients' model %s has no %s", w->model->name,
                       vocab_op_name(wish->kind));
    model_begin(w, how, wish->kind, wish->mode, ret);
    ret->slot = 0;
    int code = name_key(w, wish->key == NULL ? "k0" : wish->key, ret, e);
    if (code < 0)
        return code;
    bool none =
        ret->kind == HISTORY_READ || ret->kind == HISTORY_DELETE || ret->kind == HISTORY_DEQUEUE;
    if (none && wish->value != NULL)
        return err_set(e, -E_INVALID, "value: a %s writes none", vocab_op_name(wish->kind));
    if (ret->kind != HISTORY_READ)
        w->model->fill(w, how, client, ret);
    return wish->value == NULL ? 0 : name_value(w, wish->value, ret, e);
}
