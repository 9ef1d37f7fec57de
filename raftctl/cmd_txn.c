/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl txn: commands that are executed as one entry of the log, all or none. */
#include "base/mem.h"
#include "raftctl/cmd.h"
#include "raftctl/input.h"
#include "raftctl/reply.h"
#include "wire/resp_inline.h"

const struct form form_txn = {.rows = "replies",
                              .columns = "COMMAND=command REPLY=reply",
                              .schema = "replies:[{command:s reply:*}] rev?:n"};

/* Commands read from a text that is borrowed. */
struct txn {
    struct ctl_words *commands; /* owned, as is each argv */
    size_t count, cap;
};

static void txn_free(struct txn *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free((void *)t->commands[i].argv);
    mem_free(t->commands);
    *t = (struct txn){0};
}

/* The words of one line, unescaped in place; false: a quote is not closed. */
static bool read_line(char *line, size_t len, struct txn *t)
{
    struct span *argv = NULL, word;
    size_t at = 0, argc = 0, cap = 0;
    int more;
    while ((more = resp_inline_word(line, len, &at, &word)) > 0 && argc < LIMIT_RESP_ARGS) {
        argv = mem_room(argv, argc + 1, &cap, sizeof(*argv));
        argv[argc++] = word;
    }
    if (argc == 0 || more != 0) {
        mem_free(argv);
        return more == 0;
    }
    t->commands = mem_room(t->commands, t->count + 1, &t->cap, sizeof(*t->commands));
    t->commands[t->count++] = (struct ctl_words){argv, argc};
    return true;
}

static enum ctl_exit read_commands(struct buf *text, struct txn *t, struct failure *f)
{
    size_t number = 1;
    for (size_t at = 0; at < text->len; number++) {
        char *line = text->data + at;
        const char *stop = memchr(line, '\n', text->len - at);
        size_t len = stop != NULL ? (size_t)(stop - line) : text->len - at;
        if (*line != '#' && (!read_line(line, len, t) || t->count > LIMIT_TRANSACTION_COMMANDS)) {
            failure_set(f, CTL_INPUT, "INPUT", "line %zu: a quote is not closed, or too many words",
                        number);
            failure_fix(f, "a command a line, as for redis-cli: SET greeting \"hello there\"");
            return f->exit;
        }
        at += len + 1;
    }
    if (t->count > 0)
        return CTL_OK;
    failure_set(f, CTL_INPUT, "INPUT", "there are no commands");
    failure_fix(f, "printf 'INCR a\\nINCR b\\n' | raftctl txn");
    return f->exit;
}

static void put_reply(struct jsonw *w, const struct resp_value *v)
{
    const struct resp_value *child = v + 1;
    switch (v->kind) {
    case RESP_INTEGER: jsonw_i64(w, v->integer); return;
    case RESP_NULL: jsonw_null(w); return;
    case RESP_ARRAY:
        jsonw_array(w);
        for (size_t i = 0; i < v->count; i++, child += child->nodes) {
            if (child->kind == RESP_ARRAY)
                jsonw_string(w, "...");
            else
                put_reply(w, child);
        }
        jsonw_end(w);
        return;
    case RESP_SIMPLE:
    case RESP_ERROR:
    case RESP_BULK:
    case RESP_DOUBLE:
    case RESP_BOOL:
    case RESP_BIGNUM:
    case RESP_VERBATIM:
    case RESP_MAP:
    case RESP_SET:
    case RESP_PUSH:
    case RESP_ATTRIBUTE: print_json_bytes(w, v->text); return;
    }
}

static bool put_replies(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                        enum ctl_exit *code)
{
    bool good = value->kind == RESP_ARRAY && value->count + 1 == ctl->before_count;
    const struct resp_value *reply = value + 1;
    jsonw_key(w, "replies");
    jsonw_array(w);
    for (size_t i = 0; good && i < value->count; i++, reply += reply->nodes) {
        const struct span *first = ctl->before[i + 1].argv;
        jsonw_object(w);
        jsonw_key(w, "command");
        jsonw_bytes(w, first->data, first->len);
        jsonw_key(w, "reply");
        put_reply(w, resp_bare(reply));
        jsonw_end(w);
        if (resp_bare(reply)->kind == RESP_ERROR)
            *code = CTL_NO;
    }
    jsonw_end(w);
    return good;
}

/* MULTI and the commands go ahead on every connection, EXEC is the write of the session. */
static enum ctl_exit execute(const struct ctl *ctl, const struct txn *t)
{
    static const struct reply_view view = {.form = &form_txn, .writes = true, .put = put_replies};
    const struct span multi[] = {span_str("MULTI")}, exec[] = {span_str("EXEC")};
    static struct ctl with; /* large, and there is one */
    struct ctl_words *before = mem_array(t->count + 1, sizeof(*before));
    before[0] = (struct ctl_words){multi, 1};
    for (size_t i = 0; i < t->count; i++)
        before[i + 1] = t->commands[i];
    with = *ctl;
    with.before = before;
    with.before_count = t->count + 1;
    enum ctl_exit exit = reply_show(&with, &view, exec, 1);
    mem_free(before);
    return exit;
}

enum ctl_exit cmd_txn(const struct ctl *ctl)
{
    struct buf text;
    struct txn txn = {0};
    struct failure f;
    const char *file = ctl->value[OPT_FILE] != NULL ? ctl->value[OPT_FILE] : "-";
    enum ctl_exit exit = input_read(file, LIMIT_RESP_BYTES, &text, &f);
    if (exit == CTL_OK)
        exit = read_commands(&text, &txn, &f);
    exit = exit == CTL_OK ? execute(ctl, &txn) : print_failure(ctl, &f);
    txn_free(&txn);
    buf_free(&text);
    return exit;
}
