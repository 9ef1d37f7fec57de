/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/members.h"

/* How long a removed member is told of it, in longest election timeouts. */
#define LINGER_TIMEOUTS 4

static void drop_oldest(struct raft *r, uint32_t n)
{
    for (uint32_t i = n; i < r->configs_count; i++) {
        r->configs[i - n] = r->configs[i];
        r->config_indexes[i - n] = r->config_indexes[i];
    }
    r->configs_count -= n;
}

void members_append(struct raft *r, const struct raft_config *config, uint64_t index,
                    uint64_t now_ns)
{
    ASSERT(config->count <= LIMIT_MEMBERS && (config->count > 0 || index == 0));
    ASSERT(r->configs_count == 0 || index > r->config_indexes[r->configs_count - 1]);
    if (r->configs_count == RAFT_CONFIGS)
        drop_oldest(r, 1);
    r->configs[r->configs_count] = *config;
    r->config_indexes[r->configs_count] = index;
    r->configs_count++;
    members_sync(r, now_ns);
}

void members_truncate(struct raft *r, uint64_t index, uint64_t now_ns)
{
    uint32_t before = r->configs_count;
    while (r->configs_count > 1 && r->config_indexes[r->configs_count - 1] >= index)
        r->configs_count--;
    if (r->configs_count != before)
        members_sync(r, now_ns);
}

void members_install(struct raft *r, const struct raft_config *config, uint64_t index,
                     uint64_t upto, uint64_t now_ns)
{
    uint32_t drop = 0;
    while (drop < r->configs_count && r->config_indexes[drop] <= upto)
        drop++;
    drop_oldest(r, drop);
    if (r->configs_count < RAFT_CONFIGS) { /* else the newer ones are enough */
        for (uint32_t i = r->configs_count++; i > 0; i--) {
            r->configs[i] = r->configs[i - 1];
            r->config_indexes[i] = r->config_indexes[i - 1];
        }
        r->configs[0] = *config;
        r->config_indexes[0] = index;
    }
    members_sync(r, now_ns);
}

void members_committed(struct raft *r, uint64_t now_ns)
{
    uint32_t drop = 0;
    while (drop + 1 < r->configs_count && r->config_indexes[drop + 1] <= r->commit)
        drop++;
    drop_oldest(r, drop);
    if (drop > 0)
        members_sync(r, now_ns);
}

int member_slot(const struct raft *r, raft_id id)
{
    return roster_find(&r->slots, id);
}

const struct raft_member *config_member(const struct raft_config *c, raft_id id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return &c->members[i];
    }
    return NULL;
}

bool config_has(const struct raft_config *c, raft_id id)
{
    return config_member(c, id) != NULL;
}

bool members_settled(const struct raft *r)
{
    uint32_t latest = r->configs_count - 1;
    return r->config_indexes[latest] <= r->commit && !r->configs[latest].joint;
}

/* The slots as they are taken now. */
static void find_slots(struct raft *r)
{
    roster_clear(&r->slots);
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (r->progress[i].id != 0)
            roster_add(&r->slots, i, r->progress[i].id);
    }
}

/* A free slot, or one of a removed member, which need not be told any more; LIMIT_MEMBERS: none. */
static uint32_t slot_for_new(struct raft *r)
{
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (r->progress[i].id == 0)
            return i;
    }
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (r->progress[i].linger_index == 0)
            continue;
        r->progress[i] = (struct progress){0};
        find_slots(r);
        return i;
    }
    return LIMIT_MEMBERS;
}

static void add_slots(struct raft *r, const struct raft_config *c, uint64_t now_ns)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (member_slot(r, c->members[i].id) >= 0)
            continue;
        uint32_t slot = slot_for_new(r);
        if (slot == LIMIT_MEMBERS)
            return;
        if (slot >= r->slots_end)
            r->slots_end = slot + 1;
        r->progress[slot].id = c->members[i].id;
        roster_add(&r->slots, slot, c->members[i].id);
        progress_reset(&r->progress[slot], r->trail.last, now_ns);
    }
}

static quorum_set slots_of(const struct raft *r, const struct raft_config *c)
{
    quorum_set slots = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        int slot = member_slot(r, c->members[i].id);
        slots |= slot < 0 ? 0 : NODE_BIT(slot);
    }
    return slots;
}

static struct quorum sets_of(const struct raft *r, const struct raft_config *c)
{
    struct quorum q = {0};
    for (uint32_t i = 0; i < c->count; i++) {
        int slot = member_slot(r, c->members[i].id);
        quorum_set bit = slot < 0 ? 0 : NODE_BIT(slot);
        if (c->members[i].flags & RAFT_VOTER)
            q.now |= bit;
        if (c->members[i].flags & RAFT_VOTER_OLD)
            q.old |= bit;
    }
    return q;
}

static quorum_set above_in(const struct raft *r, const struct raft_config *c, int32_t priority,
                           quorum_set before)
{
    for (uint32_t i = 0; i < c->count; i++) {
        int slot = member_slot(r, c->members[i].id);
        quorum_set bit = slot < 0 ? 0 : NODE_BIT(slot);
        before = c->members[i].priority > priority ? before | bit : before & ~bit;
    }
    return before;
}

