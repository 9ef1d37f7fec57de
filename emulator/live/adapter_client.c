/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/adapter_client.h"

#include "base/mem.h"
#include "base/respw.h"
#include "base/units.h"
#include "wire/resp.h"

#include <string.h>

#define WORDS_MAX 4

/* Invariant: events is NULL once it was dropped. ticket != 0: an operation is under way, of which
 * asked is the adapter that has it. */
struct connection {
    uv_timer_t soon; /* what is told by itself is told in a turn of its own */
    const struct adapter_clients *all;
    const struct connection_events *events;
    void *arg;
    unsigned node;
    bool connected;
    struct resp_requests said;
    struct resp_replies told;
    struct adapter *asked;
    uint64_t ticket;
    enum adapter_ability kind; /* of that operation */
};

static void later(struct connection *c);

/* ---- what is told ---- */

static void deliver(struct connection *c)
{
    const struct resp_value *value;
    struct err e;
    int more;
    while (c->events != NULL && (more = resp_replies_next(&c->told, &value, &e)) != 0) {
        ASSERT(more > 0); /* our own words */
        c->events->reply(c->arg, value);
    }
}

static void tell(struct connection *c, const struct buf *reply)
{
    resp_replies_feed(&c->told, reply->data, reply->len);
}

static void tell_error(struct connection *c, const char *code, const char *text)
{
    struct buf reply = {0};
    respw_errorf(&reply, "%s%s%s", code, text[0] == '\0' ? "" : " ", text);
    tell(c, &reply);
    buf_free(&reply);
}

/* ---- answers of the adapter ---- */

static void put_text(struct buf *reply, const char *text)
{
    if (text == NULL)
        respw_null(reply, RESP2);
    else
        respw_bulk_str(reply, text);
}

/* A number, however it was written; false: it is none. */
static bool put_number(struct buf *reply, const char *text)
{
    uint64_t value;
    if (text == NULL || !span_to_u64(span_str(text), &value) || value > INT64_MAX)
        return false;
    respw_integer(reply, (int64_t)value);
    return true;
}

static bool put_result(struct buf *reply, enum adapter_ability kind,
                       const struct adapter_line *line)
{
    const char *result = adapter_line_text(line, "result");
    switch (kind) {
    case ADAPTER_CAN_read: put_text(reply, result); return true;
    case ADAPTER_CAN_write: respw_ok(reply); return true;
    case ADAPTER_CAN_append:
    case ADAPTER_CAN_increment: return put_number(reply, result);
    case ADAPTER_CAN_cas:
        respw_array(reply, 2);
        respw_integer(reply, adapter_line_true(line, "done"));
        put_text(reply, result);
        return adapter_line_has(line, "done");
    case ADAPTER_CAN_leader:
    case ADAPTER_CAN_members:
    case ADAPTER_ABILITIES_COUNT: break;
    }
    UNREACHABLE();
}

static void tell_ok(struct connection *c, const struct adapter_line *line)
{
    struct buf reply = {0};
    respw_array(&reply, 2);
    bool good = put_result(&reply, c->kind, line);
    respw_integer(&reply, (int64_t)(adapter_line_number(line, "index", 0) & INT64_MAX));
    if (good)
        tell(c, &reply);
    else
        tell_error(c, "UNKNOWN", "the adapter's answer is none to this operation");
    buf_free(&reply);
}

static void on_answer(void *arg, const struct adapter_line *line, const char *why)
{
    struct connection *c = arg;
    enum adapter_is is;
    struct err e;
    c->ticket = 0;
    if (line == NULL) {
        c->events->lost(c->arg, why);
        return;
    }
    const char *error = adapter_line_text(line, "error");
    error = error == NULL || error[0] == '\0' ? "FAILED" : error;
    if (adapter_line_is(line, &is, &e) < 0)
        tell_error(c, "UNKNOWN", e.text);
    else if (is == ADAPTER_OK)
        tell_ok(c, line);
    else if (is == ADAPTER_UNKNOWN)
        tell_error(c, "UNKNOWN", error);
    else /* a failure of that name would be none */
        tell_error(c, strncmp(error, "UNKNOWN", 7) == 0 ? "FAILED" : error, "");
    deliver(c);
}

/* ---- what is said ---- */

static const struct {
    const char *name;
    enum adapter_ability kind;
    size_t words_min, words_max;
} commands[] = {{"GET", ADAPTER_CAN_read, 2, 2},
                {"SET", ADAPTER_CAN_write, 3, 3},
                {"APPEND", ADAPTER_CAN_append, 3, 3},
                {"CAS", ADAPTER_CAN_cas, 3, 4},
                {"INCR", ADAPTER_CAN_increment, 2, 2}};

