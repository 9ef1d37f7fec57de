/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that are not data commands: RAFT and its subcommands, and the table of all. */
#include "node/clients/admin.h"

#include <string.h>

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

void on_raft(const struct call *a)
{
    struct buf json = {0};
    if (span_is_word(a->argv[1], "status")) {
        status_json(a->n, &json);
        respw_bulk(a->reply, span_of(json.data, json.len));
    } else if (span_is_word(a->argv[1], "members")) {
        status_members(a->n, &json);
        respw_bulk(a->reply, span_of(json.data, json.len));
    } else if (span_is_word(a->argv[1], "leader")) {
        if (a->n->leader == 0)
            respw_null(a->reply, a->c->version);
        else
            respw_bulk_str(a->reply, node_name_of(a->n, a->n->leader));
    } else if (span_is_word(a->argv[1], "digest")) {
        marks_json(a->n, &json);
        respw_bulk(a->reply, span_of(json.data, json.len));
    } else if (span_is_word(a->argv[1], "transfer")) {
        transfer_request(a->n, a->request, a->argc > 2 ? a->argv[2] : span_of(NULL, 0));
    } else if (span_is_word(a->argv[1], "stepdown")) {
        transfer_stepdown(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "member")) {
        change_request(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "snapshot")) {
        images_request(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "leave")) {
        leave_request(a->n, a->request);
    } else if (span_is_word(a->argv[1], "recover") && a->argc == 3) {
        recovery_request(a->n, a->c, a->request, a->argv[2]);
    } else if (span_is_word(a->argv[1], "log")) {
        look_log(a);
    } else if (span_is_word(a->argv[1], "compact")) {
        images_compact_request(a->n, a->request, a->argv + 2, a->argc - 2);
    } else if (span_is_word(a->argv[1], "config") && a->argc > 2 &&
               span_is_word(a->argv[2], "set")) {
        set_option(a);
    } else if (span_is_word(a->argv[1], "config")) {
        look_config(a);
    } else if (span_is_word(a->argv[1], "events")) {
        look_events(a);
    } else if (span_is_word(a->argv[1], "trace")) {
        turn_trace(a);
    } else if (span_is_word(a->argv[1], "indexed")) {
        on_indexed(a);
    } else if (span_is_word(a->argv[1], "readmode")) {
        reads_mode(a->n, a->c, a->argv + 2, a->argc - 2, a->reply);
    } else if (span_is_word(a->argv[1], "forward")) {
        requests_forward_mode(a->c, a->argv + 2, a->argc - 2, a->reply);
    } else if (span_is_word(a->argv[1], "seen")) {
        reads_seen(a->c, a->argv + 2, a->argc - 2, a->reply);
    } else {
        respw_error(
            a->reply,
            "ERR unknown subcommand of RAFT; try STATUS, MEMBERS, LEADER, DIGEST, TRANSFER [NODE], "
            "STEPDOWN [FORCE], MEMBER ADD|PROMOTE|DEMOTE|REMOVE|REPLACE|PRIORITY|CHANGE, "
            "LEAVE, LOG [FROM N] [COUNT N], CONFIG [SET OPTION VALUE], EVENTS [COUNT N], TRACE "
            "[ON|OFF], "
            "SNAPSHOT [TRAILING N|STATUS|READ INDEX OFFSET], COMPACT [TRAILING N], SESSION "
            "OPEN|CLOSE|WRITE, "
            "INDEXED ON|OFF, READMODE "
            "[INDEX|LEASE|LOCAL [MAXSTALE MS]], "
            "FORWARD [ON|OFF], SEEN [INDEX]");
    }
    buf_free(&json);
}

static const struct admin {
    const char *name;
    size_t words_min;
    size_t words_max;
    void (*execute)(const struct call *a);
} table[] = {
#define X(name, min, max, args, summary) {#name, min, max, on_##name},
    ADMIN_COMMANDS(X)
#undef X
};

void admin_forget(struct node *n, struct request *r)
{
    transfer_forget(n, r);
    if (n->change.request == r)
        n->change.request = NULL;
    if (n->recovery.request == r)
        n->recovery.request = NULL;
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
