/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/transaction.h"

#include "base/bytes.h"

/* ---- bytes ---- */

static int fits(struct buf *out, size_t begin, struct err *e)
{
    if (!out->overflow)
        return 0;
    out->len = begin;
    return err_set(e, -E_LIMIT, "transaction: longer than %zu bytes", out->max);
}

int transaction_put_key(struct buf *out, struct span key, struct err *e)
{
    if (key.len > LIMIT_KEY_BYTES)
        return err_set(e, -E_LIMIT, "key exceeds maximum allowed size (%u bytes)", LIMIT_KEY_BYTES);
    size_t begin = out->len;
    buf_put_u32(out, (uint32_t)key.len);
    buf_put(out, key.data, key.len);
    return fits(out, begin, e);
}

int transaction_put_command(struct buf *out, const struct span *argv, size_t argc, struct err *e)
{
    size_t begin = out->len;
    buf_put_u32(out, 0);
    int code = command_encode(out, argv, argc, e);
    if (code < 0) {
        out->len = begin;
        return code;
    }
    size_t len = out->len - begin - 4;
    for (size_t i = 0; i < 4; i++)
        out->data[begin + i] = (char)(uint8_t)(len >> (8 * i));
    return 0;
}

int transaction_encode(struct buf *out, const struct transaction *t, struct err *e)
{
    if (t->watches_count > LIMIT_TRANSACTION_WATCHES)
        return err_set(e, -E_LIMIT, "transaction: more than %u watched keys",
                       LIMIT_TRANSACTION_WATCHES);
    if (t->commands_count > LIMIT_TRANSACTION_COMMANDS)
        return err_set(e, -E_LIMIT, "transaction: more than %u commands",
                       LIMIT_TRANSACTION_COMMANDS);
    size_t room = COMMAND_BYTES_MAX - TRANSACTION_HEAD_BYTES - 8 * t->watches_count;
    if (t->keys.len > room || t->commands.len > room - t->keys.len)
        return err_set(e, -E_LIMIT, "transaction: longer than %u bytes", COMMAND_BYTES_MAX);
    size_t begin = out->len;
    ASSERT(t->revs.len == 0 || t->revs.len == 8 * t->watches_count);
    buf_put_u16(out, (uint16_t)t->watches_count);
    buf_put_u16(out, (uint16_t)t->commands_count);
    buf_put(out, t->revs.data, t->revs.len);
    buf_put_zeros(out, 8 * t->watches_count - t->revs.len);
    buf_put(out, t->keys.data, t->keys.len);
    buf_put(out, t->commands.data, t->commands.len);
    return fits(out, begin, e);
}

size_t transaction_rev_offset(size_t i)
{
    return TRANSACTION_HEAD_BYTES + 8 * i;
}

/* What has been read since `begin` was a copy of c. */
static struct span since(struct bytes begin, const struct bytes *c)
{
    size_t len = c->at - begin.at;
    return span_of(bytes_take(&begin, len), len);
}

static bool take_keys(struct bytes *c, struct transaction *t)
{
    struct bytes begin = *c;
    for (size_t i = 0; i < t->watches_count; i++) {
        size_t len = bytes_u32(c);
        (void)bytes_take(c, len);
        if (c->bad || len > LIMIT_KEY_BYTES)
            return false;
    }
    t->keys = since(begin, c);
    return true;
}

static bool take_commands(struct bytes *c, struct transaction *t, struct command_words *scratch)
{
    struct bytes begin = *c;
    for (size_t i = 0; i < t->commands_count; i++) {
        size_t len = bytes_u32(c);
        struct span command = span_of(bytes_take(c, len), len);
        if (c->bad || command_decode(command, scratch, NULL) < 0)
            return false;
    }
    t->commands = since(begin, c);
    return true;
}

int transaction_decode(struct span payload, struct command_words *scratch, struct transaction *ret,
                       struct err *e)
{
    struct bytes c = bytes_of(payload.data, payload.len);
    struct transaction t = {0};
    t.watches_count = bytes_u16(&c);
    t.commands_count = bytes_u16(&c);
    if (c.bad || t.watches_count > LIMIT_TRANSACTION_WATCHES ||
        t.commands_count > LIMIT_TRANSACTION_COMMANDS || payload.len > COMMAND_BYTES_MAX)
        return err_set(e, -E_CORRUPT, "transaction: %zu bytes, %zu watched keys, %zu commands",
                       payload.len, t.watches_count, t.commands_count);
    t.revs.len = 8 * t.watches_count;
    t.revs.data = (const char *)bytes_take(&c, t.revs.len);
    if (c.bad || !take_keys(&c, &t))
        return err_set(e, -E_CORRUPT, "transaction: its watched keys do not fit");
    if (!take_commands(&c, &t, scratch))
        return err_set(e, -E_CORRUPT, "transaction: its commands do not fit");
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "transaction: bytes left over");
    *ret = t;
    return 0;
}

bool transaction_next_command(const struct transaction *t, size_t *at,
                              struct command_words *ret_words)
{
    struct bytes c = bytes_of(t->commands.data, t->commands.len);
    (void)bytes_take(&c, *at);
    if (bytes_left(&c) == 0)
        return false;
    size_t len = bytes_u32(&c);
    int code = command_decode(span_of(bytes_take(&c, len), len), ret_words, NULL);
    ASSERT(code == 0); /* transaction_decode has looked */
    *at += 4 + len;
    return true;
}

/* ---- execution ---- */

static bool unchanged(const struct transaction *t, const struct kv *kv)
{
    struct bytes keys = bytes_of(t->keys.data, t->keys.len);
    struct bytes revs = bytes_of(t->revs.data, t->revs.len);
    struct kv_item item;
    for (size_t i = 0; i < t->watches_count; i++) {
        size_t len = bytes_u32(&keys);
        struct span key = span_of(bytes_take(&keys, len), len);
        uint64_t rev = kv_get(kv, key, &item) ? item.rev : 0;
        if (rev != bytes_u64(&revs))
            return false;
    }
    return true;
}

void transaction_apply(const struct transaction *t, struct command_call *call,
                       struct history *history, struct command_words *scratch, struct buf *reply)
{
    if (!unchanged(t, call->kv)) {
        respw_null_array(reply, RESP2);
        return;
    }
    struct kv *before = kv_copy(call->kv); /* to go back to */
    uint64_t noted = history == NULL ? 0 : history_next(history);
    struct buf replies = {.max = LIMIT_TRANSACTION_REPLY_BYTES};
    size_t at = 0;
    while (!replies.overflow && transaction_next_command(t, &at, scratch)) {
        call->argv = scratch->argv;
        call->argc = scratch->argc;
        command_apply(call, &replies);
    }
    if (replies.overflow) {
        kv_free(call->kv);
        kv_set_history(before, history);
        call->kv = before;
        if (history != NULL)
            history_rewind(history, noted);
        respw_errorf(reply, "ERR the replies are longer than %u bytes; nothing was done",
                     LIMIT_TRANSACTION_REPLY_BYTES);
    } else {
        kv_free(before);
        respw_array(reply, t->commands_count);
        buf_put(reply, replies.data, replies.len);
    }
    buf_free(&replies);
}
