/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of one server: in every state, and between two looks at it. */
#include "core/members.h"
#include "core/state.h"

static const char *log_invariant(const struct raft *r)
{
    const struct trail *t = &r->trail;
    const struct raft_run *runs = raft_runs_const(r);
    if (t->base.index > r->commit)
        return "the base of the log lies above the commit index";
    if (t->base.index > r->image.pos.index)
        return "the log begins above the newest image";
    if (r->image.pos.index > r->commit)
        return "an image goes beyond the commit index";
    if (r->image.pos.index > r->durable && r->image.pos.index > r->owed.pos.index)
        return "an image goes beyond what is durable";
    if (r->image.pos.index >= t->base.index &&
        trail_term(t, runs, r->image.pos.index) != r->image.pos.term)
        return "the log has another entry at the image's position";
    if (r->receiving.pos.index != 0 && r->receiving.pos.index <= r->commit)
        return "an image is received that says nothing new";
    if (r->commit > t->last)
        return "the commit index lies beyond the log";
    if (r->durable > t->last)
        return "more is durable than the log holds";
    if (r->accepted > t->last)
        return "more was accepted than the log holds";
    if (trail_last(t, runs).term > r->term)
        return "the log holds an entry of a future term";
    if (t->count > 0 && runs[0].first != t->base.index + 1)
        return "the first run of terms does not follow the base";
    return NULL;
}

static const char *role_invariant(const struct raft *r)
{
    bool leader = r->role == RAFT_LEADER;
    if (leader != (r->leader == r->self))
        return "leader by role and leader by name differ";
    if (leader != (r->noop_index != 0))
        return "only a leader has a no-op of its term";
    bool hands_over =
        r->transfer.phase == TRANSFER_APPROACH || r->transfer.phase == TRANSFER_FROZEN;
    if (hands_over && !leader)
        return "only a leader hands leadership over";
    if (leader && r->vote != r->self)
        return "a leader has not voted for itself";
    if (leader && r->durable_term != r->term)
        return "a leader's term is not durable";
    if (r->role == RAFT_CANDIDATE && r->vote != r->self)
        return "a candidate has not voted for itself";
    if (r->role != RAFT_FOLLOWER && !leader && r->leader != 0)
        return "a candidate knows a leader";
    if ((r->granted & r->denied) != 0)
        return "a vote was both granted and denied";
    if (r->durable_term > r->term)
        return "the disk is ahead of the term";
    if (!leader && r->timer_at < r->hold_until)
        return "an election could begin before a promise not to vote ends";
    return NULL;
}

static const char *member_invariant(const struct raft *r, uint32_t slot)
{
    const struct progress *p = &r->progress[slot];
    if (p->id == 0 || p->id == r->self)
        return NULL;
    if (p->match >= p->next)
        return "match is not below next";
    if (p->next > r->trail.last + 1)
        return "next lies beyond the log";
    if (p->state != PROGRESS_REPLICATE && p->window_count != 0)
        return "a member that is not replicated to has appends in flight";
    if ((p->state == PROGRESS_SNAPSHOT) != (p->image.pos.index != 0))
        return "an image is named but not sent, or sent but not named";
    if (p->chunk_acked > p->chunk_next || p->chunk_next > p->image.bytes)
        return "the bytes of an image under way are out of order";
    if (p->image.pos.index > r->image.pos.index)
        return "an image is sent that is not here";
    if (p->window_count > r->limits.window_max)
        return "more appends in flight than the window allows";
    if (p->window_count == 0)
        return NULL;
    const uint64_t *window = raft_window_const(r, slot);
    uint64_t previous = p->match;
    for (uint32_t i = 0; i < p->window_count; i++) {
        uint64_t last = window[(p->window_head + i) % r->limits.window_max];
        if (last <= previous || last >= p->next)
            return "appends in flight do not rise between match and next";
        previous = last;
    }
    return NULL;
}

const char *raft_invariant(const struct raft *r)
{
    const char *broken = log_invariant(r);
    if (broken == NULL)
        broken = role_invariant(r);
    uint32_t end = r->role == RAFT_LEADER ? r->slots_end : 0;
    for (uint32_t i = 0; i < end && broken == NULL; i++)
        broken = member_invariant(r, i);
    if (broken == NULL && r->configs_count == 0)
        broken = "no configuration is in force";
    if (broken == NULL && r->config_indexes[r->configs_count - 1] > r->trail.last)
        broken = "the configuration in force is not in the log";
    return broken;
}

void raft_glance(const struct raft *r, struct raft_glance *ret)
{
    ret->term = r->term;
    ret->commit = r->commit;
    ret->base = r->trail.base.index;
    ret->image = r->image.pos.index;
    ret->last = r->trail.last;
    ret->hold_until = r->hold_until;
    ret->vote = r->vote;
    ret->leader = r->leader;
    ret->role = (enum raft_role)r->role;
    ret->slots_end = r->role == RAFT_LEADER ? r->slots_end : 0;
    for (uint32_t i = 0; i < ret->slots_end; i++) {
        /* One that lingers was removed, and may be back as a new member. */
        ret->members[i] = r->progress[i].linger_index == 0 ? r->progress[i].id : 0;
        ret->match[i] = r->progress[i].match;
    }
}

static const char *leader_since(const struct raft_glance *before, const struct raft *after)
{
    if (after->trail.last < before->last)
        return "a leader removed entries of its log";
    uint32_t end = before->slots_end < after->slots_end ? before->slots_end : after->slots_end;
    for (uint32_t i = 0; i < end; i++) {
        const struct progress *p = &after->progress[i];
        if (p->id != 0 && before->members[i] == p->id && !p->regressed &&
            p->match < before->match[i])
            return "a member's match index fell within a term";
    }
    return NULL;
}

const char *raft_invariant_since(const struct raft_glance *before, const struct raft *after)
{
    if (after->term < before->term)
        return "the term fell";
    if (after->commit < before->commit)
        return "the commit index fell";
    if (after->trail.base.index < before->base)
        return "the log grew at its beginning";
    if (after->image.pos.index < before->image)
        return "a newer image was forgotten";
    if (after->hold_until < before->hold_until)
        return "a promise not to vote was shortened";
    if (after->term != before->term)
        return NULL;
    if (before->vote != 0 && after->vote != before->vote)
        return "a vote was changed within a term";
    if (before->leader != 0 && after->leader != 0 && before->leader != after->leader)
        return "a term has two leaders";
    bool led = before->role == RAFT_LEADER && after->role == RAFT_LEADER;
    return led ? leader_since(before, after) : NULL;
}

const char *raft_invariant_delta(const struct raft *before, const struct raft *after)
{
    struct raft_glance glance;
    raft_glance(before, &glance);
    return raft_invariant_since(&glance, after);
}
