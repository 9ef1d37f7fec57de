/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selectors as nodes, at one moment. */
#include "emulator/scenario/select.h"

#include <stdio.h>
#include <string.h>

nodeset view_alive(const struct cluster_view *view)
{
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++)
        set |= (nodeset)view->nodes[i].alive << i;
    return set;
}

nodeset view_voters(const struct cluster_view *view)
{
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++)
        set |= (nodeset)view->nodes[i].voter << i;
    return set;
}

nodeset view_members(const struct cluster_view *view)
{
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++) {
        const struct view_node *n = &view->nodes[i];
        set |= (nodeset)(n->voter || n->learner || n->old_voter) << i;
    }
    return set;
}

int view_leader_index(const struct cluster_view *view)
{
    int leader = -1;
    for (size_t i = 0; i < view->nodes_count; i++) {
        const struct view_node *n = &view->nodes[i];
        if (n->alive && n->role == VIEW_LEADER &&
            (leader < 0 || n->term > view->nodes[leader].term))
            leader = (int)i;
    }
    return leader;
}

const char *nodeset_print(nodeset nodes, char out[NODESET_TEXT_MAX])
{
    size_t used = 0;
    (void)snprintf(out, NODESET_TEXT_MAX, "nobody");
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if ((nodes >> i & 1) == 0)
            continue;
        int n = snprintf(out + used, NODESET_TEXT_MAX - used, "%sn%u", used > 0 ? " " : "", i + 1);
        ASSERT(n > 0 && used + (size_t)n < NODESET_TEXT_MAX);
        used += (size_t)n;
    }
    return out;
}

/* k of the set, drawn; fewer if there are fewer. */
nodeset nodeset_draw(nodeset from, uint64_t k, struct prng *rnd)
{
    nodeset drawn = 0;
    for (; k > 0 && from != 0; k--) {
        uint64_t skip = prng_below(rnd, nodeset_count(from));
        nodeset left = from;
        while (skip-- > 0)
            left &= left - 1;
        nodeset one = left & (~left + 1);
        drawn |= one;
        from &= ~one;
    }
    return drawn;
}

/* Every node whose flag at that place in struct view_node is set. */
static nodeset flagged(const struct cluster_view *view, size_t offset)
{
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++)
        set |= (nodeset) * (const bool *)((const char *)&view->nodes[i] + offset) << i;
    return set;
}

static nodeset in_role(const struct cluster_view *view, enum view_role role)
{
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++)
        set |= (nodeset)(view->nodes[i].alive && view->nodes[i].role == role) << i;
    return set;
}

static nodeset the_kth(nodeset set, uint64_t k)
{
    while (k-- > 0 && set != 0)
        set &= set - 1;
    return set & (~set + 1);
}

static nodeset behind(const struct cluster_view *view, uint64_t entries)
{
    uint64_t commit = 0;
    nodeset set = 0;
    for (size_t i = 0; i < view->nodes_count; i++) {
        if (view->nodes[i].alive && view->nodes[i].commit > commit)
            commit = view->nodes[i].commit;
    }
    for (size_t i = 0; i < view->nodes_count; i++) {
        const struct view_node *n = &view->nodes[i];
        bool lags = n->last_index < commit && commit - n->last_index > entries;
        set |= (nodeset)(n->alive && lags) << i;
    }
    return set;
}

/* The first node of the set with the greatest (or smallest) last position. */
static nodeset extreme(const struct cluster_view *view, nodeset set, bool greatest)
{
    int best = -1;
    for (size_t i = 0; i < view->nodes_count; i++) {
        if ((set >> i & 1) == 0)
            continue;
        const struct view_node *n = &view->nodes[i], *b = &view->nodes[best < 0 ? (int)i : best];
        bool above = n->last_term != b->last_term ? n->last_term > b->last_term
                                                  : n->last_index > b->last_index;
        bool below = n->last_term != b->last_term ? n->last_term < b->last_term
                                                  : n->last_index < b->last_index;
        if (best < 0 || (greatest ? above : below))
            best = (int)i;
    }
    return best < 0 ? 0 : (nodeset)1 << best;
}

static nodeset former_leader(const struct cluster_view *view, uint64_t k)
{
    int present = view_leader_index(view);
    nodeset seen = present < 0 ? 0 : (nodeset)1 << present;
    for (size_t i = view->leaders_count; i-- > 0;) {
        nodeset one = (nodeset)1 << view->leaders[i].node;
        if ((seen & one) != 0)
            continue;
        if (k-- == 0)
            return one;
        seen |= one;
    }
    return 0;
}