quorum_set members_above(const struct raft *r, int32_t priority)
{
    uint64_t index;
    quorum_set set = above_in(r, members_certain(r, &index), priority, 0);
    return above_in(r, &r->configs[r->configs_count - 1], priority, set);
}

const struct raft_config *members_certain(const struct raft *r, uint64_t *ret_index)
{
    uint32_t at = r->configs_count - 1;
    if (at > 0 && r->config_indexes[at] > r->commit)
        at--;
    *ret_index = r->config_indexes[at];
    return &r->configs[at];
}

const struct raft_member *member_of(const struct raft *r, raft_id id)
{
    uint64_t index;
    const struct raft_member *m = config_member(&r->configs[r->configs_count - 1], id);
    return m != NULL ? m : config_member(members_certain(r, &index), id);
}

bool member_is_witness(const struct raft *r, raft_id id)
{
    int slot = member_slot(r, id);
    if (slot >= 0)
        return nodeset_has(r->witnesses, slot);
    const struct raft_member *m = member_of(r, id); /* there may be no slot for it */
    return m != NULL && (m->flags & RAFT_WITNESS) != 0;
}

/* What this configuration says of its members counts more than what was noted before. */
static void note_witnesses(struct raft *r, const struct raft_config *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        int slot = member_slot(r, c->members[i].id);
        quorum_set bit = slot < 0 ? 0 : NODE_BIT(slot);
        r->witnesses &= ~bit;
        if (c->members[i].flags & RAFT_WITNESS)
            r->witnesses |= bit;
    }
}

void members_sync(struct raft *r, uint64_t now_ns)
{
    ASSERT(r->configs_count > 0);
    uint64_t index;
    const struct raft_config *committed = members_certain(r, &index);
    const struct raft_config *latest = &r->configs[r->configs_count - 1];
    find_slots(r);
    quorum_set named = slots_of(r, committed) | slots_of(r, latest);
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        raft_id id = r->progress[i].id;
        if (id == 0 || nodeset_has(named, i)) {
            /* Back as a new member, perhaps on an empty disk: what it once held says nothing. */
            if (r->progress[i].linger_index != 0) {
                r->progress[i].regressed = false;
                progress_reset(&r->progress[i], r->trail.last, now_ns);
            }
            r->progress[i].linger_index = 0;
            r->progress[i].linger_round = 0;
            continue;
        }
        /* Replication to it goes on until it knows that it was removed (T 4.2.3): else it would
         * campaign for ever. */
        if (r->role == RAFT_LEADER && r->progress[i].linger_index == 0 && id != r->self) {
            r->progress[i].linger_index = r->config_indexes[r->configs_count - 1];
            r->progress[i].linger_round = 0;
            r->progress[i].linger_until_ns = now_ns + LINGER_TIMEOUTS * r->timing.election_ns_max;
        } else if (r->role != RAFT_LEADER || id == r->self) {
            r->progress[i] = (struct progress){0};
        }
    }
    find_slots(r);
    /* The latest decides everything, so it comes first. A leader sees to it that both fit; where a
     * follower lags far behind a rapid exchange of members, some of the old ones get no slot. */
    add_slots(r, latest, now_ns);
    add_slots(r, committed, now_ns);
    r->quorum_committed = sets_of(r, committed);
    r->quorum = sets_of(r, latest);
    ASSERT((r->quorum.old != 0) == (latest->joint != 0));
    r->outlasts_ns = 0;
    r->witnesses = 0;
    note_witnesses(r, committed);
    note_witnesses(r, latest);
    r->delay_ns = member_delay_ns(r);
    while (r->slots_end > 0 && r->progress[r->slots_end - 1].id == 0)
        r->slots_end--;
}

static bool votes_in(struct quorum q, int slot)
{
    return slot >= 0 && nodeset_has(quorum_members(q), slot);
}

bool member_may_campaign(const struct raft *r)
{
    int slot = member_slot(r, r->self);
    if (member_is_witness(r, r->self))
        return false; /* it could give nobody the data */
    if (r->left)
        return false;
    if (votes_in(r->quorum, slot))
        return true;
    bool latest_committed = r->config_indexes[r->configs_count - 1] <= r->commit;
    return !latest_committed && votes_in(r->quorum_committed, slot);
}

bool member_sole_voter(const struct raft *r)
{
    int slot = member_slot(r, r->self);
    if (slot < 0)
        return false;
    return quorum_vote(r->quorum, NODE_BIT(slot), 0) == QUORUM_WON;
}

#define LEAST_PRIORITY_TIMEOUTS 4

uint64_t member_delay_ns(const struct raft *r)
{
    const struct raft_config *c = &r->configs[r->configs_count - 1];
    const struct raft_member *self = member_of(r, r->self);
    int32_t own = self == NULL ? 0 : self->priority;
    uint32_t rank = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t flags = c->members[i].flags;
        bool leads = (flags & (RAFT_VOTER | RAFT_VOTER_OLD)) != 0 && (flags & RAFT_WITNESS) == 0;
        rank += leads && c->members[i].priority > own;
    }
    uint64_t delay = (rank < 2 ? rank : 2) * r->timing.election_ns_min / 2;
    if (own <= -RAFT_PRIORITY_USUAL)
        delay += LEAST_PRIORITY_TIMEOUTS * r->timing.election_ns_min;
    return delay;
}
