/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which actions there are in a state. */
#include "emulator/explore/expand.h"

#include "base/mem.h"

#include <string.h>

_Static_assert(EX_MESSAGES <= 64, "a set of those of one link is one word");

void ex_expander_init(struct ex_expander *x, struct ex_space *space)
{
    *x = (struct ex_expander){.space = space, .room = 64};
    ex_memo_init(&x->memo, space);
    x->next = mem_array(x->room, sizeof(*x->next));
}

void ex_expander_free(struct ex_expander *x)
{
    ex_memo_free(&x->memo);
    mem_free(x->next);
}

static bool has(const struct ex_expander *x, enum ex_budget budget)
{
    return x->from->left[budget] > 0;
}

static void offer(struct ex_expander *x, uint32_t server, enum ex_event_kind kind,
                  uint32_t argument, enum ex_budget budget)
{
    struct ex_action action = {.server = (uint8_t)server,
                               .event = {.kind = (uint8_t)kind, .argument = argument}};
    if (budget == EX_FREE || has(x, budget))
        ex_offer(x, action, 0, budget);
}

/* A hold only matters when somebody asks for a vote that may be given when it is over; so that is
 * when it may be. Whoever has voted for another one in this term, or knows its leader, refuses
 * before and after; to whoever is no candidate any more the answer is nothing. With one clock for
 * all it is everybody's time that passes. */
static bool hold_matters(const struct ex_expander *x, const struct ex_row *to,
                         const struct ex_message *m)
{
    if (!to->holds || !ex_message_asks(m))
        return false;
    if (m->m.type == RAFT_PRE_VOTE || m->m.term > to->term || x->space->bounds.lease)
        return true;
    uint8_t vote = ex_host_newest(&to->host)->vote;
    const struct ex_row *from = x->rows[m->m.from - 1];
    bool candidate = from->role == RAFT_CANDIDATE && from->term == m->m.term;
    return to->leader == 0 && (vote == 0 || (vote == m->m.from && candidate));
}

static void deliveries(struct ex_expander *x, uint32_t at, struct ex_action action)
{
    const struct ex_message *m = &ex_space_met(x->space, x->from->message[at])->message;
    uint32_t to = (uint32_t)m->m.to - 1;
    if (to >= x->space->servers_count || !x->rows[to]->host.up)
        return;
    action.server = (uint8_t)to;
    action.event.kind = EX_EVENT_DELIVER;
    action.event.argument = x->from->message[at];
    enum ex_budget budget = ex_message_budget(m, x->rows[to]);
    if (budget != EX_FREE && !has(x, budget))
        return;
    bool held = hold_matters(x, x->rows[to], m);
    for (uint8_t after = 0; after <= held; after++) {
        for (uint8_t twice = 0; twice <= has(x, EX_DUPLICATE); twice++) {
            action.event.after_hold = after;
            action.duplicate = twice;
            ex_offer(x, action, at, budget);
        }
    }
}

/* A later message comes first, and each of those before it that cost something is lost or late. */
static void overtaking(struct ex_expander *x, uint32_t at, uint32_t older, uint64_t priced)
{
    uint32_t drops = x->from->left[EX_DROP], reorders = x->from->left[EX_REORDER];
    uint32_t count = (uint32_t)__builtin_popcountll(priced);
    if (count > drops + reorders)
        return;
    if (count > EX_OVERTAKEN && reorders > 0) {
        x->ended.times[EX_LIMIT_OVERTAKEN]++;
        return;
    }
    uint64_t late = reorders > 0 ? priced : 0;
    for (bool more = true; more; late = (late - 1) & priced) {
        uint32_t strays = (uint32_t)__builtin_popcountll(late);
        more = late != 0;
        if (strays <= reorders && count - strays <= drops)
            deliveries(x, at,
                       (struct ex_action){
                           .overtakes = (uint8_t)older, .priced = (uint8_t)count, .late = late});
    }
}

static void messages(struct ex_expander *x)
{
    const struct ex_cluster *c = x->from;
    uint32_t link = UINT32_MAX, older = 0;
    uint64_t priced = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct ex_met *met = ex_space_met(x->space, c->message[i]);
        if (met->link != link)
            older = 0, priced = 0;
        link = met->link;
        overtaking(x, i, older, priced);
        bool costs = ex_message_budget(&met->message, x->rows[met->message.m.to - 1]) == EX_FREE;
        priced |= (uint64_t)costs << older++;
    }
    for (uint32_t i = c->count; i < (uint32_t)c->count + c->strays; i++) {
        if (i == c->count || c->message[i] != c->message[i - 1])
            deliveries(x, i, (struct ex_action){.stray = true});
    }
}

/* A follower's only deadline is its election timer, but for that of a read it forwarded. The others
 * have several: the next one, and what happens when a process slept through all. */
static void deadlines(struct ex_expander *x, uint32_t i)
{
    const struct ex_row *row = x->rows[i];
    const struct ex_bounds *b = &x->space->bounds;
    if (row->wake_ns != RAFT_NEVER)
        offer(x, i, EX_EVENT_WAKE, 0, EX_FREE);
    bool others = row->role == RAFT_LEADER ? b->check_quorum || b->budget[EX_TRANSFER] > 0
                                           : row->role != RAFT_FOLLOWER || row->host.reading;
    if (others)
        offer(x, i, EX_EVENT_OVERSLEPT, 0, EX_FREE);
}

