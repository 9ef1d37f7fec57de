/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one action leads to: looked up, judged, and put together. */
#include "base/mem.h"
#include "emulator/explore/dead.h"
#include "emulator/explore/expand.h"
#include "emulator/explore/invariants.h"

#include <string.h>

const char ex_broken_alone[] = "a server breaks a promise of its own";

static struct ex_next *room_for_one(struct ex_expander *x)
{
    if (x->count == x->room) {
        x->room *= 2;
        x->next = mem_grow(x->next, x->room, sizeof(*x->next));
    }
    struct ex_next *n = &x->next[x->count];
    n->broken = NULL;
    return n;
}

static void copy(struct ex_cluster *to, const struct ex_cluster *from)
{
    size_t messages = (size_t)(from->count + from->strays) * sizeof(from->message[0]);
    memcpy(to, from, offsetof(struct ex_cluster, message) + messages);
}

/* Nothing would ever come of it, or it cannot arrive. What is in a queue to a server that is down
 * is lost with the connection; a stray may come when it is up again, if it ever is. */
static bool is_lost(struct ex_expander *x, const struct ex_cluster *c, uint32_t at)
{
    const struct ex_message *m = &ex_space_met(x->space, c->message[at])->message;
    const struct ex_row *to = ex_space_row(x->space, c->server[m->m.to - 1]);
    if (!to->host.up && (at < c->count || c->left[EX_RESTART] == 0))
        return true;
    enum ex_budget budget = ex_message_budget(m, to);
    if (budget != EX_FREE && c->left[budget] == 0)
        return true;
    return x->space->bounds.stale &&
           (ex_message_is_stale(m, to) || ex_message_is_dead(&x->memo, c, at));
}

/* What is lost now. Of messages between others nothing changes, mostly. */
static void sweep(struct ex_expander *x, struct ex_cluster *c, uint32_t server, bool all)
{
    for (uint32_t i = (uint32_t)c->count + c->strays; i > 0; i--) {
        const struct raft_message *m = &ex_space_met(x->space, c->message[i - 1])->message.m;
        if ((all || m->to == server + 1 || m->from == server + 1) && is_lost(x, c, i - 1))
            ex_cluster_take(c, i - 1);
    }
}

static bool send(struct ex_expander *x, struct ex_cluster *c, const uint32_t *sent, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at;
        if (!ex_cluster_post(c, x->space, sent[i], &at))
            return false;
        if (is_lost(x, c, at))
            ex_cluster_take(c, at);
    }
    return true;
}

/* The message at a place of from's arrives. Those it overtook are lost, but for the late ones:
 * these are strays now. So is a second copy. */
static bool arrive(const struct ex_expander *x, struct ex_next *n, uint32_t at)
{
    const struct ex_action *a = &n->action;
    struct ex_cluster *c = &n->to;
    ex_cluster_take(c, at);
    for (uint32_t i = 0; i < a->overtakes; i++) {
        uint32_t older = c->message[--at];
        const struct ex_message *m = &ex_space_met(x->space, older)->message;
        ex_cluster_take(c, at);
        bool late = (a->late >> (a->overtakes - 1 - i) & 1) != 0;
        if (ex_message_budget(m, x->rows[a->server]) == EX_FREE)
            c->left[late ? EX_REORDER : EX_DROP]--;
        if (late && !ex_cluster_stray(c, older))
            return false;
    }
    if (!a->duplicate)
        return true;
    c->left[EX_DUPLICATE]--;
    return ex_cluster_stray(c, a->event.argument);
}

static void judge(struct ex_expander *x, struct ex_next *n, const struct ex_outcome *o)
{
    bool asked = n->action.event.kind == EX_EVENT_READ;
    if ((o->flags & EX_LOOKED_AT) == 0 && !asked)
        return;
    struct ex_change change = {.space = x->space,
                               .before = x->rows[n->action.server],
                               .at = n->action.server,
                               .event = n->action.event,
                               .flags = o->flags,
                               .read_index = o->read_index};
    ex_cluster_rows(&n->to, x->space, change.rows);
    const struct ex_ghost *before = &ex_space_history(x->space, n->to.ghost)->ghost;
    struct ex_ghost ghost = *before;
    n->broken = ex_invariants(&change, &ghost);
    if (n->broken == NULL && memcmp(&ghost, before, sizeof(ghost)) != 0)
        n->to.ghost = ex_space_ghost(x->space, &ghost);
}

/* With one clock for all: the others' time passes, too. What clocks show says nothing: equal
 * servers are one number, whenever they became so. False: a limit ends it. */
static bool pass(struct ex_expander *x, struct ex_next *n, uint32_t passed_ns)
{
    struct ex_event e = {.kind = EX_EVENT_PASS, .argument = passed_ns};
    if (passed_ns == 0)
        return true;
    for (uint32_t i = 0; i < x->space->servers_count; i++) {
        if (i == n->action.server || !x->rows[i]->host.up)
            continue;
        struct ex_outcome o = ex_memo_take(&x->memo, n->to.server[i], e);
        if ((o.flags & EX_BEYOND) != 0) {
            x->ended.times[o.server]++;
            return false;
        }
        n->to.server[i] = o.server;
    }
    return true;
}

