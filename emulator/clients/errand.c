/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that a step asks a client for, and nodes it is bound to. */
#include "emulator/clients/client.h"

#include <stdio.h>

bool client_errand_next(const struct client *c)
{
    return c->errand.state == ERRAND_ASKED || (c->errand.state == ERRAND_WAITS && !c->retry.open);
}

bool client_errand_reads(const struct client *c)
{
    const struct workload_op *op = c->errand.state == ERRAND_ASKED ? &c->op : &c->errand.op;
    return client_errand_next(c) && history_only_looks(op->kind);
}

enum read_mode client_mode(const struct client *c)
{
    return client_errand_reads(c) ? c->errand.mode : c->group->o.s->clients.read_mode;
}

void client_errand_begin(struct client *c, int via, enum read_mode mode)
{
    const struct client_group *g = c->group;
    struct client_errand *errand = &c->errand;
    ASSERT(errand->state == ERRAND_NONE || errand->state == ERRAND_DONE);
    errand->state = ERRAND_WAITS;
    errand->via = via;
    errand->mode = mode;
    errand->outcome = HISTORY_UNKNOWN;
    errand->error[0] = '\0';
    /* One that is under way may take all of its time before. */
    errand->give_up_ns = g->o.io->now(g->o.io->arg) + 2 * g->o.s->clients.timeout_ns;
    client_adapt(c, false);
}

void client_errand_end(struct client *c)
{
    if (c->errand.state != ERRAND_ASKED)
        return;
    c->errand.state = ERRAND_DONE;
    c->errand.outcome = c->answer.outcome;
    (void)snprintf(c->errand.error, sizeof(c->errand.error), "%s", c->answer.error);
}

enum client_errand_state client_errand_look(struct client *c, uint64_t now_ns)
{
    struct client_errand *errand = &c->errand;
    if (errand->state == ERRAND_WAITS && now_ns >= errand->give_up_ns) {
        errand->state = ERRAND_DONE;
        errand->outcome = HISTORY_FAIL;
        (void)snprintf(errand->error, sizeof(errand->error), "NOTSENT");
    }
    return errand->state;
}
