/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AppendEntries at the follower. T 3.5, P fig. 2. */
#include "core/members.h"
#include "core/replicate.h"
#include "core/restore.h"
#include "core/role.h"

/* Sends an answer of the current term, or keeps the newest until the term is durable. */
static void answer(struct turn *t, const struct raft_message *reply)
{
    if (t->r->durable_term == t->r->term)
        turn_send(t, reply);
    else
        t->r->held_append = *reply;
}

static struct raft_message reply_to(const struct turn *t, const struct raft_message *m,
                                    enum raft_append_status status)
{
    return (struct raft_message){.type = RAFT_APPEND_REPLY,
                                 .to = m->from,
                                 .for_term = m->term,
                                 .round = m->round,
                                 .status = status,
                                 .last_index = t->r->trail.last,
                                 .hold_ns = t->r->timing.election_ns_min};
}

/* Where the leader may look next: our newest entry that its log could still contain, and the run
 * of equal terms around it, so that it skips whole terms (T 3.5). */
static void answer_mismatch(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    const struct raft_run *runs = raft_runs(r);
    uint64_t upto = m->prev.index < r->trail.last ? m->prev.index : r->trail.last;
    uint64_t x = trail_find(&r->trail, runs, upto, m->prev.term);
    struct raft_message reply = reply_to(t, m, RAFT_APPEND_MISMATCH);
    reply.at = m->prev.index;
    reply.hint_last = x;
    reply.hint_term = trail_term(&r->trail, runs, x);
    reply.hint_first = trail_run_first(&r->trail, runs, x);
    turn_reason(t, RAFT_BECAUSE_MISMATCH, m->from, m->prev.index, x);
    answer(t, &reply);
}

/* How many of the entries lead the log on as it is: committed, or of the same term here. */
static uint32_t already_here(const struct raft *r, const struct raft_message *m,
                             const struct raft_entry_info *entries)
{
    uint32_t i = 0;
    for (; i < m->entries_count; i++) {
        uint64_t index = m->prev.index + 1 + i;
        if (index <= r->commit)
            continue;
        if (index > r->trail.last ||
            trail_term(&r->trail, raft_runs_const(r), index) != entries[i].term)
            break;
    }
    return i;
}

/* Room in the log of terms for the entries from number `from` on, after those of ours that they
 * replace are gone. */
static bool room_for(const struct raft *r, const struct raft_message *m,
                     const struct raft_entry_info *entries, uint32_t from)
{
    if (from == m->entries_count)
        return true;
    uint64_t kept = m->prev.index + from;
    uint32_t runs = trail_runs_upto(&r->trail, raft_runs_const(r), kept);
    uint64_t term = trail_term(&r->trail, raft_runs_const(r), kept);
    for (uint32_t i = from; i < m->entries_count; i++) {
        runs += entries[i].term != term;
        term = entries[i].term;
    }
    return runs <= r->trail.cap;
}

/* Removes our entries from index on: the leader of this term has another one there. */
static void truncate_from(struct turn *t, const struct raft_message *m, uint64_t index)
{
    struct raft *r = t->r;
    turn_reason(t, RAFT_BECAUSE_TRUNCATED, m->from, index, r->trail.last);
    ASSERT(index > r->commit); /* committed entries are never removed */
    trail_truncate(&r->trail, raft_runs(r), index);
    members_truncate(r, index, t->now);
    if (r->durable >= index)
        r->durable = index - 1;
    r->truncations++;
    t->out->truncate_from = index;
}

/* "If an existing entry conflicts with a new one (same index but different terms), delete the
 * existing entry and all that follow it. Append any new entries not already in the log." (P fig. 2)
 * Equal entries stay, and so does what lies behind the end of an old, reordered message. */
static void store(struct turn *t, const struct raft_message *m,
                  const struct raft_entry_info *entries, uint32_t from)
{
    struct raft *r = t->r;
    uint64_t first = m->prev.index + 1 + from, to = m->prev.index + m->entries_count;
    if (from == m->entries_count) {
        turn_reason(t, RAFT_BECAUSE_APPEND_HELD, m->from, to, 0);
        return;
    }
    if (first <= r->trail.last)
        truncate_from(t, m, first);
    for (uint32_t i = from; i < m->entries_count; i++) {
        trail_append(&r->trail, raft_runs(r), entries[i].term);
        if (entries[i].config != NULL)
            members_append(r, entries[i].config, r->trail.last, t->now);
    }
    ASSERT(r->trail.last == to);
    t->out->append_from = first;
    t->out->append_to = to;
    turn_reason(t, RAFT_BECAUSE_APPENDED, m->from, first, to);
}

