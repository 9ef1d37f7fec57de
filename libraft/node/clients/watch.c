/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/clients/watch.h"

#include "base/mem.h"
#include "node/node_private.h"

#include <inttypes.h>

#define WATCHERS_MAX 1024
#define TOO_MANY     "BUSY too many connections watch keys here"

/* ---- the command ---- */

static void refuse(struct node *n, struct client *c, const char *error)
{
    struct request *r = requests_new_empty(n, c, REQUEST_ADMIN);
    respw_error(&r->reply, error);
    requests_answer(n, r, PEER_OUTCOME_OK);
}

static bool passes(struct span word)
{
    return span_is_word(word, "ping") || span_is_word(word, "reset") || span_is_word(word, "quit");
}

bool watch_request(struct node *n, struct client *c, const struct span *argv, size_t argc)
{
    struct err e;
    uint64_t from;
    if (c->watches_keys && !passes(argv[0])) {
        refuse(n, c, "ERR a connection that watches keys takes PING, RESET and QUIT");
        return true;
    }
    if (!span_is_word(argv[0], "watchkey"))
        return false;
    if (argc > 3 || (argc == 3 && (!span_to_u64(argv[2], &from) || from > INT64_MAX))) {
        refuse(n, c, "ERR give WATCHKEY [PREFIX [FROM_REV]], the latter an index of the log");
        return true;
    }
    if (argc > 1 && argv[1].len > LIMIT_KEY_BYTES) {
        refuse(n, c, "ERR WATCHKEY: the prefix is longer than a key may be");
        return true;
    }
    if (n->watchers_count >= WATCHERS_MAX) {
        refuse(n, c, TOO_MANY);
        return true;
    }
    buf_reset(&n->frame);
    int code = command_encode(&n->frame, argv, argc, &e);
    struct request *r = requests_new(n, c, REQUEST_READ, code, &e, ENTRY_DATA);
    if (r->state == REQUEST_ANSWERED)
        return true;
    r->starts_watch = true;
    c->watches_keys = true;
    return true;
}

void watch_failed(struct client *c)
{
    c->watches_keys = false;
}

void watch_start(struct node *n, struct request *r)
{
    struct client *c = r->client;
    uint64_t from = 0;
    if (c == NULL)
        return; /* gone meanwhile */
    ASSERT(c->watcher == NULL);
    if (n->watchers_count >= WATCHERS_MAX) { /* others began while this one was read */
        c->watches_keys = false;
        respw_error(&r->reply, TOO_MANY);
        return;
    }
    if (n->words->argc > 2 && !span_to_u64(n->words->argv[2], &from))
        UNREACHABLE();
    if (from == 0)
        from = n->applied + 1;
    struct watcher *w = mem_alloc(sizeof(*w));
    w->client = c;
    w->from = from;
    if (n->words->argc > 1)
        buf_put(&w->prefix, n->words->argv[1].data, n->words->argv[1].len);
    w->fell_behind = from < history_complete_from(n->history);
    if (w->fell_behind)
        w->from = history_complete_from(n->history);
    w->next = history_seek(n->history, w->from);
    c->watcher = w;
    TAILQ_INSERT_TAIL(&n->watchers, w, link);
    n->watchers_count++;
    respw_push(&r->reply, r->version, 3);
    respw_bulk_str(&r->reply, "watchkey");
    respw_bulk_str(&r->reply, "start");
    respw_unsigned(&r->reply, from);
}

/* The one whose stream has not begun: it does not any more. */
static void fail_unanswered(struct node *n, struct client *c)
{
    struct request *r;
    TAILQ_FOREACH_REVERSE(r, &c->requests, request_list, in_client)
    {
        if (!r->starts_watch || r->state == REQUEST_ANSWERED)
            continue;
        r->starts_watch = false;
        requests_fail(n, r, "ABORTED the connection was reset; no changes are sent");
        return;
    }
}

