/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long keys live: by the log's clock, so that they end at the same entry on all nodes. */
#include "base/units.h"
#include "kv/command_impl.h"

/* 200 years: sums with any sane clock stay below 2^64 ns. */
#define TTL_NS_MAX (200ull * 365 * 24 * 3600 * NS_PER_S)

bool expiry_of(const struct command_call *call, struct span text, uint64_t unit_ns,
               uint64_t *ret_expires_ns, struct buf *reply)
{
    int64_t count;
    if (!span_to_i64(text, &count)) {
        reply_not_an_integer(reply);
        return false;
    }
    if (count <= 0 || (uint64_t)count > TTL_NS_MAX / unit_ns) {
        reply_invalid_expiry(call, reply);
        return false;
    }
    uint64_t ttl_ns = (uint64_t)count * unit_ns;
    *ret_expires_ns = call->clock_ns > UINT64_MAX - ttl_ns ? UINT64_MAX : call->clock_ns + ttl_ns;
    return true;
}

/* ---- asking ---- */

static void ttl(const struct command_call *call, uint64_t unit_ns, struct buf *reply)
{
    struct kv_item item;
    if (!kv_get(call->kv, call->argv[1], &item)) {
        respw_integer(reply, -2);
        return;
    }
    if (item.expires_ns == 0) {
        respw_integer(reply, -1);
        return;
    }
    uint64_t left_ns = item.expires_ns > call->clock_ns ? item.expires_ns - call->clock_ns : 0;
    uint64_t left_ms = left_ns / NS_PER_MS;
    respw_unsigned(reply, unit_ns == NS_PER_MS ? left_ms : (left_ms + 500) / 1000);
}

void apply_ttl(const struct command_call *call, struct buf *reply)
{
    ttl(call, NS_PER_S, reply);
}

void apply_pttl(const struct command_call *call, struct buf *reply)
{
    ttl(call, NS_PER_MS, reply);
}

/* ---- changing ---- */

struct conditions {
    bool nx, xx, gt, lt;
};

static bool conditions_of(const struct command_call *call, struct conditions *c, struct buf *reply)
{
    for (size_t i = 3; i < call->argc; i++) {
        struct span word = call->argv[i];
        if (span_is_word(word, "nx")) {
            c->nx = true;
        } else if (span_is_word(word, "xx")) {
            c->xx = true;
        } else if (span_is_word(word, "gt")) {
            c->gt = true;
        } else if (span_is_word(word, "lt")) {
            c->lt = true;
        } else {
            int shown = word.len > 64 ? 64 : (int)word.len;
            respw_errorf(reply, "ERR Unsupported option %.*s", shown, word.data);
            return false;
        }
    }
    if (c->nx && (c->xx || c->gt || c->lt)) {
        respw_error(reply, "ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    if (c->gt && c->lt) {
        respw_error(reply, "ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

/* A key without an end lives longer than any other. */
static bool conditions_hold(const struct conditions *c, uint64_t old_ns, uint64_t new_ns)
{
    bool ends = old_ns != 0;
    if (c->nx && ends)
        return false;
    if (c->xx && !ends)
        return false;
    if (c->gt && (!ends || new_ns <= old_ns))
        return false;
    return !(c->lt && ends && new_ns >= old_ns);
}

/* The same value, made anew. */
static void set_end(const struct command_call *call, struct kv_item *item, uint64_t expires_ns)
{
    item->rev = call->index;
    item->expires_ns = expires_ns;
    kv_put_item(call->kv, item);
}

/* EXPIRE and PEXPIRE: a time that is over already removes the key. */
static void expire(const struct command_call *call, uint64_t unit_ns, struct buf *reply)
{
    struct conditions conditions = {0};
    struct kv_item item;
    int64_t count;
    uint64_t expires_ns = call->clock_ns;
    if (!span_to_i64(call->argv[2], &count)) {
        reply_not_an_integer(reply);
        return;
    }
    if (count > 0 && !expiry_of(call, call->argv[2], unit_ns, &expires_ns, reply))
        return;
    if (!conditions_of(call, &conditions, reply))
        return;
    bool done = kv_get(call->kv, call->argv[1], &item) &&
                conditions_hold(&conditions, item.expires_ns, expires_ns);
    if (done && count <= 0)
        kv_delete(call->kv, call->argv[1]);
    else if (done)
        set_end(call, &item, expires_ns);
    respw_integer(reply, done);
}

void apply_expire(const struct command_call *call, struct buf *reply)
{
    expire(call, NS_PER_S, reply);
}

void apply_pexpire(const struct command_call *call, struct buf *reply)
{
    expire(call, NS_PER_MS, reply);
}

void apply_persist(const struct command_call *call, struct buf *reply)
{
    struct kv_item item;
    bool done = kv_get(call->kv, call->argv[1], &item) && item.expires_ns != 0;
    if (done)
        set_end(call, &item, 0);
    respw_integer(reply, done);
}