static nodeset leader_of(const struct cluster_view *view, uint64_t term)
{
    for (size_t i = 0; i < view->leaders_count; i++) {
        if (view->leaders[i].term == term)
            return (nodeset)1 << view->leaders[i].node;
    }
    return 0;
}

static nodeset named(const struct view_name *names, size_t count, const char *name)
{
    for (size_t i = count; i-- > 0;) { /* the newest binding counts */
        if (strcmp(names[i].name, name) == 0)
            return names[i].nodes;
    }
    return 0;
}

static nodeset side(const struct cluster_view *view, bool majority)
{
    nodeset voters = view_voters(view), set = 0;
    for (size_t i = 0; i < view->groups_count; i++) {
        bool most = 2 * nodeset_count(view->groups[i] & voters) > nodeset_count(voters);
        if (most == majority)
            set |= view->groups[i];
    }
    return set;
}

/* A set of voters of that size with or without the leader, drawn from those who are free. */
static nodeset draw_side(const struct cluster_view *view, nodeset free, bool majority, bool with,
                         struct prng *rnd)
{
    nodeset voters = view_voters(view);
    unsigned count = nodeset_count(voters);
    unsigned size = majority ? count / 2 + 1 : count == 0 ? 0 : (count - 1) / 2;
    int index = view_leader_index(view);
    nodeset leader = index < 0 ? 0 : (nodeset)1 << index;
    nodeset others = voters & free & ~leader;
    if (size == 0 || (with && (leader & voters & free) == 0) ||
        nodeset_count(others) < size - (unsigned)with)
        return 0;
    return nodeset_draw(others, size - (unsigned)with, rnd) | (with ? leader : 0);
}

/* A smallest quorum drawn from the free voters; while joint it has a majority of either half. */
static nodeset draw_quorum(const struct cluster_view *view, nodeset free, struct prng *rnd)
{
    nodeset voters = view_voters(view), drawn = 0;
    const nodeset halves[] = {
        voters, view->joint ? flagged(view, offsetof(struct view_node, old_voter)) : 0};
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        unsigned count = nodeset_count(halves[i]), have = nodeset_count(drawn & halves[i]);
        unsigned need = count == 0 ? 0 : count / 2 + 1;
        if (nodeset_count(halves[i] & free & ~drawn) + have < need)
            return 0;
        if (have < need)
            drawn |= nodeset_draw(halves[i] & free & ~drawn, need - have, rnd);
    }
    return drawn;
}

/* The nodes a selector may take; for rows that draw or rank, of the free ones. */
static nodeset candidates(const struct selector *s, const struct cluster_view *view, nodeset free,
                          struct prng *rnd)
{
    int leader = view_leader_index(view);
    nodeset members = view_members(view), followers = in_role(view, VIEW_FOLLOWER) & members;
    nodeset voters = view_voters(view), old = flagged(view, offsetof(struct view_node, old_voter));
    nodeset started = flagged(view, offsetof(struct view_node, started));
    switch (s->kind) {
    case SELECT_node: return (nodeset)1 << s->number;
    case SELECT_bound: return named(view->bindings, view->bindings_count, s->name);
    case SELECT_all:
    case SELECT_rest: return members | started;
    case SELECT_alive: return view_alive(view);
    case SELECT_crashed: return started & ~view_alive(view);
    case SELECT_paused: return flagged(view, offsetof(struct view_node, paused));
    case SELECT_random:
        return nodeset_count(view_alive(view) & free) < s->number
                   ? 0
                   : nodeset_draw(view_alive(view) & free, s->number, rnd);
    case SELECT_leader: return leader < 0 ? 0 : (nodeset)1 << leader;
    case SELECT_followers: return followers;
    case SELECT_follower: return the_kth(followers, s->number);
    case SELECT_candidates: return in_role(view, VIEW_CANDIDATE);
    case SELECT_learners: return flagged(view, offsetof(struct view_node, learner));
    case SELECT_voters: return voters;
    case SELECT_formerLeader: return former_leader(view, s->number);
    case SELECT_leaderOf: return leader_of(view, s->number);
    case SELECT_leaderAt: return named(view->marks, view->marks_count, s->name);
    case SELECT_transferee: return view->transferee < 0 ? 0 : (nodeset)1 << view->transferee;
    case SELECT_mostLagging: return extreme(view, followers & free, false);
    case SELECT_mostUpToDate: return extreme(view, followers & free, true);
    case SELECT_behind: return behind(view, s->number);
    case SELECT_minority: return side(view, false);
    case SELECT_majority: return side(view, true);
    case SELECT_minorityWithLeader: return draw_side(view, free, false, true, rnd);
    case SELECT_minorityWithoutLeader: return draw_side(view, free, false, false, rnd);
    case SELECT_majorityWithLeader: return draw_side(view, free, true, true, rnd);
    case SELECT_majorityWithoutLeader: return draw_side(view, free, true, false, rnd);
    case SELECT_quorum: return draw_quorum(view, free, rnd);
    case SELECT_oldOnly: return view->joint ? old & ~voters : 0;
    case SELECT_newOnly: return view->joint ? voters & ~old : 0;
    case SELECT_both: return view->joint ? voters & old : 0;
    case SELECT_removed: return flagged(view, offsetof(struct view_node, removed));
    case SELECT_added: return members & ~flagged(view, offsetof(struct view_node, member_at_start));
    case SELECT_client:
    case SELECT_clients:
    case SELECTORS_COUNT: break;
    }
    UNREACHABLE();
}

