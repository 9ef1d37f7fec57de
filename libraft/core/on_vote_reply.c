/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to PreVote and RequestVote at the one who asked. */
#include "core/election.h"
#include "core/members.h"
#include "core/role.h"

/* Each voter counts once; grants and refusals alike. */
static void record(struct turn *t, const struct raft_message *m, int slot)
{
    struct raft *r = t->r;
    quorum_set bit = NODE_BIT(slot);
    if (((r->granted | r->denied) & bit) != 0 || r->progress[slot].regressed)
        return;
    enum raft_reason_code granted =
        r->role == RAFT_CANDIDATE ? RAFT_BECAUSE_VOTE_COUNTED : RAFT_BECAUSE_PRE_VOTE_COUNTED;
    turn_reason(t, m->granted ? granted : RAFT_BECAUSE_VOTE_DENIED, m->from, m->for_term, 0);
    if (m->granted)
        r->granted |= bit;
    else
        r->denied |= bit;
    count_votes(t);
}

/* Answers to the newest attempt count also when it has failed already: the voters that answer first
 * may be no quorum, again and again. A leader heard since makes them void. Returns whether that was
 * enough. */
static bool told_removed(struct turn *t, const struct raft_message *m, int slot)
{
    struct raft *r = t->r;
    if (m->granted || m->refusal != RAFT_REFUSED_REMOVED || slot < 0 || r->leader != 0)
        return false;
    r->removed |= NODE_BIT(slot);
    if (r->orphan || quorum_vote(r->quorum, r->removed, 0) != QUORUM_WON)
        return false;
    turn_reason(t, RAFT_BECAUSE_ORPHAN, 0, 0, 0);
    r->orphan = true;
    become_follower(t, 0);
    return true;
}

void on_pre_vote_reply(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    int slot = member_slot(r, m->from);
    if (m->nonce == r->nonce && told_removed(t, m, slot))
        return;
    if (r->role != RAFT_PRE_CANDIDATE || m->for_term != r->term + 1 || m->nonce != r->nonce) {
        turn_reason(t, RAFT_BECAUSE_NOT_AWAITED, m->from, 0, 0);
        return;
    }
    if (slot < 0) {
        turn_reason(t, RAFT_BECAUSE_STRANGER, m->from, 0, 0);
        return;
    }
    /* A refusal may tell of a higher term: taking it frees a node with a long log and an old term.
     * A grant never raises the term. */
    if (!m->granted && m->term > r->term) {
        turn_reason(t, RAFT_BECAUSE_TERM_ADOPTED, m->from, m->term, 0);
        adopt_term(t, m->term);
        return;
    }
    record(t, m, slot);
}

void on_request_vote_reply(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    int slot = member_slot(r, m->from);
    if (m->for_term == r->term && r->vote == r->self && told_removed(t, m, slot))
        return;
    if (r->role != RAFT_CANDIDATE || !r->campaign_announced) {
        turn_reason(t, RAFT_BECAUSE_NOT_AWAITED, m->from, 0, 0);
        return;
    }
    if (slot < 0) {
        turn_reason(t, RAFT_BECAUSE_STRANGER, m->from, 0, 0);
        return;
    }
    if (m->term > r->term) {
        turn_reason(t, RAFT_BECAUSE_TERM_ADOPTED, m->from, m->term, 0);
        adopt_term(t, m->term);
        return;
    }
    if (m->for_term != r->term) {
        turn_reason(t, RAFT_BECAUSE_STALE_REPLY, m->from, m->for_term, r->term);
        return;
    }
    record(t, m, slot);
}
