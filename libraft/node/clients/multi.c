/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/clients/multi.h"

#include "base/mem.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

#define ABORTED "EXECABORT Transaction discarded because of previous errors."

/* ---- what is kept ---- */

void watch_set_unref(struct clients *all, struct watch_set *set)
{
    if (set == NULL || --set->refs > 0)
        return;
    all->collected_bytes -= set->keys.len;
    buf_free(&set->keys);
    buf_free(&set->revs);
    mem_free(set);
}

static void forget_watches(struct clients *all, struct client *c)
{
    watch_set_unref(all, c->watches);
    c->watches = NULL;
}

static void forget_commands(struct clients *all, struct client *c)
{
    if (c->multi == NULL)
        return;
    all->collected_bytes -= c->multi->commands.len;
    buf_free(&c->multi->commands);
    mem_free(c->multi);
    c->multi = NULL;
}

void multi_forget(struct clients *all, struct client *c)
{
    forget_commands(all, c);
    forget_watches(all, c);
}

/* Connections that collect and then say nothing hold back others that collect, and nobody else. */
static bool is_full(const struct node *n)
{
    return n->clients.collected_bytes > LIMIT_UNCOMMITTED_BYTES * 2;
}

static void say(struct node *n, struct client *c, const char *error)
{
    struct request *r = requests_new_empty(n, c, REQUEST_ADMIN);
    if (error == NULL)
        respw_ok(&r->reply);
    else
        respw_error(&r->reply, error);
    requests_answer(n, r, PEER_OUTCOME_OK);
}

#define FULL "BUSY too much is watched, or waits for EXEC; nothing was done, try again"

/* ---- WATCH ---- */

static int add_keys(struct watch_set *set, const struct span *keys, size_t count, struct err *e)
{
    if (set->keys_count + count > LIMIT_TRANSACTION_WATCHES)
        return err_set(e, -E_LIMIT, "more than %u watched keys", LIMIT_TRANSACTION_WATCHES);
    for (size_t i = 0; i < count; i++) {
        int code = transaction_put_key(&set->keys, keys[i], e);
        if (code < 0)
            return code;
        buf_put_u64(&set->revs, 0);
        set->keys_count++;
    }
    return 0;
}

static void on_watch(struct node *n, struct client *c, const struct span *argv, size_t argc)
{
    struct err e = {0};
    struct clients *all = &n->clients;
    if (c->watches == NULL) {
        c->watches = mem_alloc(sizeof(*c->watches));
        c->watches->refs = 1;
        buf_init(&c->watches->keys, COMMAND_BYTES_MAX);
    }
    struct watch_set *set = c->watches;
    size_t before = set->keys.len, first = set->keys_count;
    if (is_full(n)) {
        set->failed = true;
        say(n, c, FULL);
        return;
    }
    buf_reset(&n->frame);
    int code = command_encode(&n->frame, argv, argc, &e);
    if (code == 0)
        code = add_keys(set, argv + 1, argc - 1, &e);
    all->collected_bytes += set->keys.len - before;
    if (code < 0)
        set->failed = true; /* some of them may be missing */
    struct request *r = requests_new(n, c, REQUEST_READ, code < 0 ? -E_INVALID : 0, &e, ENTRY_DATA);
    if (r->state == REQUEST_ANSWERED) {
        set->failed = true;
        return;
    }
    r->watches = set;
    r->watches_first = first;
    set->refs++;
}

static void put_u64_at(struct buf *b, size_t at, uint64_t v)
{
    for (size_t i = 0; i < 8; i++)
        b->data[at + i] = (char)(uint8_t)(v >> (8 * i));
}

void multi_watch_read(struct node *n, struct request *r)
{
    struct watch_set *set = r->watches;
    for (size_t i = 1; i < n->words->argc; i++) /* the words of the request, decoded */
        put_u64_at(&set->revs, 8 * (r->watches_first + i - 1),
                   machine_rev(n->machine, n->words->argv[i]));
    respw_ok(&r->reply);
}

/* ---- EXEC ---- */

static void refuse(struct node *n, struct client *c, const char *error)
{
    struct request *r = requests_new_empty(n, c, REQUEST_WRITE);
    requests_fail(n, r, error);
}

static void on_exec(struct node *n, struct client *c, const struct session_write *w)
{
    struct err e = {0};
    struct multi *m = c->multi;
    struct watch_set *set = c->watches;
    if (m->broken || (set != NULL && set->failed)) {
        multi_forget(&n->clients, c);
        refuse(n, c, ABORTED);
        return;
    }
    struct transaction t = {.commands_count = m->commands_count,
                            .commands = span_of(m->commands.data, m->commands.len)};
    if (set != NULL) {
        t.watches_count = set->keys_count;
        t.keys = span_of(set->keys.data, set->keys.len);
    }
    buf_reset(&n->frame);
    int code = envelope_encode_transaction(&n->frame, w, &t, &e);
    struct request *r = requests_new(n, c, REQUEST_WRITE, code, &e, ENTRY_DATA);
    if (set != NULL && r->state != REQUEST_ANSWERED) {
        r->watches = set;
        set->refs++;
    }
    multi_forget(&n->clients, c);
}

bool multi_seal(struct request *r)
{
    const struct watch_set *set = r->watches;
    if (set->failed)
        return false;
    size_t head = r->command[0] == ENVELOPE_TRANSACTION ? 1 : ENVELOPE_HEAD_BYTES_MAX;
    ASSERT(set->revs.len >= 8 * set->keys_count);
    memcpy(r->command + head + transaction_rev_offset(0), set->revs.data, set->revs.len);
    return true;
}

