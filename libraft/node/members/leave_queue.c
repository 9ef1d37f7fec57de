/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members that want to leave, at the leader: one after the other, each once the one before is
 * committed, and not more than half of those there were lately. Many stopped at once would else
 * take the quorum along, or leave a single copy. */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_NS_DEFAULT (30 * NS_PER_S)

/* In longest election timeouts: who has not repeated its wish for so long is gone, or was told
 * something else by another leader; who was refused has had time to hear of it. */
#define FORGET_TIMEOUTS 4
#define HEARD_TIMEOUTS  2

/* ---- wishes ---- */

static struct leave_wish *wish_of(struct node *n, raft_id who)
{
    struct leave_queue *q = &n->leave_queue;
    for (size_t i = 0; i < q->count; i++) {
        if (q->wishes[i].who == who)
            return &q->wishes[i];
    }
    return NULL;
}

static void drop(struct leave_queue *q, size_t i)
{
    q->count--;
    memmove(&q->wishes[i], &q->wishes[i + 1], (q->count - i) * sizeof(q->wishes[i]));
}

/* Of another term nothing counts: who is still there asks the leader of this one. */
static void renew(struct node *n)
{
    struct leave_queue *q = &n->leave_queue;
    if (n->role == RAFT_LEADER && q->term == n->term)
        return;
    q->count = 0;
    q->term = n->term;
}

static void send_reply(struct node *n, const struct peer_leave *to, enum peer_leave_status status,
                       uint64_t config_index, const char *why)
{
    struct err e = {0};
    struct peer_leave_reply reply = {.link = n->link,
                                     .from = n->self,
                                     .to = to->from,
                                     .attempt = to->attempt,
                                     .term = to->term,
                                     .status = status,
                                     .config_index = config_index};
    (void)snprintf(reply.why, sizeof(reply.why), "%s", why);
    buf_reset(&n->frame);
    int code = peer_leave_reply_encode(&n->frame, &reply, &e);
    ASSERT(code == 0);
    (void)n->env.send(n->env.arg, to->from, n->frame.data, n->frame.len); /* lost: asked again */
}

static void refuse(struct node *n, struct leave_wish *w)
{
    char text[PEER_LEAVE_WHY_MAX + LIMIT_NODE_NAME + 32];
    w->refused = true;
    w->refused_ns = n->now_ns;
    (void)snprintf(text, sizeof(text), "%s stays a member: %s", node_name_of(n, w->who), w->why);
    journal_say(n, ENV_ABOUT_MEMBER, ENV_INFO, text);
    send_reply(n, &(struct peer_leave){.from = w->who, .attempt = w->attempt, .term = n->term},
               PEER_LEAVE_REFUSED, 0, w->why);
}

/* A wish arrived at the leader it is meant for. NULL: it need not wait here. */
static struct leave_wish *enqueue(struct node *n, const struct peer_leave *wish)
{
    struct leave_queue *q = &n->leave_queue;
    struct leave_wish *w = wish_of(n, wish->from);
    if (w != NULL && wish->attempt < w->attempt)
        return NULL; /* came late: given up since */
    if (w != NULL && wish->attempt > w->attempt) {
        drop(q, (size_t)(w - q->wishes)); /* a new attempt, at the end of the queue */
        w = NULL;
    }
    if (w != NULL) {
        w->asked_ns = n->now_ns;
        return w;
    }
    if (membership_find(&n->membership, wish->from) == NULL || q->count == LIMIT_MEMBERS)
        return NULL;
    w = &q->wishes[q->count++];
    *w = (struct leave_wish){.who = wish->from, .attempt = wish->attempt, .asked_ns = n->now_ns};
    n->again = true;
    return w;
}

/* Any member may say so, whoever leads: a committed configuration as new as the asker's is without
 * it. An older one might be from before it was added. */
static bool knows_removed(const struct node *n, const struct peer_leave *wish, uint64_t *ret_index)
{
    const struct raft_config *committed = raft_config_committed(n->raft, ret_index);
    if (committed == NULL || *ret_index < wish->config_index)
        return false;
    for (uint32_t i = 0; i < committed->count; i++) {
        if (committed->members[i].id == wish->from)
            return false;
    }
    return membership_find(&n->membership, wish->from) == NULL;
}

void leave_asked(struct node *n, const struct peer_leave *wish)
{
    uint64_t index = 0;
    renew(n);
    if (knows_removed(n, wish, &index)) {
        send_reply(n, wish, PEER_LEAVE_REMOVED, index, "");
        return;
    }
    if (n->role != RAFT_LEADER || wish->term != n->term) {
        send_reply(n, wish, PEER_LEAVE_NOT_LEADER, 0, "");
        return;
    }
    const struct leave_wish *w = enqueue(n, wish);
    bool refused = w != NULL && w->refused && w->attempt == wish->attempt;
    send_reply(n, wish, refused ? PEER_LEAVE_REFUSED : PEER_LEAVE_QUEUED, 0, refused ? w->why : "");
}

void leave_queue_peer_lost(struct node *n, raft_id peer)
{
    struct leave_wish *w = wish_of(n, peer);
    if (w != NULL)
        w->gone = w->refused || w->removed;
}

bool leave_change_open(const struct node *n)
{
    return n->config_index > n->commit || n->membership.config.joint;
}

static bool is_fresh(const struct node *n, const struct leave_wish *w)
{
    uint64_t heard_ns = HEARD_TIMEOUTS * n->options.timing.election_ns_max;
    return !w->refused || n->now_ns - w->refused_ns < heard_ns;
}

