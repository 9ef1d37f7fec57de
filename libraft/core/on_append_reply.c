/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to AppendEntries at the leader. T 3.5. */
#include "core/change.h"
#include "core/lease.h"
#include "core/members.h"
#include "core/office.h"
#include "core/replicate.h"
#include "core/role.h"
#include "core/transfer.h"

/* A member that starts again without something it acknowledged in this term has lost it: its disk
 * lies, or was set back, or was damaged. Nothing it says is counted until the next term; but its
 * log is led on from where it ends now, as a new member's is, so that one whose damage is known to
 * itself becomes whole again. One that does not know is told with a heartbeat (R-PERS-10), ahead of
 * the appends: once they have given it back what it lost, it could not learn it any more.
 * False: an answer of the start before, which speaks of what is gone. */
static bool regress(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct progress *p = &t->r->progress[slot];
    if (m->incarnation <= p->incarnation)
        return !p->regressed || m->incarnation == p->incarnation;
    p->incarnation = m->incarnation;
    if (m->last_index >= p->match)
        return true;
    turn_reason(t, RAFT_BECAUSE_REGRESSED, p->id, p->match, m->last_index);
    p->lost = p->match > p->lost ? p->match : p->lost;
    p->regressed = true;
    p->promise_ns = 0;
    p->match = 0;
    t->r->outlasts_ns = 0;
    progress_probe(p, m->last_index + 1);
    heartbeat_to(t, slot);
    lease_note(t);
    return true;
}

int awaited_from(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    int slot = member_slot(r, m->from);
    if (r->role != RAFT_LEADER) {
        turn_reason(t, RAFT_BECAUSE_NOT_AWAITED, m->from, 0, 0);
        return -1;
    }
    if (slot < 0) {
        turn_reason(t, RAFT_BECAUSE_STRANGER, m->from, 0, 0);
        return -1;
    }
    /* A removed member that campaigns on its own must not depose the leader that tells it. */
    if (m->term > r->term && r->progress[slot].linger_index != 0) {
        turn_reason(t, RAFT_BECAUSE_STRANGER, m->from, 0, 0);
        return -1;
    }
    if (m->term > r->term) {
        turn_reason(t, RAFT_BECAUSE_TERM_ADOPTED, m->from, m->term, 0);
        adopt_term(t, m->term);
        return -1;
    }
    /* An answer to an earlier term proves nothing now, even if this node led that term too. */
    if (m->for_term != r->term) {
        turn_reason(t, RAFT_BECAUSE_STALE_REPLY, m->from, m->for_term, r->term);
        return -1;
    }
    return regress(t, (uint32_t)slot, m) ? slot : -1;
}

static void on_ok(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    uint64_t before = p->match;
    if (m->match > r->trail.last)
        return; /* impossible from a correct member: believe nothing of it */
    if (progress_matched(p, raft_window(r, slot), r->limits.window_max, m->match, t->now)) {
        turn_reason(t, RAFT_BECAUSE_MATCHED, m->from, p->match, 0);
        if (!p->regressed)
            office_matched(t, p, before);
        commit_by_counting(t);
    }
    /* Our log begins there or before: no image is needed any more. */
    if (p->state == PROGRESS_SNAPSHOT && p->match >= r->trail.base.index)
        progress_probe(p, p->match + 1);
    if (r->role == RAFT_LEADER && !p->regressed)
        change_acked(t, slot);
}

/* Rejections of appends sent before the last one that counts say nothing new; one at or below
 * match contradicts what the member said before. */
static bool stale_mismatch(const struct progress *p, const struct raft_message *m)
{
    if (m->at <= p->match || p->state == PROGRESS_SNAPSHOT)
        return true;
    return p->state == PROGRESS_PROBE && m->at != p->next - 1;
}

/* The newest index at which both logs may still agree: never below match, and certain when both
 * have the hinted term there. */