/* RAFT SESSION WRITE ID SEQ FIRST_OPEN EXEC */
static bool is_session_exec(const struct span *argv, size_t argc)
{
    return argc == 7 && span_is_word(argv[0], "raft") && span_is_word(argv[1], "session") &&
           span_is_word(argv[2], "write") && span_is_word(argv[6], "exec");
}

static void on_session_exec(struct node *n, struct client *c, const struct span *argv)
{
    struct err e = {0};
    struct session_write w;
    if (session_numbers(argv + 3, &w, &e) < 0) {
        struct request *r = requests_new_empty(n, c, REQUEST_WRITE);
        char text[ERR_TEXT_MAX + 8];
        (void)snprintf(text, sizeof(text), "ERR %s", e.text);
        requests_fail(n, r, text);
        return; /* MULTI goes on: it may be said again, rightly */
    }
    on_exec(n, c, &w);
}

/* ---- MULTI ---- */

static void on_multi(struct node *n, struct client *c)
{
    c->multi = mem_alloc(sizeof(*c->multi));
    buf_init(&c->multi->commands, COMMAND_BYTES_MAX);
    say(n, c, NULL);
}

/* Alone they are answered by one node; a transaction is executed by all, before anything else. */
static bool looks_at_all(struct span command)
{
    return span_is_word(command, "keys") || span_is_word(command, "scan");
}

/* Writes why it cannot be queued, or QUEUED. */
static bool queue(struct node *n, struct client *c, const struct span *argv, size_t argc,
                  struct buf *reply)
{
    struct multi *m = c->multi;
    const struct command *command = command_find(argv[0]);
    size_t before = m->commands.len;
    if (command == NULL) {
        int shown = argv[0].len > 64 ? 64 : (int)argv[0].len;
        respw_errorf(reply, "ERR '%.*s' cannot be queued: MULTI takes data commands", shown,
                     argv[0].data);
        return false;
    }
    if (!command_check_arity(command, argc, reply))
        return false;
    if (looks_at_all(argv[0])) {
        respw_errorf(reply,
                     "ERR '%.*s' cannot be queued: it looks at any number of keys, and every node "
                     "would wait for it; ask it alone",
                     (int)argv[0].len, argv[0].data);
        return false;
    }
    if (is_full(n)) {
        respw_error(reply, FULL);
        return false;
    }
    if (m->commands_count == LIMIT_TRANSACTION_COMMANDS ||
        transaction_put_command(&m->commands, argv, argc, NULL) < 0) {
        respw_errorf(reply, "ERR the transaction is too long: %u commands and %u bytes at most",
                     LIMIT_TRANSACTION_COMMANDS, COMMAND_BYTES_MAX);
        return false;
    }
    m->commands_count++;
    n->clients.collected_bytes += m->commands.len - before;
    respw_simple(reply, "QUEUED");
    return true;
}

static void in_multi(struct node *n, struct client *c, const struct span *argv, size_t argc)
{
    if (argc == 1 && span_is_word(argv[0], "exec")) {
        on_exec(n, c, NULL);
    } else if (is_session_exec(argv, argc)) {
        on_session_exec(n, c, argv);
    } else if (argc == 1 && span_is_word(argv[0], "discard")) {
        multi_forget(&n->clients, c);
        say(n, c, NULL);
    } else if (span_is_word(argv[0], "multi")) {
        say(n, c, "ERR MULTI calls can not be nested");
    } else if (span_is_word(argv[0], "watch")) {
        say(n, c, "ERR WATCH inside MULTI is not allowed");
    } else {
        struct request *r = requests_new_empty(n, c, REQUEST_ADMIN);
        if (!queue(n, c, argv, argc, &r->reply))
            c->multi->broken = true;
        requests_answer(n, r, PEER_OUTCOME_OK);
    }
}

/* Words that end a connection's state are obeyed at any time. */
static bool passes(struct span word)
{
    return span_is_word(word, "quit") || span_is_word(word, "reset");
}

bool multi_request(struct node *n, struct client *c, const struct span *argv, size_t argc)
{
    static const struct {
        const char *name;
        size_t argc_min, argc_max;
    } table[] = {
        {"multi", 1, 1}, {"exec", 1, 1}, {"discard", 1, 1}, {"unwatch", 1, 1}, {"watch", 2, 1024},
    };
    if (c->multi != NULL && !passes(argv[0])) {
        in_multi(n, c, argv, argc);
        return true;
    }
    size_t i = 0;
    while (i < ARRAY_LEN(table) && !span_is_word(argv[0], table[i].name))
        i++;
    if (i == ARRAY_LEN(table))
        return false;
    if (argc < table[i].argc_min || argc > table[i].argc_max) {
        char text[96];
        (void)snprintf(text, sizeof(text), "ERR wrong number of arguments for '%s' command",
                       table[i].name);
        say(n, c, text);
        return true;
    }
    switch (i) {
    case 0: on_multi(n, c); break;
    case 1: say(n, c, "ERR EXEC without MULTI"); break;
    case 2: say(n, c, "ERR DISCARD without MULTI"); break;
    case 3:
        forget_watches(&n->clients, c);
        say(n, c, NULL);
        break;
    default: on_watch(n, c, argv, argc); break;
    }
    return true;
}
