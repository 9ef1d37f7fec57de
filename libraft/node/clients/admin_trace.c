/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT TRACE [ON|OFF]: the host writes the node's trace to a file, from now on or no more. */
#include "node/clients/admin.h"

static void tell(const struct call *a, const struct env_trace *trace)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_bool(&w, "on", trace_is_on(&a->n->trace));
    jsonw_kv_string(&w, "file", trace->file);
    jsonw_kv_u64(&w, "bytes", trace->bytes);
    jsonw_end(&w);
    respw_bulk(a->reply, span_of(json.data, json.len));
    buf_free(&json);
}

void turn_trace(const struct call *a)
{
    const struct env *env = &a->n->env;
    struct env_trace trace;
    struct err e = {0};
    bool on = a->argc == 3 && span_is_word(a->argv[2], "on");
    bool off = a->argc == 3 && span_is_word(a->argv[2], "off");
    enum env_trace_turn turn = on ? ENV_TRACE_ON : off ? ENV_TRACE_OFF : ENV_TRACE_LOOK;
    if (a->argc > 3 || (a->argc == 3 && !on && !off)) {
        respw_error(a->reply, "ERR RAFT TRACE takes ON or OFF, or nothing");
    } else if (env->turn_trace == NULL) {
        respw_error(a->reply, "FIXED the trace of this node is on or off for good");
    } else if (env->turn_trace(env->arg, turn, &trace, &e) < 0) {
        respw_errorf(a->reply, "%s %s", e.code == -E_BUSY ? "FIXED" : "ERR", e.text);
    } else {
        trace_to(&a->n->trace, &trace.host);
        tell(a, &trace);
    }
}
