/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/clients/client.h"

#include "base/prng.h"
#include "base/respw.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* TCP's own patience is a second for a lost SYN and minutes for a dead peer: too long to find out
 * that a node is gone. */
#define CONNECT_NS_MIN (300 * NS_PER_MS)
#define CONNECT_NS_MAX (2400 * NS_PER_MS)
/* An operation that may be asked again is asked at most so often in its time. */
#define TRIES 4
/* Between tries that fail at once, and after an operation that did. */
#define RETRY_NS (50 * NS_PER_MS)
#define FAIL_NS  (10 * NS_PER_MS)
/* So often a client asks for its first node before it goes elsewhere: it may be starting. All
 * clients would come to sit at the node that is up first, and stay there. */
#define START_TRIES 40

static const struct connection_events events;

static uint64_t now_ns(const struct client *c)
{
    return c->group->o.io->now(c->group->o.io->arg);
}

static void wait_until(struct client *c, uint64_t t_ns)
{
    c->group->o.io->wake_at(c->group->o.io->arg, c->number, t_ns);
}

static void name_it(struct client *c)
{
    if (c->lives == 0)
        (void)snprintf(c->name, sizeof(c->name), "c%u", c->number + 1);
    else
        (void)snprintf(c->name, sizeof(c->name), "c%u.%u", c->number + 1, c->lives);
}

void client_init(struct client *c, struct client_group *g, unsigned number)
{
    char stream[32];
    (void)snprintf(stream, sizeof(stream), "client %u schedule", number);
    *c = (struct client){.group = g,
                         .number = number,
                         .node = number % (unsigned)g->o.s->cluster.voters,
                         .start_tries = START_TRIES,
                         .patience_ns = CONNECT_NS_MIN,
                         .pinned = -1,
                         .rnd = prng_named(g->o.seed, stream)};
    name_it(c);
}

static bool loaded(const struct client *c)
{
    return c->group->on && c->group->left > 0;
}

static bool wanted(const struct client *c)
{
    return loaded(c) || c->extra > 0 || c->retry.open || client_errand_next(c);
}

/* When it has to ask next; UINT64_MAX: not by itself. */
static uint64_t next_due_ns(const struct client *c)
{
    uint64_t load = loaded(c) ? c->due_ns : UINT64_MAX;
    uint64_t extra = c->extra > 0 ? c->extra_due_ns : UINT64_MAX;
    return load < extra ? load : extra;
}

/* ---- connecting ---- */

static void drop(struct client *c, bool reset)
{
    if (c->connection != NULL)
        c->group->o.io->drop(c->group->o.io->arg, c->connection, reset);
    c->connection = NULL;
    c->state = CLIENT_AWAY;
}

/* Clients know who the members are, as from a service that tells them: those who are none are not
 * asked, but by a client pinned to one. */
static bool usable(const struct client *c, unsigned node)
{
    const struct observer *o = c->group->o.observer;
    bool member = (observed_members(&o->configs.present) >> node & 1) != 0;
    return member || c->group->o.s->clients.attach == ATTACH_pinned;
}

static unsigned next_usable(const struct client *c, unsigned after)
{
    unsigned count = c->group->nodes_count, node = after;
    for (unsigned i = 0; i < count; i++) {
        node = (node + 1) % count;
        if (usable(c, node))
            return node;
    }
    return after;
}

/* Whom a step bound it to; -1: nobody. */
static int bound_to(const struct client *c)
{
    return client_errand_next(c) && c->errand.via >= 0 ? c->errand.via : c->pinned;
}

/* The leader, for those that follow it and know one. */
static unsigned preferred(const struct client *c)
{
    if (bound_to(c) >= 0)
        return (unsigned)bound_to(c);
    int leader = c->group->o.observer->leader;
    bool follows = c->group->o.s->clients.attach == ATTACH_leader;
    if (follows && leader >= 0)
        return (unsigned)leader;
    return usable(c, c->node) ? c->node : next_usable(c, c->node);
}

static void next_node(struct client *c)
{
    c->start_tries = 0;
    if (c->group->o.s->clients.attach != ATTACH_pinned)
        c->node = next_usable(c, c->node);
}

/* Its node is not there, so far as it could find out. */
static void refused(struct client *c)
{
    if (c->start_tries > 0)
        c->start_tries--;
    else
        next_node(c);
    wait_until(c, now_ns(c) + RETRY_NS);
}

