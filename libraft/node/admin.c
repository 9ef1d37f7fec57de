/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that are not data commands: the connection itself, and the node's own state. */
#include "kv/command.h"
#include "node/node_private.h"

#include <string.h>

/* One request being answered. */
struct call {
    struct node *n;
    struct client *c;
    const struct span *argv;
    size_t argc;
    struct request *request;
    struct buf *reply; /* the request's */
};

static void on_ping(const struct call *a)
{
    if (a->argc > 1)
        respw_bulk(a->reply, a->argv[1]);
    else
        respw_simple(a->reply, "PONG");
}

static void on_echo(const struct call *a)
{
    respw_bulk(a->reply, a->argv[1]);
}

static void on_quit(const struct call *a)
{
    a->c->closing = true;
    respw_ok(a->reply);
}

static void on_reset(const struct call *a)
{
    multi_forget(&a->n->clients, a->c);
    watch_forget(a->n, a->c);
    a->c->version = RESP2;
    a->c->indexed = false;
    a->c->mode = READ_INDEX;
    a->c->stale_ns = a->n->options.max_staleness_ns;
    respw_simple(a->reply, "RESET");
}

static void on_select(const struct call *a)
{
    if (span_equal(a->argv[1], span_str("0")))
        respw_ok(a->reply);
    else
        respw_error(a->reply, "ERR DB index is out of range: there is one database, 0");
}

static void put_hello(const struct call *a)
{
    enum resp_version v = a->c->version;
    respw_map(a->reply, v, 5);
    respw_bulk_str(a->reply, "server");
    respw_bulk_str(a->reply, "raftlab");
    respw_bulk_str(a->reply, "version");
    respw_bulk_str(a->reply, RAFTLAB_VERSION);
    respw_bulk_str(a->reply, "proto");
    respw_integer(a->reply, v);
    respw_bulk_str(a->reply, "id");
    respw_unsigned(a->reply, a->c->id);
    respw_bulk_str(a->reply, "role");
    respw_bulk_str(a->reply, a->n->role == RAFT_LEADER ? "master" : "replica");
}

static void on_hello(const struct call *a)
{
    if (a->argc > 1 && span_equal(a->argv[1], span_str("3")))
        a->c->version = RESP3;
    else if (a->argc > 1 && span_equal(a->argv[1], span_str("2")))
        a->c->version = RESP2;
    else if (a->argc > 1) {
        respw_error(a->reply, "NOPROTO unsupported protocol version");
        return;
    }
    put_hello(a);
}

/* What clients say of themselves on connecting is accepted and not kept. */
static void on_client(const struct call *a)
{
    if (span_is_word(a->argv[1], "id"))
        respw_unsigned(a->reply, a->c->id);
    else if (span_is_word(a->argv[1], "getname"))
        respw_null(a->reply, a->c->version);
    else if (span_is_word(a->argv[1], "setname") || span_is_word(a->argv[1], "setinfo"))
        respw_ok(a->reply);
    else
        respw_error(a->reply, "ERR unknown subcommand of CLIENT; try ID, SETNAME, SETINFO");
}

/* Enough for benchmarking tools that ask how durable the server is. */
static void on_config(const struct call *a)
{
    bool get = a->argc == 3 && span_is_word(a->argv[1], "get");
    if (get && span_is_word(a->argv[2], "appendonly")) {
        respw_map(a->reply, a->c->version, 1);
        respw_bulk_str(a->reply, "appendonly");
        respw_bulk_str(a->reply, "yes");
    } else if (get && span_is_word(a->argv[2], "save")) {
        respw_map(a->reply, a->c->version, 1);
        respw_bulk_str(a->reply, "save");
        respw_bulk_str(a->reply, "");
    } else if (get) {
        respw_map(a->reply, a->c->version, 0);
    } else {
        respw_error(a->reply, "ERR only CONFIG GET is known; options are given at start");
    }
}

static void on_command(const struct call *a)
{
    size_t count;
    const struct command *table = command_table(&count);
    if (a->argc > 1 && span_is_word(a->argv[1], "count")) {
        respw_unsigned(a->reply, count);
        return;
    }
    if (a->argc > 1) {
        respw_array(a->reply, 0); /* DOCS and others: nothing to tell that INFO does not */
        return;
    }
    respw_array(a->reply, count);
    for (size_t i = 0; i < count; i++) {
        respw_array(a->reply, 6);
        respw_bulk_str(a->reply, table[i].name);
        respw_integer(a->reply, table[i].arity);
        respw_array(a->reply, 1);
        respw_simple(a->reply, table[i].flags & COMMAND_WRITE ? "write" : "readonly");
        respw_integer(a->reply, 1);
        respw_integer(a->reply, 1);
        respw_integer(a->reply, 1);
    }
}

