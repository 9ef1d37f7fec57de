/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PreVote and RequestVote at the one who is asked. T 3.4, 3.6.1, 4.2.3, 9.6. */
#include "core/members.h"
#include "core/role.h"

/* "If a server receives a RequestVote request within the minimum election timeout of hearing from
 * a current leader, it does not update its term or grant its vote." (T 4.2.3) Membership of the
 * asker is not looked at: this server may not know yet that it was added (T 4.1). */
static enum raft_refusal held(const struct turn *t)
{
    return t->now < held_until(t->r, t->now) ? RAFT_REFUSED_HELD : RAFT_REFUSED_NOT;
}

/* A member that does not know of its own removal would ask for ever. Only a committed removal is
 * told, and only to one whose log does not reach it: if it was added again it will hear from the
 * leader. T 4.2.3. */
static bool removed_unaware(const struct raft *r, const struct raft_message *m, uint64_t *ret_index)
{
    const struct raft_config *c = members_certain(r, ret_index);
    return *ret_index > m->last.index && !config_has(c, m->from);
}

static enum raft_refusal refuse(struct turn *t, const struct raft_message *m, enum raft_refusal why)
{
    uint64_t asked = m->type == RAFT_PRE_VOTE ? m->for_term : m->term;
    switch (why) {
    case RAFT_REFUSED_NOT:
    case RAFT_REFUSED_REMOVED: break;
    case RAFT_REFUSED_HELD: turn_reason(t, RAFT_BECAUSE_HELD, m->from, asked, 0); break;
    case RAFT_REFUSED_LOG:
        turn_reason(t, RAFT_BECAUSE_LOG_OLDER, m->from, m->last.index, t->r->trail.last);
        break;
    case RAFT_REFUSED_VOTED:
        turn_reason(t, RAFT_BECAUSE_ALREADY_VOTED, m->from, t->r->term, 0);
        break;
    case RAFT_REFUSED_TERM:
        turn_reason(t, RAFT_BECAUSE_STALE_TERM, m->from, asked, t->r->term);
        break;
    case RAFT_REFUSED_LEADER:
        turn_reason(t, RAFT_BECAUSE_LEADER_KNOWN, m->from, t->r->term, 0);
        break;
    case RAFT_REFUSED_DAMAGED: turn_reason(t, RAFT_BECAUSE_DAMAGED, m->from, asked, 0); break;
    }
    uint64_t index;
    if (why != RAFT_REFUSED_NOT && removed_unaware(t->r, m, &index)) {
        turn_reason(t, RAFT_BECAUSE_REMOVED, m->from, index, 0);
        return RAFT_REFUSED_REMOVED;
    }
    return why;
}

/* "...the voter denies its vote if its own log is more up-to-date than that of the candidate."
 * (T 3.6.1) */
static bool log_older(const struct raft *r, const struct raft_message *m)
{
    return raft_pos_compare(m->last, raft_last_pos(r)) < 0;
}

/* A damaged log cannot be compared with: whatever it lost may be missing in the asker's too. */
static enum raft_refusal judge_log(const struct raft *r, const struct raft_message *m)
{
    if (r->restoring != 0)
        return RAFT_REFUSED_DAMAGED;
    return log_older(r, m) ? RAFT_REFUSED_LOG : RAFT_REFUSED_NOT;
}

static enum raft_refusal judge_pre_vote(const struct turn *t, const struct raft_message *m)
{
    const struct raft *r = t->r;
    if (held(t) != RAFT_REFUSED_NOT)
        return RAFT_REFUSED_HELD;
    if (m->for_term < r->term)
        return RAFT_REFUSED_TERM;
    if (m->for_term == r->term && r->leader != 0)
        return RAFT_REFUSED_LEADER;
    if (m->for_term == r->term && r->vote != 0 && r->vote != m->from)
        return RAFT_REFUSED_VOTED;
    return judge_log(r, m);
}

/* A pre-vote changes no state and may be granted to many. */
void on_pre_vote(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    enum raft_refusal why = refuse(t, m, judge_pre_vote(t, m));
    if (why == RAFT_REFUSED_NOT)
        turn_reason(t, RAFT_BECAUSE_PRE_VOTE_GRANTED, m->from, m->for_term, 0);
    struct raft_message reply = {.type = RAFT_PRE_VOTE_REPLY,
                                 .to = m->from,
                                 .for_term = m->for_term,
                                 .nonce = m->nonce,
                                 .granted = why == RAFT_REFUSED_NOT,
                                 .refusal = why};
    if (r->durable_term == r->term)
        turn_send(t, &reply);
    else if (!r->held_vote.granted)
        r->held_vote = reply;
}

static enum raft_refusal judge_vote(const struct turn *t, const struct raft_message *m)
{
    const struct raft *r = t->r;
    ASSERT(m->term == r->term);
    if (r->vote != 0 && r->vote != m->from)
        return RAFT_REFUSED_VOTED;
    if (r->leader != 0)
        return RAFT_REFUSED_LEADER;
    return judge_log(r, m);
}

/* Sends the answer when the disk holds what it promises, at once or after the sync. */
static void answer(struct turn *t, const struct raft_message *m, enum raft_refusal why)
{
    struct raft *r = t->r;
    struct raft_message reply = {.type = RAFT_REQUEST_VOTE_REPLY,
                                 .to = m->from,
                                 .for_term = m->term,
                                 .granted = why == RAFT_REFUSED_NOT,
                                 .refusal = why};
    bool durable = reply.granted ? hard_state_durable(r) : r->durable_term == r->term;
    if (durable) {
        turn_send(t, &reply);
        return;
    }
    /* One slot: the newest answer, but nothing takes the place of a granted vote. */
    if (reply.granted || !r->held_vote.granted)
        r->held_vote = reply;
}

void on_request_vote(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    if (!m->transfer && held(t) != RAFT_REFUSED_NOT) {
        answer(t, m, refuse(t, m, RAFT_REFUSED_HELD));
        return;
    }
    if (m->term < r->term) {
        answer(t, m, refuse(t, m, RAFT_REFUSED_TERM));
        return;
    }
    if (m->term > r->term) {
        turn_reason(t, RAFT_BECAUSE_TERM_ADOPTED, m->from, m->term, 0);
        adopt_term(t, m->term);
    }
    /* Adopting the term and granting the vote are separate decisions. */
    enum raft_refusal why = refuse(t, m, judge_vote(t, m));
    if (why == RAFT_REFUSED_NOT) {
        turn_reason(t, RAFT_BECAUSE_VOTE_GRANTED, m->from, m->term, 0);
        set_vote(t, m->from);
        reset_timer(t);
    }
    answer(t, m, why);
}