static void connect_now(struct client *c)
{
    const struct client_group *g = c->group;
    struct err e;
    ASSERT(c->state == CLIENT_AWAY);
    c->node = preferred(c);
    c->mode = client_mode(c);
    c->connection = g->o.io->open(g->o.io->arg, c->number % g->o.hosts, c->node, &events, c, &e);
    if (c->connection == NULL) {
        refused(c);
        return;
    }
    c->state = CLIENT_CONNECTING;
    wait_until(c, now_ns(c) + c->patience_ns);
}

/* The connection never came to an operation: the next node may be better. */
static void give_up_connecting(struct client *c, bool patience_ended)
{
    drop(c, true);
    if (!patience_ended) {
        refused(c);
        return;
    }
    next_node(c);
    if (c->patience_ns < CONNECT_NS_MAX)
        c->patience_ns *= 2;
    wait_until(c, now_ns(c));
}

static void greet(struct client *c, struct buf *out, const char *what, const char *value)
{
    respw_array(out, 3);
    respw_bulk_str(out, "RAFT");
    respw_bulk_str(out, what);
    respw_bulk_str(out, value);
    c->greetings++;
}

static int send_bytes(struct client *c, const void *data, size_t len, struct err *e)
{
    return c->group->o.io->send(c->group->o.io->arg, c->connection, data, len, e);
}

static void on_connected(void *arg)
{
    struct client *c = arg;
    const char *mode = workload_mode_name(c->mode);
    struct buf *greeting = &c->group->greeting;
    struct err e;
    c->greetings = 0;
    buf_reset(greeting);
    greet(c, greeting, "INDEXED", "ON");
    if (mode != NULL)
        greet(c, greeting, "READMODE", mode);
    if (c->mode == READ_local) {
        /* Local reads must not go back in time when the client goes to another node. */
        char seen[24];
        (void)snprintf(seen, sizeof(seen), "%llu", (unsigned long long)c->seen);
        greet(c, greeting, "SEEN", seen);
    }
    c->state = CLIENT_GREETING;
    if (send_bytes(c, greeting->data, greeting->len, &e) < 0)
        give_up_connecting(c, false);
}

/* ---- operations ---- */

static void end_operation(struct client *c)
{
    static const enum observed_outcome observed[] = {[HISTORY_UNKNOWN] = OBSERVED_UNKNOWN,
                                                     [HISTORY_OK] = OBSERVED_OK,
                                                     [HISTORY_FAIL] = OBSERVED_FAIL};
    struct client_group *g = c->group;
    const struct clients_io *io = g->o.io;
    for (unsigned part = 0; part < workload_parts(&c->op); part++) {
        const struct trace_record rec = workload_return_record(&c->op, part, &c->answer, now_ns(c),
                                                               c->operation + part, (int)c->node);
        io->history(io->arg, &rec);
    }
    if (io->watch != NULL)
        io->watch(io->arg, c->name, c->node, &c->op, &c->answer);
    observer_outcome(g->o.observer, observed[c->answer.outcome]);
    g->busy--;
    c->retry.open = false;
    if (c->state == CLIENT_ASKING)
        c->state = CLIENT_READY;
    client_errand_end(c);
    if (c->answer.outcome == HISTORY_UNKNOWN) {
        c->lives++;
        name_it(c);
    }
}

static void end_without_answer(struct client *c, enum history_outcome outcome, const char *why)
{
    c->answer.outcome = outcome;
    c->answer.has_result = c->answer.done = false;
    c->answer.index = 0;
    (void)snprintf(c->answer.error, sizeof(c->answer.error), "%s", why);
    end_operation(c);
}

/* The question, for the first time or again. */
static void put_question(struct client *c)
{
    struct client_group *g = c->group;
    const struct scenario_clients *s = &g->o.s->clients;
    uint64_t now = now_ns(c), patience = s->retry ? s->timeout_ns / TRIES : s->timeout_ns;
    struct err e;
    c->state = CLIENT_ASKING;
    if (send_bytes(c, c->request.data, c->request.len, &e) < 0) {
        if (!s->retry)
            end_without_answer(c, HISTORY_FAIL, "NOTSENT");
        give_up_connecting(c, false);
        return;
    }
    wait_until(c, now + patience < c->retry.give_up_ns ? now + patience : c->retry.give_up_ns);
}

