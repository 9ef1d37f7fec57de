/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT MEMBER: membership changes on request, at the leader. New voters come in two changes, as
 * learners first and as voters once they have caught up (thesis 4.2.1); who they replace goes with
 * the second one. */
#include "base/mem.h"
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

/* A change that is not committed by then may still be, unseen by whoever asked. */
#define CHANGE_NS (60 * NS_PER_S)

/* Newcomers are given up, and stay learners, after so many rounds that each took too long, or when
 * one has not moved for so long, or for as long as whoever asked said that he waits. */
#define ROUNDS_MAX     10
#define STILL_NS_MIN   (5 * NS_PER_S)
#define STILL_TIMEOUTS 10

struct span change_payload(struct node *n)
{
    struct membership m;
    uint64_t index;
    const struct raft_config *config = raft_config(n->raft, &index);
    membership_named(config, &n->membership, &n->change.wanted, &m);
    labels_fill(n, &m);
    m.shutdown = n->change.wanted.shutdown;
    if (m.shutdown == 0 && n->membership.config.joint)
        m.shutdown = n->membership.shutdown; /* begun by another leader */
    if (!m.config.joint && membership_find(&m, m.shutdown) != NULL)
        m.shutdown = 0; /* not the change that removes it */
    if (n->recovery.phase == RECOVERY_WRITING)
        m = n->recovery.after;
    buf_reset(&n->change.payload);
    membership_encode(&n->change.payload, &m);
    return span_of(n->change.payload.data, n->change.payload.len);
}

/* Of a change that had begun it is told how it ended, as of those that were made: whoever asked may
 * be gone. error: "CODE sentence". */
static void say_dropped(struct node *n, const char *error)
{
    char text[sizeof(((struct journal_line *)NULL)->text)];
    bool open = strncmp(error, "UNKNOWN ", strlen("UNKNOWN ")) == 0;
    (void)snprintf(text, sizeof(text), "change of members %s: %s: %s",
                   open ? "left open" : "not made", n->change.asked, strchr(error, ' ') + 1);
    journal_say(n, ENV_ABOUT_MEMBER, ENV_WARNING, text);
}

static void answer(struct node *n, const char *error)
{
    struct request *r = n->change.request;
    if (error != NULL && n->change.phase != CHANGE_IDLE)
        say_dropped(n, error);
    n->change.phase = CHANGE_IDLE;
    n->change.request = NULL;
    n->change.newcomers_count = 0;
    n->change.leavers_count = 0;
    n->change.wanted.shutdown = 0;
    if (r == NULL)
        return;
    if (error == NULL)
        respw_ok(&r->reply);
    else
        respw_error(&r->reply, error);
    requests_answer(n, r, PEER_OUTCOME_OK);
}

const char *change_refusal(enum raft_change_answer a)
{
    switch (a) {
    case RAFT_CHANGE_NOT_ASKED:
    case RAFT_CHANGE_ACCEPTED:
    case RAFT_CHANGE_SAME: return NULL;
    case RAFT_CHANGE_NOT_LEADER: return "NOTLEADER this node does not lead; ask the leader";
    case RAFT_CHANGE_IN_PROGRESS:
        return "INPROGRESS another change, or the leader's term, is not committed yet; try again";
    case RAFT_CHANGE_CONFLICT: return "CONFLICT the members changed meanwhile; look again";
    case RAFT_CHANGE_LAST_VOTER:
        return "LASTVOTER too few voters with data would be left: at least one, and more than the "
               "witnesses";
    case RAFT_CHANGE_TOO_MANY:
        return "TOOMANY members of now and then together are more than a cluster may have";
    case RAFT_CHANGE_OTHER_ROLE:
        return "ROLE a witness stays one, and so does a member with data: remove it, and let it "
               "come back with an empty data directory";
    case RAFT_CHANGE_NOT_CAUGHT_UP:
        return "NOTCAUGHTUP the learner has not caught up, or was not heard lately; try again";
    case RAFT_CHANGE_QUORUM_GUARD:
        return "QUORUMGUARD the voters heard lately are no quorum of the new members: the change "
               "could not commit";
    case RAFT_CHANGE_ANSWERS: break;
    }
    UNREACHABLE();
}

