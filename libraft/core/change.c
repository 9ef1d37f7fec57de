/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/change.h"

#include "core/members.h"
#include "core/read.h"
#include "core/replicate.h"
#include "core/role.h"
#include "core/transfer.h"

static const struct raft_config *latest_config(const struct raft *r)
{
    return &r->configs[r->configs_count - 1];
}

static uint32_t flags_of(const struct raft_config *c, raft_id id)
{
    const struct raft_member *m = config_member(c, id);
    return m == NULL ? 0 : m->flags;
}

static bool same(const struct raft_config *a, const struct raft_config *b)
{
    bool equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && equal; i++) {
        const struct raft_member *m = config_member(b, a->members[i].id);
        equal =
            m != NULL && m->flags == a->members[i].flags && m->priority == a->members[i].priority;
    }
    return equal;
}

/* Somebody votes, and the witnesses alone are no majority: what only they hold would be lost. */
static bool voters_suffice(const struct raft_config *c)
{
    uint32_t voters = 0, witnesses = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        bool votes = (c->members[i].flags & RAFT_VOTER) != 0;
        voters += votes;
        witnesses += votes && (c->members[i].flags & RAFT_WITNESS) != 0;
    }
    return voters > 0 && witnesses <= (voters - 1) / 2;
}

/* A witness has no data to become anything else with. */
static bool roles_stay(const struct raft_config *a, const struct raft_config *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct raft_member *m = config_member(b, a->members[i].id);
        if (m != NULL && ((m->flags ^ a->members[i].flags) & RAFT_WITNESS) != 0)
            return false;
    }
    return true;
}

/* Voters that only one of the two has. */
static uint32_t voters_changed(const struct raft_config *a, const struct raft_config *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->members[i].flags & RAFT_VOTER)
            n += (flags_of(b, a->members[i].id) & RAFT_VOTER) == 0;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        if (b->members[i].flags & RAFT_VOTER)
            n += (flags_of(a, b->members[i].id) & RAFT_VOTER) == 0;
    }
    return n;
}

static bool heard_within(const struct raft *r, uint64_t now, raft_id id, uint64_t span_ns)
{
    int slot = member_slot(r, id);
    if (id == r->self)
        return true;
    return slot >= 0 && !r->progress[slot].regressed &&
           progress_heard(&r->progress[slot], now, span_ns);
}

static bool keeps_up(const struct raft *r, uint64_t now, const struct progress *p)
{
    bool late = p->match < p->catch_target && now - p->catch_began_ns >= r->timing.election_ns_min;
    return p->caught_up && !late;
}

/* A voter that lags would hold up every commit it is needed for (T 4.2.1). */
static bool newcomers_ready(const struct raft *r, uint64_t now, const struct raft_config *wanted)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        raft_id id = wanted->members[i].id;
        bool was = (flags_of(latest_config(r), id) & RAFT_VOTER) != 0;
        if ((wanted->members[i].flags & RAFT_VOTER) == 0 || was)
            continue;
        int slot = member_slot(r, id);
        if (slot < 0 || !config_has(latest_config(r), id))
            return false;
        if (!keeps_up(r, now, &r->progress[slot]) ||
            !heard_within(r, now, id, r->timing.election_ns_min))
            return false;
    }
    return true;
}

/* An entry that could not commit would block the leader for good. */
static bool quorum_heard(const struct raft *r, uint64_t now, const struct raft_config *c,
                         uint32_t half)
{
    uint32_t heard = 0, total = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if ((c->members[i].flags & half) == 0)
            continue;
        total++;
        heard += heard_within(r, now, c->members[i].id, r->timing.election_ns_max);
    }
    return total == 0 || heard >= quorum_majority(total);
}

/* Whether a slot is there for everybody of both. */
static bool both_fit(const struct raft_config *a, const struct raft_config *b)
{
    uint32_t n = a->count;
    for (uint32_t i = 0; i < b->count; i++)
        n += !config_has(a, b->members[i].id);
    return n <= LIMIT_MEMBERS;
}

/* May this leader change its membership to the one wanted? */
static enum raft_change_answer judge(const struct raft *r, uint64_t now,
                                     const struct raft_config *wanted, uint64_t expected,
                                     bool relabel)
{
    if (r->role != RAFT_LEADER)
        return RAFT_CHANGE_NOT_LEADER;
    /* Without an entry of its own term committed, a leader may not know of a change that another
     * one still has open: two changes could then have majorities that do not meet. */
    if (r->commit < r->noop_index || !members_settled(r) || transfer_frozen(r))
        return RAFT_CHANGE_IN_PROGRESS;
    if (expected != 0 && expected != r->config_indexes[r->configs_count - 1])
        return RAFT_CHANGE_CONFLICT;
    if (!relabel && same(wanted, latest_config(r)))
        return RAFT_CHANGE_SAME;
    if (!both_fit(latest_config(r), wanted))
        return RAFT_CHANGE_TOO_MANY;
    if (!voters_suffice(wanted))
        return RAFT_CHANGE_LAST_VOTER;
    if (!roles_stay(latest_config(r), wanted))
        return RAFT_CHANGE_OTHER_ROLE;
    return newcomers_ready(r, now, wanted) ? RAFT_CHANGE_ACCEPTED : RAFT_CHANGE_NOT_CAUGHT_UP;
}

/* C_old,new of T 4.3: everybody of both; decisions need a majority of each half. Precondition: both
 * fit. */
