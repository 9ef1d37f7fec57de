/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/admin.h"

#include "base/mem.h"
#include "base/respw.h"
#include "emulator/clients/admin_answer.h"
#include "emulator/live/connection.h"

#include <stdio.h>
#include <string.h>

#define QUESTIONS_MAX 64

/* Invariants: ticket 0 = free; connection == NULL once reply is not pending. */
struct question {
    struct admin *admin;
    uint64_t ticket;
    bool forgotten; /* nobody will ask for the answer */
    enum world_reply reply;
    char text[WORLD_TEXT_MAX];
    struct connection *connection;
    struct buf request;
};

struct admin {
    uv_loop_t *loop;
    const struct nodes *nodes;
    uint64_t tickets;
    struct question questions[QUESTIONS_MAX];
};

struct admin *admin_new(uv_loop_t *loop, const struct nodes *nodes)
{
    struct admin *a = mem_alloc(sizeof(*a));
    a->loop = loop;
    a->nodes = nodes;
    return a;
}

static void release(struct question *q)
{
    if (q->connection != NULL)
        connection_drop(q->connection, false);
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
    connection_drop(q->connection, false);
    q->connection = NULL;
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

int admin_ask(struct admin *a, unsigned node, const struct span *words, size_t count,
              uint64_t *ret_ticket, struct err *e)
{
    struct question *q = NULL;
    for (size_t i = 0; i < QUESTIONS_MAX && q == NULL; i++)
        q = a->questions[i].ticket == 0 ? &a->questions[i] : NULL;
    if (q == NULL)
        return err_set(e, -E_LIMIT, "more than %d questions to administrate at once",
                       QUESTIONS_MAX);
    char path[NODES_PATH_MAX];
    *q = (struct question){.admin = a, .ticket = ++a->tickets};
    q->connection =
        connection_open_unix(a->loop, nodes_admin_path(a->nodes, node, path), &events, q);
    respw_array(&q->request, count);
    for (size_t i = 0; i < count; i++)
        respw_bulk(&q->request, words[i]);
    *ret_ticket = q->ticket;
    return 0;
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
