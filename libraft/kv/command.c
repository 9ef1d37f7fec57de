/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/command.h"

#include "kv/command_impl.h"

static const struct command commands[] = {
#define X(name, arity, flags, args, reply, summary) \
    {#name, arity, flags, args, reply, summary, apply_##name},
    COMMANDS(X)
#undef X
};

const struct command *command_table(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(commands);
    return commands;
}

const struct command *command_find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (span_is_word(name, commands[i].name))
            return &commands[i];
    }
    return NULL;
}

bool command_check_arity(const struct command *c, size_t argc, struct buf *reply)
{
    if (c->arity < 0 ? argc >= (size_t)-c->arity : argc == (size_t)c->arity)
        return true;
    respw_errorf(reply, "ERR wrong number of arguments for '%s' command", c->name);
    return false;
}

void reply_syntax_error(struct buf *reply)
{
    respw_error(reply, "ERR syntax error");
}

void reply_not_an_integer(struct buf *reply)
{
    respw_error(reply, "ERR value is not an integer or out of range");
}

bool reply_pattern_fits(struct span pattern, struct buf *reply)
{
    if (pattern.len > LIMIT_PATTERN_BYTES)
        respw_errorf(reply, "ERR the pattern is longer than %d bytes", LIMIT_PATTERN_BYTES);
    return pattern.len <= LIMIT_PATTERN_BYTES;
}

void reply_wrong_type(struct buf *reply)
{
    respw_error(reply, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

void reply_invalid_expiry(const struct command_call *call, struct buf *reply)
{
    respw_errorf(reply, "ERR invalid expire time in '%s' command",
                 command_find(call->argv[0])->name);
}

bool key_fits(struct span key, struct buf *reply)
{
    if (key.len <= LIMIT_KEY_BYTES)
        return true;
    respw_errorf(reply, "ERR key exceeds maximum allowed size (%u bytes)", LIMIT_KEY_BYTES);
    return false;
}

bool value_fits(size_t len, struct buf *reply)
{
    if (len <= LIMIT_VALUE_BYTES)
        return true;
    respw_errorf(reply, "ERR string exceeds maximum allowed size (%u bytes)", LIMIT_VALUE_BYTES);
    return false;
}

struct kv_item held_item(const struct command_call *call)
{
    return call->held != NULL ? *call->held : (struct kv_item){.key = call->argv[1]};
}

void reply_held(const struct command_call *call, struct buf *reply)
{
    if (call->held != NULL)
        respw_bulk(reply, call->held->value);
    else
        respw_null(reply, call->version);
}

/* What the command is for stands in its flags. */
static void apply(const struct command *c, struct command_call call, struct buf *reply)
{
    static const unsigned of[] = {
        [KV_STRING] = COMMAND_STRING, [KV_LIST] = COMMAND_LIST, [KV_SET] = COMMAND_SET};
    unsigned types = c->flags & (COMMAND_STRING | COMMAND_LIST | COMMAND_SET);
    struct kv_item item;
    call.held = types != 0 && kv_get(call.kv, call.argv[1], &item) ? &item : NULL;
    if (call.held != NULL && (types & of[item.type]) == 0)
        reply_wrong_type(reply);
    else
        c->apply(&call, reply);
}

void command_apply(const struct command_call *call, struct buf *reply)
{
    ASSERT(call->argc >= 1);
    const struct command *c = command_find(call->argv[0]);
    if (c == NULL) {
        int shown = call->argv[0].len > 64 ? 64 : (int)call->argv[0].len;
        respw_errorf(reply, "ERR unknown command '%.*s'", shown, call->argv[0].data);
        return;
    }
    if (!command_check_arity(c, call->argc, reply))
        return;
    if (c->flags & COMMAND_WRITE)
        ASSERT(call->index > 0 && call->version == RESP2);
    apply(c, *call, reply);
}
