/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl cas: a key gets a value if it holds another one now. */
#include "raftctl/cmd.h"
#include "raftctl/reply.h"

const struct form form_cas = {.schema = "swapped:b holds:k rev?:n"};

/* [1 or 0, what the key holds then] */
static bool put_outcome(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                        enum ctl_exit *code)
{
    (void)ctl;
    if (value->kind != RESP_ARRAY || value->count != 2 ||
        resp_bare(resp_child(value, 0))->kind != RESP_INTEGER)
        return false;
    bool swapped = resp_bare(resp_child(value, 0))->integer == 1;
    *code = swapped ? CTL_OK : CTL_NO;
    jsonw_kv_bool(w, "swapped", swapped);
    return reply_put_bytes(w, "holds", resp_child(value, 1));
}

static void put_text(struct buf *out, const struct ctl *ctl, const struct resp_value *value)
{
    const struct resp_value *holds = resp_bare(resp_child(value, 1));
    (void)ctl;
    if (resp_bare(resp_child(value, 0))->integer == 1) {
        buf_puts(out, "ok\n");
        return;
    }
    buf_puts(out, holds->kind == RESP_NULL ? "the key is absent" : "the key holds ");
    print_escaped(out, holds->kind == RESP_NULL ? span_str("") : holds->text);
    buf_putc(out, '\n');
}

enum ctl_exit cmd_cas(const struct ctl *ctl)
{
    static const struct reply_view view = {
        .form = &form_cas, .writes = true, .put = put_outcome, .text = put_text};
    struct span words[4] = {span_str("CAS")};
    for (int i = 0; i < ctl->argc; i++)
        words[i + 1] = span_str(ctl->argv[i]);
    return reply_show(ctl, &view, words, (size_t)ctl->argc + 1);
}
