/* SPDX-License-Identifier: GPL-3.0-or-later */
/* COMMAND: the tables of commands as clients and redis-cli's hints want them. */
#include "node/clients/admin.h"

#include <string.h>

/* A row of either table. */
struct entry_of_table {
    const char *name;
    int arity;
    const char *args;
    const char *summary;
    const char *group;
    unsigned flags; /* enum command_flag; 0: about the connection or the node */
};

static const struct {
    const char *name;
    size_t words_min;
    size_t words_max;
    const char *args;
    const char *summary;
} others[] = {
#define X(name, min, max, args, summary) {#name, min, max, args, summary},
    ADMIN_COMMANDS(X) OTHER_COMMANDS(X)
#undef X
};

static bool row(size_t i, struct entry_of_table *ret)
{
    size_t count;
    const struct command *table = command_table(&count);
    if (i < count) {
        *ret = (struct entry_of_table){table[i].name,    table[i].arity, table[i].args,
                                       table[i].summary, "string",       table[i].flags};
        return true;
    }
    i -= count;
    if (i >= ARRAY_LEN(others))
        return false;
    int min = (int)others[i].words_min;
    bool exact = others[i].words_min == others[i].words_max;
    *ret = (struct entry_of_table){others[i].name,    exact ? min : -min, others[i].args,
                                   others[i].summary, "connection",       0};
    return true;
}

static bool find(struct span name, struct entry_of_table *ret)
{
    for (size_t i = 0; row(i, ret); i++) {
        if (span_is_word(name, ret->name))
            return true;
    }
    return false;
}

static size_t rows_count(void)
{
    size_t count;
    (void)command_table(&count);
    return count + ARRAY_LEN(others);
}

/* Where keys stand among the words, from how the arguments are written down. */
static void put_key_places(const char *args, struct buf *reply)
{
    bool many = strncmp(args, "key...", 6) == 0;
    bool pairs = strncmp(args, "key value [key", 14) == 0;
    bool any = strncmp(args, "key", 3) == 0;
    respw_integer(reply, any);
    respw_integer(reply, many || pairs ? -1 : any);
    respw_integer(reply, pairs ? 2 : any);
}

static void put_row(const struct entry_of_table *e, struct buf *reply)
{
    respw_array(reply, 10);
    respw_bulk_str(reply, e->name);
    respw_integer(reply, e->arity);
    respw_array(reply, 1);
    respw_simple(reply, e->flags & COMMAND_WRITE  ? "write"
                        : e->flags & COMMAND_READ ? "readonly"
                                                  : "fast");
    put_key_places(e->args, reply);
    for (int i = 0; i < 4; i++) /* ACL categories, tips, key specifications, subcommands */
        respw_array(reply, 0);
}

static void put_docs(const struct call *a, const struct entry_of_table *e)
{
    respw_bulk_str(a->reply, e->name);
    respw_map(a->reply, a->c->version, 4);
    respw_bulk_str(a->reply, "summary");
    respw_bulk_str(a->reply, e->summary);
    respw_bulk_str(a->reply, "since");
    respw_bulk_str(a->reply, RAFTLAB_VERSION);
    respw_bulk_str(a->reply, "group");
    respw_bulk_str(a->reply, e->group);
    respw_bulk_str(a->reply, "arguments");
    respw_array(a->reply, e->args[0] != '\0');
    if (e->args[0] == '\0')
        return;
    respw_map(a->reply, a->c->version, 2); /* one, for hints: the whole text */
    respw_bulk_str(a->reply, "name");
    respw_bulk_str(a->reply, e->args);
    respw_bulk_str(a->reply, "type");
    respw_bulk_str(a->reply, "string");
}

static void docs(const struct call *a)
{
    struct entry_of_table e;
    size_t known = 0;
    for (size_t i = 2; i < a->argc; i++)
        known += find(a->argv[i], &e);
    respw_map(a->reply, a->c->version, a->argc > 2 ? known : rows_count());
    for (size_t i = 2; i < a->argc; i++) {
        if (find(a->argv[i], &e))
            put_docs(a, &e);
    }
    for (size_t i = 0; a->argc == 2 && row(i, &e); i++)
        put_docs(a, &e);
}

static void about(const struct call *a)
{
    struct entry_of_table e;
    respw_array(a->reply, a->argc > 2 ? a->argc - 2 : rows_count());
    for (size_t i = 2; i < a->argc; i++) {
        if (find(a->argv[i], &e))
            put_row(&e, a->reply);
        else
            respw_null_array(a->reply, a->c->version);
    }
    for (size_t i = 0; a->argc <= 2 && row(i, &e); i++)
        put_row(&e, a->reply);
}

void on_command(const struct call *a)
{
    struct entry_of_table e;
    if (a->argc == 1 || span_is_word(a->argv[1], "info")) {
        about(a);
    } else if (a->argc == 2 && span_is_word(a->argv[1], "count")) {
        respw_unsigned(a->reply, rows_count());
    } else if (span_is_word(a->argv[1], "docs")) {
        docs(a);
    } else if (a->argc == 2 && span_is_word(a->argv[1], "list")) {
        respw_array(a->reply, rows_count());
        for (size_t i = 0; row(i, &e); i++)
            respw_bulk_str(a->reply, e.name);
    } else {
        respw_error(a->reply, "ERR COMMAND takes COUNT, LIST, DOCS [name...], INFO [name...]; "
                              "other subcommands are not supported");
    }
}
