/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl get: the value of a key, read at a point all of the cluster agrees on, or at one node. */
#include "raftctl/cmd.h"
#include "raftctl/reply.h"
#include "raftctl/steer.h"

const struct form form_get = {.schema = "key:k value:k index?:n"};

static bool put_value(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                      enum ctl_exit *code)
{
    jsonw_key(w, "key");
    print_json_bytes(w, span_str(ctl->argv[0]));
    if (value->kind == RESP_NULL && ctl->given[OPT_MUST_EXIST])
        *code = CTL_NO;
    return reply_put_bytes(w, "value", value);
}

/* Nothing for an absent key. */
static void put_text(struct buf *out, const struct ctl *ctl, const struct resp_value *value)
{
    if (value->kind == RESP_NULL)
        return;
    if (ctl->output == OUTPUT_PLAIN)
        buf_put(out, value->text.data, value->text.len);
    else
        print_escaped(out, value->text);
    buf_putc(out, '\n');
}

/* An empty value looks the same. */
static void say_absent(struct failure *f, const struct ctl *ctl)
{
    failure_set(f, CTL_NO, "ABSENT", "there is no key %s", ctl->argv[0]);
}

enum ctl_exit cmd_get(const struct ctl *ctl)
{
    static const struct reply_view view = {
        .form = &form_get, .put = put_value, .text = put_text, .no = say_absent};
    const struct span words[] = {span_str("GET"), span_str(ctl->argv[0])};
    static struct ctl one; /* large, and there is one */
    struct failure f;
    one = *ctl;
    if (ctl->given[OPT_FROM] && steer_find(ctl, ctl->value[OPT_FROM], &one, &f) != CTL_OK)
        return print_failure(ctl, &f);
    return reply_show(&one, &view, words, ARRAY_LEN(words));
}
