/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection itself, as Redis clients expect it. */
#include "kv/glob.h"
#include "node/clients/admin.h"

#include <string.h>

void on_ping(const struct call *a)
{
    if (a->c->watches_keys && a->c->version == RESP2) {
        /* Between the arrays of a stream, as Redis does between published messages. */
        respw_array(a->reply, 2);
        respw_bulk_str(a->reply, "pong");
        respw_bulk(a->reply, a->argc > 1 ? a->argv[1] : (struct span){0});
    } else if (a->argc > 1) {
        respw_bulk(a->reply, a->argv[1]);
    } else {
        respw_simple(a->reply, "PONG");
    }
}

void on_echo(const struct call *a)
{
    respw_bulk(a->reply, a->argv[1]);
}

void on_quit(const struct call *a)
{
    a->c->closing = true;
    respw_ok(a->reply);
}

void on_reset(const struct call *a)
{
    multi_forget(&a->n->clients, a->c);
    watch_forget(a->n, a->c);
    a->c->version = RESP2;
    a->c->indexed = false;
    a->c->mode = READ_INDEX;
    a->c->stale_ns = a->n->options.max_staleness_ns;
    a->c->redirects = a->n->options.redirects;
    a->c->name[0] = '\0';
    respw_simple(a->reply, "RESET");
}

void on_select(const struct call *a)
{
    if (span_equal(a->argv[1], span_str("0")))
        respw_ok(a->reply);
    else
        respw_error(a->reply, "ERR DB index is out of range: there is one database, 0");
}

/* ---- names ---- */

/* Printable, without spaces, as in Redis: it stands in lines of text. */
static bool set_name(const struct call *a, struct span name)
{
    bool fits = name.len <= CLIENT_NAME_MAX;
    for (size_t i = 0; fits && i < name.len; i++)
        fits = name.data[i] >= '!' && name.data[i] <= '~';
    if (!fits) {
        respw_errorf(a->reply,
                     "ERR Client names cannot contain spaces, newlines or special characters, "
                     "nor more than %d of others",
                     CLIENT_NAME_MAX);
        return false;
    }
    if (name.len > 0)
        memcpy(a->c->name, name.data, name.len);
    a->c->name[name.len] = '\0';
    return true;
}

static void put_info(const struct call *a)
{
    respw_bulkf(a->reply, "id=%llu name=%s resp=%d multi=%d watch=%zu\n",
                (unsigned long long)a->c->id, a->c->name, (int)a->c->version,
                a->c->multi == NULL ? -1 : (int)a->c->multi->commands_count,
                a->c->watches == NULL ? 0 : a->c->watches->keys_count);
}

void on_client(const struct call *a)
{
    struct span sub = a->argv[1];
    if (span_is_word(sub, "id")) {
        respw_unsigned(a->reply, a->c->id);
    } else if (span_is_word(sub, "getname") && a->c->name[0] == '\0') {
        respw_null(a->reply, a->c->version);
    } else if (span_is_word(sub, "getname")) {
        respw_bulk_str(a->reply, a->c->name);
    } else if (span_is_word(sub, "info")) {
        put_info(a);
    } else if (span_is_word(sub, "setname") && a->argc == 3) {
        if (set_name(a, a->argv[2]))
            respw_ok(a->reply);
    } else if (span_is_word(sub, "setinfo") && a->argc == 4) {
        respw_ok(a->reply); /* the library's name and version: nobody here needs them */
    } else {
        respw_error(a->reply,
                    "ERR CLIENT takes ID, GETNAME, SETNAME name, SETINFO name value, INFO; other "
                    "subcommands are not supported");
    }
}

/* ---- HELLO ---- */

static void put_hello(const struct call *a)
{
    enum resp_version v = a->c->version;
    respw_map(a->reply, v, 7);
    respw_bulk_str(a->reply, "server");
    respw_bulk_str(a->reply, "raftlab");
    respw_bulk_str(a->reply, "version");
    respw_bulk_str(a->reply, RAFTLAB_VERSION);
    respw_bulk_str(a->reply, "proto");
    respw_integer(a->reply, v);
    respw_bulk_str(a->reply, "id");
    respw_unsigned(a->reply, a->c->id);
    respw_bulk_str(a->reply, "mode");
    respw_bulk_str(a->reply, "standalone"); /* clients need not know of slots: all nodes serve */
    respw_bulk_str(a->reply, "role");
    respw_bulk_str(a->reply, a->n->role == RAFT_LEADER ? "master" : "replica");
    respw_bulk_str(a->reply, "modules");
    respw_array(a->reply, 0);
}

void on_hello(const struct call *a)
{
    bool three = a->argc > 1 && span_equal(a->argv[1], span_str("3"));
    bool two = a->argc > 1 && span_equal(a->argv[1], span_str("2"));
    if (a->argc > 1 && !two && !three) {
        respw_error(a->reply, "NOPROTO unsupported protocol version");
        return;
    }
    for (size_t i = 2; i < a->argc; i += 2) {
        if (span_is_word(a->argv[i], "auth")) {
            respw_error(a->reply, "ERR AUTH is not supported: there are no users");
            return;
        }
        if (!span_is_word(a->argv[i], "setname") || i + 1 == a->argc) {
            respw_error(a->reply, "ERR Syntax error in HELLO");
            return;
        }
        if (!set_name(a, a->argv[i + 1]))
            return;
    }
    if (two || three)
        a->c->version = three ? RESP3 : RESP2;
    put_hello(a);
}

/* ---- CONFIG ---- */

/* What tools built for Redis ask for, answered as it is here. */
static const struct {
    const char *name, *value;
} settings[] = {
    {"appendfsync", "always"},
    {"appendonly", "yes"},
    {"databases", "1"},
    {"maxmemory", "0"},
    {"maxmemory-policy", "noeviction"},
    {"proto-max-bulk-len", "8388608"},
    {"save", ""},
    {"timeout", "0"},
};

static bool wanted(const struct call *a, const char *name)
{
    for (size_t i = 2; i < a->argc; i++) {
        if (glob_match(a->argv[i], span_str(name)))
            return true;
    }
    return false;
}

void on_config(const struct call *a)
{
    size_t count = 0;
    if (a->argc < 3 || !span_is_word(a->argv[1], "get")) {
        respw_error(a->reply, "ERR CONFIG takes GET pattern...; options are given at start");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        count += wanted(a, settings[i].name);
    respw_map(a->reply, a->c->version, count);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (!wanted(a, settings[i].name))
            continue;
        respw_bulk_str(a->reply, settings[i].name);
        respw_bulk_str(a->reply, settings[i].value);
    }
}
