/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/dead.h"

#include <string.h>

/* Both ends of one message. */
struct ends {
    struct ex_memo *memo;
    const struct ex_cluster *c;
    const struct ex_message *m;
    const struct ex_row *to;
    const struct ex_row *from;
};

static struct ends ends_of(struct ex_memo *memo, const struct ex_cluster *c, uint32_t number)
{
    const struct ex_space *space = memo->turn.space;
    const struct ex_message *m = &ex_space_met(space, number)->message;
    return (struct ends){memo, c, m, ex_space_row(space, c->server[m->m.to - 1]),
                         ex_space_row(space, c->server[m->m.from - 1])};
}

/* Would its arrival leave the receiver as it is? ret: what it sends then, by number. */
static bool leaves_alone(const struct ends *e, uint32_t number, uint32_t ret_sent[EX_SENT],
                         uint32_t *ret_count)
{
    uint32_t server = e->c->server[e->m->m.to - 1];
    struct ex_event event = {.kind = EX_EVENT_DELIVER, .argument = number};
    struct ex_outcome o = ex_memo_take(e->memo, server, event);
    if ((o.flags & (EX_BEYOND | EX_BROKEN)) != 0 || o.server != server)
        return false;
    memcpy(ret_sent, ex_memo_sent(e->memo, &o), o.sent_count * sizeof(*ret_sent));
    *ret_count = o.sent_count;
    return true;
}

static bool does_nothing(const struct ends *e, uint32_t number)
{
    uint32_t sent[EX_SENT], count;
    return leaves_alone(e, number, sent, &count) && count == 0;
}

/* It stands in the term, and so does its disk: a crash takes it nowhere else. */
static bool settled(const struct ex_row *row, uint64_t term)
{
    return row->term == term && row->host.disk.term == term;
}

/* A server plays a role in a term only once: whoever has won, lost or left an election, or
 * leadership, is never again a candidate, or the leader, of that term. */
static bool plays(const struct ex_row *row, uint64_t term, enum raft_role role)
{
    return row->host.disk.term < term || (row->host.up && row->role == role && row->term == term);
}

/* Answers to a candidate: of one that is none any more they say nothing, but for a removal; and of
 * each voter the first one counts. */
static bool vote_reply(const struct ends *e, uint32_t number)
{
    uint64_t term = e->m->m.for_term;
    if (e->m->m.refusal == RAFT_REFUSED_REMOVED || e->m->m.term > e->to->host.disk.term)
        return false;
    if (!plays(e->to, term, RAFT_CANDIDATE))
        return true;
    return settled(e->to, term) && does_nothing(e, number);
}

/* Another one may make m's receiver, who leads, look for the log of m's sender anew: a mismatch
 * behind what is known to match, or an append that may meet with one. */
static bool throws_back(const struct raft_message *m, const struct raft_message *other,
                        uint64_t match)
{
    if (other->type == RAFT_APPEND)
        return other->from == m->to && other->to == m->from && other->term == m->for_term &&
               other->prev.index > match;
    return other->type == RAFT_APPEND_REPLY && other->from == m->from && other->to == m->to &&
           other->for_term == m->for_term && other->status != RAFT_APPEND_OK && other->at > match;
}

/* Nothing in flight does that. */
static bool stays_matched(const struct ends *e)
{
    const struct ex_space *space = e->memo->turn.space;
    const struct raft_message *m = &e->m->m;
    for (uint32_t i = 0; i < (uint32_t)e->c->count + e->c->strays; i++) {
        const struct ex_message *other = &ex_space_met(space, e->c->message[i])->message;
        if (throws_back(m, &other->m, e->to->match[m->from - 1]))
            return false;
    }
    return true;
}

/* Within bounds in which neither heartbeats, images, changes nor transfers make a leader look at a
 * member that it copies to in any other way than by what follows from the answers to appends; and
 * in which no time passes beside what happens to a server itself. */
static bool plain(const struct ex_bounds *b)
{
    return b->budget[EX_HEARD] == 0 && b->budget[EX_IMAGE] == 0 && b->budget[EX_CHANGE] == 0 &&
           b->budget[EX_TRANSFER] == 0 && !b->lease && b->learners == 0;
}

