/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/history.h"

struct trace_record history_invoke_record(const struct history_invoke *inv)
{
    struct trace_record rec;
    ASSERT(inv->client != NULL && inv->key != NULL);
    trace_record_init(&rec, TRACE_clientInvoke);
    TRACE_PUT(&rec, t, inv->t_ns);
    TRACE_PUT(&rec, op, inv->op);
    TRACE_PUT(&rec, client, trace_text_of(inv->client));
    TRACE_PUT(&rec, kind, trace_text_of(history_kind_name(inv->kind)));
    TRACE_PUT(&rec, key, trace_text_of(inv->key));
    if (inv->value != NULL)
        TRACE_PUT(&rec, value, trace_text_of(inv->value));
    if (inv->kind == HISTORY_CAS)
        TRACE_PUT(&rec, expect, trace_text_of(inv->expect));
    if (inv->mode != NULL)
        TRACE_PUT(&rec, mode, trace_text_of(inv->mode));
    if (inv->write != 0)
        TRACE_PUT(&rec, write, inv->write);
    return rec;
}

struct trace_record history_return_record(const struct history_return *ret)
{
    struct trace_record rec;
    trace_record_init(&rec, TRACE_clientReturn);
    TRACE_PUT(&rec, t, ret->t_ns);
    TRACE_PUT(&rec, op, ret->op);
    TRACE_PUT(&rec, outcome, trace_text_of(history_outcome_name(ret->outcome)));
    if (ret->outcome == HISTORY_OK && !ret->silent)
        TRACE_PUT(&rec, result, trace_text_of(ret->result));
    if (ret->tells_done && ret->outcome == HISTORY_OK)
        TRACE_PUT(&rec, done, ret->done);
    if (ret->index != 0)
        TRACE_PUT(&rec, index, ret->index);
    if (ret->node >= 0)
        TRACE_PUT(&rec, node, ret->node);
    if (ret->error != NULL)
        TRACE_PUT(&rec, error, trace_text_of(ret->error));
    return rec;
}
