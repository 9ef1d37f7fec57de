/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that give keys values. Like all that change something: an error reply means that nothing
 * has happened. */
#include "base/units.h"
#include "kv/command_impl.h"

enum set_ttl { TTL_NONE, TTL_GIVEN, TTL_KEEP };

struct set_options {
    bool if_absent;
    bool if_present;
    bool get;
    enum set_ttl ttl;
    struct span text; /* TTL_GIVEN */
    uint64_t unit_ns;
};

/* The option at *i; *i moves over its value. */
static bool set_option(const struct command_call *call, size_t *i, struct set_options *o)
{
    struct span word = call->argv[*i];
    bool seconds = span_is_word(word, "ex");
    if (span_is_word(word, "nx"))
        o->if_absent = true;
    else if (span_is_word(word, "xx"))
        o->if_present = true;
    else if (span_is_word(word, "get"))
        o->get = true;
    else if (span_is_word(word, "keepttl") && o->ttl == TTL_NONE)
        o->ttl = TTL_KEEP;
    else if ((seconds || span_is_word(word, "px")) && o->ttl == TTL_NONE && *i + 1 < call->argc) {
        o->ttl = TTL_GIVEN;
        o->unit_ns = seconds ? NS_PER_S : NS_PER_MS;
        o->text = call->argv[++*i];
    } else {
        return false;
    }
    return true;
}

static bool has_date(const struct command_call *call)
{
    for (size_t i = 3; i < call->argc; i++) {
        if (span_is_word(call->argv[i], "exat") || span_is_word(call->argv[i], "pxat"))
            return true;
    }
    return false;
}

static bool set_options(const struct command_call *call, struct set_options *o, struct buf *reply)
{
    bool known = true;
    for (size_t i = 3; i < call->argc && known; i++)
        known = set_option(call, &i, o);
    if (known && !(o->if_absent && o->if_present))
        return true;
    if (has_date(call))
        respw_error(reply, "ERR EXAT and PXAT are not supported: keys expire by the log's clock, "
                           "which knows no date; use EX or PX");
    else
        reply_syntax_error(reply);
    return false;
}

void apply_set(const struct command_call *call, struct buf *reply)
{
    struct span key = call->argv[1], value = call->argv[2];
    struct set_options options = {0};
    struct kv_item old = {0};
    uint64_t expires_ns = 0;
    if (!set_options(call, &options, reply))
        return;
    if (options.ttl == TTL_GIVEN &&
        !expiry_of(call, options.text, options.unit_ns, &expires_ns, reply))
        return;
    if (!key_fits(key, reply) || !value_fits(value.len, reply))
        return;
    bool present = kv_get(call->kv, key, &old);
    if (options.get && present && old.type != KV_STRING) {
        reply_wrong_type(reply);
        return;
    }
    bool write = !(options.if_absent && present) && !(options.if_present && !present);
    if (options.get && present)
        respw_bulk(reply, old.value);
    else if (options.get || !write)
        respw_null(reply, call->version);
    else
        respw_ok(reply);
    if (options.ttl == TTL_KEEP)
        expires_ns = old.expires_ns;
    if (write)
        kv_put_until(call->kv, key, value, call->index, expires_ns);
}

void apply_setnx(const struct command_call *call, struct buf *reply)
{
    struct kv_item old;
    if (!key_fits(call->argv[1], reply) || !value_fits(call->argv[2].len, reply))
        return;
    bool absent = !kv_get(call->kv, call->argv[1], &old);
    if (absent)
        kv_put(call->kv, call->argv[1], call->argv[2], call->index);
    respw_integer(reply, absent);
}

static void set_for(const struct command_call *call, uint64_t unit_ns, struct buf *reply)
{
    uint64_t expires_ns;
    if (!expiry_of(call, call->argv[2], unit_ns, &expires_ns, reply))
        return;
    if (!key_fits(call->argv[1], reply) || !value_fits(call->argv[3].len, reply))
        return;
    kv_put_until(call->kv, call->argv[1], call->argv[3], call->index, expires_ns);
    respw_ok(reply);
}

void apply_setex(const struct command_call *call, struct buf *reply)
{
    set_for(call, NS_PER_S, reply);
}

void apply_psetex(const struct command_call *call, struct buf *reply)
{
    set_for(call, NS_PER_MS, reply);
}

void apply_getset(const struct command_call *call, struct buf *reply)
{
    if (!key_fits(call->argv[1], reply) || !value_fits(call->argv[2].len, reply))
        return;
    reply_held(call, reply);
    kv_put(call->kv, call->argv[1], call->argv[2], call->index);
}

void apply_getdel(const struct command_call *call, struct buf *reply)
{
    reply_held(call, reply);
    if (call->held != NULL)
        kv_delete(call->kv, call->argv[1]);
}

void apply_getex(const struct command_call *call, struct buf *reply)
{
    const struct kv_item *old = call->held;
    uint64_t expires_ns = 0;
    bool change = call->argc > 2;
    bool persist = call->argc == 3 && span_is_word(call->argv[2], "persist");
    bool seconds = call->argc == 4 && span_is_word(call->argv[2], "ex");
    bool millis = call->argc == 4 && span_is_word(call->argv[2], "px");
    if (change && !persist && !seconds && !millis) {
        reply_syntax_error(reply);
        return;
    }
    if ((seconds || millis) &&
        !expiry_of(call, call->argv[3], seconds ? NS_PER_S : NS_PER_MS, &expires_ns, reply))
        return;
    reply_held(call, reply);
    if (old != NULL && change && (!persist || old->expires_ns != 0))
        kv_put_until(call->kv, call->argv[1], old->value, call->index, expires_ns);
}

/* Whether all of key, value, key, value... can be set. */
static bool pairs_fit(const struct command_call *call, struct buf *reply)
{
    if (call->argc % 2 == 0) {
        respw_errorf(reply, "ERR wrong number of arguments for '%s' command",
                     command_find(call->argv[0])->name);
        return false;
    }
    for (size_t i = 1; i < call->argc; i += 2) {
        if (!key_fits(call->argv[i], reply) || !value_fits(call->argv[i + 1].len, reply))
            return false;
    }
    return true;
}

static void set_pairs(const struct command_call *call)
{
    for (size_t i = 1; i < call->argc; i += 2)
        kv_put(call->kv, call->argv[i], call->argv[i + 1], call->index);
}

void apply_mset(const struct command_call *call, struct buf *reply)
{
    if (!pairs_fit(call, reply))
        return;
    set_pairs(call);
    respw_ok(reply);
}

void apply_msetnx(const struct command_call *call, struct buf *reply)
{
    struct kv_item old;
    bool present = false;
    if (!pairs_fit(call, reply))
        return;
    for (size_t i = 1; i < call->argc; i += 2)
        present = present || kv_get(call->kv, call->argv[i], &old);
    if (!present)
        set_pairs(call);
    respw_integer(reply, !present);
}