/* Answers to a leader: of one that leads no more they say nothing. An ok to what it knows already
 * makes one go on that is looking for the member's log; who copies to it, and never looks for it
 * again, hears nothing new. A mismatch at or below what matches is not believed. */
static bool append_reply(const struct ends *e, uint32_t number)
{
    const struct raft_message *m = &e->m->m;
    if (m->term > e->to->host.disk.term)
        return false;
    if (!plays(e->to, m->for_term, RAFT_LEADER))
        return true;
    if (m->type != RAFT_APPEND_REPLY || !plain(&e->memo->turn.space->bounds) ||
        !settled(e->to, m->for_term))
        return false;
    uint64_t match = e->to->match[m->from - 1];
    bool known = m->status == RAFT_APPEND_OK         ? m->match <= match
                 : m->status == RAFT_APPEND_MISMATCH ? m->at <= match
                                                     : false;
    return known && match > 0 && stays_matched(e) && does_nothing(e, number);
}

/* All that it makes its receiver send is void where it goes. */
static bool answers_are_dead(const struct ends *e, uint32_t number)
{
    uint32_t sent[EX_SENT], count;
    if (!leaves_alone(e, number, sent, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct ends answer = ends_of(e->memo, e->c, sent[i]);
        if (answer.m->m.type == RAFT_REQUEST_VOTE_REPLY ? !vote_reply(&answer, sent[i])
                                                        : !append_reply(&answer, sent[i]))
            return false;
    }
    return true;
}

/* The receiver may start again before it arrives: a crash loses what is in a queue. */
static bool may_forget(const struct ends *e, bool stray)
{
    return stray && e->c->left[EX_CRASH] > 0 && e->c->left[EX_RESTART] > 0;
}

/* A vote is given once in a term, so whoever is asked by another one refuses as long as the term
 * lasts. So does who gave it to this one and follows it since, until it starts again; which is
 * nothing to a leader. With one clock for all a question that comes when a hold is over says that
 * time has passed for everybody, and so it is never void. */
static bool vote_request(const struct ends *e, uint32_t number, bool stray)
{
    const struct raft_message *m = &e->m->m;
    const struct ex_bounds *b = &e->memo->turn.space->bounds;
    uint8_t vote = e->to->host.disk.vote;
    if (!settled(e->to, m->term) || e->to->host.writes > 0 || vote == 0 ||
        b->budget[EX_CHANGE] > 0 || b->lease)
        return false;
    bool follows = e->to->leader == m->from && !b->pre_vote && !may_forget(e, stray);
    if (vote == m->from && (!follows || plays(e->from, m->term, RAFT_CANDIDATE)))
        return false;
    return answers_are_dead(e, number);
}

/* What it brings is here, and its sender does not lead any more: one that does may learn from the
 * answer how much more is here by then. As long as the receiver does not start again it has heard
 * of the leader, too. */
static bool append(const struct ends *e, uint32_t number, bool stray)
{
    const struct raft_message *m = &e->m->m;
    uint64_t end = m->prev.index + m->entries_count;
    if (may_forget(e, stray) || !plain(&e->memo->turn.space->bounds) || !settled(e->to, m->term) ||
        e->to->host.writes > 0 || e->to->leader != m->from ||
        plays(e->from, m->term, RAFT_LEADER) || end > ex_log_last(&e->to->host.disk.log))
        return false;
    return answers_are_dead(e, number);
}

bool ex_message_is_dead(struct ex_memo *memo, const struct ex_cluster *c, uint32_t at)
{
    uint32_t number = c->message[at];
    struct ends e = ends_of(memo, c, number);
    if (!e.to->host.up)
        return false;
    switch ((enum raft_message_type)e.m->m.type) {
    case RAFT_REQUEST_VOTE_REPLY: return vote_reply(&e, number);
    case RAFT_APPEND_REPLY:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_INSTALL_SNAPSHOT_REPLY: return append_reply(&e, number);
    case RAFT_REQUEST_VOTE: return vote_request(&e, number, at >= c->count);
    case RAFT_APPEND: return append(&e, number, at >= c->count);
    case RAFT_PRE_VOTE:
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_HEARTBEAT:
    case RAFT_INSTALL_SNAPSHOT:
    case RAFT_TIMEOUT_NOW:
    case RAFT_READ_INDEX:
    case RAFT_READ_INDEX_REPLY:
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: return false;
    }
    return false;
}
