/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/admin.h"

#include "base/mem.h"
#include "base/respw.h"
#include "emulator/clients/admin_answer.h"
#include "emulator/live/connection.h"

#include <stdio.h>
#include <string.h>

#define QUESTIONS_MAX 64

/* Invariants: ticket 0 = free; connection == NULL and asked == NULL once reply is not pending. */
struct question {
    struct admin *admin;
    uint64_t ticket;
    bool forgotten; /* nobody will ask for the answer */
    enum world_reply reply;
    char text[WORLD_TEXT_MAX];
    struct connection *connection; /* to a node that is raftd; … */
    struct buf request;
    struct adapter
        *asked; /* … or who speaks for one that is not, and the question's number there */
    uint64_t number;
    unsigned subject; /* … who shall be a member, or none */
    bool joins;
};

struct admin {
    uv_loop_t *loop;
    struct nodes *nodes;
    uint64_t tickets;
    struct question questions[QUESTIONS_MAX];
};

struct admin *admin_new(uv_loop_t *loop, struct nodes *nodes)
{
    struct admin *a = mem_alloc(sizeof(*a));
    a->loop = loop;
    a->nodes = nodes;
    return a;
}

static void hang_up(struct question *q)
{
    if (q->connection != NULL)
        connection_drop(q->connection, false);
    if (q->asked != NULL)
        adapter_forget(q->asked, q->number);
    q->connection = NULL;
    q->asked = NULL;
}

static void release(struct question *q)
{
    hang_up(q);
    buf_free(&q->request);
    *q = (struct question){0};
}

void admin_close(struct admin *a)
{
    for (size_t i = 0; a != NULL && i < QUESTIONS_MAX; i++)
        release(&a->questions[i]);
    mem_free(a);
}

/* text: as q->text is to be. */
static void end(struct question *q, enum world_reply reply, const char text[WORLD_TEXT_MAX])
{
    if (q->forgotten) {
        release(q);
        return;
    }
    q->reply = reply;
    (void)snprintf(q->text, sizeof(q->text), "%s", text);
    hang_up(q);
}

static void lose(struct question *q, const char *why)
{
    char text[WORLD_TEXT_MAX];
    world_text(span_str(why), text);
    end(q, WORLD_LOST, text);
}

static void on_lost(void *arg, const char *why)
{
    lose(arg, why);
}

static void on_connected(void *arg)
{
    struct question *q = arg;
    struct err e = {0};
    if (connection_send(q->connection, q->request.data, q->request.len, &e) < 0)
        lose(q, e.text);
}

static void on_reply(void *arg, const struct resp_value *value)
{
    char text[WORLD_TEXT_MAX];
    enum world_reply reply = admin_answer(value, text);
    end(arg, reply, text);
}

static const struct connection_events events = {
    .connected = on_connected, .reply = on_reply, .lost = on_lost};

static void ask_raftd(struct question *q, unsigned node, const struct span *words, size_t count)
{
    char path[NODES_PATH_MAX];
    struct admin *a = q->admin;
    q->connection =
        connection_open_unix(a->loop, nodes_admin_path(a->nodes, node, path), &events, q);
    respw_array(&q->request, count);
    for (size_t i = 0; i < count; i++)
        respw_bulk(&q->request, words[i]);
}

/* ---- nodes behind adapters ---- */

static void on_told(void *arg, const struct adapter_line *line, const char *why)
{
    struct question *q = arg;
    char text[WORLD_TEXT_MAX];
    enum adapter_is is;
    struct err e;
    q->asked = NULL;
    if (line == NULL) {
        lose(q, why);
        return;
    }
    if (adapter_line_is(line, &is, &e) < 0) {
        lose(q, e.text);
        return;
    }
    const char *error = adapter_line_text(line, "error");
    world_text(span_str(is == ADAPTER_OK ? "" : error == NULL ? "FAILED" : error), text);
    if (is == ADAPTER_OK)
        nodes_member(q->admin->nodes, q->subject, q->joins);
    end(q, is == ADAPTER_OK ? WORLD_OK : is == ADAPTER_FAIL ? WORLD_REFUSED : WORLD_LOST, text);
}

/* MEMBER ADD and MEMBER REMOVE, as actions_admin.c words them: all else is refused before the run.
 * Who is removed may end by itself from then on. */
static int ask_adapter(struct question *q, unsigned node, const struct span *words, size_t count,
                       struct err *e)
{
    struct nodes *nodes = q->admin->nodes;
    struct adapter *adapter = nodes_adapter(nodes, node);
    char name[16];
    uint64_t number;
    ASSERT(count >= 4 && span_equal(words[1], span_str("MEMBER")));
    bool named = words[3].len > 1 &&
                 span_to_u64(span_of(words[3].data + 1, words[3].len - 1), &number) && number > 0;
    ASSERT(named);
    q->subject = (unsigned)number - 1;
    q->joins = span_equal(words[2], span_str("ADD"));
    (void)snprintf(name, sizeof(name), "n%u", q->subject + 1);
    const struct adapter_ask ask = {.what = q->joins ? ADAPTER_join : ADAPTER_remove, .node = name};
    if (!adapter_serves(adapter)) {
        lose(q, "NOTSERVING the node does not run");
        return 0;
    }
    if (!adapter_can(adapter, ADAPTER_CAN_members))
        return err_set(e, -E_UNSUPPORTED, "%s cannot change who its members are",
                       adapter_name(adapter));
    if (!q->joins)
        nodes_expect_end(nodes, q->subject, "leave: removed");
    int code = adapter_question(adapter, &ask, on_told, q, &q->number, e);
    q->asked = code < 0 ? NULL : adapter;
    return code;
}

int admin_ask(struct admin *a, unsigned node, const struct span *words, size_t count,
              uint64_t *ret_ticket, struct err *e)
{
    struct question *q = NULL;
    int code = 0;
    for (size_t i = 0; i < QUESTIONS_MAX && q == NULL; i++)
        q = a->questions[i].ticket == 0 ? &a->questions[i] : NULL;
    if (q == NULL)
        return err_set(e, -E_LIMIT, "more than %d questions to administrate at once",
                       QUESTIONS_MAX);
    *q = (struct question){.admin = a, .ticket = ++a->tickets};
    *ret_ticket = q->ticket;
    if (nodes_have_adapters(a->nodes))
        code = ask_adapter(q, node, words, count, e);
    else
        ask_raftd(q, node, words, count);
    if (code < 0)
        release(q);
    return code;
}

static const struct question *find(const struct admin *a, uint64_t ticket)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (a->questions[i].ticket == ticket)
            return &a->questions[i];
    }
    UNREACHABLE(); /* a ticket is used until it is done */
}

enum world_reply admin_reply(const struct admin *a, uint64_t ticket, char text[WORLD_TEXT_MAX])
{
    const struct question *q = find(a, ticket);
    (void)snprintf(text, WORLD_TEXT_MAX, "%s", q->text);
    return q->reply;
}

void admin_done(struct admin *a, uint64_t ticket)
{
    struct question *q = (struct question *)find(a, ticket);
    if (q->reply == WORLD_PENDING)
        q->forgotten = true;
    else
        release(q);
}
