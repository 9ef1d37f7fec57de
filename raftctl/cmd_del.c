/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl del: removes keys, and says how many there were. */
#include "base/mem.h"
#include "raftctl/cmd.h"
#include "raftctl/write_once.h"

#include <stdlib.h>

static void put_count(struct buf *out, const struct ctl *ctl, int64_t count)
{
    if (ctl->given[OPT_QUIET])
        return;
    if (ctl_output_is_json(ctl->output))
        buf_putf(out, "{\"v\":1,\"removed\":%lld}\n", (long long)count);
    else
        buf_putf(out, "%lld\n", (long long)count);
}

static enum ctl_exit del(const struct ctl *ctl, const struct span *words, size_t words_count)
{
    struct answer answer;
    struct failure failure;
    if (write_once(ctl, words, words_count, &answer, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    enum ctl_exit exit;
    if (answer.value->kind == RESP_INTEGER) {
        struct buf out = {0};
        put_count(&out, ctl, answer.value->integer);
        bool missing = answer.value->integer < ctl->argc && ctl->given[OPT_MUST_EXIST];
        exit = print_out(ctl, &out, missing ? CTL_NO : CTL_OK);
        buf_free(&out);
    } else {
        (void)ask_surprised(&answer, &failure);
        exit = print_failure(ctl, &failure);
    }
    conn_close(&answer.conn);
    return exit;
}

enum ctl_exit cmd_del(const struct ctl *ctl)
{
    size_t words_count = (size_t)ctl->argc + 1;
    struct span *words = mem_array(words_count, sizeof(*words));
    words[0] = span_str("DEL");
    for (int i = 0; i < ctl->argc; i++)
        words[i + 1] = span_str(ctl->argv[i]);
    enum ctl_exit exit = del(ctl, words, words_count);
    mem_free(words);
    return exit;
}
