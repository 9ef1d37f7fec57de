/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl set: gives a key a value, which may come from standard input. */
#include "raftctl/cmd.h"
#include "raftctl/write_once.h"

#include <errno.h>
#include <stdio.h>

/* All of standard input, as it is. */
static enum ctl_exit read_value(struct buf *value, struct failure *f)
{
    char bytes[65536];
    size_t n;
    buf_init(value, LIMIT_RESP_BYTES);
    while ((n = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
        buf_put(value, bytes, n);
    if (ferror(stdin)) {
        failure_set(f, CTL_IO, "IO", "standard input: %s", strerror(errno));
        return f->exit;
    }
    if (value->overflow) {
        failure_set(f, CTL_INPUT, "INPUT", "the value is longer than %u bytes", LIMIT_RESP_BYTES);
        return f->exit;
    }
    return CTL_OK;
}

static void put_result(struct buf *out, const struct ctl *ctl, bool was_set)
{
    if (ctl->given[OPT_QUIET])
        return;
    if (ctl_output_is_json(ctl->output))
        buf_putf(out, "{\"v\":1,\"set\":%s}\n", was_set ? "true" : "false");
    else
        buf_puts(out, was_set ? "ok\n" : "the key has a value already\n");
}

static enum ctl_exit set(const struct ctl *ctl, struct span value)
{
    const struct span words[] = {span_str("SET"), span_str(ctl->argv[0]), value, span_str("NX")};
    size_t words_count = ctl->given[OPT_IF_ABSENT] ? 4 : 3;
    struct answer answer;
    struct failure failure;
    if (write_once(ctl, words, words_count, &answer, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    enum resp_kind kind = answer.value->kind;
    enum ctl_exit exit;
    if (kind == RESP_SIMPLE || (kind == RESP_NULL && ctl->given[OPT_IF_ABSENT])) {
        struct buf out = {0};
        put_result(&out, ctl, kind == RESP_SIMPLE);
        exit = print_out(ctl, &out, kind == RESP_SIMPLE ? CTL_OK : CTL_NO);
        buf_free(&out);
    } else {
        (void)ask_surprised(&answer, &failure);
        exit = print_failure(ctl, &failure);
    }
    conn_close(&answer.conn);
    return exit;
}

enum ctl_exit cmd_set(const struct ctl *ctl)
{
    if (strcmp(ctl->argv[1], "-") != 0)
        return set(ctl, span_str(ctl->argv[1]));
    struct buf value;
    struct failure failure;
    enum ctl_exit exit = read_value(&value, &failure);
    if (exit == CTL_OK)
        exit = set(ctl, span_of(value.data, value.len));
    else
        exit = print_failure(ctl, &failure);
    buf_free(&value);
    return exit;
}