/* The messages that are on their way after it. False: too many. */
static bool deliver(struct ex_expander *x, struct ex_next *n, uint32_t at,
                    const struct ex_outcome *o)
{
    const struct ex_action *a = &n->action;
    uint32_t sent[EX_SENT];
    memcpy(sent, ex_memo_sent(&x->memo, o), o->sent_count * sizeof(*sent));
    if (a->event.kind == EX_EVENT_DELIVER && !arrive(x, n, at))
        return false;
    bool fewer = a->event.kind == EX_EVENT_CRASH || a->event.kind == EX_EVENT_RESTART;
    bool counted = n->to.left[EX_HEARD] != x->from->left[EX_HEARD] ||
                   n->to.left[EX_OLD] != x->from->left[EX_OLD];
    bool all = fewer || counted || a->duplicate || a->overtakes > 0;
    if (all || x->space->bounds.stale || (o->flags & EX_HARDENED) != 0)
        sweep(x, &n->to, a->server, all);
    return send(x, &n->to, sent, o->sent_count);
}

static enum ex_budget price(const struct ex_outcome *o, struct ex_action action,
                            enum ex_budget budget)
{
    if (action.event.kind != EX_EVENT_WAKE && action.event.kind != EX_EVENT_OVERSLEPT)
        return budget;
    return (o->flags & EX_TIMED) != 0 ? EX_TIMEOUT : EX_BEAT;
}

/* What one of the budget of all faults is taken for. */
static uint32_t faults(struct ex_action action, enum ex_budget budget)
{
    uint32_t n = action.priced;
    n += action.duplicate;
    n += action.event.late;
    n += budget == EX_CRASH;
    return n;
}

/* A second copy that is gone before it arrived, or changed nothing when it did, was for nothing:
 * the same state, or a better one, comes without it, after as few steps and with more left to
 * spend. Where messages may be late by themselves, it is not known which strays are copies. */
static bool copied_for_nothing(const struct ex_expander *x, const struct ex_next *n)
{
    const struct ex_bounds *b = &x->space->bounds;
    const struct ex_cluster *from = x->from, *to = &n->to;
    if (!b->stale || b->budget[EX_REORDER] > 0)
        return false;
    if (to->strays + n->action.stray < from->strays + n->action.duplicate)
        return true;
    return n->action.stray && to->count == from->count &&
           memcmp(to->server, from->server, sizeof(to->server)) == 0 &&
           memcmp(to->message, from->message, to->count * sizeof(to->message[0])) == 0;
}

/* Adds what the outcome leads to. */
static void add(struct ex_expander *x, struct ex_action action, uint32_t at, enum ex_budget budget,
                const struct ex_outcome *o)
{
    if ((o->flags & EX_BEYOND) != 0) {
        x->ended.times[o->server]++;
        return;
    }
    struct ex_next *n = room_for_one(x);
    n->action = action;
    if ((o->flags & EX_BROKEN) != 0) {
        n->broken = ex_broken_alone;
        x->count++;
        return;
    }
    copy(&n->to, x->from);
    if (budget != EX_FREE)
        n->to.left[budget]--;
    if (action.event.late)
        n->to.left[EX_LATE]--;
    n->to.left[EX_FAULT] = (uint8_t)(n->to.left[EX_FAULT] - faults(action, budget));
    n->to.server[action.server] = o->server;
    judge(x, n, o);
    if (n->broken == NULL) {
        if (!deliver(x, n, at, o)) {
            x->ended.times[EX_LIMIT_MESSAGES]++;
            return;
        }
        if (x->space->bounds.lease && !pass(x, n, o->passed_ns))
            return;
        if (copied_for_nothing(x, n))
            return;
        struct ex_sums sums = x->sums;
        ex_cluster_sums_from(&n->to, x->from, x->space, &sums);
        n->fingerprint = ex_cluster_fingerprint(&n->to, x->space, &sums);
    }
    x->count++;
}

void ex_offer(struct ex_expander *x, struct ex_action action, uint32_t at, enum ex_budget budget)
{
    uint32_t server = x->from->server[action.server], left = x->from->left[EX_FAULT];
    if (faults(action, budget) > left)
        return;
    struct ex_outcome o = ex_memo_take(&x->memo, server, action.event);
    enum ex_budget spent = price(&o, action, budget);
    bool broken = (o.flags & EX_BROKEN) != 0; /* whatever it would have cost */
    if (spent != EX_FREE && x->from->left[spent] == 0 && !broken)
        return;
    bool nothing = o.server == server && o.sent_count == 0 && action.event.kind != EX_EVENT_DELIVER;
    if (nothing && !broken && (o.flags & EX_BEYOND) == 0)
        return;
    bool may_wait =
        (o.flags & EX_WROTE) != 0 && x->from->left[EX_LATE] > 0 && faults(action, budget) < left;
    add(x, action, at, spent, &o);
    if (!may_wait)
        return;
    action.event.late = true;
    o = ex_memo_take(&x->memo, server, action.event);
    add(x, action, at, spent, &o);
}
