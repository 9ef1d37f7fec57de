/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX 32

/* Long values are shown by their end, where lists differ. */
static void value_print(char out[VALUE_MAX + 16], const struct history *h, uint32_t number)
{
    struct trace_text text = texts_get(&h->texts, number);
    if (text.at == NULL)
        (void)snprintf(out, VALUE_MAX + 16, "nothing");
    else if (text.len <= VALUE_MAX)
        (void)snprintf(out, VALUE_MAX + 16, "%.*s", (int)text.len, text.at);
    else
        (void)snprintf(out, VALUE_MAX + 16, "…%.*s", VALUE_MAX, text.at + text.len - VALUE_MAX);
}

static const char *changed_print(const struct history_op *op)
{
    if (op->outcome != HISTORY_OK || op->silent)
        return "";
    if (op->kind == HISTORY_CONTAINS)
        return op->done ? ": yes" : ": no";
    return op->done ? "" : ": no change";
}

static void verb_print(char *out, size_t size, const struct history *h, const struct history_op *op)
{
    char value[VALUE_MAX + 16];
    char result[VALUE_MAX + 16];
    char expect[VALUE_MAX + 16];
    struct trace_text key = texts_get(&h->texts, op->key);
    int key_len = (int)(key.len < VALUE_MAX ? key.len : VALUE_MAX);
    value_print(value, h, op->value);
    value_print(result, h, op->result);
    value_print(expect, h, op->expect);
    switch ((enum history_kind)op->kind) {
    case HISTORY_READ: (void)snprintf(out, size, "read %.*s = %s", key_len, key.at, result); break;
    case HISTORY_WRITE: (void)snprintf(out, size, "write %.*s = %s", key_len, key.at, value); break;
    case HISTORY_APPEND:
        (void)snprintf(out, size, "append %.*s %s -> %s", key_len, key.at, value, result);
        break;
    case HISTORY_CAS:
        (void)snprintf(out, size, "cas %.*s %s -> %s%s%s", key_len, key.at, expect, value,
                       op->outcome == HISTORY_OK ? ": " : "",
                       op->outcome != HISTORY_OK ? ""
                       : op->done                ? "done"
                       : op->silent              ? "refused"
                                                 : result);
        break;
    case HISTORY_INCR:
        (void)snprintf(out, size, "incr %.*s%s%s%s%s", key_len, key.at, op->value != 0 ? " " : "",
                       op->value != 0 ? value : "", op->result != 0 ? " -> " : "",
                       op->result != 0 ? result : "");
        break;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS:
        (void)snprintf(out, size, "%s %.*s %s%s", history_kind_name((enum history_kind)op->kind),
                       key_len, key.at, value, changed_print(op));
        break;
    case HISTORY_ENQUEUE:
        (void)snprintf(out, size, "enqueue %.*s %s", key_len, key.at, value);
        break;
    case HISTORY_DEQUEUE:
        (void)snprintf(out, size, "dequeue %.*s = %s", key_len, key.at, result);
        break;
    }
}

void operation_print(char *out, size_t size, const struct history *h, const struct history_op *op)
{
    char verb[4 * (VALUE_MAX + 16)];
    verb_print(verb, sizeof(verb), h, op);
    if (op->ret_ns == HISTORY_NEVER)
        (void)snprintf(out, size, "%s, called at %.6f s, outcome unknown", verb,
                       (double)op->call_ns / 1e9);
    else if (op->proved)
        (void)snprintf(out, size, "%s, called at %.6f s, answer lost, %s at %.6f s", verb,
                       (double)op->call_ns / 1e9,
                       op->outcome == HISTORY_FAIL ? "in no log any more" : "committed",
                       (double)op->ret_ns / 1e9);
    else
        (void)snprintf(
            out, size, "%s, called at %.6f s, %s at %.6f s", verb, (double)op->call_ns / 1e9,
            op->outcome == HISTORY_FAIL ? "refused" : "answered", (double)op->ret_ns / 1e9);
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
