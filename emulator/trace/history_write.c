/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/history.h"

static void text_or_null(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    if (text == NULL)
        jsonw_null(w);
    else
        jsonw_string(w, text);
}

static void begin(struct jsonw *w, struct buf *out, uint64_t t_ns, const char *ev, uint64_t op)
{
    jsonw_init(w, out);
    jsonw_object(w);
    jsonw_kv_u64(w, "t", t_ns);
    jsonw_kv_string(w, "ev", ev);
    jsonw_kv_u64(w, "op", op);
}

void history_write_invoke(struct buf *out, const struct history_invoke *inv)
{
    struct jsonw w;
    ASSERT(inv->client != NULL && inv->key != NULL);
    begin(&w, out, inv->t_ns, "clientInvoke", inv->op);
    jsonw_kv_string(&w, "client", inv->client);
    jsonw_kv_string(&w, "kind", history_kind_name(inv->kind));
    jsonw_kv_string(&w, "key", inv->key);
    if (inv->value != NULL)
        jsonw_kv_string(&w, "value", inv->value);
    if (inv->kind == HISTORY_CAS)
        text_or_null(&w, "expect", inv->expect);
    if (inv->mode != NULL)
        jsonw_kv_string(&w, "mode", inv->mode);
    jsonw_end(&w);
    buf_putc(out, '\n');
}

void history_write_return(struct buf *out, const struct history_return *ret)
{
    struct jsonw w;
    begin(&w, out, ret->t_ns, "clientReturn", ret->op);
    jsonw_kv_string(&w, "outcome", history_outcome_name(ret->outcome));
    if (ret->outcome == HISTORY_OK)
        text_or_null(&w, "result", ret->result);
    if (ret->is_cas && ret->outcome == HISTORY_OK)
        jsonw_kv_bool(&w, "done", ret->done);
    if (ret->index != 0)
        jsonw_kv_u64(&w, "index", ret->index);
    if (ret->node != NULL)
        jsonw_kv_string(&w, "node", ret->node);
    if (ret->error != NULL)
        jsonw_kv_string(&w, "error", ret->error);
    jsonw_end(&w);
    buf_putc(out, '\n');
}