/* Why a selector found nobody. */
static int nobody(const struct selector *s, const struct cluster_view *view, nodeset found,
                  nodeset free, struct err *e)
{
    char text[SELECTOR_TEXT_MAX], who[NODESET_TEXT_MAX];
    (void)selector_print(s, text);
    if (found != 0)
        return err_set(e, -E_NOTFOUND, "%s: %s %s taken already in this step", text,
                       nodeset_print(found, who), nodeset_count(found) == 1 ? "is" : "are");
    if (s->kind == SELECT_random)
        return err_set(e, -E_NOTFOUND, "%s: only %u nodes that run are left", text,
                       nodeset_count(view_alive(view) & free));
    bool sides = s->kind == SELECT_minority || s->kind == SELECT_majority;
    if (sides && view->groups_count == 0)
        return err_set(e, -E_NOTFOUND, "%s: no partition with sides is in force", text);
    if ((s->kind == SELECT_oldOnly || s->kind == SELECT_newOnly || s->kind == SELECT_both) &&
        !view->joint)
        return err_set(e, -E_NOTFOUND, "%s: no joint configuration is in force", text);
    bool leads = s->kind == SELECT_leader || s->kind == SELECT_minorityWithLeader ||
                 s->kind == SELECT_majorityWithLeader;
    if (leads && view_leader_index(view) < 0)
        return err_set(e, -E_NOTFOUND, "%s: no node leads", text);
    return err_set(e, -E_NOTFOUND, "%s: nobody (%s)", text, selector_kind_text(s->kind));
}

static int take_clients(const struct selector *s, const struct cluster_view *view,
                        struct targets *got, uint64_t free, struct err *e)
{
    ASSERT(view->clients_count <= SELECT_CLIENTS_MAX);
    uint64_t all =
        view->clients_count == 64 ? UINT64_MAX : ((uint64_t)1 << view->clients_count) - 1;
    uint64_t found = s->kind == SELECT_clients         ? all
                     : s->number < view->clients_count ? (uint64_t)1 << s->number
                                                       : 0;
    char text[SELECTOR_TEXT_MAX];
    if ((found & free) == 0)
        return err_set(e, -E_NOTFOUND, "%s: there are %zu clients, numbered from 0%s",
                       selector_print(s, text), view->clients_count,
                       found != 0 ? ", and those are taken already in this step" : "");
    got->clients |= found & free;
    return 0;
}

int select_targets(const struct selectors *who, const struct cluster_view *view, struct prng *rnd,
                   struct targets *taken, struct targets *ret, struct err *e)
{
    ASSERT(view->nodes_count <= LIMIT_MEMBERS);
    struct targets got = {0};
    for (size_t i = 0; i < who->count; i++) {
        const struct selector *s = &who->items[i];
        if (selector_is_client(s)) {
            if (take_clients(s, view, &got, ~(taken->clients | got.clients), e) < 0)
                return -E_NOTFOUND;
            continue;
        }
        nodeset free = ~(taken->nodes | got.nodes);
        nodeset found = candidates(s, view, free, rnd);
        if ((found & free) == 0)
            return nobody(s, view, found, free, e);
        got.nodes |= found & free;
    }
    taken->nodes |= got.nodes;
    taken->clients |= got.clients;
    *ret = got;
    return 0;
}