/* Hands the wanted membership to the core. */
static void propose(struct node *n)
{
    struct member_change *c = &n->change;
    node_step(n, &(struct raft_event){
                     .type = RAFT_CHANGE,
                     .now_ns = n->now_ns,
                     .change = {.config = &c->wanted.config,
                                .expected = c->expected == 0 ? n->config_index : c->expected}});
    enum raft_change_answer a = n->out->change;
    if (a == RAFT_CHANGE_IN_PROGRESS && labels_open(n)) {
        c->phase = CHANGE_QUEUED;
        return;
    }
    if (change_refusal(a) != NULL) {
        answer(n, change_refusal(a));
        return;
    }
    c->phase = CHANGE_COMMITTING;
    c->index = a == RAFT_CHANGE_ACCEPTED ? wal_last(n->wal).index : 0;
    c->expected = 0;
    c->deadline_ns = n->now_ns + CHANGE_NS;
    if (a == RAFT_CHANGE_SAME && c->newcomers_count == 0)
        answer(n, NULL);
}

static bool committed(const struct node *n)
{
    uint64_t index;
    const struct raft_config *config = raft_config(n->raft, &index);
    return index >= n->change.index && index <= n->commit && !config->joint;
}

void change_second(const struct membership *base, const struct member_change *c,
                   struct membership *ret)
{
    *ret = *base;
    ret->shutdown = 0;
    for (uint32_t i = 0; i < c->newcomers_count; i++) {
        struct raft_member *m = membership_member(ret, c->newcomers[i].id);
        if (m != NULL)
            m->flags |= RAFT_VOTER;
    }
    for (uint32_t i = 0; i < c->leavers_count; i++)
        membership_remove(ret, c->leavers[i]);
}

static void finish(struct node *n)
{
    struct member_change *c = &n->change;
    change_second(&n->membership, c, &c->wanted);
    c->newcomers_count = 0;
    c->leavers_count = 0;
    propose(n);
}

static void begin_waiting(struct node *n)
{
    struct member_change *c = &n->change;
    struct raft_progress_view view;
    c->phase = CHANGE_CATCHING_UP;
    c->waiting_since_ns = n->now_ns;
    for (uint32_t i = 0; i < c->newcomers_count; i++) {
        if (raft_progress_of(n->raft, c->newcomers[i].id, &view))
            c->newcomers[i].rounds = view.rounds;
    }
}

#define OVER_MAX 512

/* How long a newcomer may stand still: longer than usual only for somebody who waits so long. */
static uint64_t still_max_ns(const struct node *n)
{
    uint64_t usual = STILL_TIMEOUTS * n->options.timing.election_ns_max;
    usual = usual < STILL_NS_MIN ? STILL_NS_MIN : usual;
    const struct request *r = n->change.request;
    bool waits = r != NULL && r->client != NULL && !r->client->ended;
    bool longer = waits && n->change.patience_ns > usual;
    return longer ? n->change.patience_ns : usual;
}

/* Why a newcomer that stands still is given up: whoever asked can do something about it. */
static const char *still_because(const struct node *n, const struct node_peer *p, bool heard,
                                 uint64_t stood_ns, char over[OVER_MAX])
{
    const uint64_t grain_ns = 100 * NS_PER_MS;
    char room_of_fault[CONTACTS_FAULT_MAX];
    const char *fault = contacts_fault(n, p, room_of_fault);
    char within[UNITS_TEXT_MAX];
    int len = snprintf(over, OVER_MAX, "NOPROGRESS given up after %s: %s is a learner now, and ",
                       units_print_duration(stood_ns - stood_ns % grain_ns, within), p->name);
    size_t room = OVER_MAX - (size_t)len;
    if (heard)
        (void)snprintf(over + len, room,
                       "does not move: is it running, and does it reach this node? once it does, "
                       "say the same again");
    else if (fault != NULL)
        (void)snprintf(over + len, room,
                       "does not take part: %s; once that is mended, say the same again", fault);
    else
        (void)snprintf(over + len, room,
                       "has not answered at %s: start raftd there with --name %s --join %s, or "
                       "mend the way to it, and say the same again",
                       labels_address(n, p), p->name, n->options.peer_address);
    return over;
}

/* Why waiting is over, or NULL; whether all are ready, and until when the slowest may stand still.
 */
static const char *look_at_newcomers(const struct node *n, bool *ret_ready, uint64_t *ret_until_ns,
                                     char over[OVER_MAX])
{
    const struct member_change *c = &n->change;
    uint64_t still = still_max_ns(n);
    *ret_ready = true;
    *ret_until_ns = RAFT_NEVER;
    for (uint32_t i = 0; i < c->newcomers_count; i++) {
        struct raft_progress_view view;
        /* Who was removed is known for a while still: it has to be told. */
        const struct node_peer *p = membership_find(&n->membership, c->newcomers[i].id);
        if (p == NULL || !raft_progress_of(n->raft, c->newcomers[i].id, &view))
            return "CONFLICT a newcomer was removed meanwhile; look at the members";
        if (view.caught_up)
            continue;
        *ret_ready = false;
        if (view.rounds - c->newcomers[i].rounds >= ROUNDS_MAX)
            return "TOOSLOW the newcomer is a learner now, and writes come faster than it takes "
                   "them; say the same again later";
        uint64_t moved = view.moved_ns > c->waiting_since_ns ? view.moved_ns : c->waiting_since_ns;
        if (n->now_ns >= moved + still)
            return still_because(n, p, view.heard, n->now_ns - moved, over);
        if (moved + still < *ret_until_ns)
            *ret_until_ns = moved + still;
    }
    return NULL;
}

