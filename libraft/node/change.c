/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT MEMBER ADD|PROMOTE|DEMOTE|REMOVE: membership changes on request, at the leader. Adding a
 * voter is two changes, as a learner first and as a voter once it has caught up (thesis 4.2.1). */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

/* A newcomer that has not caught up by then stays a learner. */
#define CHANGE_NS (60 * NS_PER_S)

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
    buf_reset(&n->change.payload);
    membership_encode(&n->change.payload, &m);
    return span_of(n->change.payload.data, n->change.payload.len);
}

static void answer(struct node *n, const char *error)
{
    struct request *r = n->change.request;
    n->change.phase = CHANGE_IDLE;
    n->change.request = NULL;
    n->change.newcomer = 0;
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
                     .change = {.config = &c->wanted.config, .expected = n->config_index}});
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
    if (a == RAFT_CHANGE_SAME && c->newcomer == 0)
        answer(n, NULL);
}

static bool committed(const struct node *n)
{
    uint64_t index;
    const struct raft_config *config = raft_config(n->raft, &index);
    return index >= n->change.index && index <= n->commit && !config->joint;
}

static void promote(struct node *n)
{
    struct member_change *c = &n->change;
    c->wanted = n->membership;
    c->wanted.shutdown = 0;
    for (uint32_t i = 0; i < c->wanted.config.count; i++) {
        if (c->wanted.config.members[i].id == c->newcomer)
            c->wanted.config.members[i].flags = RAFT_VOTER;
    }
    c->newcomer = 0;
    propose(n);
}

void change_advance(struct node *n)
{
    struct member_change *c = &n->change;
    struct raft_progress_view view;
    if (c->phase == CHANGE_IDLE)
        return;
    if (c->phase == CHANGE_COMMITTING && committed(n)) {
        if (c->newcomer == 0) {
            answer(n, NULL);
            return;
        }
        c->phase = CHANGE_CATCHING_UP;
    }
    if (n->role != RAFT_LEADER) {
        answer(n, "UNKNOWN leadership was lost on the way; look at the members");
        return;
    }
    if (n->now_ns >= c->deadline_ns) {
        answer(n, c->phase == CHANGE_CATCHING_UP
                      ? "TOOSLOW it is a learner now and has not caught up; promote it later"
                      : "UNKNOWN the change is not committed yet; look at the members");
        return;
    }
    if (c->phase == CHANGE_QUEUED && !labels_open(n)) {
        propose(n);
        return;
    }
    if (c->phase == CHANGE_CATCHING_UP && raft_progress_of(n->raft, c->newcomer, &view) &&
        view.caught_up)
        promote(n);
}

/* A word of the client as a C string, cut: too long ones are refused by their length. */
static void copy_word(char *out, size_t size, struct span word)
{
    (void)snprintf(out, size, "%.*s", word.len < size ? (int)word.len : (int)size - 1,
                   word.len == 0 ? "" : word.data);
}

static struct raft_member *member_of(struct membership *m, raft_id id)
{
    for (uint32_t i = 0; i < m->config.count; i++) {
        if (m->config.members[i].id == id)
            return &m->config.members[i];
    }
    return NULL;
}

static int want_added(struct membership *m, const struct node_peer *peer, struct err *e)
{
    const struct raft_member *already = member_of(m, node_id_of_name(peer->name));
    return already != NULL ? 0 : membership_add(m, peer, 0, e);
}

/* Builds what the command asks for. Returns 0 or -E_INVALID. */
static int want(struct node *n, const struct span *argv, size_t argc, struct err *e)
{
    struct member_change *c = &n->change;
    struct node_peer peer = {0};
    c->wanted = n->membership;
    c->wanted.shutdown = 0;
    c->newcomer = 0;
    if (argc < 2 || argv[1].len > LIMIT_NODE_NAME || (argc > 2 && argv[2].len > LIMIT_ADDRESS))
        return err_set(e, -E_INVALID,
                       "give MEMBER ADD NODE HOST:PORT [LEARNER], or PROMOTE, "
                       "DEMOTE NODE, or REMOVE NODE [SHUTDOWN]");
    copy_word(peer.name, sizeof(peer.name), argv[1]);
    raft_id id = node_id_of_name(peer.name);
    struct raft_member *m = member_of(&c->wanted, id);
    if (span_is_word(argv[0], "add") && argc >= 3) {
        copy_word(peer.address, sizeof(peer.address), argv[2]);
        bool learner = argc > 3 && span_is_word(argv[3], "learner");
        bool votes = m != NULL && (m->flags & RAFT_VOTER) != 0;
        c->newcomer = learner || votes ? 0 : id;
        return want_added(&c->wanted, &peer, e);
    }
    if (m == NULL)
        return err_set(e, -E_INVALID, "there is no member named %s", peer.name);
    if (span_is_word(argv[0], "promote"))
        m->flags = RAFT_VOTER;
    else if (span_is_word(argv[0], "demote"))
        m->flags = 0;
    else if (span_is_word(argv[0], "remove") && argc == 2)
        membership_remove(&c->wanted, id);
    else if (span_is_word(argv[0], "remove") && span_is_word(argv[2], "shutdown")) {
        membership_remove(&c->wanted, id);
        c->wanted.shutdown = id;
    } else
        return err_set(e, -E_INVALID,
                       "give MEMBER ADD NODE HOST:PORT [LEARNER], or PROMOTE, "
                       "DEMOTE NODE, or REMOVE NODE [SHUTDOWN]");
    return 0;
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

void change_request(struct node *n, struct request *r, const struct span *argv, size_t argc)
{
    struct err e = {0};
    if (n->raft == NULL || n->role != RAFT_LEADER) {
        respw_errorf(&r->reply, "NOTLEADER %s leads",
                     n->leader == 0 ? "nobody known" : node_name_of(n, n->leader));
        return;
    }
    if (n->change.phase != CHANGE_IDLE || n->membership.config.joint) {
        respw_error(&r->reply, "INPROGRESS another change is not committed yet; try again");
        return;
    }
    if (want(n, argv, argc, &e) < 0) {
        respw_errorf(&r->reply, "ERR %s", e.text);
        return;
    }
    if (n->change.wanted.config.count == 0) {
        respw_error(&r->reply, change_refusal(RAFT_CHANGE_LAST_VOTER));
        return;
    }
    n->change.request = r;
    n->change.deadline_ns = n->now_ns + CHANGE_NS;
    r->parked = true;
    propose(n);
    n->again = true;
}
