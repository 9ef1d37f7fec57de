/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that change the map. Each one first makes sure that it can succeed as a whole, then
 * changes: an error reply means nothing has happened. */
#include "kv/command_impl.h"

#include <inttypes.h>
#include <stdio.h>

static bool key_fits(struct span key, struct buf *reply)
{
    if (key.len <= LIMIT_KEY_BYTES)
        return true;
    respw_errorf(reply, "ERR key exceeds maximum allowed size (%u bytes)", LIMIT_KEY_BYTES);
    return false;
}

static bool value_fits(size_t len, struct buf *reply)
{
    if (len <= LIMIT_VALUE_BYTES)
        return true;
    respw_errorf(reply, "ERR string exceeds maximum allowed size (%u bytes)", LIMIT_VALUE_BYTES);
    return false;
}

struct set_options {
    bool if_absent;
    bool if_present;
    bool get;
};

static bool set_options(const struct command_call *call, struct set_options *ret)
{
    for (size_t i = 3; i < call->argc; i++) {
        if (span_is_word(call->argv[i], "nx"))
            ret->if_absent = true;
        else if (span_is_word(call->argv[i], "xx"))
            ret->if_present = true;
        else if (span_is_word(call->argv[i], "get"))
            ret->get = true;
        else
            return false;
    }
    return !(ret->if_absent && ret->if_present);
}

void apply_set(const struct command_call *call, struct buf *reply)
{
    struct span key = call->argv[1], value = call->argv[2];
    struct set_options options = {0};
    struct kv_item old;
    if (!set_options(call, &options)) {
        reply_syntax_error(reply);
        return;
    }
    if (!key_fits(key, reply) || !value_fits(value.len, reply))
        return;
    bool present = kv_get(call->kv, key, &old);
    bool write = !(options.if_absent && present) && !(options.if_present && !present);
    if (options.get && present)
        respw_bulk(reply, old.value);
    else if (options.get || !write)
        respw_null(reply, call->version);
    else
        respw_ok(reply);
    if (write)
        kv_put(call->kv, key, value, call->index);
}

void apply_mset(const struct command_call *call, struct buf *reply)
{
    if (call->argc % 2 == 0) {
        respw_error(reply, "ERR wrong number of arguments for 'mset' command");
        return;
    }
    for (size_t i = 1; i < call->argc; i += 2) {
        if (!key_fits(call->argv[i], reply) || !value_fits(call->argv[i + 1].len, reply))
            return;
    }
    for (size_t i = 1; i < call->argc; i += 2)
        kv_put(call->kv, call->argv[i], call->argv[i + 1], call->index);
    respw_ok(reply);
}

void apply_del(const struct command_call *call, struct buf *reply)
{
    int64_t count = 0;
    for (size_t i = 1; i < call->argc; i++)
        count += kv_delete(call->kv, call->argv[i]);
    respw_integer(reply, count);
}

static void add(const struct command_call *call, int64_t delta, struct buf *reply)
{
    struct kv_item item;
    int64_t value = 0;
    if (!key_fits(call->argv[1], reply))
        return;
    if (kv_get(call->kv, call->argv[1], &item) && !span_to_i64(item.value, &value)) {
        reply_not_an_integer(reply);
        return;
    }
    if (__builtin_add_overflow(value, delta, &value)) {
        respw_error(reply, "ERR increment or decrement would overflow");
        return;
    }
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, value);
    kv_put(call->kv, call->argv[1], span_of(text, (size_t)len), call->index);
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
    struct kv_item old;
    size_t old_len = kv_get(call->kv, key, &old) ? old.value.len : 0;
    if (!key_fits(key, reply) || !value_fits(tail.len, reply) ||
        !value_fits(old_len + tail.len, reply))
        return;
    kv_append(call->kv, key, tail, call->index);
    respw_unsigned(reply, old_len + tail.len);
}

/* What CAS and CASDEL answer: whether it happened, and what the key holds now. */
static void reply_swap(const struct command_call *call, bool done, struct buf *reply)
{
    struct kv_item item;
    respw_array(reply, 2);
    respw_integer(reply, done);
    if (kv_get(call->kv, call->argv[1], &item))
        respw_bulk(reply, item.value);
    else
        respw_null(reply, call->version);
}

void apply_cas(const struct command_call *call, struct buf *reply)
{
    if (call->argc > 4) {
        respw_error(reply, "ERR wrong number of arguments for 'cas' command");
        return;
    }
    struct span key = call->argv[1], new = call->argv[call->argc - 1];
    struct kv_item item;
    if (!key_fits(key, reply) || !value_fits(new.len, reply))
        return;
    bool present = kv_get(call->kv, key, &item);
    bool equal = call->argc == 3 ? !present : present && span_equal(item.value, call->argv[2]);
    if (equal)
        kv_put(call->kv, key, new, call->index);
    reply_swap(call, equal, reply);
}

void apply_casdel(const struct command_call *call, struct buf *reply)
{
    struct kv_item item;
    bool equal = kv_get(call->kv, call->argv[1], &item) && span_equal(item.value, call->argv[2]);
    if (equal)
        kv_delete(call->kv, call->argv[1]);
    reply_swap(call, equal, reply);
}
