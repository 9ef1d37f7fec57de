/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT LOG, RAFT CONFIG, RAFT EVENTS: looking into a node without a debugger, as JSON. */
#include "base/units.h"
#include "node/clients/admin.h"

#include <stdio.h>

#define COUNT_DEFAULT 10
#define COUNT_MAX     100 /* entries may have to be read from the disk */
#define SHOWN_BYTES   64

/* ---- RAFT LOG [FROM index] [COUNT n] ---- */

static const char *kind_name(enum entry_kind kind)
{
    switch (kind) {
    case ENTRY_NOOP: return "noop";
    case ENTRY_DATA: return "data";
    case ENTRY_CONFIG: return "config";
    case ENTRY_SESSION: return "session";
    case ENTRY_TICK: return "tick";
    }
    UNREACHABLE();
}

static void put_text(struct jsonw *w, const char *key, struct span text)
{
    char shown[SHOWN_BYTES + 1];
    size_t len = text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        shown[i] = c >= ' ' && c <= '~' ? (char)c : '?';
    }
    shown[len] = '\0';
    jsonw_kv_string(w, key, shown);
}

/* What it does, without values: those may be secrets of users. */
static void put_payload(struct jsonw *w, const struct entry *entry, struct command_words *words)
{
    struct envelope envelope;
    struct transaction t;
    if ((entry->kind != ENTRY_DATA && entry->kind != ENTRY_SESSION) ||
        envelope_decode(span_of(entry->payload, entry->len), &envelope, NULL) < 0)
        return;
    if (envelope.write.sid != 0)
        jsonw_kv_u64(w, "session", envelope.write.sid);
    if (envelope.write.seq != 0)
        jsonw_kv_u64(w, "seq", envelope.write.seq);
    if (envelope_is_transaction(&envelope)) {
        if (transaction_decode(envelope.command, words, &t, NULL) == 0)
            jsonw_kv_u64(w, "commands", t.commands_count);
    } else if (envelope_is_data(&envelope) && command_decode(envelope.command, words, NULL) == 0) {
        put_text(w, "command", words->argv[0]);
        if (words->argc > 1)
            put_text(w, "key", words->argv[1]);
    }
}

void look_put_entry(struct jsonw *w, const struct entry *entry, struct command_words *words)
{
    jsonw_object(w);
    jsonw_kv_u64(w, "index", entry->index);
    jsonw_kv_u64(w, "term", entry->term);
    jsonw_kv_string(w, "kind", kind_name(entry->kind));
    jsonw_kv_u64(w, "clock_ms", entry->stamp / NS_PER_MS);
    jsonw_kv_u64(w, "bytes", entry->len);
    put_payload(w, entry, words);
}

static int put_entry(struct node *n, struct jsonw *w, uint64_t index, struct err *e)
{
    struct entry entry;
    int code = wal_read(n->wal, index, &entry, e);
    if (code < 0)
        return code;
    look_put_entry(w, &entry, n->words);
    jsonw_kv_bool(w, "committed", index <= n->commit);
    jsonw_end(w);
    return 0;
}

static bool log_options(const struct call *a, uint64_t *from, uint64_t *count)
{
    for (size_t i = 2; i < a->argc; i += 2) {
        bool value = i + 1 < a->argc;
        if (value && span_is_word(a->argv[i], "from") && span_to_u64(a->argv[i + 1], from))
            continue;
        if (value && span_is_word(a->argv[i], "count") && span_to_u64(a->argv[i + 1], count))
            continue;
        respw_error(a->reply, "ERR give RAFT LOG [FROM index] [COUNT n]");
        return false;
    }
    return true;
}

void look_log(const struct call *a)
{
    struct node *n = a->n;
    struct buf json = {0};
    struct jsonw w;
    struct err e = {0};
    uint64_t first = wal_first(n->wal), last = wal_last(n->wal).index;
    uint64_t from = UINT64_MAX, count = COUNT_DEFAULT;
    int code = 0;
    if (!log_options(a, &from, &count))
        return;
    count = count < COUNT_MAX ? count : COUNT_MAX;
    if (from == UINT64_MAX)
        from = last + 1 > count ? last + 1 - count : 1;
    from = from > first ? from : first;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_u64(&w, "first", first);
    jsonw_kv_u64(&w, "last", last);
    jsonw_key(&w, "entries");
    jsonw_array(&w);
    for (uint64_t i = from; i <= last && i - from < count && code == 0; i++)
        code = put_entry(n, &w, i, &e);
    jsonw_end(&w);
    jsonw_end(&w);
    if (code == 0)
        respw_bulk(a->reply, span_of(json.data, json.len));
    else
        node_die(n, NODE_EXIT_DISK, "log: %s", e.text); /* as for any other reader of the log */
    buf_free(&json);
}

/* ---- RAFT CONFIG ---- */

void look_config(const struct call *a)
{
    const struct node_options *o = &a->n->options;
    struct buf json = {0};
    struct jsonw w;
    if (a->argc != 2) {
        respw_error(a->reply, "ERR give RAFT CONFIG, or RAFT CONFIG SET option value");
        return;
    }
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "name", o->name);
    jsonw_kv_string(&w, "cluster", o->cluster);
    jsonw_kv_string(&w, "data_dir", o->data_dir);
    jsonw_kv_string(&w, "advertise_peer", o->peer_address);
    jsonw_kv_string(&w, "advertise_client", o->client_address);
    jsonw_kv_u64(&w, "election_timeout_min_us", o->timing.election_ns_min / NS_PER_US);
    jsonw_kv_u64(&w, "election_timeout_max_us", o->timing.election_ns_max / NS_PER_US);
    jsonw_kv_u64(&w, "heartbeat_us", o->timing.heartbeat_ns / NS_PER_US);
    jsonw_kv_bool(&w, "prevote", o->pre_vote);
    jsonw_kv_bool(&w, "check_quorum", o->check_quorum);
    jsonw_kv_bool(&w, "lease_reads", o->lease_reads);
    jsonw_kv_u64(&w, "max_clock_drift_ppm", o->clock_drift_ppm);
    jsonw_kv_bool(&w, "forward", !o->redirects);
    jsonw_kv_u64(&w, "client_deadline_us", requests_deadline_ns(a->n) / NS_PER_US);
    jsonw_kv_u64(&w, "snapshot_every", o->snapshot_every);
    jsonw_kv_u64(&w, "snapshot_trailing", o->snapshot_trailing);
    jsonw_kv_u64(&w, "snapshot_rate", o->snapshot_rate);
    jsonw_kv_bool(&w, "shutdown_on_remove", o->shutdown_on_remove);
    jsonw_kv_u64(&w, "watch_history", history_count_max(a->n->history));
    jsonw_end(&w);
    respw_bulk(a->reply, span_of(json.data, json.len));
    buf_free(&json);
}

/* ---- RAFT EVENTS [COUNT n] ---- */

void look_events(const struct call *a)
{
    uint64_t count = JOURNAL_LINES;
    struct buf json = {0};
    bool counted =
        a->argc == 4 && span_is_word(a->argv[2], "count") && span_to_u64(a->argv[3], &count);
    if (a->argc != 2 && !counted) {
        respw_error(a->reply, "ERR give RAFT EVENTS [COUNT n]");
        return;
    }
    journal_json(a->n, count, &json);
    respw_bulk(a->reply, span_of(json.data, json.len));
    buf_free(&json);
}
