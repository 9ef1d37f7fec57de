/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/invariants.h"

#include <string.h>

static bool same_entry(const struct ex_entry *a, const struct ex_entry *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* "at most one leader can be elected in a given term", "if a log entry is committed in a given
 * term, then that entry will be present in the logs of the leaders for all higher-numbered terms"
 * (P fig. 3). One that was elected twice in a term is two. */
static const char *led(const struct ex_change *c, struct ex_ghost *g)
{
    const struct ex_row *row = c->rows[c->at];
    if (g->leader[row->term] != 0)
        return "election safety: a second leader was elected in one term";
    g->leader[row->term] = row->host.id;
    for (uint32_t i = 0; i < g->committed; i++) {
        const struct ex_entry *e = ex_log_at(ex_host_log(&row->host), i + 1);
        if (g->in_term[i] >= row->term || i + 1 <= row->host.image)
            continue;
        if (e == NULL || !same_entry(e, &g->entry[i]))
            return "leader completeness: a new leader lacks a committed entry";
    }
    return NULL;
}

/* Who has the entry on its disk. */
static uint32_t durable_on(const struct ex_change *c, uint64_t index, uint64_t term)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < c->space->servers_count; i++) {
        const struct ex_host *h = &c->rows[i]->host;
        set |= (uint32_t)(index <= h->image || ex_log_term(&h->disk.log, index) == term) << i;
    }
    return set;
}

/* The configuration by which an entry was counted. One that the leader appended in this very turn,
 * since the joint one before it was committed, counts for all that is behind that one: "a server
 * always uses the latest configuration in its log" (T 4.1). */
static uint8_t counted_by(const struct ex_change *c, uint64_t index)
{
    const struct ex_row *row = c->rows[c->at];
    uint8_t appended, joint = 0;
    uint8_t latest = ex_host_config_at(&row->host, ex_log_last(ex_host_log(&row->host)), &appended);
    if (appended > 0)
        (void)ex_host_config_at(&row->host, appended - 1u, &joint);
    return c->event.kind == EX_EVENT_CHANGE || index > joint ? latest : c->before->config;
}

/* The first to commit an entry is a leader that counted. T 3.6.2. */
static const char *committed_first(const struct ex_change *c, struct ex_ghost *g, uint64_t index,
                                   const struct ex_entry *e)
{
    const struct ex_row *row = c->rows[c->at];
    const struct raft_config *config = &c->space->configs.at[counted_by(c, index)];
    if (g->leader[row->term] != row->host.id)
        return "commit: an entry was committed before any leader counted it";
    if (!ex_config_quorum(config, durable_on(c, index, e->term)))
        return "commit: an entry was committed that is not durable on a majority";
    if (ex_log_term(ex_host_log(&row->host), row->commit) != row->term)
        return "commit: an entry of an older term was committed by counting";
    g->entry[index - 1] = *e;
    g->in_term[index - 1] = row->term;
    g->committed = (uint8_t)index;
    return NULL;
}

/* An image stands for everything up to it: its term and its configuration are those of what is
 * committed there. */
static bool image_fits(const struct ex_host *h, const struct ex_ghost *g)
{
    uint8_t config = EX_CONFIG_FIRST, config_index = 0;
    if (h->image == 0)
        return true;
    for (uint8_t i = 0; i < h->image; i++) {
        if (g->entry[i].config == 0)
            continue;
        config = g->entry[i].config;
        config_index = (uint8_t)(i + 1);
    }
    return h->image_term == g->entry[h->image - 1].term && h->image_config == config &&
           h->image_config_index == config_index;
}

/* One history for all. "if a server has applied a log entry at a given index to its state machine,
 * no other server will ever apply a different log entry for the same index." (P fig. 3) */
