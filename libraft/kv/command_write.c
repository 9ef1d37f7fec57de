/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that change values (command_set.c: that set them). Each one first makes sure that it can
 * succeed as a whole, then changes: an error reply means nothing has happened. */
#include "base/mem.h"
#include "kv/command_impl.h"

#include <inttypes.h>
#include <stdio.h>

void apply_del(const struct command_call *call, struct buf *reply)
{
    int64_t count = 0;
    for (size_t i = 1; i < call->argc; i++)
        count += kv_delete(call->kv, call->argv[i]);
    respw_integer(reply, count);
}

void apply_unlink(const struct command_call *call, struct buf *reply)
{
    apply_del(call, reply);
}

static void add(const struct command_call *call, int64_t delta, struct buf *reply)
{
    int64_t value = 0;
    if (!key_fits(call->argv[1], reply))
        return;
    if (call->held != NULL && !span_to_i64(call->held->value, &value)) {
        reply_not_an_integer(reply);
        return;
    }
    uint64_t expires_ns = held_item(call).expires_ns; /* a counter keeps it */
    if (__builtin_add_overflow(value, delta, &value)) {
        respw_error(reply, "ERR increment or decrement would overflow");
        return;
    }
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, value);
    kv_put_until(call->kv, call->argv[1], span_of(text, (size_t)len), call->index, expires_ns);
    respw_integer(reply, value);
}

void apply_incr(const struct command_call *call, struct buf *reply)
{
    add(call, 1, reply);
}

void apply_decr(const struct command_call *call, struct buf *reply)
{
    add(call, -1, reply);
}

void apply_decrby(const struct command_call *call, struct buf *reply)
{
    int64_t delta;
    if (!span_to_i64(call->argv[2], &delta))
        reply_not_an_integer(reply);
    else if (delta == INT64_MIN)
        respw_error(reply, "ERR decrement would overflow");
    else
        add(call, -delta, reply);
}

void apply_incrby(const struct command_call *call, struct buf *reply)
{
    int64_t delta;
    if (span_to_i64(call->argv[2], &delta))
        add(call, delta, reply);
    else
        reply_not_an_integer(reply);
}

void apply_append(const struct command_call *call, struct buf *reply)
{
    struct span key = call->argv[1], tail = call->argv[2];
    size_t old_len = held_item(call).value.len;
    if (!key_fits(key, reply) || !value_fits(tail.len, reply) ||
        !value_fits(old_len + tail.len, reply))
        return;
    kv_append(call->kv, key, tail, call->index);
    respw_unsigned(reply, old_len + tail.len);
}

void apply_setrange(const struct command_call *call, struct buf *reply)
{
    struct span key = call->argv[1], part = call->argv[3];
    struct kv_item old = held_item(call);
    int64_t offset;
    if (!span_to_i64(call->argv[2], &offset)) {
        reply_not_an_integer(reply);
        return;
    }
    if (offset < 0) {
        respw_error(reply, "ERR offset is out of range");
        return;
    }
    if (part.len == 0) {
        respw_unsigned(reply, old.value.len);
        return;
    }
    size_t room = LIMIT_VALUE_BYTES + 1u; /* what is beyond does not fit anyway */
    size_t begin = (uint64_t)offset < room ? (size_t)offset : room;
    size_t end = begin + (part.len < room ? part.len : room);
    size_t len = end > old.value.len ? end : old.value.len;
    if (!key_fits(key, reply) || !value_fits(len, reply))
        return;
    char *value = mem_alloc(len); /* zeroes between the old end and the part */
    if (old.value.len > 0)
        memcpy(value, old.value.data, old.value.len);
    memcpy(value + begin, part.data, part.len);
    kv_put_until(call->kv, key, span_of(value, len), call->index, old.expires_ns);
    mem_free(value);
    respw_unsigned(reply, len);
}

static void clear(const struct command_call *call, struct buf *reply)
{
    bool known = call->argc == 1 || (call->argc == 2 && (span_is_word(call->argv[1], "sync") ||
                                                         span_is_word(call->argv[1], "async")));
    if (!known) {
        reply_syntax_error(reply);
        return;
    }
    kv_clear(call->kv);
    respw_ok(reply);
}

void apply_flushdb(const struct command_call *call, struct buf *reply)
{
    clear(call, reply);
}

void apply_flushall(const struct command_call *call, struct buf *reply)
{
    clear(call, reply);
}

/* What CAS and CASDEL answer: whether it happened, and what the key holds now. now: if it happened;
 * NULL: nothing. */
static void reply_swap(const struct command_call *call, bool done, const struct span *now,
                       struct buf *reply)
{
    respw_array(reply, 2);
    respw_integer(reply, done);
    if (!done)
        reply_held(call, reply);
    else if (now != NULL)
        respw_bulk(reply, *now);
    else
        respw_null(reply, call->version);
}

static bool holds(const struct command_call *call, struct span expected)
{
    return call->held != NULL && span_equal(call->held->value, expected);
}

void apply_cas(const struct command_call *call, struct buf *reply)
{
    if (call->argc > 4) {
        respw_error(reply, "ERR wrong number of arguments for 'cas' command");
        return;
    }
    struct span key = call->argv[1], new = call->argv[call->argc - 1];
    if (!key_fits(key, reply) || !value_fits(new.len, reply))
        return;
    bool equal = call->argc == 3 ? call->held == NULL : holds(call, call->argv[2]);
    if (equal)
        kv_put(call->kv, key, new, call->index);
    reply_swap(call, equal, &new, reply);
}

void apply_casdel(const struct command_call *call, struct buf *reply)
{
    bool equal = holds(call, call->argv[2]);
    if (equal)
        kv_delete(call->kv, call->argv[1]);
    reply_swap(call, equal, NULL, reply);
}