bool leave_queue_busy(const struct node *n)
{
    for (size_t i = 0; i < n->leave_queue.count; i++) {
        const struct leave_wish *w = &n->leave_queue.wishes[i];
        if (!w->gone && is_fresh(n, w))
            return true;
    }
    return false;
}

bool leave_wanted_by(const struct node *n, raft_id who)
{
    const struct leave_queue *q = &n->leave_queue;
    for (size_t i = 0; i < q->count && n->role == RAFT_LEADER && q->term == n->term; i++) {
        if (q->wishes[i].who == who)
            return is_fresh(n, &q->wishes[i]);
    }
    return false;
}

/* ---- judging ---- */

static bool is_voter(const struct node *n, raft_id who)
{
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        if (n->membership.config.members[i].id == who)
            return (n->membership.config.members[i].flags & RAFT_VOTER) != 0;
    }
    return false;
}

/* Half of the voters there were within the window stay, and one always; by the log clock, which is
 * the same for every leader and stands still while there is none. */
static bool too_many_left(const struct node *n, char why[PEER_LEAVE_WHY_MAX + 1])
{
    uint64_t window_ns =
        n->options.leave_window_ns == 0 ? WINDOW_NS_DEFAULT : n->options.leave_window_ns;
    uint64_t now = node_stamp(n);
    uint32_t most = voters_window_most(&n->voters, now > window_ns ? now - window_ns : 0);
    uint32_t after = voters_count(&n->membership.config) - 1;
    if (after >= (most + 1) / 2)
        return false;
    (void)snprintf(why, PEER_LEAVE_WHY_MAX + 1,
                   "LEAVELIMIT of %u voters within %llus at least %u must stay", most,
                   (unsigned long long)(window_ns / NS_PER_S), (most + 1) / 2);
    return true;
}

enum leave_verdict leave_judge(struct node *n, raft_id who, char ret_why[PEER_LEAVE_WHY_MAX + 1])
{
    if (leave_change_open(n) || !raft_term_committed(n->raft))
        return LEAVE_LATER;
    uint32_t voters = voters_count(&n->membership.config);
    if (is_voter(n, who) && voters > 1 && too_many_left(n, ret_why))
        return LEAVE_REFUSED;
    enum raft_change_answer answer = change_remove_leaver(n, who);
    switch (answer) {
    case RAFT_CHANGE_ACCEPTED: return LEAVE_BEGUN;
    case RAFT_CHANGE_NOT_ASKED:
    case RAFT_CHANGE_NOT_LEADER:
    case RAFT_CHANGE_IN_PROGRESS:
    case RAFT_CHANGE_CONFLICT:
    case RAFT_CHANGE_SAME:
    case RAFT_CHANGE_ANSWERS: return LEAVE_LATER;
    case RAFT_CHANGE_LAST_VOTER:
    case RAFT_CHANGE_NOT_CAUGHT_UP:
    case RAFT_CHANGE_TOO_MANY:
    case RAFT_CHANGE_OTHER_ROLE:
    case RAFT_CHANGE_QUORUM_GUARD: break;
    }
    (void)snprintf(ret_why, PEER_LEAVE_WHY_MAX + 1, "%s", change_refusal(answer));
    return LEAVE_REFUSED;
}

/* The removed stay in the list until they know of it: a leader that goes itself waits for that. */
static void forget(struct node *n)
{
    struct leave_queue *q = &n->leave_queue;
    uint64_t limit_ns = FORGET_TIMEOUTS * n->options.timing.election_ns_max;
    for (size_t i = q->count; i > 0; i--) {
        struct leave_wish *w = &q->wishes[i - 1];
        w->removed = membership_find(&n->membership, w->who) == NULL && !leave_change_open(n);
        bool silent = !w->refused && !w->removed && n->now_ns - w->asked_ns > limit_ns;
        if (silent || (w->removed && (w->gone || !raft_lingers(n->raft, w->who))))
            drop(q, i - 1);
    }
}

void leave_queue_advance(struct node *n)
{
    struct leave_queue *q = &n->leave_queue;
    renew(n);
    if (q->count == 0 || n->role != RAFT_LEADER)
        return;
    forget(n);
    for (size_t i = 0; i < q->count; i++) {
        struct leave_wish *w = &q->wishes[i];
        if (w->refused || w->removed)
            continue;
        if (leave_judge(n, w->who, w->why) != LEAVE_REFUSED)
            return; /* one after the other */
        refuse(n, w);
    }
}

/* ---- the next leader ---- */

static bool can_lead(const struct node *n, uint32_t i, struct raft_progress_view *ret_view)
{
    const struct raft_member *m = &n->membership.config.members[i];
    bool leads = (m->flags & RAFT_VOTER) != 0 && (m->flags & RAFT_WITNESS) == 0;
    if (m->id == n->self || !leads || leave_wanted_by(n, m->id))
        return false;
    return raft_progress_of(n->raft, m->id, ret_view) &&
           n->now_ns - ret_view->contact_ns < n->options.timing.election_ns_min;
}

bool leave_heir(const struct node *n, raft_id *ret)
{
    struct raft_progress_view view;
    uint64_t best = 0;
    raft_id heir = 0;
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        if (!can_lead(n, i, &view) || (heir != 0 && view.match <= best))
            continue;
        heir = n->membership.config.members[i].id;
        best = view.match;
    }
    *ret = n->leave_queue.count == 0 ? 0 : heir;
    return heir != 0;
}
