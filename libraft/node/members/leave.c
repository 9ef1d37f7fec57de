/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node on its way out of the cluster, or out of office. It hands leadership over, asks the leader
 * to remove it, and goes on voting and acknowledging until it knows that its removal is committed;
 * then its disk is marked as having left, and only then may the process end. A node that stopped
 * at any earlier moment could take the quorum along. */
#include "base/units.h"
#include "node/node_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LEAVE_NS_DEFAULT (10 * NS_PER_S)
/* Coming close to the target may take so long, in longest election timeouts. */
#define APPROACH_TIMEOUTS 2
/* A stop with hand-over as a whole: approach, freeze, and the election of the target. */
#define HAND_OVER_TIMEOUTS 4
/* Numbers of attempts of later lives are higher. */
#define LIFE_SHIFT 40

/* ---- how it ends ---- */

static void finish(struct node *n, enum node_parting state, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The sentence goes to the log and, behind its code, to whoever asked with RAFT LEAVE. */
static void finish(struct node *n, enum node_parting state, const char *fmt, ...)
{
    struct leave *l = &n->leave;
    struct request *r = l->request;
    char text[ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    journal_say(n, ENV_ABOUT_MEMBER, state == NODE_LEAVE_UNKNOWN ? ENV_WARNING : ENV_INFO, text);
    l->state = l->stops || state == NODE_LEFT ? state : NODE_STAYS;
    l->request = NULL;
    if (r == NULL)
        return;
    if (state == NODE_LEFT)
        respw_ok(&r->reply);
    else if (state == NODE_LEAVE_UNKNOWN)
        respw_errorf(&r->reply, "UNKNOWN %s", text);
    else
        respw_errorf(&r->reply, "%s",
                     strncmp(text, "still a member: ", 16) == 0 ? text + 16 : text);
    requests_answer(n, r, PEER_OUTCOME_OK);
}

static void stay(struct node *n, const char *why)
{
    finish(n, NODE_STOPS, "still a member: %s", why);
}

/* Durable before the process may end: a directory that left must not stand for election when it is
 * started again. */
static bool mark(struct node *n, bool left)
{
    struct err e = {0};
    struct identity id = n->store.identity;
    id.left = left;
    if (identity_write(&n->env.vfs, n->store.dir, &id, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
        return false;
    }
    n->store.identity = id;
    node_step(n, &(struct raft_event){.type = RAFT_LEFT, .now_ns = n->now_ns, .left = left});
    return !n->dead;
}

/* ---- what is known of it ---- */

/* Removed, and that is committed and known here: an entry that is only appended may be rolled back,
 * and the vote of this node be needed again. */
static bool is_removed(const struct node *n)
{
    uint64_t index;
    if (membership_find(&n->membership, n->self) != NULL)
        return false;
    const struct raft_config *committed = raft_config_committed(n->raft, &index);
    if (committed == NULL)
        return false;
    for (uint32_t i = 0; i < committed->count; i++) {
        if (committed->members[i].id == n->self)
            return false;
    }
    return true;
}

/* Whether a configuration names this node as the one it is: not yet known by its disk, or by this
 * one. */
static bool names_this_disk(const struct node *n, const struct node_peer *me)
{
    return me != NULL && (me->disk == 0 || me->disk == n->disk);
}

/* What the log says of another disk under this name is not said of this node. */
void leave_note_config(struct node *n, const struct entry *entry)
{
    struct leave *l = &n->leave;
    struct membership m;
    struct err e = {0};
    if (entry->kind != ENTRY_CONFIG)
        return;
    if (membership_decode(span_of(entry->payload, entry->len), &m, &e) < 0)
        return; /* looked at before it was taken; whoever uses it complains */
    voters_window_note(&n->voters, entry->index, entry->stamp, &m.config);
    const struct node_peer *me = membership_find(&m, n->self);
    bool member = names_this_disk(n, me);
    bool removed_before = me == NULL && entry->index <= l->history_index;
    if (me != NULL || removed_before)
        l->shutdown_index = 0;
    if (removed_before || (me != NULL && !member))
        l->member_index = 0;
    if (member && (l->member_index == 0 || entry->index < l->member_index))
        l->member_index = entry->index;
    if (m.shutdown == n->self && l->member_index != 0)
        l->shutdown_index = entry->index;
}

void leave_note_first(struct node *n, uint64_t commit)
{
    if (wal_last(n->wal).index == 0 && n->store.identity.restoring == 0)
        n->leave.history_index = commit;
}

void leave_note_image(struct node *n)
{
    struct span config = span_of(n->images.config.data, n->images.config.len);
    struct entry entry = {.index = n->images.config_index,
                          .kind = ENTRY_CONFIG,
                          .len = (uint32_t)config.len,
                          .payload = (const uint8_t *)config.data};
    leave_note_config(n, &entry);
}

void leave_note_cut(struct node *n, uint64_t index)
{
    voters_window_cut(&n->voters, index);
    if (n->leave.member_index >= index)
        n->leave.member_index = 0;
    if (n->leave.shutdown_index >= index)
        n->leave.shutdown_index = 0;
}

void leave_start(struct node *n)
{
    n->leave.marked_index = n->config_index;
    if (n->store.identity.left)
        journal_say(
            n, ENV_ABOUT_MEMBER, ENV_INFO,
            "this node left the cluster: an outsider until raftctl member add names it again; "
            "its term and vote are kept");
}

/* The mark goes before the entry that makes it a member again is durable, which is with the end of
 * this turn at the earliest: no crash leaves a member behind that never campaigns. */
static void come_back(struct node *n)
{
    if (!n->store.identity.left || n->leave.state == NODE_LEFT || n->leave.state == NODE_REMOVED)
        return;
    bool member = membership_find(&n->membership, n->self) != NULL;
    if (!member || n->config_index == n->leave.marked_index || !mark(n, false))
        return;
    journal_say(n, ENV_ABOUT_MEMBER, ENV_INFO, "a member of the cluster again");
}

/* ---- a leader's way out ---- */

static void begin_hand_over(struct node *n)
{
    struct leave *l = &n->leave;
    raft_id heir;
    if (n->transfers_count > 0)
        return; /* a client's is under way */
    if (!leave_heir(n, &heir)) {
        l->step = LEAVE_SELF;
        return;
    }
    l->news = RAFT_TRANSFER_NO_NEWS;
    uint64_t timeouts = l->only_hand_over ? 1 : APPROACH_TIMEOUTS;
    node_step(n, &(struct raft_event){
                     .type = RAFT_TRANSFER,
                     .now_ns = n->now_ns,
                     .transfer = {.target = heir,
                                  .limit_ns = timeouts * n->options.timing.election_ns_max}});
    switch (n->out->transfer) {
    case RAFT_TRANSFER_NO_NEWS: l->step = LEAVE_HANDING_OVER; return;
    case RAFT_TRANSFER_NOT_READY:
    case RAFT_TRANSFER_IN_PROGRESS: return; /* tried again soon */
    case RAFT_TRANSFER_DONE:
    case RAFT_TRANSFER_CHANGED:
    case RAFT_TRANSFER_NOT_LEADER: return; /* no leader any more */
    case RAFT_TRANSFER_TIMEOUT:
    case RAFT_TRANSFER_NO_TARGET: l->step = LEAVE_SELF; return;
    case RAFT_TRANSFER_NEWS: break;
    }
    UNREACHABLE();
}

/* Others that asked go first: whoever leads decides about them. Those removed have to hear of it,
 * and those refused of that. */
static bool others_first(const struct node *n)
{
    return leave_change_open(n) || leave_queue_busy(n);
}

static void remove_self(struct node *n)
{
    char why[PEER_LEAVE_WHY_MAX + 1];
    switch (leave_judge(n, n->self, why)) {
    case LEAVE_LATER: return;
    case LEAVE_BEGUN: n->leave.step = LEAVE_GOING; return;
    case LEAVE_REFUSED: stay(n, why); return;
    }
}

static void lead_out(struct node *n)
{
    struct leave *l = &n->leave;
    if (l->step == LEAVE_WAITING && raft_term_committed(n->raft) &&
        (l->only_hand_over || !others_first(n)))
        begin_hand_over(n);
    if (l->step == LEAVE_HANDING_OVER && n->role == RAFT_LEADER && l->news != RAFT_TRANSFER_NO_NEWS)
        l->step = LEAVE_SELF;
    if (l->step == LEAVE_SELF && l->only_hand_over)
        finish(n, NODE_STOPS, "still a member: nobody took leadership over in time");
    else if (l->step == LEAVE_SELF && n->role == RAFT_LEADER && !others_first(n))
        remove_self(n);
}

/* Stopping with hand-over, once this node leads no more. */
static void follow_out(struct node *n)
{
    const struct leave *l = &n->leave;
    bool waits = l->step == LEAVE_HANDING_OVER && l->news == RAFT_TRANSFER_NO_NEWS;
    if (waits)
        return; /* its vote may be needed for the target */
    if (l->step == LEAVE_HANDING_OVER && n->leader != 0)
        finish(n, NODE_STOPS, "still a member: %s leads now", node_name_of(n, n->leader));
    else
        stay(n, "there was no leadership to hand over");
}

void leave_transfer_news(struct node *n)
{
    if (n->out->transfer >= RAFT_TRANSFER_DONE && n->out->transfer <= RAFT_TRANSFER_TIMEOUT)
        n->leave.news = n->out->transfer;
}

/* ---- everybody else's ---- */

static void ask(struct node *n, raft_id whom)
{
    struct err e = {0};
    struct peer_leave wish = {.link = n->link,
                              .from = n->self,
                              .to = whom,
                              .attempt = n->leave.attempt,
                              .term = n->term,
                              .config_index = n->config_index};
    buf_reset(&n->frame);
    int code = peer_leave_encode(&n->frame, &wish, &e);
    ASSERT(code == 0);
    (void)n->env.send(n->env.arg, whom, n->frame.data, n->frame.len); /* asked again */
}

/* The leader; everybody while none is known: somebody may know that we were removed. */
static void ask_out(struct node *n)
{
    struct leave *l = &n->leave;
    bool news = l->asked != n->leader || l->asked_term != n->term;
    if (!news && n->now_ns < l->resend_ns)
        return;
    l->asked = n->leader;
    l->asked_term = n->term;
    l->resend_ns = n->now_ns + n->options.timing.heartbeat_ns;
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        raft_id id = n->membership.config.members[i].id;
        if (id != n->self && (n->leader == 0 || id == n->leader))
            ask(n, id);
    }
}

void leave_answered(struct node *n, const struct peer_leave_reply *reply)
{
    struct leave *l = &n->leave;
    if (l->state != NODE_PARTING || l->only_hand_over || reply->attempt != l->attempt)
        return;
    if (reply->status == PEER_LEAVE_REMOVED && reply->config_index >= n->config_index) {
        l->told_removed = true;
        n->again = true;
    }
    /* A refusal is final in its term; a leader of a later one may have been asked meanwhile. */
    if (reply->status == PEER_LEAVE_REFUSED && reply->term == n->term && l->asked_term == n->term &&
        n->role != RAFT_LEADER)
        stay(n, reply->why);
}

/* ---- begin and turn ---- */

static void begin(struct node *n, bool only_hand_over)
{
    struct leave *l = &n->leave;
    uint64_t timeout_ns =
        n->options.leave_timeout_ns == 0 ? LEAVE_NS_DEFAULT : n->options.leave_timeout_ns;
    if (only_hand_over)
        timeout_ns = HAND_OVER_TIMEOUTS * n->options.timing.election_ns_max;
    l->state = NODE_PARTING;
    l->only_hand_over = only_hand_over;
    l->attempt = n->store.identity.incarnation << LIFE_SHIFT | ++l->attempts;
    l->deadline_ns = n->now_ns + timeout_ns;
    l->resend_ns = 0;
    l->step = LEAVE_WAITING;
    l->told_removed = false;
    n->again = true;
    journal_say(n, ENV_ABOUT_MEMBER, ENV_INFO,
                only_hand_over ? "hands leadership over before it stops" : "leaving the cluster");
}

static void stop_with(struct node *n, uint64_t now_ns, bool only_hand_over)
{
    n->now_ns = now_ns;
    n->leave.stops = true;
    if (n->dead || n->leave.state != NODE_STAYS)
        return;
    if (n->raft == NULL)
        stay(n, "it had not started yet");
    else
        begin(n, only_hand_over);
}

void node_leave(struct node *node, uint64_t now_ns)
{
    stop_with(node, now_ns, false);
}

void node_hand_over(struct node *node, uint64_t now_ns)
{
    stop_with(node, now_ns, true);
}

void leave_request(struct node *n, struct request *r)
{
    if (n->raft == NULL) {
        respw_error(&r->reply, "NOLEADER the node is starting; try again");
        return;
    }
    if (n->leave.state != NODE_STAYS) {
        respw_error(&r->reply, "INPROGRESS this node is leaving already");
        return;
    }
    r->parked = true;
    n->leave.request = r;
    begin(n, false);
}

enum node_parting node_parting(const struct node *node)
{
    return node->leave.state;
}

int node_parting_exit(enum node_parting parting)
{
    switch (parting) {
    case NODE_STAYS:
    case NODE_LEFT:
    case NODE_STOPS: return 0;
    case NODE_PARTING:
    case NODE_LEAVE_UNKNOWN: return NODE_EXIT_UNCONFIRMED;
    case NODE_REMOVED: return NODE_EXIT_REMOVED;
    }
    UNREACHABLE();
}

/* Whoever was removed by somebody else stays as an outsider, unless it was told to stop. */
static void removed_by_others(struct node *n)
{
    uint64_t index = 0;
    (void)raft_config_committed(n->raft, &index);
    bool told = n->leave.shutdown_index != 0 && n->leave.shutdown_index <= index;
    bool member = n->leave.member_index != 0 && n->leave.member_index < index;
    bool asked = member && n->options.shutdown_on_remove;
    if (n->store.identity.left || (!told && !asked))
        return;
    if (!mark(n, true))
        return;
    n->leave.state = NODE_REMOVED;
    journal_say(n, ENV_ABOUT_MEMBER, ENV_WARNING, "removed from the cluster: stops");
}

static void part(struct node *n)
{
    struct leave *l = &n->leave;
    if (n->now_ns >= l->deadline_ns) {
        if (l->only_hand_over)
            stay(n, "nobody took leadership over in time");
        else
            finish(n, NODE_LEAVE_UNKNOWN,
                   "leaving was not confirmed in time: outcome unknown, look at the members");
    } else if (n->role == RAFT_LEADER) {
        lead_out(n);
    } else if (l->only_hand_over) {
        follow_out(n);
    } else if (n->config_index == 0) {
        finish(n, NODE_STOPS, "no member of a cluster: there is nothing to leave");
    } else {
        l->step = LEAVE_WAITING;
        ask_out(n);
    }
}

void leave_advance(struct node *n)
{
    struct leave *l = &n->leave;
    if (n->raft == NULL)
        return;
    come_back(n);
    bool removed = is_removed(n) || raft_orphan(n->raft);
    bool leaves = l->state == NODE_PARTING && !l->only_hand_over;
    if (leaves && (removed || l->told_removed || n->store.identity.left)) {
        if (n->store.identity.left || mark(n, true))
            finish(n, NODE_LEFT, "left the cluster: its removal is committed");
    } else if (removed && (l->state == NODE_STAYS || l->state == NODE_PARTING)) {
        removed_by_others(n);
    }
    if (!n->dead && l->state == NODE_PARTING)
        part(n);
}

uint64_t leave_wake(const struct node *n)
{
    const struct leave *l = &n->leave;
    uint64_t wake = l->deadline_ns;
    if (l->state != NODE_PARTING)
        return RAFT_NEVER;
    if (n->role == RAFT_LEADER && l->step != LEAVE_GOING) /* nothing else may wake an only voter */
        return n->now_ns + n->options.timing.heartbeat_ns;
    if (n->role != RAFT_LEADER && !l->only_hand_over && l->resend_ns < wake)
        wake = l->resend_ns;
    return wake;
}
