/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about keys and parts of values that leave the map alone. */
#include "kv/command_impl.h"
#include "kv/glob.h"

void apply_touch(const struct command_call *call, struct buf *reply)
{
    apply_exists(call, reply);
}

void apply_type(const struct command_call *call, struct buf *reply)
{
    struct kv_item item;
    bool present = kv_get(call->kv, call->argv[1], &item);
    respw_simple(reply, present ? kv_type_name(item.type) : "none");
}

size_t range_position(int64_t at, size_t len)
{
    int64_t length = (int64_t)len;
    if (at < 0)
        at = at < -length ? 0 : at + length;
    return at > length ? len : (size_t)at;
}

void apply_getrange(const struct command_call *call, struct buf *reply)
{
    struct span value = held_item(call).value;
    int64_t start, end;
    if (!span_to_i64(call->argv[2], &start) || !span_to_i64(call->argv[3], &end)) {
        reply_not_an_integer(reply);
        return;
    }
    size_t len = value.len;
    bool backwards = start < 0 && end < 0 && start > end;
    size_t from = range_position(start, len), to = range_position(end, len);
    if (len == 0 || from > to || from == len || backwards) {
        respw_bulk(reply, (struct span){0});
        return;
    }
    size_t last = to == len ? len - 1 : to;
    respw_bulk(reply, span_of(value.data + from, last - from + 1));
}

void apply_keys(const struct command_call *call, struct buf *reply)
{
    struct kv_item item;
    struct span pattern = call->argv[1];
    size_t count = 0, bytes = BULK_OVERHEAD_BYTES;
    if (!reply_pattern_fits(pattern, reply))
        return;
    bool more = kv_at_or_after(call->kv, (struct span){0}, &item);
    for (; more; more = kv_after(call->kv, item.key, &item)) {
        if (!glob_match(pattern, item.key))
            continue;
        count++;
        bytes += item.key.len + BULK_OVERHEAD_BYTES;
    }
    if (bytes > LIMIT_REPLY_BYTES) {
        respw_errorf(reply, "ERR the reply is longer than %u bytes; use SCAN", LIMIT_REPLY_BYTES);
        return;
    }
    respw_array(reply, count);
    more = kv_at_or_after(call->kv, (struct span){0}, &item);
    for (; more; more = kv_after(call->kv, item.key, &item)) {
        if (glob_match(pattern, item.key))
            respw_bulk(reply, item.key);
    }
}
