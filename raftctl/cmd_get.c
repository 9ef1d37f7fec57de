/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl get: the value of a key, read at a point all of the cluster agrees on. */
#include "raftctl/ask.h"
#include "raftctl/cmd.h"

/* JSON says null for an absent key; text says nothing. */
static void put_value(struct buf *out, const struct ctl *ctl, const struct resp_value *value)
{
    bool absent = value->kind == RESP_NULL;
    switch (ctl->output) {
    case OUTPUT_JSON:
    case OUTPUT_JSONL: {
        struct jsonw w;
        jsonw_init(&w, out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_key(&w, "key");
        print_json_bytes(&w, span_str(ctl->argv[0]));
        jsonw_key(&w, "value");
        if (absent)
            jsonw_null(&w);
        else
            print_json_bytes(&w, value->text);
        jsonw_end(&w);
        buf_putc(out, '\n');
        return;
    }
    case OUTPUT_TABLE:
        if (!absent) {
            print_escaped(out, value->text);
            buf_putc(out, '\n');
        }
        return;
    case OUTPUT_PLAIN:
        if (!absent) {
            buf_put(out, value->text.data, value->text.len);
            buf_putc(out, '\n');
        }
        return;
    }
}

enum ctl_exit cmd_get(const struct ctl *ctl)
{
    const struct span words[] = {span_str("GET"), span_str(ctl->argv[0])};
    struct answer answer;
    struct failure failure;
    if (ask_cluster(ctl, ASK_READ, words, ARRAY_LEN(words), &answer, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    enum resp_kind kind = answer.value->kind;
    enum ctl_exit exit;
    if (kind != RESP_NULL && kind != RESP_BULK) {
        (void)ask_surprised(&answer, &failure);
        exit = print_failure(ctl, &failure);
    } else {
        struct buf out = {0};
        if (!ctl->given[OPT_QUIET])
            put_value(&out, ctl, answer.value);
        bool missing = kind == RESP_NULL && ctl->given[OPT_MUST_EXIST];
        exit = print_out(ctl, &out, missing ? CTL_NO : CTL_OK);
        buf_free(&out);
    }
    conn_close(&answer.conn);
    return exit;
}
