/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl set: gives a key a value, which may come from standard input. */
#include "raftctl/cmd.h"
#include "raftctl/input.h"
#include "raftctl/reply.h"

const struct form form_set = {.schema = "set:b rev?:n"};

static bool put_set(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                    enum ctl_exit *code)
{
    bool was_set = value->kind == RESP_SIMPLE;
    if (!was_set && !(value->kind == RESP_NULL && ctl->given[OPT_IF_ABSENT]))
        return false;
    *code = was_set ? CTL_OK : CTL_NO;
    jsonw_kv_bool(w, "set", was_set);
    return true;
}

static void put_text(struct buf *out, const struct ctl *ctl, const struct resp_value *value)
{
    (void)ctl;
    buf_puts(out, value->kind == RESP_SIMPLE ? "ok\n" : "the key has a value already\n");
}

static enum ctl_exit set(const struct ctl *ctl, struct span value)
{
    static const struct reply_view view = {
        .form = &form_set, .writes = true, .put = put_set, .text = put_text};
    const struct span words[] = {span_str("SET"), span_str(ctl->argv[0]), value, span_str("NX")};
    return reply_show(ctl, &view, words, ctl->given[OPT_IF_ABSENT] ? 4 : 3);
}

enum ctl_exit cmd_set(const struct ctl *ctl)
{
    struct buf value;
    struct failure failure;
    if (strcmp(ctl->argv[1], "-") != 0)
        return set(ctl, span_str(ctl->argv[1]));
    enum ctl_exit exit = input_read("-", LIMIT_RESP_BYTES, &value, &failure);
    if (exit == CTL_OK)
        exit = set(ctl, span_of(value.data, value.len));
    else
        exit = print_failure(ctl, &failure);
    buf_free(&value);
    return exit;
}
