/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of requests that are not data commands share. */
#ifndef NODE_ADMIN_H
#define NODE_ADMIN_H

#include "kv/command.h"
#include "node/node_private.h"

/* One request being answered. */
struct call {
    struct node *n;
    struct client *c;
    const struct span *argv;
    size_t argc;
    struct request *request;
    struct buf *reply; /* the request's */
};

/* name, fewest words, most words, arguments, summary. Those of multi.c and watch.c are listed for
 * COMMAND alone. */
#define ADMIN_COMMANDS(X)                                                                  \
    X(ping, 1, 2, "[message]", "answer PONG, or the message")                              \
    X(echo, 2, 2, "message", "answer the message")                                         \
    X(quit, 1, 1, "", "hang up")                                                           \
    X(reset, 1, 1, "", "make the connection as it was when it was new")                    \
    X(select, 2, 2, "0", "there is one database")                                          \
    X(hello, 1, 16, "[2|3 [SETNAME name]]", "choose the protocol, say who this server is") \
    X(client, 2, 16, "ID|GETNAME|SETNAME|SETINFO|INFO", "about this connection")           \
    X(config, 2, 16, "GET pattern...", "what a Redis client may ask of the configuration") \
    X(command, 1, 1024, "[COUNT|LIST|DOCS|INFO]", "the commands there are")                \
    X(info, 1, 64, "[section...]", "the state of this node as text")                       \
    X(raft, 2, 64, "subcommand...", "the cluster: STATUS, MEMBER, TRANSFER, SESSION and others")
#define OTHER_COMMANDS(X)                                                                   \
    X(multi, 1, 1, "", "collect the commands that follow")                                  \
    X(exec, 1, 1, "", "execute them as one entry of the log")                               \
    X(discard, 1, 1, "", "forget them, and the watched keys")                               \
    X(watch, 2, 1024, "key...", "EXEC does nothing if one of these keys changes before it") \
    X(unwatch, 1, 1, "", "forget the watched keys")                                         \
    X(watchkey, 1, 3, "[prefix [from-rev]]", "make the connection a stream of changes")

#define X(name, min, max, args, summary) void on_##name(const struct call *a);
ADMIN_COMMANDS(X)
#undef X

/* admin_look.c */
/* The object of an entry, left open: without values, which may be secrets of users. */
void look_put_entry(struct jsonw *w, const struct entry *entry, struct command_words *words);
void look_log(const struct call *a);
void look_config(const struct call *a);
void look_events(const struct call *a);
/* admin_set.c */
void set_option(const struct call *a);
/* admin_trace.c */
void turn_trace(const struct call *a);

/* unsupported.c: the error for a command that is none; names what it would need, if Redis has it.
 */
void reply_unknown(struct span name, struct buf *reply);

#endif
