/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/observer.h"

#include <string.h>

void observer_init(struct observer *o, size_t voters, size_t learners, size_t spares,
                   uint64_t now_ns)
{
    memset(o, 0, sizeof(*o));
    o->nodes_count = voters + learners + spares;
    ASSERT(o->nodes_count <= LIMIT_MEMBERS);
    for (size_t i = 0; i < o->nodes_count; i++) {
        o->nodes[i].voter = i < voters;
        o->nodes[i].member_at_start = i < voters + learners;
    }
    observed_configs_init(&o->configs, nodeset_below(voters));
    o->leader = o->transferee = -1;
    o->no_leader_since_ns = now_ns;
    o->unrest_ns = now_ns;
}

/* A majority of each half of a joint configuration. */
static bool majority_follows(const struct observer *o, unsigned leader)
{
    size_t voters = 0, follow = 0, old = 0, old_follow = 0;
    for (size_t i = 0; i < o->nodes_count; i++) {
        const struct view_node *n = &o->nodes[i];
        bool follows = n->alive && n->term == o->nodes[leader].term;
        voters += n->voter;
        follow += n->voter && follows;
        old += n->old_voter;
        old_follow += n->old_voter && follows;
    }
    return follow * 2 > voters && (old == 0 || old_follow * 2 > old);
}

static bool leads(const struct view_node *n)
{
    return n->alive && !n->paused && n->role == VIEW_LEADER;
}

/* Recomputed from all nodes: nothing can be forgotten. */
static void update_leader(struct observer *o, uint64_t now_ns)
{
    int best = -1;
    bool any = false;
    for (size_t i = 0; i < o->nodes_count; i++) {
        if (!leads(&o->nodes[i]))
            continue;
        any = true;
        if (best < 0 || o->nodes[i].term > o->nodes[best].term)
            best = (int)i;
    }
    if (best >= 0 && !majority_follows(o, (unsigned)best))
        best = -1;
    if (best != o->leader)
        o->leader_since_ns = now_ns;
    o->leader = best;
    if (any)
        o->no_leader_since_ns = UINT64_MAX;
    else if (o->no_leader_since_ns == UINT64_MAX)
        o->no_leader_since_ns = now_ns;
}

static void note_leader(struct observer *o, unsigned node, uint64_t term)
{
    if (o->leaders_count == OBSERVER_LEADERS_MAX)
        return;
    if (o->leaders_count > 0 && o->leaders[o->leaders_count - 1].term >= term)
        return; /* learned late: the history stays in order */
    o->leaders[o->leaders_count++] = (struct view_leader){.term = term, .node = node};
}

static void note_role(struct observer *o, unsigned i, const struct trace_record *rec)
{
    struct view_node *n = &o->nodes[i];
    /* Not appendRejected: a leader refuses what a former one sends, and goes on leading. */
    bool follows =
        rec->ev == TRACE_boot || rec->ev == TRACE_steppedDown || rec->ev == TRACE_appendAccepted;
    if (rec->ev == TRACE_becameLeader) {
        n->role = VIEW_LEADER;
        note_leader(o, i, rec->term);
    } else if (rec->ev == TRACE_campaign) {
        n->role = VIEW_CANDIDATE;
    } else if (follows) {
        n->role = VIEW_FOLLOWER;
    }
}

/* What the configuration in force says of every node. */
static void update_members(struct observer *o)
{
    struct observed_configs *c = &o->configs;
    observed_configs_choose(c, o->leader);
    for (size_t i = 0; i < o->nodes_count; i++) {
        struct view_node *n = &o->nodes[i];
        n->voter = c->present.voters >> i & 1;
        n->old_voter = c->present.old >> i & 1;
        n->learner = c->present.learners >> i & 1;
        n->removed = (c->members_ever & ~observed_members(&c->committed)) >> i & 1;
    }
}

static bool is_node(const struct observer *o, int number)
{
    return number >= 0 && (size_t)number < o->nodes_count;
}

static void note_transfer(struct observer *o, const struct trace_record *rec)
{
    if (rec->ev == TRACE_transferBegin)
        o->transferee = is_node(o, rec->target) ? rec->target : -1;
    else if (rec->ev == TRACE_transferEnd || rec->ev == TRACE_becameLeader)
        o->transferee = -1;
}

static void note_install(struct observer *o, unsigned i, const struct trace_record *rec)
{
    struct view_node *n = &o->nodes[i];
    if (rec->ev == TRACE_snapshotChunk)
        o->installs[i].chunks++;
    if (rec->ev != TRACE_snapshotInstalled)
        return;
    o->installs[i].installed++;
    if (rec->index > n->last_index)
        n->last_index = rec->index;
    if (rec->index > n->commit)
        n->commit = rec->index;
    if (rec->index > o->applied[i])
        o->applied[i] = rec->index;
}

static bool is_unrest(enum trace_event ev)
{
    return ev == TRACE_campaign || ev == TRACE_becameLeader || ev == TRACE_steppedDown ||
           ev == TRACE_configAppended || ev == TRACE_boot;
}