/* The operation c->op begins. */
static void invoke(struct client *c)
{
    struct client_group *g = c->group;
    bool in_session = g->o.s->clients.sessions && !history_only_looks(c->op.kind);
    c->session.seq += in_session;
    buf_reset(&c->request);
    uint64_t name =
        workload_encode(g->o.workload, &c->op, in_session ? &c->session : NULL, &c->request);
    c->operation = g->operations + 1;
    g->operations += workload_parts(&c->op);
    uint64_t now = now_ns(c);
    for (unsigned part = 0; part < workload_parts(&c->op); part++) {
        const struct trace_record rec =
            workload_invoke_record(&c->op, part, now, c->operation + part, c->name, name);
        g->o.io->history(g->o.io->arg, &rec);
    }
    if (g->o.io->watch != NULL)
        g->o.io->watch(g->o.io->arg, c->name, c->node, &c->op, NULL);
    g->busy++;
    c->retry = (struct client_retry){.open = true, .give_up_ns = now + g->o.s->clients.timeout_ns};
    put_question(c);
}

static void ask(struct client *c)
{
    struct client_group *g = c->group;
    bool burst = c->extra > 0 && c->extra_due_ns <= now_ns(c);
    workload_draw(g->o.workload, c->number, burst ? WORKLOAD_BURST : WORKLOAD_LOAD, &c->op);
    if (burst) {
        c->extra--;
        c->extra_due_ns += g->burst_interval_ns;
    } else {
        c->due_ns += g->interval_ns;
        g->left -= g->left != UINT64_MAX;
    }
    invoke(c);
}

/* The two change places: both buffers are kept. */
static void ask_errand(struct client *c)
{
    struct workload_op drawn = c->op;
    c->op = c->errand.op;
    c->errand.op = drawn;
    c->errand.state = ERRAND_ASKED;
    invoke(c);
}

/* ---- asking again ---- */

/* A try that came to nothing; true if another may follow. Otherwise the operation has returned. */
static bool try_again(struct client *c, const char *why)
{
    bool may = c->group->o.s->clients.retry && now_ns(c) < c->retry.give_up_ns;
    if (!may)
        end_without_answer(c, c->retry.tried ? HISTORY_UNKNOWN : HISTORY_FAIL, why);
    return may;
}

/* A session that is gone has forgotten what it executed. */
static bool session_lost(const struct client *c)
{
    return c->session.id != 0 &&
           (strcmp(c->answer.error, "NOSESSION") == 0 || strcmp(c->answer.error, "STALESEQ") == 0);
}

static void open_session(struct client *c)
{
    struct buf request = {0};
    struct err e;
    respw_array(&request, 3);
    respw_bulk_str(&request, "RAFT");
    respw_bulk_str(&request, "SESSION");
    respw_bulk_str(&request, "OPEN");
    c->state = CLIENT_OPENING;
    if (send_bytes(c, request.data, request.len, &e) < 0)
        give_up_connecting(c, false);
    else
        wait_until(c, now_ns(c) + c->group->o.s->clients.timeout_ns);
    buf_free(&request);
}

/* The number of the session, maybe with the index of its entry; 0: refused. */
static uint64_t session_number(const struct resp_value *value)
{
    const struct resp_value *v = resp_bare(value);
    uint64_t number = 0;
    if (v->kind == RESP_ARRAY && v->count == 2)
        v = resp_bare(resp_child(v, 0));
    if (v->kind == RESP_INTEGER && v->integer > 0)
        return (uint64_t)v->integer;
    return v->kind == RESP_BULK && span_to_u64(v->text, &number) ? number : 0;
}

/* Ready for an operation: now, later, or elsewhere. */
static void proceed(struct client *c)
{
    uint64_t now = now_ns(c);
    if (!wanted(c)) {
        wait_until(c, UINT64_MAX);
    } else if (preferred(c) != c->node || client_mode(c) != c->mode) {
        drop(c, false);
        connect_now(c);
    } else if (c->group->o.s->clients.sessions && c->session.id == 0 && !client_errand_reads(c)) {
        open_session(c);
    } else if (c->retry.open) {
        put_question(c);
    } else if (client_errand_next(c)) {
        ask_errand(c);
    } else if (now < next_due_ns(c)) {
        wait_until(c, next_due_ns(c));
    } else {
        ask(c);
    }
}