/* The configuration in force with one server of another standing; in order of ids. */
static struct raft_config with(const struct raft_config *now, uint64_t id, bool member,
                               uint32_t flags)
{
    const struct raft_member own = {.id = id, .flags = flags};
    struct raft_config c = {0};
    for (uint64_t other = 1; other <= EX_SERVERS; other++) {
        const struct raft_member *m = ex_config_member(now, other);
        if (other == id)
            m = member ? &own : NULL;
        if (m != NULL)
            c.members[c.count++] =
                (struct raft_member){.id = other, .flags = m->flags & RAFT_VOTER};
    }
    return c;
}

static void change(struct ex_expander *x, uint32_t leader, const struct raft_config *wanted)
{
    if (wanted->count == 0)
        return;
    uint8_t number = ex_space_config(x->space, wanted);
    if (number == 0)
        x->ended.times[EX_LIMIT_CONFIGS]++;
    else
        offer(x, leader, EX_EVENT_CHANGE, number, EX_CHANGE);
}

static void changes_of(struct ex_expander *x, uint32_t leader, uint64_t id)
{
    const struct raft_config *now = &x->space->configs.at[x->rows[leader]->config];
    uint32_t kinds = x->space->bounds.changes;
    const struct raft_member *m = ex_config_member(now, id);
    bool member = m != NULL, self = id == leader + 1u;
    bool voter = member && (m->flags & RAFT_VOTER) != 0;
    struct raft_config wanted;
    if (!member && (kinds & EX_CHANGE_ADD) != 0) {
        wanted = with(now, id, true, 0);
        change(x, leader, &wanted);
    }
    if (member && !voter && (kinds & EX_CHANGE_PROMOTE) != 0) {
        wanted = with(now, id, true, RAFT_VOTER);
        change(x, leader, &wanted);
    }
    if (member && (kinds & (self ? EX_CHANGE_SELF : EX_CHANGE_REMOVE)) != 0) {
        wanted = with(now, id, false, 0);
        change(x, leader, &wanted);
    }
    if (voter && !self && (kinds & EX_CHANGE_DEMOTE) != 0) {
        wanted = with(now, id, true, 0);
        change(x, leader, &wanted);
    }
    bool swaps = (kinds & EX_CHANGE_SWAP) != 0 && voter && (!self || (kinds & EX_CHANGE_SELF) != 0);
    for (uint64_t other = 1; other <= x->space->servers_count && swaps; other++) {
        m = ex_config_member(now, other);
        if (m == NULL || (m->flags & RAFT_VOTER) != 0)
            continue;
        wanted = with(now, id, false, 0);
        wanted = with(&wanted, other, true, RAFT_VOTER);
        change(x, leader, &wanted);
    }
}

static void requests_to_leader(struct ex_expander *x, uint32_t i)
{
    offer(x, i, EX_EVENT_PROPOSE, 0, EX_ENTRY);
    for (uint32_t to = 0; to < x->space->servers_count && has(x, EX_TRANSFER); to++) {
        if (to != i)
            offer(x, i, EX_EVENT_TRANSFER, to + 1, EX_TRANSFER);
    }
    for (uint64_t id = 1; id <= x->space->servers_count && has(x, EX_CHANGE); id++)
        changes_of(x, i, id);
}

/* When it is asked for says which of a follower's deadlines will be the next: its question's, or
 * its election timer. */
static void reads(struct ex_expander *x, uint32_t i)
{
    const struct ex_row *row = x->rows[i];
    uint32_t lease = x->space->bounds.lease ? EX_READ_LEASE : 0;
    if (row->leader == 0 || row->host.reading)
        return;
    offer(x, i, EX_EVENT_READ, lease, EX_READ);
    if (row->role == RAFT_FOLLOWER && row->wake_ns != RAFT_NEVER && row->wake_ns > row->now_ns + 1)
        offer(x, i, EX_EVENT_READ, lease | EX_READ_LATE, EX_READ);
}

/* All that is committed is on its disk. Founders stand below logs here: who joined, and has
 * committed no change yet, does not know of them, and an image has to say who is a member. */
static bool may_take_image(const struct ex_expander *x, const struct ex_row *row)
{
    uint8_t index, config = ex_host_config_at(&row->host, row->commit, &index);
    uint64_t durable = ex_log_last(&row->host.disk.log);
    return row->commit > row->host.image && row->commit <= durable && row->host.writes == 0 &&
           x->space->configs.at[config].count > 0;
}

static void requests(struct ex_expander *x, uint32_t i)
{
    const struct ex_row *row = x->rows[i];
    if (row->role == RAFT_LEADER)
        requests_to_leader(x, i);
    reads(x, i);
    if (may_take_image(x, row))
        offer(x, i, EX_EVENT_IMAGE, 0, EX_IMAGE);
}

void ex_expand(struct ex_expander *x, const struct ex_cluster *from)
{
    x->from = from;
    x->count = 0;
    ex_cluster_sums(from, x->space, &x->sums);
    ex_cluster_rows(from, x->space, x->rows);
    messages(x);
    for (uint32_t i = 0; i < x->space->servers_count; i++) {
        const struct ex_host *h = &x->rows[i]->host;
        if (!h->up) {
            offer(x, i, EX_EVENT_RESTART, 0, EX_RESTART);
            continue;
        }
        deadlines(x, i);
        requests(x, i);
        for (uint32_t n = 1; n <= h->writes; n++)
            offer(x, i, EX_EVENT_SYNC, n, EX_FREE);
        for (uint32_t n = 0; n <= h->writes; n++)
            offer(x, i, EX_EVENT_CRASH, n, EX_CRASH);
    }
}
