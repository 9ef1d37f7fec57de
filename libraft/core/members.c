/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/members.h"

bool members_room(const struct raft *r)
{
    return r->configs_count < RAFT_CONFIGS;
}

void members_append(struct raft *r, const struct raft_config *config, uint64_t index)
{
    ASSERT(members_room(r));
    ASSERT(config->count > 0 && config->count <= LIMIT_MEMBERS);
    ASSERT(r->configs_count == 0 || index > r->config_indexes[r->configs_count - 1]);
    r->configs[r->configs_count] = *config;
    r->config_indexes[r->configs_count] = index;
    r->configs_count++;
    members_sync(r);
}

void members_truncate(struct raft *r, uint64_t index)
{
    uint32_t before = r->configs_count;
    while (r->configs_count > 1 && r->config_indexes[r->configs_count - 1] >= index)
        r->configs_count--;
    if (r->configs_count != before)
        members_sync(r);
}

void members_committed(struct raft *r)
{
    uint32_t drop = 0;
    while (drop + 1 < r->configs_count && r->config_indexes[drop + 1] <= r->commit)
        drop++;
    if (drop == 0)
        return;
    for (uint32_t i = drop; i < r->configs_count; i++) {
        r->configs[i - drop] = r->configs[i];
        r->config_indexes[i - drop] = r->config_indexes[i];
    }
    r->configs_count -= drop;
    members_sync(r);
}

int member_slot(const struct raft *r, raft_id id)
{
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (r->progress[i].id == id && id != 0)
            return (int)i;
    }
    return -1;
}

static bool config_has(const struct raft_config *c, raft_id id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return true;
    }
    return false;
}

static void add_slots(struct raft *r, const struct raft_config *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (member_slot(r, c->members[i].id) >= 0)
            continue;
        uint32_t slot = 0;
        while (slot < LIMIT_MEMBERS && r->progress[slot].id != 0)
            slot++;
        ASSERT(slot < LIMIT_MEMBERS); /* latest and committed differ by replaced members only */
        r->progress[slot].id = c->members[i].id;
        progress_reset(&r->progress[slot], r->trail.last, r->elected_ns);
    }
}

static struct quorum sets_of(const struct raft *r, const struct raft_config *c)
{
    struct quorum q = {0};
    for (uint32_t i = 0; i < c->count; i++) {
        quorum_set bit = (quorum_set)1 << member_slot(r, c->members[i].id);
        if (c->members[i].flags & RAFT_VOTER)
            q.now |= bit;
        if (c->members[i].flags & RAFT_VOTER_OLD)
            q.old |= bit;
    }
    ASSERT((q.old != 0) == (c->joint != 0));
    return q;
}

void members_sync(struct raft *r)
{
    ASSERT(r->configs_count > 0);
    const struct raft_config *committed = &r->configs[0];
    const struct raft_config *latest = &r->configs[r->configs_count - 1];
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        raft_id id = r->progress[i].id;
        if (id != 0 && !config_has(committed, id) && !config_has(latest, id))
            r->progress[i] = (struct progress){0};
    }
    add_slots(r, committed);
    add_slots(r, latest);
    r->quorum_committed = sets_of(r, committed);
    r->quorum = sets_of(r, latest);
    r->latest = 0;
    r->members_count = 0;
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        r->members_count += r->progress[i].id != 0;
        if (config_has(latest, r->progress[i].id))
            r->latest |= (quorum_set)1 << i;
    }
}

static bool votes_in(struct quorum q, int slot)
{
    return slot >= 0 && (quorum_members(q) >> slot & 1) != 0;
}

bool member_may_campaign(const struct raft *r)
{
    int slot = member_slot(r, r->self);
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
    return quorum_vote(r->quorum, (quorum_set)1 << slot, 0) == QUORUM_WON;
}
