/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on lists and sets. A value is one piece: what changes it costs as much as it is long,
 * as APPEND does. Without elements there is no key. */
#include "base/mem.h"
#include "kv/command_impl.h"
#include "kv/elements.h"

static void put(const struct command_call *call, struct kv_item *item, enum kv_type type,
                struct span packed)
{
    if (packed.len == 0) {
        (void)kv_delete(call->kv, call->argv[1]);
        return;
    }
    item->type = type;
    item->value = packed;
    item->rev = call->index;
    kv_put_item(call->kv, item);
}

static bool packed_fits(const struct buf *packed, struct buf *reply)
{
    ASSERT(!packed->overflow);
    if (packed->len <= LIMIT_VALUE_BYTES)
        return true;
    respw_errorf(reply, "ERR list or set exceeds maximum allowed size (%u bytes)",
                 LIMIT_VALUE_BYTES);
    return false;
}

/* So many elements as an array. */
static void reply_elements(struct bytes left, size_t count, struct buf *reply)
{
    struct bytes measured = left;
    struct span element;
    size_t bytes = 0;
    for (size_t i = 0; i < count && elements_next(&measured, &element); i++)
        bytes += element.len + BULK_OVERHEAD_BYTES;
    if (bytes > LIMIT_REPLY_BYTES) {
        respw_errorf(reply, "ERR the reply is longer than %u bytes", LIMIT_REPLY_BYTES);
        return;
    }
    respw_array(reply, count);
    for (size_t i = 0; i < count && elements_next(&left, &element); i++)
        respw_bulk(reply, element);
}

/* ---- lists ---- */

void apply_lrange(const struct command_call *call, struct buf *reply)
{
    int64_t start, end;
    if (!span_to_i64(call->argv[2], &start) || !span_to_i64(call->argv[3], &end)) {
        reply_not_an_integer(reply);
        return;
    }
    struct span packed = held_item(call).value, skipped;
    struct bytes left = elements_of(packed);
    size_t len = elements_count(packed);
    size_t from = range_position(start, len);
    size_t to = end < -(int64_t)len ? 0 : range_position(end, len) + 1;
    to = to > len ? len : to;
    for (size_t i = 0; i < from; i++)
        (void)elements_next(&left, &skipped);
    reply_elements(left, from < to ? to - from : 0, reply);
}

void apply_rpush(const struct command_call *call, struct buf *reply)
{
    struct kv_item item = held_item(call);
    struct buf packed = {0};
    buf_put(&packed, item.value.data, item.value.len);
    for (size_t i = 2; i < call->argc; i++)
        elements_put(&packed, call->argv[i]);
    if (key_fits(call->argv[1], reply) && packed_fits(&packed, reply)) {
        respw_unsigned(reply, elements_count(item.value) + call->argc - 2);
        put(call, &item, KV_LIST, span_of(packed.data, packed.len));
    }
    buf_free(&packed);
}

void apply_lpop(const struct command_call *call, struct buf *reply)
{
    struct kv_item item = held_item(call);
    struct bytes left = elements_of(item.value);
    struct span first;
    if (!elements_next(&left, &first)) {
        respw_null(reply, call->version);
        return;
    }
    respw_bulk(reply, first);
    put(call, &item, KV_LIST, span_of(item.value.data + left.at, bytes_left(&left)));
}

/* ---- sets ---- */

void apply_smembers(const struct command_call *call, struct buf *reply)
{
    struct span packed = held_item(call).value;
    reply_elements(elements_of(packed), elements_count(packed), reply);
}

void apply_sismember(const struct command_call *call, struct buf *reply)
{
    respw_integer(reply, elements_have(held_item(call).value, call->argv[2]));
}

static void change(const struct command_call *call, bool add, struct buf *reply)
{
    struct kv_item item = held_item(call);
    struct buf packed = {0};
    struct span *members = mem_array(call->argc - 2, sizeof(*members));
    memcpy(members, call->argv + 2, (call->argc - 2) * sizeof(*members));
    size_t changed = add ? elements_add(item.value, members, call->argc - 2, &packed)
                         : elements_remove(item.value, members, call->argc - 2, &packed);
    if (key_fits(call->argv[1], reply) && packed_fits(&packed, reply)) {
        respw_unsigned(reply, changed);
        if (changed > 0)
            put(call, &item, KV_SET, span_of(packed.data, packed.len));
    }
    mem_free(members);
    buf_free(&packed);
}

void apply_sadd(const struct command_call *call, struct buf *reply)
{
    change(call, true, reply);
}

void apply_srem(const struct command_call *call, struct buf *reply)
{
    change(call, false, reply);
}
