/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/client.h"

#include "base/prng.h"
#include "base/respw.h"
#include "emulator/live/command_line.h"
#include "emulator/live/loop_time.h"

#include <stdio.h>
#include <string.h>

/* TCP's own patience is a second for a lost SYN and minutes for a dead peer: too long to find out
 * that a node is gone. */
#define CONNECT_NS_MIN (300 * NS_PER_MS)
#define CONNECT_NS_MAX (2400 * NS_PER_MS)
/* Between tries that fail at once, and after an operation that did. */
#define RETRY_NS (50 * NS_PER_MS)
#define FAIL_NS  (10 * NS_PER_MS)

static const struct connection_events events;

static void on_timer(uv_timer_t *timer);

static void wait_until(struct client *c, uint64_t t_ns)
{
    (void)uv_timer_start(&c->timer, on_timer, loop_until(c->group->o.loop, t_ns), 0);
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
                         .patience_ns = CONNECT_NS_MIN,
                         .rnd = prng_named(g->o.seed, stream)};
    name_it(c);
    (void)uv_timer_init(g->o.loop, &c->timer);
    c->timer.data = c;
}

static bool wanted(const struct client *c)
{
    return c->group->on || c->extra > 0;
}

/* ---- connecting ---- */

static void drop(struct client *c, bool reset)
{
    if (c->connection != NULL)
        connection_drop(c->connection, reset);
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

/* The leader, for those that follow it and know one. */
static unsigned preferred(const struct client *c)
{
    int leader = c->group->o.observer->leader;
    bool follows = c->group->o.s->clients.attach == ATTACH_leader;
    if (follows && leader >= 0)
        return (unsigned)leader;
    return usable(c, c->node) ? c->node : next_usable(c, c->node);
}

static void next_node(struct client *c)
{
    if (c->group->o.s->clients.attach != ATTACH_pinned)
        c->node = next_usable(c, c->node);
}

static void connect_now(struct client *c)
{
    const struct client_group *g = c->group;
    struct err e;
    ASSERT(c->state == CLIENT_AWAY);
    c->node = preferred(c);
    c->connection =
        connection_open(g->o.loop, g->o.net, netem_client(g->o.net, (int)(c->number % g->o.hosts)),
                        netem_node(g->o.net, (int)c->node), LIVE_CLIENT_PORT, &events, c, &e);
    if (c->connection == NULL) {
        next_node(c);
        wait_until(c, loop_now_ns() + RETRY_NS);
        return;
    }
    c->state = CLIENT_CONNECTING;
    wait_until(c, loop_now_ns() + c->patience_ns);
}

/* The connection never came to an operation: the next node may be better. */
static void give_up_connecting(struct client *c, bool patience_ended)
{
    drop(c, true);
    next_node(c);
    if (patience_ended && c->patience_ns < CONNECT_NS_MAX)
        c->patience_ns *= 2;
    wait_until(c, loop_now_ns() + (patience_ended ? 0 : RETRY_NS));
}

static void greet(struct client *c, struct buf *out, const char *what, const char *value)
{
    respw_array(out, 3);
    respw_bulk_str(out, "RAFT");
    respw_bulk_str(out, what);
    respw_bulk_str(out, value);
    c->greetings++;
}

static void on_connected(void *arg)
{
    struct client *c = arg;
    const char *mode = workload_mode_name(c->group->o.s->clients.read_mode);
    struct buf greeting = {0};
    struct err e;
    c->greetings = 0;
    greet(c, &greeting, "INDEXED", "ON");
    if (mode != NULL)
        greet(c, &greeting, "READMODE", mode);
    if (c->group->o.s->clients.read_mode == READ_local) {
        /* Local reads must not go back in time when the client goes to another node. */
        char seen[24];
        (void)snprintf(seen, sizeof(seen), "%llu", (unsigned long long)c->seen);
        greet(c, &greeting, "SEEN", seen);
    }
    c->state = CLIENT_GREETING;
    if (connection_send(c->connection, greeting.data, greeting.len, &e) < 0)
        give_up_connecting(c, false);
    buf_free(&greeting);
}

/* ---- operations ---- */

static void end_operation(struct client *c)
{
    static const enum observed_outcome observed[] = {[HISTORY_UNKNOWN] = OBSERVED_UNKNOWN,
                                                     [HISTORY_OK] = OBSERVED_OK,
                                                     [HISTORY_FAIL] = OBSERVED_FAIL};
    struct client_group *g = c->group;
    const char *node = netem_name(g->o.net, netem_node(g->o.net, (int)c->node));
    workload_write_return(&c->op, &c->answer, loop_now_ns(), c->operation, node,
                          outfile_buf(g->o.history));
    outfile_added(g->o.history);
    observer_outcome(g->o.observer, observed[c->answer.outcome]);
    g->busy--;
    c->state = CLIENT_READY;
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

static void ask(struct client *c)
{
    struct client_group *g = c->group;
    struct err e;
    workload_draw(g->o.workload, c->number, &c->op);
    buf_reset(&c->request);
    workload_encode(g->o.workload, &c->op, &c->request);
    c->operation = ++g->operations;
    if (c->extra > 0)
        c->extra--;
    else
        c->due_ns += g->interval_ns;
    uint64_t now = loop_now_ns();
    workload_write_invoke(&c->op, now, c->operation, c->name, outfile_buf(g->o.history));
    outfile_added(g->o.history);
    g->busy++;
    c->state = CLIENT_ASKING;
    if (connection_send(c->connection, c->request.data, c->request.len, &e) < 0) {
        end_without_answer(c, HISTORY_FAIL, "NOTSENT");
        give_up_connecting(c, false);
        return;
    }
    wait_until(c, now + g->o.s->clients.timeout_ns);
}

/* Ready for an operation: now, later, or elsewhere. */
static void proceed(struct client *c)
{
    uint64_t now = loop_now_ns();
    if (!wanted(c)) {
        (void)uv_timer_stop(&c->timer);
    } else if (preferred(c) != c->node) {
        drop(c, false);
        connect_now(c);
    } else if (c->extra == 0 && now < c->due_ns) {
        wait_until(c, c->due_ns);
    } else {
        ask(c);
    }
}

static void on_answer(struct client *c, const struct resp_value *value)
{
    const struct client_group *g = c->group;
    uint64_t now = loop_now_ns();
    workload_judge(g->o.workload, &c->op, value, &c->answer);
    if (c->answer.index > c->seen)
        c->seen = c->answer.index;
    end_operation(c);
    if (c->answer.malformed) {
        give_up_connecting(c, false);
        return;
    }
    /* What fails at once would fail a thousand times a second. */
    if (c->answer.outcome != HISTORY_OK && (c->extra > 0 || c->due_ns < now + FAIL_NS)) {
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
        c->patience_ns = CONNECT_NS_MIN;
        proceed(c);
    } else {
        give_up_connecting(c, false); /* not a server we know how to talk to */
    }
}

static void on_lost(void *arg, const char *why)
{
    struct client *c = arg;
    if (c->state == CLIENT_ASKING)
        end_without_answer(c, HISTORY_UNKNOWN, why);
    give_up_connecting(c, false);
}

static const struct connection_events events = {
    .connected = on_connected, .reply = on_reply, .lost = on_lost};

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
    struct client *c = timer->data;
    switch (c->state) {
    case CLIENT_AWAY:
        if (wanted(c))
            connect_now(c);
        break;
    case CLIENT_CONNECTING:
    case CLIENT_GREETING: give_up_connecting(c, true); break;
    case CLIENT_READY: proceed(c); break;
    case CLIENT_ASKING:
        end_without_answer(c, HISTORY_UNKNOWN, "TIMEOUT");
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
        c->due_ns = loop_now_ns() + phase;
    if (c->state == CLIENT_READY)
        proceed(c);
    else if (c->state == CLIENT_AWAY && wanted(c) && !uv_is_active((uv_handle_t *)&c->timer))
        connect_now(c);
}

void client_close(struct client *c)
{
    if (c->state == CLIENT_ASKING)
        end_without_answer(c, HISTORY_UNKNOWN, "ENDED");
    drop(c, true);
    workload_op_free(&c->op);
    workload_answer_free(&c->answer);
    buf_free(&c->request);
}