static void stop(struct node *n, struct watcher *w)
{
    w->client->watcher = NULL;
    TAILQ_REMOVE(&n->watchers, w, link);
    n->watchers_count--;
    buf_free(&w->prefix);
    mem_free(w);
}

void watch_forget(struct node *n, struct client *c)
{
    if (c->watcher != NULL)
        stop(n, c->watcher);
    else if (c->watches_keys)
        fail_unanswered(n, c);
    c->watches_keys = false;
}

void watch_close(struct node *n)
{
    while (!TAILQ_EMPTY(&n->watchers))
        stop(n, TAILQ_FIRST(&n->watchers));
    buf_free(&n->watch_out);
}

/* ---- the stream ---- */

static void put_gap(const struct watcher *w, uint64_t oldest, const char *what, struct buf *out)
{
    respw_push(out, w->client->version, 4);
    respw_bulk_str(out, "watchkey");
    respw_bulk_str(out, "gap");
    respw_unsigned(out, oldest);
    respw_errorf(out, "GAP changes before rev %" PRIu64 " are not kept any more%s", oldest, what);
}

static void put_change(const struct watcher *w, const struct kv_change *change, struct buf *out)
{
    static const char *const names[] = {
        [KV_CHANGE_SET] = "set",
        [KV_CHANGE_DELETED] = "del",
        [KV_CHANGE_EXPIRED] = "expired",
        [KV_CHANGE_CLEARED] = "flush",
    };
    bool key = change->kind != KV_CHANGE_CLEARED, value = change->kind == KV_CHANGE_SET;
    respw_push(out, w->client->version, 3u + key + value);
    respw_bulk_str(out, "watchkey");
    respw_bulk_str(out, names[change->kind]);
    respw_unsigned(out, change->rev);
    if (key)
        respw_bulk(out, change->key);
    if (value && change->is_string)
        respw_bulk(out, change->value);
    else if (value)
        respw_null(out, w->client->version);
}

static bool concerns(const struct watcher *w, const struct kv_change *change)
{
    if (change->rev < w->from)
        return false;
    if (change->kind == KV_CHANGE_CLEARED)
        return true;
    return change->key.len >= w->prefix.len && span_equal(span_of(change->key.data, w->prefix.len),
                                                          span_of(w->prefix.data, w->prefix.len));
}

static size_t unread(const struct node *n, const struct client *c)
{
    return n->env.unread == NULL ? 0 : n->env.unread(n->env.arg, c->id);
}

/* True: it has lost its place. */
static bool fill(struct node *n, struct watcher *w, struct buf *out)
{
    struct kv_change change;
    size_t waiting = unread(n, w->client);
    if (w->fell_behind)
        put_gap(w, w->from, "; the stream goes on from there", out);
    w->fell_behind = false;
    while (waiting + out->len < LIMIT_CLIENT_UNREAD_BYTES && w->next < history_next(n->history)) {
        if (!history_at(n->history, w->next, &change))
            break;
        if (concerns(w, &change))
            put_change(w, &change, out);
        w->next++;
    }
    return w->next < history_first(n->history);
}

static void advance(struct node *n, struct watcher *w)
{
    struct buf *out = &n->watch_out;
    struct client *c = w->client;
    if (!TAILQ_EMPTY(&c->requests) || c->closing)
        return; /* its answer, and that to a PING, leaves first */
    buf_reset(out);
    bool lost = fill(n, w, out);
    if (lost)
        put_gap(w, history_complete_from(n->history), ", and this connection reads too slowly",
                out);
    ASSERT(!out->overflow);
    if (out->len > 0)
        n->env.reply(n->env.arg, c->id, out->data, out->len);
    if (out->cap > LIMIT_CLIENT_UNREAD_BYTES * 2)
        buf_free(out);
    if (lost) {
        c->closing = true;
        n->env.hang_up(n->env.arg, c->id);
    }
}

void watch_advance(struct node *n)
{
    struct watcher *w;
    TAILQ_FOREACH(w, &n->watchers, link)
    {
        if (w->fell_behind || w->next < history_next(n->history))
            advance(n, w);
    }
}