/* An ok speaks only of what is durable here; the rest is owed until the disk has it. */
static void acknowledge(struct turn *t, const struct raft_message *m, uint64_t match)
{
    struct raft *r = t->r;
    if (m->round > r->ack_round)
        r->ack_round = m->round;
    r->ack_pending = r->accepted > r->durable || r->durable_term != r->term;
    if (r->durable < match || r->durable_term != r->term)
        return;
    struct raft_message reply = reply_to(t, m, RAFT_APPEND_OK);
    reply.match = match;
    turn_send(t, &reply);
}

static void answer_busy(struct turn *t, const struct raft_message *m)
{
    struct raft_message reply = reply_to(t, m, RAFT_APPEND_BUSY);
    answer(t, &reply);
}

/* Precondition: the previous entries agree. */
static void accept(struct turn *t, const struct raft_message *m,
                   const struct raft_entry_info *entries)
{
    struct raft *r = t->r;
    uint32_t from = already_here(r, m, entries);
    if (!room_for(r, m, entries, from)) {
        turn_reason(t, RAFT_BECAUSE_LOG_FULL, m->from, 0, 0);
        answer_busy(t, m);
        return;
    }
    store(t, m, entries, from);
    uint64_t match = m->prev.index + m->entries_count;
    if (match > r->accepted)
        r->accepted = match;
    /* Only what this message verified is known to be the leader's. */
    uint64_t commit = m->commit < match ? m->commit : match;
    if (commit > r->commit) {
        turn_reason(t, RAFT_BECAUSE_COMMIT_LEARNED, m->from, commit, 0);
        commit_to(t, commit);
    }
    acknowledge(t, m, match);
}

static bool is_small(const struct raft_entry_info *entry)
{
    return entry->kind == ENTRY_NOOP || entry->kind == ENTRY_CONFIG;
}

/* With a full disk: what is here already is confirmed as ever, so that it can be counted, and what
 * the cluster itself needs finds room in what was reserved: without a no-op no new leader could
 * serve even reads. A plain ok to a message that brings nothing but data would ask for it again at
 * once. */
static void accept_without_space(struct turn *t, const struct raft_message *m,
                                 const struct raft_entry_info *entries)
{
    struct raft_message held = *m;
    held.entries_count = already_here(t->r, m, entries);
    while (held.entries_count < m->entries_count && is_small(&entries[held.entries_count]))
        held.entries_count++;
    if (m->entries_count > 0 && held.entries_count == 0) {
        turn_reason(t, RAFT_BECAUSE_NO_SPACE, m->from, m->prev.index + 1, 0);
        answer_busy(t, m);
        return;
    }
    accept(t, &held, entries);
}

/* "if a log entry is committed in a given term, then that entry will be present in the logs of the
 * leaders for all higher-numbered terms" (T 3.6.3), and a leader never changes what it sent before
 * (T 3.5). One that does either must not be obeyed. */
static bool contradicts(const struct raft *r, const struct raft_message *m,
                        const struct raft_entry_info *entries)
{
    const struct raft_run *runs = raft_runs_const(r);
    uint64_t certain = certain_index(r);
    uint64_t index = m->prev.index;
    if (index >= r->trail.base.index && index <= certain &&
        trail_term(&r->trail, runs, index) != m->prev.term)
        return true;
    for (uint32_t i = 0; i < m->entries_count && ++index <= certain; i++) {
        if (index >= r->trail.base.index && trail_term(&r->trail, runs, index) != entries[i].term)
            return true;
    }
    return false;
}

void on_append_request(struct turn *t, const struct raft_message *m,
                       const struct raft_entry_info *entries)
{
    struct raft *r = t->r;
    ASSERT(m->entries_count == 0 || entries != NULL);
    if (!leader_heard(t, m))
        return;
    restore_met(r, m->commit);
    if (contradicts(r, m, entries)) {
        t->out->fatal = RAFT_FATAL_OVERWRITE;
        return;
    }
    /* Committed entries are in the leader's log: an older previous entry agrees by that. */
    bool agrees = m->prev.index <= r->commit ||
                  (m->prev.index <= r->trail.last &&
                   trail_term(&r->trail, raft_runs(r), m->prev.index) == m->prev.term);
    if (!agrees) {
        answer_mismatch(t, m);
        return;
    }
    if (m->prev.index + m->entries_count < r->commit) {
        struct raft_message old = *m; /* wholly behind: only says how far we are */
        old.entries_count = 0;
        old.prev.index = r->commit;
        accept(t, &old, NULL);
        return;
    }
    if (t->no_space)
        accept_without_space(t, m, entries);
    else
        accept(t, m, entries);
}
