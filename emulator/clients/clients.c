/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/clients/clients.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/clients/client.h"

struct clients {
    struct client_group group;
    unsigned count;
    struct client each[];
};

struct clients *clients_new(const struct clients_options *o)
{
    unsigned count = (unsigned)o->s->clients.count;
    struct clients *c = mem_alloc(sizeof(*c) + count * sizeof(c->each[0]));
    c->group.o = *o;
    c->group.nodes_count = (unsigned)scenario_nodes_count(o->s);
    c->count = count;
    for (unsigned i = 0; i < count; i++)
        client_init(&c->each[i], &c->group, i);
    return c;
}

void clients_close(struct clients *c)
{
    if (c == NULL)
        return;
    for (unsigned i = 0; i < c->count; i++)
        client_close(&c->each[i]);
    buf_free(&c->group.greeting);
    mem_free(c);
}

void clients_wake(struct clients *c, unsigned client)
{
    ASSERT(client < c->count);
    client_wake(&c->each[client]);
}

static void adapt(struct clients *c, bool reschedule)
{
    for (unsigned i = 0; i < c->count; i++)
        client_adapt(&c->each[i], reschedule);
}

void clients_load(struct clients *c, bool on, uint64_t operations)
{
    bool asks = c->group.on && c->group.left > 0;
    c->group.on = on;
    c->group.left = operations == 0 ? UINT64_MAX : operations;
    if (asks != on)
        adapt(c, on);
}

void clients_finish(struct clients *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        c->each[i].extra = 0;
        if (c->each[i].errand.state == ERRAND_WAITS)
            c->each[i].errand.state = ERRAND_NONE;
    }
    clients_load(c, false, 0);
}

static uint64_t interval_of(const struct clients *c, const struct scenario_load *how)
{
    return how->rate_per_s == 0 ? 0 : c->count * NS_PER_S / how->rate_per_s;
}

int clients_shape(struct clients *c, const struct scenario_load *how, struct err *e)
{
    uint64_t interval_ns = interval_of(c, how);
    int code = c->count == 0 ? 0 : workload_shape(c->group.o.workload, WORKLOAD_LOAD, how, e);
    if (code == 0 && (interval_ns != c->group.interval_ns || !c->group.shaped)) {
        c->group.interval_ns = interval_ns;
        c->group.shaped = true;
        adapt(c, true);
    }
    return code;
}

int clients_burst(struct clients *c, uint64_t operations, const struct scenario_load *how,
                  struct err *e)
{
    int code = c->count == 0 ? 0 : workload_shape(c->group.o.workload, WORKLOAD_BURST, how, e);
    if (code < 0 || c->count == 0)
        return code;
    c->group.burst_interval_ns = interval_of(c, how);
    for (unsigned i = 0; i < c->count; i++)
        client_burst(&c->each[i], operations / c->count + (i < operations % c->count));
    return 0;
}

int clients_ask(struct clients *c, unsigned client, const struct workload_wish *wish, int via,
                struct err *e)
{
    if (client >= c->count)
        return err_set(e, -E_NOTFOUND, "there is no client(%u): they are %u", client, c->count);
    struct client *one = &c->each[client];
    enum client_errand_state state = one->errand.state;
    if (state == ERRAND_WAITS || state == ERRAND_ASKED)
        return err_set(e, -E_BUSY, "client(%u) has not done what the last step wanted of it",
                       client);
    int code = workload_wish(c->group.o.workload, client, wish, &one->errand.op, e);
    if (code == 0)
        client_errand_begin(one, via, wish->mode);
    return code;
}

bool clients_answered(struct clients *c, unsigned client, enum history_outcome *ret_outcome,
                      const char **ret_error)
{
    ASSERT(client < c->count);
    struct client *one = &c->each[client];
    uint64_t now = c->group.o.io->now(c->group.o.io->arg);
    if (client_errand_look(one, now) != ERRAND_DONE)
        return false;
    *ret_outcome = one->errand.outcome;
    *ret_error = one->errand.error;
    return true;
}

void clients_pin(struct clients *c, uint64_t who, int node)
{
    for (unsigned i = 0; i < c->count; i++) {
        if ((who >> i & 1) == 0)
            continue;
        c->each[i].pinned = node;
        client_adapt(&c->each[i], false);
    }
}

void clients_drop_sessions(struct clients *c, uint64_t who)
{
    for (unsigned i = 0; i < c->count; i++) {
        if ((who >> i & 1) != 0)
            c->each[i].session = (struct workload_session){0};
    }
}

unsigned clients_busy(const struct clients *c)
{
    return c->group.busy;
}

void clients_leader_changed(struct clients *c)
{
    adapt(c, false);
}
