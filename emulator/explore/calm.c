/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/calm.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define MESSAGES_MAX 4096 /* between two deadlines: more is a storm */

void ex_calm_init(struct ex_calm *c, struct ex_space *space)
{
    *c = (struct ex_calm){.space = space, .room = 64};
    ex_memo_init_calm(&c->memo, space);
    c->queue = mem_array(c->room, sizeof(*c->queue));
}

void ex_calm_free(struct ex_calm *c)
{
    ex_memo_free(&c->memo);
    mem_free(c->queue);
}

static const struct ex_row *row(const struct ex_calm *c, uint32_t i)
{
    return ex_space_row(c->space, c->server[i]);
}

static void post(struct ex_calm *c, const uint32_t *sent, uint32_t count)
{
    if (c->count + count > c->room) {
        c->room = 2 * (c->count + count);
        c->queue = mem_grow(c->queue, c->room, sizeof(*c->queue));
    }
    memcpy(c->queue + c->count, sent, count * sizeof(*sent));
    c->count += count;
}

/* Returns the outcome's flags. */
static uint32_t happen(struct ex_calm *c, uint32_t i, enum ex_event_kind kind, uint32_t argument)
{
    struct ex_event e = {.kind = (uint8_t)kind, .argument = argument};
    struct ex_outcome o = ex_memo_take(&c->memo, c->server[i], e);
    if ((o.flags & EX_BEYOND) != 0) {
        c->stopped = true;
        c->limit = (enum ex_limit)o.server;
    }
    if ((o.flags & EX_BROKEN) != 0)
        ex_turn_take(&c->memo.turn, c->server[i], e); /* for its sentence */
    if ((o.flags & (EX_BEYOND | EX_BROKEN)) == 0) {
        c->server[i] = o.server;
        post(c, ex_memo_sent(&c->memo, &o), o.sent_count);
    }
    return o.flags;
}

static const char *broken(struct ex_calm *c)
{
    (void)snprintf(c->text, sizeof(c->text), "when faults stop: %s", c->memo.turn.broken);
    return c->text;
}

/* Everything that is on its way, and what comes of it. NULL, or what is wrong. */
static const char *deliver_all(struct ex_calm *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (i == MESSAGES_MAX)
            return "not stuck: messages without end, and no deadline passes";
        const struct ex_message *m = &ex_space_met(c->space, c->queue[i])->message;
        uint32_t to = (uint32_t)m->m.to - 1;
        if (!row(c, to)->host.up)
            continue;
        uint32_t flags = happen(c, to, EX_EVENT_DELIVER, c->queue[i]);
        if ((flags & EX_BROKEN) != 0)
            return broken(c);
        if (c->stopped)
            break;
    }
    c->count = 0;
    return NULL;
}

/* Who is down may start, and what disks have not written yet they write. */
static const char *mend(struct ex_calm *c, bool all_start)
{
    for (uint32_t i = 0; i < c->space->servers_count; i++) {
        uint32_t flags = 0;
        if (!row(c, i)->host.up && all_start)
            flags = happen(c, i, EX_EVENT_RESTART, 0);
        while (row(c, i)->host.writes > 0 && (flags & (EX_BEYOND | EX_BROKEN)) == 0)
            flags = happen(c, i, EX_EVENT_SYNC, row(c, i)->host.writes);
        if ((flags & EX_BROKEN) != 0)
            return broken(c);
    }
    return NULL;
}

static uint64_t left_ns(const struct ex_row *r)
{
    if (r->wake_ns == RAFT_NEVER)
        return RAFT_NEVER;
    return r->wake_ns > r->now_ns ? r->wake_ns - r->now_ns : 0;
}

/* The next deadline of all passes; of equal ones, another server's than the last time. */
static const char *wait(struct ex_calm *c)
{
    uint32_t n = c->space->servers_count, first = n;
    uint64_t soonest = RAFT_NEVER;
    for (uint32_t k = 1; k <= n; k++) {
        uint32_t i = (c->turn + k) % n;
        if (row(c, i)->host.up && left_ns(row(c, i)) < soonest) {
            soonest = left_ns(row(c, i));
            first = i;
        }
    }
    if (first == n)
        return "not stuck: nobody waits for anything";
    c->turn = first;
    for (uint32_t i = 0; i < n && soonest > 0; i++) {
        if (i != first && row(c, i)->host.up)
            (void)happen(c, i, EX_EVENT_PASS, (uint32_t)soonest);
    }
    uint32_t flags = happen(c, first, EX_EVENT_WAKE, 0);
    return (flags & EX_BROKEN) != 0 ? broken(c) : NULL;
}

static uint8_t newest_term(const struct ex_calm *c)
{
    uint8_t newest = 0;
    for (uint32_t i = 0; i < c->space->servers_count; i++)
        newest = row(c, i)->term > newest ? row(c, i)->term : newest;
    return newest;
}

static uint8_t most_committed(const struct ex_calm *c)
{
    uint8_t most = 0;
    for (uint32_t i = 0; i < c->space->servers_count; i++)
        most = row(c, i)->commit > most ? row(c, i)->commit : most;
    return most;
}

