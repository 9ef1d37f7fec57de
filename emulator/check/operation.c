/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/checker.h"
#include "emulator/check/lin/lin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SERVER_MAX (LIMIT_NODE_NAME + 48)

static const char *changed_print(const struct history_op *op)
{
    if (op->outcome != HISTORY_OK || op->silent)
        return "";
    if (op->kind == HISTORY_DELETE)
        return op->done ? "" : ": nothing was there";
    if (op->kind == HISTORY_CONTAINS)
        return op->done ? ": yes" : ": no";
    return op->done ? "" : ": no change";
}

static void verb_print(char *out, size_t size, const struct history *h, const struct history_op *op)
{
    char value[LIN_TEXT_MAX];
    char result[LIN_TEXT_MAX];
    char expect[LIN_TEXT_MAX];
    char key[LIN_TEXT_MAX];
    (void)lin_text(h, op->key, key);
    (void)lin_piece(texts_get(&h->texts, op->value), value);
    (void)lin_text(h, op->result, result);
    (void)lin_text(h, op->expect, expect);
    switch ((enum history_kind)op->kind) {
    case HISTORY_READ:
        (void)snprintf(out, size, "read %s = %s", key, lin_content(h, op->key, op->result, result));
        break;
    case HISTORY_WRITE: (void)snprintf(out, size, "write %s = %s", key, value); break;
    case HISTORY_APPEND:
        (void)snprintf(out, size, "append %s %s%s%s", key, value, op->result != 0 ? " -> " : "",
                       op->result != 0 ? result : "");
        break;
    case HISTORY_CAS:
        (void)snprintf(out, size, "cas %s %s -> %s%s%s", key, expect, value,
                       op->outcome == HISTORY_OK ? ": " : "",
                       op->outcome != HISTORY_OK ? ""
                       : op->done                ? "done"
                       : op->silent              ? "refused"
                                                 : result);
        break;
    case HISTORY_DELETE: (void)snprintf(out, size, "delete %s%s", key, changed_print(op)); break;
    case HISTORY_INCR:
        (void)snprintf(out, size, "incr %s%s%s%s%s", key, op->value != 0 ? " " : "",
                       op->value != 0 ? value : "", op->result != 0 ? " -> " : "",
                       op->result != 0 ? result : "");
        break;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS:
        (void)snprintf(out, size, "%s %s %s%s", history_kind_name((enum history_kind)op->kind), key,
                       value, changed_print(op));
        break;
    case HISTORY_ENQUEUE: (void)snprintf(out, size, "enqueue %s %s", key, value); break;
    case HISTORY_DEQUEUE: (void)snprintf(out, size, "dequeue %s = %s", key, result); break;
    }
}

/* " by n1 (leader, term 2)", as far as it is known. */
static void server_print(char out[SERVER_MAX], const struct history *h, const struct history_op *op)
{
    static const char *const roles[] = {[VIEW_FOLLOWER] = "follower",
                                        [VIEW_CANDIDATE] = "candidate",
                                        [VIEW_LEADER] = "leader",
                                        [VIEW_DOWN] = "down by then"};
    out[0] = '\0';
    if (op->node < 0 || h->names == NULL)
        return;
    const char *name = trace_names_text(h->names, op->node);
    if (op->term == 0)
        (void)snprintf(out, SERVER_MAX, " by %s", name);
    else
        (void)snprintf(out, SERVER_MAX, " by %s (%s, term %llu)", name, roles[op->role],
                       (unsigned long long)op->term);
}

void operation_print(char *out, size_t size, const struct history *h, const struct history_op *op)
{
    char verb[4 * LIN_TEXT_MAX + 16];
    char server[SERVER_MAX];
    double call = (double)op->call_ns / 1e9, ret = (double)op->ret_ns / 1e9;
    verb_print(verb, sizeof(verb), h, op);
    server_print(server, h, op);
    if (op->ret_ns == HISTORY_NEVER)
        (void)snprintf(out, size, "%s, called at %.6f s, outcome unknown", verb, call);
    else if (op->proved)
        (void)snprintf(out, size, "%s, called at %.6f s, answer lost, %s at %.6f s", verb, call,
                       op->outcome == HISTORY_FAIL ? "in no log any more" : "committed", ret);
    else
        (void)snprintf(out, size, "%s, called at %.6f s, %s at %.6f s%s", verb, call,
                       op->outcome == HISTORY_FAIL ? "refused" : "answered", ret, server);
}

void result_operation(struct check_result *res, const struct history *h,
                      const struct history_op *op)
{
    uint64_t t_ns = op->ret_ns == HISTORY_NEVER ? op->call_ns : op->ret_ns;
    if (res->events_count == CHECK_EVENTS_MAX)
        return;
    size_t at = res->events_count;
    while (at > 0 && res->events[at - 1].t_ns > t_ns)
        at--;
    memmove(&res->events[at + 1], &res->events[at],
            (res->events_count - at) * sizeof(res->events[0]));
    res->events_count++;
    struct check_event *ev = &res->events[at];
    struct trace_text client = texts_get(&h->texts, op->client);
    *ev = (struct check_event){.t_ns = t_ns, .line = op->line};
    (void)snprintf(ev->node, sizeof(ev->node), "%.*s",
                   (int)(client.len < LIMIT_NODE_NAME ? client.len : LIMIT_NODE_NAME), client.at);
    operation_print(ev->what, sizeof(ev->what), h, op);
}