static const char *committed(const struct ex_change *c, struct ex_ghost *g)
{
    const struct ex_row *row = c->rows[c->at];
    for (uint64_t i = 1; i <= row->commit; i++) {
        const struct ex_entry *e = ex_log_at(ex_host_log(&row->host), i);
        if (e == NULL && i > g->committed)
            return "state machine safety: an image goes beyond what is committed";
        if (e == NULL)
            continue;
        if (i <= g->committed && !same_entry(e, &g->entry[i - 1]))
            return "state machine safety: two servers committed different entries";
        if (i <= g->committed)
            continue;
        const char *broken = committed_first(c, g, i, e);
        if (broken != NULL)
            return broken;
    }
    return image_fits(&row->host, g) ? NULL
                                     : "state machine safety: an image is of another history";
}

/* "if two logs contain an entry with the same index and term, then the logs are identical in all
 * entries up through the given index" (P fig. 3). */
static bool logs_match(const struct ex_log *a, const struct ex_log *b)
{
    uint64_t last = ex_log_last(a) < ex_log_last(b) ? ex_log_last(a) : ex_log_last(b);
    uint64_t base = a->base > b->base ? a->base : b->base;
    bool meet = false;
    for (uint64_t i = last; i > base; i--) {
        const struct ex_entry *e = ex_log_at(a, i), *f = ex_log_at(b, i);
        meet = meet || e->term == f->term;
        if (meet && !same_entry(e, f))
            return false;
    }
    return true;
}

static const char *logged(const struct ex_change *c)
{
    for (uint32_t i = 0; i < c->space->servers_count; i++) {
        if (i != c->at &&
            !logs_match(ex_host_log(&c->rows[c->at]->host), ex_host_log(&c->rows[i]->host)))
            return "log matching: two logs agree in an entry and not in what precedes it";
    }
    return NULL;
}

/* What a leader appends must share a server with every quorum of what was in force. T 4.1, 4.3. */
static const char *reconfigured(const struct ex_change *c)
{
    const struct raft_config *a = &c->space->configs.at[c->before->config];
    const struct raft_config *b = &c->space->configs.at[c->rows[c->at]->config];
    if (a == b || c->before->role != RAFT_LEADER || c->rows[c->at]->role != RAFT_LEADER)
        return NULL;
    for (uint32_t set = 0; set < 1u << EX_SERVERS; set++) {
        if (ex_config_quorum(a, set) && ex_config_quorum(b, ~set))
            return "change of members: quorums of two configurations do not meet";
    }
    return NULL;
}

/* A read sees everything that was committed when it was asked for. T 6.4. */
static const char *read_done(const struct ex_change *c, struct ex_ghost *g)
{
    uint8_t must_see = g->read_at[c->at];
    g->read_at[c->at] = 0;
    if (must_see != 0 && c->read_index + 1 < must_see)
        return "linearizable reads: one does not see what was committed before it";
    for (uint32_t t = c->rows[c->at]->term + 1u; t <= EX_TERMS && (c->flags & EX_LEASED); t++) {
        if (g->leader[t] != 0)
            return "lease: one is held beside a later leader";
    }
    return NULL;
}

const char *ex_invariants(const struct ex_change *c, struct ex_ghost *ghost)
{
    const char *broken = NULL;
    if (c->event.kind == EX_EVENT_READ)
        ghost->read_at[c->at] = (uint8_t)(ghost->committed + 1);
    if ((c->flags & EX_LED) != 0)
        broken = led(c, ghost);
    if (broken == NULL && (c->flags & EX_LOGGED) != 0)
        broken = logged(c);
    if (broken == NULL && (c->flags & EX_LOGGED) != 0)
        broken = reconfigured(c);
    if (broken == NULL && (c->flags & EX_COMMITTED) != 0)
        broken = committed(c, ghost);
    if (broken == NULL && (c->flags & EX_READ_DONE) != 0)
        broken = read_done(c, ghost);
    if ((c->flags & (EX_READ_DONE | EX_READ_LOST)) != 0)
        ghost->read_at[c->at] = 0;
    return broken;
}