static void catch_up(struct node *n)
{
    bool ready;
    char text[OVER_MAX];
    const char *over = look_at_newcomers(n, &ready, &n->change.deadline_ns, text);
    if (over != NULL)
        answer(n, over);
    else if (ready)
        finish(n);
}

void change_advance(struct node *n)
{
    struct member_change *c = &n->change;
    if (c->phase == CHANGE_IDLE)
        return;
    if (c->phase == CHANGE_COMMITTING && committed(n)) {
        if (c->newcomers_count == 0) {
            answer(n, NULL);
            return;
        }
        begin_waiting(n);
    }
    if (n->role != RAFT_LEADER) {
        answer(n, "UNKNOWN leadership was lost on the way; look at the members, or say the same "
                  "again: it goes on from where it is");
        return;
    }
    if (c->phase == CHANGE_CATCHING_UP)
        catch_up(n);
    else if (n->now_ns >= c->deadline_ns)
        answer(n, "UNKNOWN the change is not committed yet; look at the members, or say the same "
                  "again: it goes on from where it is");
    else if (c->phase == CHANGE_QUEUED && !labels_open(n))
        propose(n);
}

enum raft_change_answer change_remove_leaver(struct node *n, raft_id who)
{
    struct membership wanted = n->membership;
    membership_remove(&wanted, who);
    if (wanted.config.count == 0)
        return RAFT_CHANGE_LAST_VOTER;
    node_step(
        n, &(struct raft_event){.type = RAFT_CHANGE,
                                .now_ns = n->now_ns,
                                .change = {.config = &wanted.config, .expected = n->config_index}});
    return n->out->change;
}

static const char *misunderstood(int code)
{
    return code == -E_LIMIT ? "TOOMANY" : code == -E_NOTFOUND ? "NOSUCHMEMBER" : "ERR";
}

bool change_understood(const struct node *n, const struct span *argv, size_t argc,
                       struct member_change *c, struct buf *reply)
{
    struct err e = {0};
    if (n->raft == NULL || n->role != RAFT_LEADER) {
        requests_say_leader(n, reply);
        return false;
    }
    if (n->change.phase != CHANGE_IDLE || n->membership.config.joint) {
        respw_error(reply, "INPROGRESS another change is not committed yet; try again");
        return false;
    }
    int code = change_want(&n->membership, argv, argc, c, &e);
    if (code < 0)
        respw_errorf(reply, "%s %s", misunderstood(code), e.text);
    else if (c->wanted.config.count == 0)
        respw_error(reply, change_refusal(RAFT_CHANGE_LAST_VOTER));
    return code == 0 && c->wanted.config.count > 0;
}

/* The words of a command that was understood; the first without regard to case. */
static void keep_asked(struct member_change *c, const struct span *argv)
{
    size_t len = 0;
    for (size_t i = 0; i < c->asked_words && len < sizeof(c->asked); i++)
        len += (size_t)snprintf(c->asked + len, sizeof(c->asked) - len, "%s%.*s", i > 0 ? " " : "",
                                (int)argv[i].len, argv[i].data);
    for (char *p = c->asked; *p >= 'A' && *p <= 'Z'; p++)
        *p += 'a' - 'A';
}

void change_request(struct node *n, struct request *r, const struct span *argv, size_t argc)
{
    if (argc > 0 && span_is_word(argv[0], "dryrun")) {
        change_preview(n, argv + 1, argc - 1, &r->reply);
        return;
    }
    if (!change_understood(n, argv, argc, &n->change, &r->reply))
        return;
    keep_asked(&n->change, argv);
    for (uint32_t i = 0; i < n->change.newcomers_count; i++) /* it may live elsewhere now */
        mem_free(idmap_take(&n->peer_faults, n->change.newcomers[i].id));
    n->change.asked_ns = n->now_ns;
    n->change.request = r;
    n->change.deadline_ns = n->now_ns + CHANGE_NS;
    r->parked = true;
    propose(n);
    n->again = true;
}
