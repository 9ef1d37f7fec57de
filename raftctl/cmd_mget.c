/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl mget: several keys, read at one point. */
#include "base/mem.h"
#include "raftctl/cmd.h"
#include "raftctl/reply.h"

const struct form form_mget = {.rows = "values",
                               .columns = "KEY=key VALUE=value",
                               .schema = "values:[{key:k value:k}] index?:n"};

static bool put_values(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                       enum ctl_exit *code)
{
    bool good = value->kind == RESP_ARRAY && value->count == (size_t)ctl->argc;
    jsonw_key(w, "values");
    jsonw_array(w);
    for (size_t i = 0; good && i < value->count; i++) {
        const struct resp_value *one = resp_bare(resp_child(value, i));
        jsonw_object(w);
        jsonw_key(w, "key");
        print_json_bytes(w, span_str(ctl->argv[i]));
        good = reply_put_bytes(w, "value", one);
        jsonw_end(w);
        if (one->kind == RESP_NULL && ctl->given[OPT_MUST_EXIST])
            *code = CTL_NO;
    }
    jsonw_end(w);
    return good;
}

enum ctl_exit cmd_mget(const struct ctl *ctl)
{
    static const struct reply_view view = {.form = &form_mget, .put = put_values};
    size_t count = (size_t)ctl->argc + 1;
    struct span *words = mem_array(count, sizeof(*words));
    words[0] = span_str("MGET");
    for (int i = 0; i < ctl->argc; i++)
        words[i + 1] = span_str(ctl->argv[i]);
    enum ctl_exit exit = reply_show(ctl, &view, words, count);
    mem_free(words);
    return exit;
}