static struct raft_config make_joint(const struct raft_config *old,
                                     const struct raft_config *wanted)
{
    struct raft_config c = *wanted;
    c.joint = true;
    for (uint32_t i = 0; i < old->count; i++) {
        if ((old->members[i].flags & RAFT_VOTER) == 0)
            continue;
        uint32_t at = 0;
        while (at < c.count && c.members[at].id != old->members[i].id)
            at++;
        ASSERT(at < LIMIT_MEMBERS);
        if (at == c.count) {
            c.members[c.count] = old->members[i];
            c.members[c.count++].flags &= RAFT_WITNESS;
        } else if ((c.members[at].flags & RAFT_VOTER) == 0) {
            c.members[at].flags |= RAFT_LEARNER_NEXT;
        }
        c.members[at].flags |= RAFT_VOTER_OLD;
    }
    return c;
}

static void append_config(struct turn *t, const struct raft_config *config)
{
    struct raft *r = t->r;
    turn_append(t, 1, ENTRY_CONFIG);
    members_append(r, config, r->trail.last, t->now);
    turn_reason(t, RAFT_BECAUSE_CHANGE_APPENDED, 0, r->trail.last, 0);
    read_round_acked(t); /* who answered so far may be enough now, and nobody else may come */
}

/* The same; and if it is accepted, what is to be appended, and whether that could commit. */
static enum raft_change_answer weigh(const struct raft *r, uint64_t now,
                                     const struct raft_config *wanted, uint64_t expected,
                                     bool relabel, struct raft_config *ret_next)
{
    ASSERT(!wanted->joint && wanted->count > 0);
    enum raft_change_answer answer = judge(r, now, wanted, expected, relabel);
    if (answer != RAFT_CHANGE_ACCEPTED)
        return answer;
    *ret_next = *wanted;
    if (voters_changed(latest_config(r), wanted) > 1)
        *ret_next = make_joint(latest_config(r), wanted);
    bool heard = quorum_heard(r, now, ret_next, RAFT_VOTER) &&
                 quorum_heard(r, now, ret_next, RAFT_VOTER_OLD);
    return heard ? RAFT_CHANGE_ACCEPTED : RAFT_CHANGE_QUORUM_GUARD;
}

enum raft_change_answer raft_change_would(const struct raft *r, uint64_t now_ns,
                                          const struct raft_config *wanted, uint64_t expected,
                                          bool *ret_joint)
{
    struct raft_config next;
    *ret_joint = voters_changed(latest_config(r), wanted) > 1;
    return weigh(r, now_ns, wanted, expected, false, &next);
}

void on_change(struct turn *t, const struct raft_config *wanted, uint64_t expected, bool relabel)
{
    struct raft_config next;
    t->out->change = weigh(t->r, t->now, wanted, expected, relabel, &next);
    if (t->out->change != RAFT_CHANGE_ACCEPTED)
        return;
    append_config(t, &next);
    commit_by_counting(t);
    replicate_all(t);
}

/* C_new: the incoming half alone. */
static void leave_joint(struct turn *t)
{
    struct raft_config next = {0};
    const struct raft_config *joint = latest_config(t->r);
    for (uint32_t i = 0; i < joint->count; i++) {
        struct raft_member m = joint->members[i];
        bool leaves = (m.flags & ~RAFT_WITNESS) == RAFT_VOTER_OLD;
        m.flags &= RAFT_VOTER | RAFT_WITNESS;
        if (!leaves)
            next.members[next.count++] = m;
    }
    append_config(t, &next);
    turn_reason(t, RAFT_BECAUSE_JOINT_LEFT, 0, t->r->trail.last, 0);
    replicate_all(t);
}

/* "a leader that is removed … steps down once the C_new entry is committed" (T 4.2.2); the best
 * voter need not wait for a timeout. */
static void leave_office(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t index = r->config_indexes[r->configs_count - 1];
    raft_id heir = transfer_best_target(t);
    if (heir != 0 && r->progress[member_slot(r, heir)].match < index)
        heir = 0; /* it would not obey; whoever has the entry was not heard lately */
    turn_reason(t, RAFT_BECAUSE_REMOVED_SELF, heir, 0, 0);
    if (heir != 0) {
        struct raft_message m = {
            .type = RAFT_TIMEOUT_NOW,
            .to = heir,
            .last = {.term = trail_term(&r->trail, raft_runs(r), index), .index = index}};
        turn_send(t, &m);
    }
    become_follower(t, 0);
}

void change_committed(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER);
    uint32_t latest = r->configs_count - 1;
    if (r->commit < r->noop_index || r->config_indexes[latest] > r->commit)
        return;
    if (r->configs[latest].joint)
        leave_joint(t);
    else if ((flags_of(latest_config(r), r->self) & RAFT_VOTER) == 0)
        leave_office(t);
}

/* "If the last round lasts less than an election timeout, the leader adds the new server"
 * (T 4.2.1). A round that begins with nothing left to send is over at once. */
static void catch_up(struct turn *t, struct progress *p)
{
    struct raft *r = t->r;
    if (p->match < p->catch_target)
        return;
    bool before = p->caught_up;
    p->catch_rounds++;
    p->caught_up =
        t->now - p->catch_began_ns < r->timing.election_ns_min || p->match >= r->trail.last;
    p->catch_target = r->trail.last;
    p->catch_began_ns = t->now;
    if (p->caught_up && !before)
        turn_reason(t, RAFT_BECAUSE_CAUGHT_UP, p->id, 0, 0);
}

static void let_go(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    r->progress[slot] = (struct progress){0};
    members_sync(r, t->now);
}

void change_acked(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (!nodeset_has(r->quorum.now, slot))
        catch_up(t, p);
}

void change_heard(struct turn *t, uint32_t slot, uint64_t round)
{
    const struct progress *p = &t->r->progress[slot];
    if (p->linger_round != 0 && round >= p->linger_round)
        let_go(t, slot);
}

void change_timeout(struct turn *t)
{
    struct raft *r = t->r;
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        if (p->linger_index != 0 && t->now >= p->linger_until_ns)
            let_go(t, slot);
    }
}
