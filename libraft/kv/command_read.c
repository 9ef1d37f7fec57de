/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that leave the map alone. */
#include "kv/command_impl.h"
#include "kv/glob.h"

#include <inttypes.h>

/* A page of SCAN or RANGE is closed beyond this, so that the item it ends with still fits. */
#define PAGE_BYTES_MAX (LIMIT_REPLY_BYTES / 2 - LIMIT_KEY_BYTES)

/* A list or a set is no value here. */
static void reply_string(const struct command_call *call, const struct kv_item *item,
                         struct buf *reply)
{
    if (item->type == KV_STRING)
        respw_bulk(reply, item->value);
    else
        respw_null(reply, call->version);
}

static void reply_value(const struct command_call *call, struct span key, struct buf *reply)
{
    struct kv_item item;
    if (kv_get(call->kv, key, &item))
        reply_string(call, &item, reply);
    else
        respw_null(reply, call->version);
}

void apply_get(const struct command_call *call, struct buf *reply)
{
    reply_held(call, reply);
}

void apply_mget(const struct command_call *call, struct buf *reply)
{
    size_t bytes = 0;
    struct kv_item item;
    for (size_t i = 1; i < call->argc; i++)
        bytes +=
            BULK_OVERHEAD_BYTES + (kv_get(call->kv, call->argv[i], &item) ? item.value.len : 0);
    if (bytes > LIMIT_REPLY_BYTES) {
        respw_errorf(reply, "ERR the reply is longer than %u bytes", LIMIT_REPLY_BYTES);
        return;
    }
    respw_array(reply, call->argc - 1);
    for (size_t i = 1; i < call->argc; i++)
        reply_value(call, call->argv[i], reply);
}

void apply_exists(const struct command_call *call, struct buf *reply)
{
    int64_t count = 0;
    struct kv_item item;
    for (size_t i = 1; i < call->argc; i++)
        count += kv_get(call->kv, call->argv[i], &item);
    respw_integer(reply, count);
}

void apply_strlen(const struct command_call *call, struct buf *reply)
{
    respw_unsigned(reply, held_item(call).value.len);
}

void apply_getrev(const struct command_call *call, struct buf *reply)
{
    if (call->held == NULL) {
        respw_null(reply, call->version);
        return;
    }
    respw_array(reply, 2);
    respw_bulk(reply, call->held->value);
    respw_unsigned(reply, call->held->rev);
}

void apply_dbsize(const struct command_call *call, struct buf *reply)
{
    respw_unsigned(reply, kv_count(call->kv));
}

/* A count argument: 1 and above, cut to LIMIT_SCAN_COUNT. Writes the error and returns 0 if it is
 * none. */
static size_t count_of(struct span text, struct buf *reply)
{
    int64_t count;
    if (!span_to_i64(text, &count)) {
        reply_not_an_integer(reply);
        return 0;
    }
    if (count < 1) {
        reply_syntax_error(reply);
        return 0;
    }
    return count > LIMIT_SCAN_COUNT ? LIMIT_SCAN_COUNT : (size_t)count;
}

/* The items of one SCAN: from first on, `seen` of them, `matched` of which answer the pattern. */
struct page {
    struct kv_item first;
    size_t seen;
    size_t matched;
    size_t bytes;
    uint64_t next; /* the cursor behind it; 0: the end */
};

struct scan {
    struct span pattern;
    size_t count;
    struct span type; /* empty: any */
};

static bool wanted(const struct scan *scan, const struct kv_item *item)
{
    return (scan->type.len == 0 || span_is_word(scan->type, kv_type_name(item->type))) &&
           glob_match(scan->pattern, item->key);
}

/* Looks at count items from place on, and at all that share the last one's place, for a cursor
 * cannot point between those. */
static struct page measure(struct kv *kv, uint64_t place, const struct scan *scan)
{
    struct page page = {0};
    struct kv_item item;
    bool more = kv_scan_at(kv, place, &item);
    page.first = more ? item : page.first;
    while (more) {
        page.seen++;
        if (wanted(scan, &item)) {
            page.matched++;
            page.bytes += item.key.len + BULK_OVERHEAD_BYTES;
        }
        place = kv_scan_place(item.key);
        more = kv_scan_after(kv, item.key, &item);
        if (more && (page.seen >= scan->count || page.bytes > PAGE_BYTES_MAX) &&
            kv_scan_place(item.key) > place) {
            page.next = kv_scan_place(item.key);
            break;
        }
    }
    return page;
}

static bool scan_options(const struct command_call *call, struct scan *scan, struct buf *reply)
{
    for (size_t i = 2; i < call->argc; i += 2) {
        bool has_value = i + 1 < call->argc;
        if (has_value && span_is_word(call->argv[i], "match")) {
            scan->pattern = call->argv[i + 1];
            if (!reply_pattern_fits(scan->pattern, reply))
                return false;
        } else if (has_value && span_is_word(call->argv[i], "type")) {
            scan->type = call->argv[i + 1];
        } else if (has_value && span_is_word(call->argv[i], "count")) {
            scan->count = count_of(call->argv[i + 1], reply);
            if (scan->count == 0)
                return false;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

void apply_scan(const struct command_call *call, struct buf *reply)
{
    uint64_t cursor;
    struct scan scan = {.pattern = span_str("*"), .count = 10};
    if (!span_to_u64(call->argv[1], &cursor)) {
        respw_error(reply, "ERR invalid cursor");
        return;
    }
    if (!scan_options(call, &scan, reply))
        return;
    struct page page = measure(call->kv, cursor, &scan);
    if (page.bytes > LIMIT_REPLY_BYTES) {
        respw_errorf(reply, "ERR the reply is longer than %u bytes", LIMIT_REPLY_BYTES);
        return;
    }
    respw_array(reply, 2);
    respw_bulkf(reply, "%" PRIu64, page.next);
    respw_array(reply, page.matched);
    struct kv_item item = page.first;
    for (size_t i = 0; i < page.seen; i++) {
        if (wanted(&scan, &item))
            respw_bulk(reply, item.key);
        if (i + 1 < page.seen && !kv_scan_after(call->kv, item.key, &item))
            UNREACHABLE();
    }
}

void apply_range(const struct command_call *call, struct buf *reply)
{
    if (call->argc > 4) {
        reply_syntax_error(reply);
        return;
    }
    size_t count = count_of(call->argv[2], reply);
    if (count == 0)
        return;
    size_t seen = 0, bytes = 0;
    struct kv_item item = {0};
    bool more = kv_at_or_after(call->kv, call->argv[1], &item);
    struct kv_item first = item;
    while (more && seen < count && bytes <= PAGE_BYTES_MAX &&
           (call->argc == 3 || span_compare(item.key, call->argv[3]) < 0)) {
        seen++;
        bytes += item.key.len + item.value.len + 2 * BULK_OVERHEAD_BYTES;
        more = kv_after(call->kv, item.key, &item);
    }
    respw_array(reply, 2 * seen);
    item = first;
    for (size_t i = 0; i < seen; i++) {
        respw_bulk(reply, item.key);
        reply_string(call, &item, reply);
        if (i + 1 < seen && !kv_after(call->kv, item.key, &item))
            UNREACHABLE();
    }
}
