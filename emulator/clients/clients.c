/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/clients/clients.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/clients/client.h"

#include <stdlib.h>

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
    free(c);
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

void clients_load(struct clients *c, bool on)
{
    bool changed = c->group.on != on;
    c->group.on = on;
    if (changed)
        adapt(c, on);
}

void clients_finish(struct clients *c)
{
    for (unsigned i = 0; i < c->count; i++)
        c->each[i].extra = 0;
    clients_load(c, false);
}

void clients_rate(struct clients *c, uint64_t rate_per_s)
{
    c->group.interval_ns = rate_per_s == 0 ? 0 : c->count * NS_PER_S / rate_per_s;
    adapt(c, true);
}

void clients_burst(struct clients *c, uint64_t operations)
{
    for (unsigned i = 0; i < c->count; i++)
        c->each[i].extra += operations / c->count + (i < operations % c->count);
    adapt(c, false);
}

unsigned clients_busy(const struct clients *c)
{
    return c->group.busy;
}

void clients_leader_changed(struct clients *c)
{
    adapt(c, false);
}