/* Its row, or -1. */
static int find_command(const struct resp_request *said)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (span_equal(said->argv[0], span_str(commands[i].name)) &&
            said->argc >= commands[i].words_min && said->argc <= commands[i].words_max)
            return (int)i;
    }
    return -1;
}

static void lacks(const struct connection *c, const char *what)
{
    struct err e = {0};
    struct adapter *a = nodes_adapter(c->all->nodes, c->node);
    (void)err_set(&e, -E_UNSUPPORTED, "clients: %s has no operation \"%s\"",
                  a == NULL ? "the adapter" : adapter_name(a), what);
    c->all->lacks(c->all->arg, &e);
}

static void ask(struct connection *c, const struct resp_request *said)
{
    struct adapter *a = nodes_adapter(c->all->nodes, c->node);
    char *words[WORDS_MAX] = {0};
    struct err e;
    int row = find_command(said);
    if (row < 0 || (adapter_serves(a) && !adapter_can(a, commands[row].kind))) {
        lacks(c, row < 0 ? "other than of registers, lists and counters"
                         : adapter_ability_name(commands[row].kind));
        tell_error(c, "UNSUPPORTED", "");
        return;
    }
    for (size_t i = 1; i < said->argc; i++)
        words[i] = mem_dup(said->argv[i].data, said->argv[i].len);
    c->kind = commands[row].kind;
    const struct adapter_ask op = {.what = ADAPTER_op,
                                   .kind = c->kind,
                                   .key = words[1],
                                   .value = words[said->argc == 4 ? 3 : 2],
                                   .expect = said->argc == 4 ? words[2] : NULL,
                                   .time_ms = c->all->timeout_ns / NS_PER_MS};
    c->asked = a;
    if (!adapter_serves(a))
        tell_error(c, "NOTSERVING", "the node does not run");
    else if (adapter_question(a, &op, on_answer, c, &c->ticket, &e) < 0)
        tell_error(c, "NOTSENT", e.text);
    for (size_t i = 1; i < WORDS_MAX; i++)
        mem_free(words[i]);
}

/* The greeting: what is written may be asked for with its place in the order. */
static bool is_greeting(const struct resp_request *said)
{
    return said->argc == 3 && span_equal(said->argv[0], span_str("RAFT")) &&
           span_equal(said->argv[1], span_str("INDEXED"));
}

static void hear(struct connection *c, const struct resp_request *said)
{
    struct buf reply = {0};
    if (is_greeting(said)) {
        respw_ok(&reply);
        tell(c, &reply);
        buf_free(&reply);
    } else {
        ask(c, said);
    }
    later(c);
}

int adapter_client_send(struct connection *c, const void *data, size_t len, struct err *e)
{
    struct resp_request said;
    int more;
    if (!adapter_serves(nodes_adapter(c->all->nodes, c->node)))
        return err_set(e, -E_CLOSED, "CLOSED");
    resp_requests_feed(&c->said, data, len);
    while ((more = resp_requests_next(&c->said, &said, e)) > 0)
        hear(c, &said);
    return more;
}

/* ---- opening and closing ---- */

static void on_soon(uv_timer_t *timer)
{
    struct connection *c = timer->data;
    if (c->events == NULL)
        return;
    if (c->connected) {
        deliver(c);
    } else if (adapter_serves(nodes_adapter(c->all->nodes, c->node))) {
        c->connected = true;
        c->events->connected(c->arg);
    } else {
        c->events->lost(c->arg, "REFUSED");
    }
}

static void later(struct connection *c)
{
    (void)uv_timer_start(&c->soon, on_soon, 0, 0);
}

struct connection *adapter_client_open(const struct adapter_clients *all, unsigned node,
                                       const struct connection_events *events, void *arg)
{
    struct connection *c = mem_alloc(sizeof(*c));
    (void)uv_timer_init(all->loop, &c->soon);
    c->soon.data = c;
    c->all = all;
    c->node = node;
    c->events = events;
    c->arg = arg;
    resp_requests_init(&c->said);
    resp_replies_init(&c->told, 0);
    later(c);
    return c;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    resp_requests_free(&c->said);
    resp_replies_free(&c->told);
    mem_free(c);
}

void adapter_client_drop(struct connection *c)
{
    if (c->ticket != 0)
        adapter_forget(c->asked, c->ticket);
    c->ticket = 0;
    c->events = NULL;
    uv_close((uv_handle_t *)&c->soon, on_closed);
}
