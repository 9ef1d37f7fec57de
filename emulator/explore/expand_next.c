/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one action leads to: looked up, judged, and as a difference to the state before. */
#include "emulator/explore/expand.h"

#include "base/mem.h"
#include "emulator/explore/invariants.h"

#include <string.h>

#define FREE EX_BUDGETS_COUNT

const char ex_broken_alone[] = "a server breaks a promise of its own";

static struct ex_next *room_for_one(struct ex_expander *x)
{
    if (x->count == x->room) {
        x->room *= 2;
        x->next = mem_grow(x->next, x->room, sizeof(*x->next));
    }
    struct ex_next *n = &x->next[x->count];
    n->gone = 0;
    n->added_count = 0;
    for (uint32_t i = 0; i < EX_SPENT; i++)
        n->spent[i] = FREE;
    n->broken = NULL;
    n->ghost = x->from->ghost;
    memcpy(n->server, x->from->server, sizeof(n->server));
    return n;
}

static uint8_t left_after(const struct ex_expander *x, const struct ex_next *n,
                          enum ex_budget budget)
{
    uint8_t left = x->from->left[budget];
    for (uint32_t i = 0; i < EX_SPENT; i++)
        left = (uint8_t)(left - (n->spent[i] == budget));
    return left;
}

/* Down, and nothing will start it. */
static bool is_gone(const struct ex_expander *x, const struct ex_next *n, uint32_t server)
{
    return left_after(x, n, EX_RESTART) == 0 && !ex_space_row(x->space, n->server[server])->host.up;
}

/* It will never arrive, or nothing would come of it. */
static bool is_lost(const struct ex_expander *x, const struct ex_next *n,
                    const struct ex_message *m)
{
    uint32_t to = (uint32_t)m->m.to - 1;
    const struct ex_row *row = ex_space_row(x->space, n->server[to]);
    if (m->m.type == RAFT_HEARTBEAT && left_after(x, n, EX_HEARD) == 0)
        return true;
    if (left_after(x, n, EX_OLD) == 0 && ex_message_is_old(m, row))
        return true;
    return x->space->bounds.stale && (is_gone(x, n, to) || ex_message_is_stale(m, row));
}

static void sweep(const struct ex_expander *x, struct ex_next *n)
{
    for (uint32_t i = 0; i < x->from->count; i++) {
        if (is_lost(x, n, &ex_space_met(x->space, x->from->message[i])->message))
            n->gone |= 1ull << i;
    }
}

static void send(const struct ex_expander *x, struct ex_next *n, const uint32_t *sent,
                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_lost(x, n, &ex_space_met(x->space, sent[i])->message))
            continue;
        uint32_t at = n->added_count++;
        for (; at > 0 && n->added[at - 1] > sent[i]; at--)
            n->added[at] = n->added[at - 1];
        n->added[at] = sent[i];
    }
}

static void plus(struct ex_sums *s, const uint64_t *hashes, uint32_t renamings)
{
    for (uint32_t p = 0; p < renamings; p++)
        s->of[p] += hashes[p];
}

static void minus(struct ex_sums *s, const uint64_t *hashes, uint32_t renamings)
{
    for (uint32_t p = 0; p < renamings; p++)
        s->of[p] -= hashes[p];
}

static uint64_t spent_hash(const struct ex_expander *x, const struct ex_next *n)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ARRAY_LEN(n->spent); i++) {
        if (n->spent[i] == FREE)
            continue;
        enum ex_budget budget = (enum ex_budget)n->spent[i];
        uint8_t left = x->from->left[budget];
        sum += ex_budget_hash(budget, (uint8_t)(left - 1)) - ex_budget_hash(budget, left);
    }
    return sum;
}

/* Every renaming's sum, by what came and went. */
static void fingerprint(const struct ex_expander *x, struct ex_next *n)
{
    const struct ex_space *s = x->space;
    uint32_t renamings = s->renamings.count;
    struct ex_sums sums = x->sums;
    uint64_t spent = spent_hash(x, n);
    for (uint32_t p = 0; p < renamings; p++)
        sums.of[p] += spent;
    for (uint32_t i = 0; i < s->servers_count; i++) {
        if (n->server[i] == x->from->server[i])
            continue;
        plus(&sums, ex_space_row(s, n->server[i])->hash, renamings);
        minus(&sums, x->rows[i]->hash, renamings);
    }
    if (n->ghost != x->from->ghost) {
        plus(&sums, ex_space_history(s, n->ghost)->hash, renamings);
        minus(&sums, ex_space_history(s, x->from->ghost)->hash, renamings);
    }
    for (uint32_t i = 0; i < n->added_count; i++)
        plus(&sums, ex_space_met(s, n->added[i])->hash, renamings);
    for (uint64_t gone = n->gone; gone != 0; gone &= gone - 1) {
        uint32_t message = x->from->message[__builtin_ctzll(gone)];
        minus(&sums, ex_space_met(s, message)->hash, renamings);
    }
    n->fingerprint = ex_sums_fingerprint(&sums, renamings);
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
    for (uint32_t i = 0; i < x->space->servers_count; i++)
        change.rows[i] = ex_space_row(x->space, n->server[i]);
    const struct ex_ghost *before = &ex_space_history(x->space, n->ghost)->ghost;
    struct ex_ghost ghost = *before;
    n->broken = ex_invariants(&change, &ghost);
    if (n->broken == NULL && memcmp(&ghost, before, sizeof(ghost)) != 0)
        n->ghost = ex_space_ghost(x->space, &ghost);
}