static void note_positions(struct observer *o, unsigned i, const struct trace_record *rec)
{
    struct view_node *n = &o->nodes[i];
    if (rec->ev == TRACE_committed && rec->to > n->commit)
        n->commit = rec->to;
    if (rec->ev == TRACE_applied)
        o->applied[i] = rec->to;
    if (rec->ev == TRACE_boot) {
        n->commit = o->applied[i] = 0;
        n->last_index = rec->last.index;
        n->last_term = rec->last.term;
    }
    if (rec->ev == TRACE_appended && rec->runs_count > 0) {
        n->last_index = rec->to;
        n->last_term = rec->runs[rec->runs_count - 1].term;
    }
    if (rec->ev == TRACE_truncated)
        n->last_index = rec->from - 1;
    if (n->commit > o->commit_max)
        o->commit_max = n->commit;
}

void observer_watch(struct observer *o, enum trace_event ev, const struct pair_list *pairs,
                    struct event_watch *w)
{
    *w = (struct event_watch){
        .next = o->watches, .link = &o->watches, .ev = ev, .where = event_where_of(pairs)};
    if (w->next != NULL)
        w->next->link = &w->next;
    o->watches = w;
}

void observer_unwatch(struct event_watch *w)
{
    *w->link = w->next;
    if (w->next != NULL)
        w->next->link = w->link;
}

void observer_feed(struct observer *o, const struct trace_record *rec)
{
    if (!is_node(o, rec->node))
        return;
    unsigned i = (unsigned)rec->node;
    struct view_node *n = &o->nodes[i];
    enum view_role role = n->role;
    uint64_t term = n->term;
    o->events[i][rec->ev]++;
    for (struct event_watch *w = o->watches; w != NULL; w = w->next)
        w->counts[i] += w->ev == rec->ev && event_where_holds(&w->where, rec);
    if (trace_has(rec, TRACE_HAS_term))
        n->term = rec->term;
    if (rec->term > o->term_max) {
        o->term_max = rec->term;
        o->term_changed_ns = rec->t;
    }
    note_role(o, i, rec);
    note_install(o, i, rec);
    note_positions(o, i, rec);
    note_transfer(o, rec);
    if (is_unrest(rec->ev))
        o->unrest_ns = rec->t;
    int leader = o->leader;
    bool members = observed_configs_feed(&o->configs, i, rec);
    if (!members && n->role == role && n->term == term)
        return;
    update_leader(o, rec->t);
    if (!members && o->leader == leader)
        return;
    update_members(o);
    update_leader(o, rec->t);
}

void observer_outcome(struct observer *o, enum observed_outcome outcome)
{
    o->ops[outcome]++;
}

void observer_started(struct observer *o, unsigned node, uint64_t now_ns)
{
    struct view_node *n = &o->nodes[node];
    n->started = n->alive = true;
    n->paused = false;
    n->role = VIEW_FOLLOWER;
    o->exits[node] = (struct observed_exit){0};
    o->unrest_ns = now_ns;
    update_leader(o, now_ns);
}

void observer_died(struct observer *o, unsigned node, uint64_t now_ns)
{
    o->nodes[node].alive = o->nodes[node].paused = false;
    o->nodes[node].role = VIEW_UNKNOWN;
    if (o->named[node] != 0)
        o->nodes[node].term = o->named[node] = 0;
    o->unrest_ns = now_ns;
    update_leader(o, now_ns);
}

void observer_told(struct observer *o, unsigned node, int leader, uint64_t now_ns)
{
    struct view_node *n = &o->nodes[node];
    bool itself = leader == (int)node;
    ASSERT(leader < (int)o->nodes_count);
    if (!n->alive)
        return;
    if (itself && n->role != VIEW_LEADER) {
        o->reigns[node] = ++o->term_max;
        o->term_changed_ns = o->unrest_ns = now_ns;
        o->events[node][TRACE_becameLeader]++;
        note_leader(o, node, o->term_max);
    }
    n->role = itself ? VIEW_LEADER : VIEW_FOLLOWER;
    n->term = 0;
    o->named[node] = (unsigned)(leader + 1);
    for (size_t i = 0; i < o->nodes_count; i++) {
        if (o->named[i] != 0)
            o->nodes[i].term = o->reigns[o->named[i] - 1];
    }
    update_leader(o, now_ns);
}

void observer_told_member(struct observer *o, unsigned node, bool member, uint64_t now_ns)
{
    ASSERT(node < o->nodes_count);
    observed_configs_told(&o->configs, node, member);
    o->unrest_ns = now_ns;
    update_members(o);
    update_leader(o, now_ns);
}

void observer_paused(struct observer *o, unsigned node, bool paused, uint64_t now_ns)
{
    o->nodes[node].paused = paused;
    update_leader(o, now_ns);
}

void observer_ended(struct observer *o, unsigned node, int code, int signal)
{
    o->exits[node] = (struct observed_exit){.ended = true, .code = code, .signal = signal};
}
