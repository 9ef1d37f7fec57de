/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl del: removes keys, and says how many there were. */
#include "base/mem.h"
#include "raftctl/cmd.h"
#include "raftctl/reply.h"

const struct form form_del = {.line = "{removed}", .schema = "removed:n rev?:n"};

static bool put_count(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                      enum ctl_exit *code)
{
    if (value->kind != RESP_INTEGER || value->integer < 0)
        return false;
    if (value->integer < ctl->argc && ctl->given[OPT_MUST_EXIST])
        *code = CTL_NO;
    jsonw_kv_u64(w, "removed", (uint64_t)value->integer);
    return true;
}

enum ctl_exit cmd_del(const struct ctl *ctl)
{
    static const struct reply_view view = {.form = &form_del, .writes = true, .put = put_count};
    size_t count = (size_t)ctl->argc + 1;
    struct span *words = mem_array(count, sizeof(*words));
    words[0] = span_str("DEL");
    for (int i = 0; i < ctl->argc; i++)
        words[i + 1] = span_str(ctl->argv[i]);
    enum ctl_exit exit = reply_show(ctl, &view, words, count);
    mem_free(words);
    return exit;
}