/* With one clock for all: the others' time passes, too. What clocks show says nothing: equal
 * servers are one number, whenever they became so. */
static bool pass(struct ex_expander *x, struct ex_next *n, uint32_t passed_ns)
{
    struct ex_event e = {.kind = EX_EVENT_PASS, .argument = passed_ns};
    if (passed_ns == 0)
        return true;
    for (uint32_t i = 0; i < x->space->servers_count; i++) {
        if (i == n->action.server || !x->rows[i]->host.up)
            continue;
        struct ex_outcome o = ex_memo_take(&x->memo, n->server[i], e);
        if ((o.flags & EX_BEYOND) != 0)
            return false;
        n->server[i] = o.server;
    }
    return true;
}

/* The messages that are on their way after it. False: too many. */
static bool post(struct ex_expander *x, struct ex_next *n, const struct ex_outcome *o)
{
    const struct ex_action *a = &n->action;
    const struct ex_row *after = ex_space_row(x->space, n->server[a->server]);
    if (a->event.kind == EX_EVENT_DELIVER && !a->duplicate) {
        uint32_t at = 0;
        while (x->from->message[at] != a->event.argument)
            at++;
        n->gone |= 1ull << at;
    }
    bool fewer = !after->host.up || a->event.kind == EX_EVENT_RESTART;
    for (uint32_t i = 0; i < EX_SPENT; i++)
        fewer = fewer || n->spent[i] == EX_HEARD || n->spent[i] == EX_OLD;
    if ((o->flags & EX_HARDENED) != 0 || fewer)
        sweep(x, n);
    send(x, n, ex_memo_sent(&x->memo, o), o->sent_count);
    return x->from->count + n->added_count <= EX_MESSAGES;
}

static bool deadline(enum ex_event_kind kind)
{
    return kind == EX_EVENT_WAKE || kind == EX_EVENT_OVERSLEPT;
}

static uint8_t price(const struct ex_outcome *o, struct ex_action action, enum ex_budget budget)
{
    if (!deadline((enum ex_event_kind)action.event.kind))
        return (uint8_t)budget;
    return (o->flags & EX_TIMED) != 0 ? EX_TIMEOUT : EX_BEAT;
}

/* Adds what the outcome leads to. */
static void add(struct ex_expander *x, struct ex_action action, uint8_t budget,
                const struct ex_outcome *o)
{
    struct ex_next *n = room_for_one(x);
    n->action = action;
    n->spent[0] = budget;
    n->spent[1] = action.event.late ? EX_LATE : FREE;
    n->spent[2] = action.duplicate ? EX_DUPLICATE : FREE;
    if ((o->flags & EX_BROKEN) != 0) {
        n->broken = ex_broken_alone;
        x->count++;
        return;
    }
    n->server[action.server] = o->server;
    judge(x, n, o);
    if (n->broken == NULL) {
        if (!post(x, n, o) || (x->space->bounds.lease && !pass(x, n, o->passed_ns))) {
            x->beyond++;
            return;
        }
        fingerprint(x, n);
    }
    x->count++;
}

void ex_offer(struct ex_expander *x, struct ex_action action, enum ex_budget budget)
{
    uint32_t server = x->from->server[action.server];
    struct ex_outcome o = ex_memo_take(&x->memo, server, action.event);
    uint8_t spent = price(&o, action, budget);
    if (spent != FREE && x->from->left[spent] == 0)
        return;
    bool nothing = o.server == server && o.sent_count == 0 && action.event.kind != EX_EVENT_DELIVER;
    if (nothing && (o.flags & (EX_BROKEN | EX_BEYOND)) == 0)
        return;
    bool may_wait = (o.flags & EX_WROTE) != 0 && x->from->left[EX_LATE] > 0;
    if ((o.flags & EX_BEYOND) != 0)
        x->beyond++;
    else
        add(x, action, spent, &o);
    if (!may_wait)
        return;
    action.event.late = true;
    o = ex_memo_take(&x->memo, server, action.event);
    if ((o.flags & EX_BEYOND) != 0)
        x->beyond++;
    else
        add(x, action, spent, &o);
}

void ex_offer_drop(struct ex_expander *x, uint32_t at)
{
    struct ex_next *n = room_for_one(x);
    n->action = (struct ex_action){
        .event = {.kind = EX_EVENT_DELIVER, .argument = x->from->message[at]}, .drop = true};
    n->spent[0] = EX_DROP;
    n->gone = 1ull << at;
    fingerprint(x, n);
    x->count++;
}