static void on_answer(struct client *c, const struct resp_value *value)
{
    const struct client_group *g = c->group;
    uint64_t now = now_ns(c);
    workload_judge(g->o.workload, &c->op, value, &c->answer);
    if (c->answer.index > c->seen)
        c->seen = c->answer.index;
    bool lost = session_lost(c);
    if (lost)
        c->session = (struct workload_session){0};
    c->retry.tried = c->retry.tried || c->answer.outcome == HISTORY_UNKNOWN;
    if (c->answer.outcome == HISTORY_OK || !g->o.s->clients.retry) {
        end_operation(c);
    } else if (lost) {
        end_without_answer(c, c->retry.tried ? HISTORY_UNKNOWN : HISTORY_FAIL, "NOSESSION");
    } else {
        char why[WORKLOAD_ERROR_MAX];
        memcpy(why, c->answer.error, sizeof(why));
        if (try_again(c, why)) {
            drop(c, false);
            next_node(c);
            wait_until(c, now + RETRY_NS);
            return;
        }
    }
    if (c->answer.malformed) {
        give_up_connecting(c, false);
        return;
    }
    /* What fails at once would fail a thousand times a second. */
    if (c->answer.outcome != HISTORY_OK && next_due_ns(c) < now + FAIL_NS) {
        wait_until(c, now + FAIL_NS);
        return;
    }
    proceed(c);
}

static void on_reply(void *arg, const struct resp_value *value)
{
    struct client *c = arg;
    const struct resp_value *bare = resp_bare(value);
    if (c->state == CLIENT_ASKING) {
        on_answer(c, value);
    } else if (c->state == CLIENT_GREETING &&
               (bare->kind == RESP_SIMPLE || bare->kind == RESP_INTEGER)) {
        if (--c->greetings > 0)
            return;
        c->state = CLIENT_READY;
        c->start_tries = 0;
        c->patience_ns = CONNECT_NS_MIN;
        proceed(c);
    } else if (c->state == CLIENT_OPENING) {
        c->session = (struct workload_session){.id = session_number(value)};
        c->state = CLIENT_READY;
        if (c->session.id != 0)
            proceed(c);
        else
            give_up_connecting(c, false); /* nobody leads: elsewhere, or later */
    } else {
        give_up_connecting(c, false); /* not a server we know how to talk to */
    }
}

static void on_lost(void *arg, const char *why)
{
    struct client *c = arg;
    if (c->state == CLIENT_ASKING) {
        c->retry.tried = true;
        (void)try_again(c, why);
    }
    give_up_connecting(c, false);
}

static const struct connection_events events = {
    .connected = on_connected, .reply = on_reply, .lost = on_lost};

/* ---- time ---- */

void client_wake(struct client *c)
{
    if (c->retry.open && c->state != CLIENT_ASKING)
        (void)(now_ns(c) < c->retry.give_up_ns || try_again(c, "TIMEOUT"));
    switch (c->state) {
    case CLIENT_AWAY:
        if (wanted(c))
            connect_now(c);
        break;
    case CLIENT_CONNECTING:
    case CLIENT_OPENING:
    case CLIENT_GREETING: give_up_connecting(c, true); break;
    case CLIENT_READY: proceed(c); break;
    case CLIENT_ASKING:
        c->retry.tried = true;
        (void)try_again(c, "TIMEOUT");
        drop(c, true);
        next_node(c);
        wait_until(c, 0);
        break;
    }
}

void client_adapt(struct client *c, bool reschedule)
{
    const struct client_group *g = c->group;
    uint64_t phase = g->interval_ns == 0 ? 0 : prng_below(&c->rnd, g->interval_ns);
    if (reschedule)
        c->due_ns = now_ns(c) + phase;
    if (c->state == CLIENT_READY)
        proceed(c);
    else if (c->state == CLIENT_AWAY && wanted(c) && !g->o.io->will_wake(g->o.io->arg, c->number))
        connect_now(c);
}

void client_burst(struct client *c, uint64_t operations)
{
    const struct client_group *g = c->group;
    uint64_t phase = g->burst_interval_ns == 0 ? 0 : prng_below(&c->rnd, g->burst_interval_ns);
    if (operations == 0)
        return;
    c->extra += operations;
    c->extra_due_ns = now_ns(c) + phase;
    client_adapt(c, false);
}

void client_close(struct client *c)
{
    bool tried = c->retry.tried || c->state == CLIENT_ASKING;
    if (c->retry.open)
        end_without_answer(c, tried ? HISTORY_UNKNOWN : HISTORY_FAIL, "ENDED");
    drop(c, true);
    workload_op_free(&c->op);
    workload_op_free(&c->errand.op);
    workload_answer_free(&c->answer);
    buf_free(&c->request);
}