static uint64_t next_probe(struct raft *r, const struct progress *p, const struct raft_message *m)
{
    const struct raft_run *runs = raft_runs(r);
    uint64_t j = trail_find(&r->trail, runs, m->hint_last, m->hint_term);
    uint64_t next;
    if (m->hint_last < r->trail.base.index)
        next = m->hint_last + 1; /* below our log: it needs a snapshot */
    else if (j == r->trail.base.index && r->trail.base.term > m->hint_term)
        next = j; /* another entry where our log begins: so does this */
    else if (j >= m->hint_first && trail_term(&r->trail, runs, j) == m->hint_term)
        next = j + 1;
    else if (j >= m->hint_first)
        next = m->hint_first;
    else
        next = j + 1;
    return next > p->match ? next : p->match + 1;
}

static void on_mismatch(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (stale_mismatch(p, m))
        return;
    uint64_t next = next_probe(r, p, m);
    if (p->state == PROGRESS_PROBE && next >= p->next)
        return; /* a true rejection leads further back: this one must not start a tight loop */
    turn_reason(t, RAFT_BECAUSE_PROBE, m->from, m->at, next);
    progress_probe(p, next);
}

static void on_busy(struct turn *t, struct progress *p)
{
    if (p->state == PROGRESS_SNAPSHOT)
        return; /* of an append before it */
    progress_probe(p, p->match + 1);
    p->paused = true;
    p->resend_ns = t->now + t->r->timing.heartbeat_ns;
}

void on_append_reply(struct turn *t, const struct raft_message *m)
{
    int found = awaited_from(t, m);
    if (found < 0)
        return;
    uint32_t slot = (uint32_t)found;
    struct progress *p = &t->r->progress[slot];
    uint64_t commit = t->r->commit, last = t->r->trail.last;
    if (m->status == RAFT_APPEND_BUSY)
        p->busy = true; /* until a heartbeat says otherwise: an ok may have brought nothing */
    switch ((enum raft_append_status)m->status) {
    case RAFT_APPEND_OK: on_ok(t, slot, m); break;
    case RAFT_APPEND_MISMATCH: on_mismatch(t, slot, m); break;
    case RAFT_APPEND_BUSY: on_busy(t, p); break;
    }
    /* That may have committed the configuration without us. */
    if (t->r->role != RAFT_LEADER)
        return;
    round_acked(t, slot, m->round, m->hold_ns);
    if (t->r->commit != commit || t->r->trail.last != last)
        replicate_all(t);
    else
        replicate_to(t, slot);
    transfer_advance(t);
}

/* Oldest append in flight longer than an election timeout, while the member answers rounds begun
 * after it left. If it still has not accepted it, the append was lost. If it has, either its disk
 * is slow or its ok was lost: an empty append at that index makes it say so again. */
static void window_stuck(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (p->state != PROGRESS_REPLICATE || p->window_count == 0)
        return;
    if (t->now - p->oldest_sent_ns <= r->timing.election_ns_min ||
        p->contact_ns <= p->oldest_sent_ns)
        return;
    uint64_t oldest = raft_window(r, slot)[p->window_head];
    if (m->match < oldest) {
        progress_probe(p, p->match + 1);
        return;
    }
    /* Our log may begin behind it by now. */
    ask_again(t, slot, oldest > r->trail.base.index ? oldest : r->trail.base.index);
    p->oldest_sent_ns = t->now;
}

void on_heartbeat_reply(struct turn *t, const struct raft_message *m)
{
    int found = awaited_from(t, m);
    if (found < 0)
        return;
    uint32_t slot = (uint32_t)found;
    t->r->progress[slot].busy = m->status == RAFT_APPEND_BUSY;
    round_acked(t, slot, m->round, m->hold_ns);
    window_stuck(t, slot, m);
    change_heard(t, slot, m->round);
    replicate_to(t, slot);
    transfer_advance(t);
}
