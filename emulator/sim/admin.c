/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of the administrator: asked at the node itself, past every link, unless the scenario
 * has faults for his: then over those. */
#include "base/respw.h"
#include "base/units.h"
#include "emulator/clients/admin_answer.h"
#include "emulator/sim/run.h"

#include <stdio.h>

/* Over the node's own loopback. */
#define WAY_NS (50 * NS_PER_US)

static struct sim_question *find(struct sim *sim, uint64_t ticket)
{
    for (size_t i = 0; i < SIM_QUESTIONS_MAX; i++) {
        if (sim->questions[i].ticket == ticket)
            return &sim->questions[i];
    }
    return NULL;
}

static void post(struct sim *sim, enum sim_packet_kind kind, const struct sim_question *q,
                 const void *data, size_t len)
{
    unsigned end = sim->nodes_count + sim->hosts;
    bool asks = kind == PACKET_QUESTION;
    struct sim_packet *p =
        sim_packet_new(kind, asks ? end : q->node, asks ? q->node : end, q->ticket, data, len);
    p->reliable = true;
    sim_net_send(sim->net, p, sim->now_ns);
}

static void release(struct sim *sim, struct sim_question *q)
{
    struct sim_node *n = &sim->nodes[q->node];
    if (q->client != 0 && n->node != NULL && n->life == q->life)
        node_on_client_gone(n->node, q->client);
    resp_replies_free(&q->in);
    buf_free(&q->request);
    *q = (struct sim_question){0};
}

int sim_admin_ask(struct sim *sim, unsigned node, const struct span *words, size_t count,
                  uint64_t *ret_ticket, struct err *e)
{
    struct sim_question *q = NULL;
    for (size_t i = 0; i < SIM_QUESTIONS_MAX; i++) {
        struct sim_question *each = &sim->questions[i];
        if (each->forgotten && each->reply != WORLD_PENDING)
            release(sim, each);
        q = each->ticket == 0 ? each : q;
    }
    if (q == NULL)
        return err_set(e, -E_LIMIT, "more than %d questions to administrate at once",
                       SIM_QUESTIONS_MAX);
    *q = (struct sim_question){.ticket = ++sim->tickets, .node = node};
    *ret_ticket = q->ticket;
    resp_replies_init(&q->in, 0);
    respw_array(&q->request, count);
    for (size_t i = 0; i < count; i++)
        respw_bulk(&q->request, words[i]);
    if (sim->admin_links)
        post(sim, PACKET_QUESTION, q, NULL, 0);
    else
        sim_after(sim, WAY_NS, SIM_ADMIN, node, q->ticket);
    return 0;
}

bool sim_admin_awaits(struct sim *sim, uint64_t ticket)
{
    const struct sim_question *q = find(sim, ticket);
    return q != NULL && q->reply == WORLD_PENDING;
}

static struct sim_question *of_client(struct sim_node *n, uint64_t client)
{
    for (size_t i = 0; i < SIM_QUESTIONS_MAX; i++) {
        struct sim_question *q = &n->sim->questions[i];
        if (q->ticket != 0 && q->node == n->index && q->client == client && q->life == n->life)
            return q;
    }
    return NULL;
}

/* What has come of it at the node: he knows it now, or when the news has arrived. */
static void tell(struct sim *sim, struct sim_question *q, enum world_reply reply)
{
    uint8_t word = (uint8_t)reply; /* its text is the question's already */
    q->over = true;
    if (sim->admin_links) {
        post(sim, PACKET_ANSWER, q, &word, sizeof(word));
        return;
    }
    q->reply = reply;
    sim->changed = true;
}

static void lost(struct sim *sim, struct sim_question *q, const char *why)
{
    world_text(span_str(why), q->text);
    tell(sim, q, WORLD_LOST);
}

void sim_admin_told(struct sim *sim, const struct sim_packet *p)
{
    struct sim_question *q = find(sim, p->connection);
    ASSERT(p->len == 1);
    if (q == NULL || q->reply != WORLD_PENDING)
        return;
    q->reply = (enum world_reply)p->data[0];
    sim->changed = true;
}

void sim_admin_arrive(struct sim_node *n, uint64_t ticket)
{
    struct resp_requests in;
    struct resp_request request;
    struct err e = {0};
    struct sim_question *q = find(n->sim, ticket);
    if (q == NULL || q->over || q->client != 0)
        return;
    if (n->node == NULL) {
        lost(n->sim, q, "REFUSED");
        return;
    }
    q->life = n->life;
    q->client = ++n->sim->client_numbers;
    resp_requests_init(&in);
    resp_requests_feed(&in, q->request.data, q->request.len);
    int code = resp_requests_next(&in, &request, &e);
    ASSERT(code == 1); /* we wrote it ourselves */
    node_on_client(n->node, q->client);
    node_trust_client(n->node, q->client);
    node_on_request(n->node, sim_node_now(n), q->client, request.argv, request.argc);
    resp_requests_free(&in);
    sim_node_turn(n);
}

bool sim_admin_bytes(struct sim_node *n, uint64_t client, const void *bytes, size_t len)
{
    struct sim_question *q = of_client(n, client);
    const struct resp_value *value;
    struct err e = {0};
    if (q == NULL)
        return false;
    resp_replies_feed(&q->in, bytes, len);
    if (!q->over && resp_replies_next(&q->in, &value, &e) > 0)
        tell(n->sim, q, admin_answer(value, q->text));
    return true;
}

bool sim_admin_hung_up(struct sim_node *n, uint64_t client)
{
    struct sim_question *q = of_client(n, client);
    if (q != NULL && !q->over)
        lost(n->sim, q, "CLOSED");
    return q != NULL;
}

/* Without links of its own a question that is on its way is lost with the process it was for. */
static bool has_come(const struct sim *sim, const struct sim_question *q)
{
    return q->client != 0 || !sim->admin_links;
}

void sim_admin_died(struct sim_node *n)
{
    for (size_t i = 0; i < SIM_QUESTIONS_MAX; i++) {
        struct sim_question *q = &n->sim->questions[i];
        if (q->ticket == 0 || q->node != n->index || q->over || !has_come(n->sim, q))
            continue;
        lost(n->sim, q, "CLOSED");
    }
}

enum world_reply sim_admin_reply(struct sim *sim, uint64_t ticket, char text[WORLD_TEXT_MAX])
{
    const struct sim_question *q = find(sim, ticket);
    ASSERT(q != NULL); /* a ticket is used until it is done */
    (void)snprintf(text, WORLD_TEXT_MAX, "%s", q->reply == WORLD_PENDING ? "" : q->text);
    return q->reply;
}

void sim_admin_done(struct sim *sim, uint64_t ticket)
{
    struct sim_question *q = find(sim, ticket);
    ASSERT(q != NULL);
    if (q->reply == WORLD_PENDING)
        q->forgotten = true;
    else
        release(sim, q);
}

void sim_admin_free(struct sim *sim)
{
    for (size_t i = 0; i < SIM_QUESTIONS_MAX; i++) {
        struct sim_question *q = &sim->questions[i];
        if (q->ticket == 0)
            continue;
        resp_replies_free(&q->in);
        buf_free(&q->request);
    }
}
