/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl incr and append: what a key holds becomes more. */
#include "raftctl/cmd.h"
#include "raftctl/reply.h"

const struct form form_incr = {.line = "{value}", .schema = "value:i rev?:n"};
const struct form form_append = {.line = "{length}", .schema = "length:n rev?:n"};

static bool put_value(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                      enum ctl_exit *code)
{
    (void)ctl, (void)code;
    if (value->kind != RESP_INTEGER)
        return false;
    jsonw_key(w, "value");
    jsonw_i64(w, value->integer);
    return true;
}

enum ctl_exit cmd_incr(const struct ctl *ctl)
{
    static const struct reply_view view = {.form = &form_incr, .writes = true, .put = put_value};
    const struct span words[] = {span_str("INCRBY"), span_str(ctl->argv[0]),
                                 span_str(ctl->argc > 1 ? ctl->argv[1] : "1")};
    return reply_show(ctl, &view, words, ARRAY_LEN(words));
}

static bool put_length(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                       enum ctl_exit *code)
{
    (void)ctl, (void)code;
    if (value->kind != RESP_INTEGER || value->integer < 0)
        return false;
    jsonw_kv_u64(w, "length", (uint64_t)value->integer);
    return true;
}

enum ctl_exit cmd_append(const struct ctl *ctl)
{
    static const struct reply_view view = {.form = &form_append, .writes = true, .put = put_length};
    const struct span words[] = {span_str("APPEND"), span_str(ctl->argv[0]),
                                 span_str(ctl->argv[1])};
    return reply_show(ctl, &view, words, ARRAY_LEN(words));
}