static void on_info(const struct call *a)
{
    struct buf text = {0};
    status_info(a->n, &text);
    respw_verbatim(a->reply, a->c->version, "txt", span_of(text.data, text.len));
    buf_free(&text);
}

/* RAFT INDEXED ON: every reply to a data command becomes [reply, index], the log index of the
 * write, or the applied index at which the read was served. */
static void on_indexed(const struct call *a)
{
    bool on = a->argc == 3 && span_is_word(a->argv[2], "on");
    bool off = a->argc == 3 && span_is_word(a->argv[2], "off");
    if (!on && !off) {
        respw_error(a->reply, "ERR RAFT INDEXED takes ON or OFF");
        return;
    }
    a->c->indexed = on;
    respw_ok(a->reply);
}

static void on_raft(const struct call *a)
{
    struct buf json = {0};
    if (span_is_word(a->argv[1], "status")) {
        status_json(a->n, &json);
        respw_bulk(a->reply, span_of(json.data, json.len));
    } else if (span_is_word(a->argv[1], "leader")) {
        if (a->n->leader == 0)
            respw_null(a->reply, a->c->version);
        else
            respw_bulk_str(a->reply, node_name_of(a->n, a->n->leader));
    } else if (span_is_word(a->argv[1], "transfer")) {
        transfer_request(a->n, a->request, a->argc > 2 ? a->argv[2] : span_of(NULL, 0));
    } else if (span_is_word(a->argv[1], "member")) {
        change_request(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "snapshot")) {
        images_request(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "leave")) {
        leave_request(a->n, a->request);
    } else if (span_is_word(a->argv[1], "indexed")) {
        on_indexed(a);
    } else if (span_is_word(a->argv[1], "readmode")) {
        reads_mode(a->n, a->c, a->argv + 2, a->argc - 2, a->reply);
    } else if (span_is_word(a->argv[1], "seen")) {
        reads_seen(a->c, a->argv + 2, a->argc - 2, a->reply);
    } else {
        respw_error(a->reply,
                    "ERR unknown subcommand of RAFT; try STATUS, LEADER, TRANSFER [NODE], "
                    "MEMBER ADD|PROMOTE|DEMOTE|REMOVE NODE, LEAVE, "
                    "SNAPSHOT [STATUS], SESSION OPEN|CLOSE|WRITE, INDEXED ON|OFF, READMODE "
                    "[INDEX|LEASE|LOCAL [MAXSTALE MS]], "
                    "SEEN [INDEX]");
    }
    buf_free(&json);
}

static const struct admin {
    const char *name;
    size_t words_min;
    size_t words_max;
    void (*execute)(const struct call *a);
} table[] = {
    {"ping", 1, 2, on_ping},      {"echo", 2, 2, on_echo},        {"quit", 1, 1, on_quit},
    {"select", 2, 2, on_select},  {"hello", 1, 16, on_hello},     {"client", 2, 16, on_client},
    {"config", 2, 16, on_config}, {"command", 1, 64, on_command}, {"info", 1, 16, on_info},
    {"raft", 2, 8, on_raft},      {"reset", 1, 1, on_reset},
};

void admin_forget(struct node *n, struct request *r)
{
    if (n->transfer == r)
        n->transfer = NULL;
    if (n->change.request == r)
        n->change.request = NULL;
    if (n->images.request == r)
        n->images.request = NULL;
    if (n->leave.request == r)
        n->leave.request = NULL;
}

bool admin_execute(struct node *n, struct client *c, const struct span *argv, size_t argc,
                   struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (!span_is_word(argv[0], table[i].name))
            continue;
        if (argc < table[i].words_min || argc > table[i].words_max)
            respw_errorf(&r->reply, "ERR wrong number of arguments for '%s' command",
                         table[i].name);
        else
            table[i].execute(&(struct call){n, c, argv, argc, r, &r->reply});
        return true;
    }
    return false;
}
