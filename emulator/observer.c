/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/observer.h"

#include "emulator/trace/reader.h"

#include <stdlib.h>
#include <string.h>

void observer_init(struct observer *o, size_t voters, size_t learners, size_t spares,
                   uint64_t now_ns)
{
    memset(o, 0, sizeof(*o));
    o->nodes_count = voters + learners + spares;
    ASSERT(o->nodes_count <= LIMIT_MEMBERS);
    for (size_t i = 0; i < o->nodes_count; i++) {
        o->nodes[i].voter = i < voters;
        o->nodes[i].learner = i >= voters && i < voters + learners;
        o->nodes[i].member_at_start = i < voters + learners;
    }
    o->leader = -1;
    o->no_leader_since_ns = now_ns;
    o->unrest_ns = now_ns;
}

int observer_node(const struct observer *o, const char *name)
{
    char *end;
    if (name[0] != 'n')
        return -1;
    unsigned long number = strtoul(name + 1, &end, 10);
    if (*end != '\0' || number == 0 || number > o->nodes_count)
        return -1;
    return (int)number - 1;
}

static bool majority_follows(const struct observer *o, unsigned leader)
{
    size_t voters = 0, follow = 0;
    for (size_t i = 0; i < o->nodes_count; i++) {
        const struct view_node *n = &o->nodes[i];
        voters += n->voter;
        follow += n->voter && n->alive && n->term == o->nodes[leader].term;
    }
    return follow * 2 > voters;
}

static bool leads(const struct view_node *n)
{
    return n->alive && !n->paused && n->role == VIEW_LEADER;
}

/* Recomputed after every change: cheap, and nothing can be forgotten. */
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

void observer_feed(struct observer *o, const struct trace_record *rec, const char *node_name)
{
    int found = node_name == NULL ? -1 : observer_node(o, node_name);
    if (found < 0)
        return;
    unsigned i = (unsigned)found;
    o->events[i][rec->ev]++;
    if (trace_has(rec, TRACE_HAS_term))
        o->nodes[i].term = rec->term;
    if (rec->term > o->term_max) {
        o->term_max = rec->term;
        o->term_changed_ns = rec->t;
    }
    note_role(o, i, rec);
    note_positions(o, i, rec);
    if (is_unrest(rec->ev))
        o->unrest_ns = rec->t;
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
    o->unrest_ns = now_ns;
    update_leader(o, now_ns);
}

void observer_died(struct observer *o, unsigned node, uint64_t now_ns)
{
    o->nodes[node].alive = o->nodes[node].paused = false;
    o->nodes[node].role = VIEW_UNKNOWN;
    o->unrest_ns = now_ns;
    update_leader(o, now_ns);
}

void observer_paused(struct observer *o, unsigned node, bool paused, uint64_t now_ns)
{
    o->nodes[node].paused = paused;
    update_leader(o, now_ns);
}