/* Whoever leads and has nothing to commit is asked for an entry. */
static const char *propose(struct ex_calm *c)
{
    for (uint32_t i = 0; i < c->space->servers_count; i++) {
        const struct ex_row *r = row(c, i);
        if (r->role != RAFT_LEADER || r->commit < ex_log_last(ex_host_log(&r->host)))
            continue;
        if ((happen(c, i, EX_EVENT_PROPOSE, 0) & EX_BROKEN) != 0)
            return broken(c);
    }
    return deliver_all(c);
}

/* Terms that go on beginning are no matter of room. */
static const char *at_limit(struct ex_calm *c)
{
    if (c->limit == EX_LIMIT_TERMS)
        return "not stuck: elections without end, and nothing new is ever committed";
    c->ended.times[c->limit]++;
    return NULL;
}

/* Until more is committed than was before, whoever still knows of that. */
static const char *run(struct ex_calm *c, uint8_t before, bool all_start)
{
    uint8_t began = newest_term(c);
    const char *wrong = mend(c, all_start);
    for (uint32_t i = 0; i < EX_CALM_DEADLINES && wrong == NULL; i++) {
        wrong = deliver_all(c);
        if (wrong == NULL && !c->stopped)
            wrong = propose(c);
        if (wrong != NULL || most_committed(c) > before)
            return wrong;
        if (!c->stopped && newest_term(c) > began + EX_CALM_TERMS) {
            c->stopped = true;
            c->limit = EX_LIMIT_TERMS;
        }
        if (c->stopped)
            return at_limit(c);
        wrong = wait(c);
    }
    if (wrong != NULL)
        return wrong;
    if (c->stopped)
        return at_limit(c);
    return all_start ? "not stuck: all faults are over, and nothing new is ever committed"
                     : "not stuck: a quorum is up, and nothing new is ever committed";
}

static void begin(struct ex_calm *c, const struct ex_cluster *from)
{
    memcpy(c->server, from->server, sizeof(c->server));
    c->count = c->turn = 0; /* what comes of it does not depend on what was asked before */
    c->stopped = false;
}

/* Those that are up are a quorum, whatever configuration one of them goes by. */
static bool quorum_up(const struct ex_calm *c)
{
    bool enough = true, any = false;
    uint32_t up = 0;
    for (uint32_t i = 0; i < c->space->servers_count; i++)
        up |= (uint32_t)row(c, i)->host.up << i;
    for (uint32_t i = 0; i < c->space->servers_count; i++) {
        const struct raft_config *config = &c->space->configs.at[row(c, i)->config];
        if (!row(c, i)->host.up || config->count == 0)
            continue;
        any = true;
        enough = enough && ex_config_quorum(config, up);
    }
    return enough && any;
}

static bool is_newer(const struct ex_row *a, const struct ex_row *b)
{
    const struct ex_log *l = ex_host_log(&a->host), *m = ex_host_log(&b->host);
    uint64_t last = ex_log_last(l), other = ex_log_last(m);
    uint64_t term = ex_log_term(l, last), other_term = ex_log_term(m, other);
    return term != other_term ? term > other_term : last > other;
}

/* Those that are up and have no newer log are a quorum for it. T 3.6.1. In one configuration there
 * is always somebody; but a learner that was given entries, and does not know that it votes now,
 * may keep a new configuration's only candidates from being elected until somebody else is back. */
static bool electable(const struct ex_calm *c, uint32_t candidate)
{
    const struct ex_row *own = row(c, candidate);
    const struct raft_config *config = &c->space->configs.at[own->config];
    uint32_t granting = 0;
    for (uint32_t i = 0; i < c->space->servers_count; i++)
        granting |= (uint32_t)(row(c, i)->host.up && !is_newer(row(c, i), own)) << i;
    return own->host.up && ex_config_votes(config, own->host.id) &&
           ex_config_quorum(config, granting);
}

static bool anybody_electable(const struct ex_calm *c)
{
    uint32_t i = 0;
    while (i < c->space->servers_count && !electable(c, i))
        i++;
    return i < c->space->servers_count;
}

static bool all_up(const struct ex_calm *c)
{
    uint32_t i = 0;
    while (i < c->space->servers_count && row(c, i)->host.up)
        i++;
    return i == c->space->servers_count;
}

static const char *run_twice(struct ex_calm *c, const struct ex_cluster *from)
{
    uint8_t committed = ex_space_history(c->space, from->ghost)->ghost.committed;
    begin(c, from);
    post(c, from->message, from->count);
    bool same = from->count == 0 && all_up(c);
    const char *wrong = run(c, committed, true);
    if (wrong != NULL || same)
        return wrong;
    begin(c, from);
    return quorum_up(c) && anybody_electable(c) ? run(c, committed, false) : NULL;
}

const char *ex_calm_run(struct ex_calm *c, const struct ex_cluster *from)
{
    uint64_t before = ex_ended_cramped(&c->ended);
    const char *wrong = run_twice(c, from);
    c->unclear += ex_ended_cramped(&c->ended) > before;
    return wrong;
}
