/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What RAFT MEMBER asks for: the words of the command as the membership wanted first, who is to
 * vote once it has caught up, and who goes then. */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "give MEMBER ADD NODE HOST:PORT [LEARNER] [WITNESS] [PRIORITY 0..255], PROMOTE NODE, DEMOTE "
    "NODE, REMOVE NODE [SHUTDOWN], REPLACE OLD NEW HOST:PORT, PRIORITY NODE 0..255 or CHANGE "
    "NODE=HOST:PORT,...; at the end EXPECT INDEX if it is meant for that configuration only, "
    "and WITHIN MILLISECONDS for how long a newcomer may stand still; before all that DRYRUN to be "
    "told what it would do";

/* Other changes wait as long: a day. */
#define PATIENCE_MS_MAX (24 * 60 * 60 * 1000u)

/* The words that are left. */
struct words {
    const struct span *argv;
    size_t argc;
};

static bool take(struct words *w, const char *word)
{
    if (w->argc == 0 || !span_is_word(w->argv[0], word))
        return false;
    w->argv++;
    w->argc--;
    return true;
}

/* The next word as a C string: -E_INVALID if there is none or it does not fit. */
static int next(struct words *w, char *out, size_t size, struct err *e)
{
    if (w->argc == 0)
        return err_set(e, -E_INVALID, "%s", usage);
    struct span word = w->argv[0];
    if (word.len == 0 || word.len >= size || memchr(word.data, 0, word.len) != NULL)
        return err_set(e, -E_INVALID, "a word is empty or too long; %s", usage);
    memcpy(out, word.data, word.len);
    out[word.len] = '\0';
    w->argv++;
    w->argc--;
    return 0;
}

static int number(struct words *w, const char *what, uint64_t max, uint64_t *ret, struct err *e)
{
    char text[32];
    int code = next(w, text, sizeof(text), e);
    if (code == 0 && units_u64(text, max, ret) < 0)
        code = err_set(e, -E_INVALID, "%s: \"%s\" is no number from 0 to %llu", what, text,
                       (unsigned long long)max);
    return code;
}

static int priority(struct words *w, int32_t *ret, struct err *e)
{
    uint64_t value;
    int code = number(w, "PRIORITY", RAFT_PRIORITY_MAX, &value, e);
    if (code == 0)
        *ret = (int32_t)value - RAFT_PRIORITY_USUAL;
    return code;
}

/* Somebody who is a member, by name. */
static int member(struct words *w, struct membership *m, struct raft_member **ret, struct err *e)
{
    char name[LIMIT_NODE_NAME + 1];
    int code = next(w, name, sizeof(name), e);
    if (code < 0)
        return code;
    *ret = membership_member(m, node_id_of_name(name));
    if (*ret == NULL)
        return err_set(e, -E_NOTFOUND, "there is no member named %s", name);
    return 0;
}

/* Is to vote when it has caught up. */
static void will_vote(struct member_change *c, raft_id id)
{
    ASSERT(c->newcomers_count < LIMIT_MEMBERS);
    c->newcomers[c->newcomers_count++] = (struct newcomer){.id = id};
}

static void will_go(struct member_change *c, raft_id id)
{
    ASSERT(c->leavers_count < LIMIT_MEMBERS);
    c->leavers[c->leavers_count++] = id;
}

/* As a learner, unless it is a member already. */
static int add(struct member_change *c, const struct node_peer *peer, uint32_t flags,
               struct raft_member **ret, struct err *e)
{
    raft_id id = node_id_of_name(peer->name);
    const struct node_peer *known = membership_find(&c->wanted, id);
    int code = known != NULL ? 0 : membership_add(&c->wanted, peer, flags, e);
    if (code < 0)
        return code;
    *ret = membership_member(&c->wanted, id);
    if (((*ret)->flags & RAFT_WITNESS) != (flags & RAFT_WITNESS))
        return err_set(e, -E_INVALID,
                       "%s is a member %s data, and stays one: remove it, and let it come back "
                       "with an empty data directory",
                       peer->name, (flags & RAFT_WITNESS) != 0 ? "with" : "without");
    return 0;
}

static int next_peer(struct words *w, struct node_peer *ret, struct err *e)
{
    int code = next(w, ret->name, sizeof(ret->name), e);
    if (code == 0)
        code = next(w, ret->address, sizeof(ret->address), e);
    return code;
}

/* Nothing here moves a member: whoever mistyped its address must hear it. */
static int not_moved(const struct membership *m, const struct node_peer *peer, struct err *e)
{
    const struct node_peer *known = membership_find(m, node_id_of_name(peer->name));
    if (!node_address_valid(peer->address))
        return err_set(e, -E_INVALID, "%s: \"%s\" is no HOST:PORT", peer->name, peer->address);
    if (known == NULL || strcmp(known->address, peer->address) == 0)
        return 0;
    return err_set(e, -E_INVALID,
                   "%s is a member already, at %s: if that address is wrong, remove it and add "
                   "it anew; if it moved, start it there with --peers",
                   known->name, known->address);
}

/* What is asked for may be asked again, but not to bring a member in under a second name: only whom
 * it replaces (0: nobody) may have its address. */
static int no_mistake(const struct membership *m, const struct node_peer *peer, raft_id instead_of,
                      struct err *e)
{
    const struct node_peer *known = membership_find(m, node_id_of_name(peer->name));
    int code = not_moved(m, peer, e);
    if (code < 0)
        return code;
    for (uint32_t i = 0; known == NULL && i < m->config.count; i++) {
        if (m->peers[i].id == instead_of || strcmp(m->peers[i].address, peer->address) != 0)
            continue;
        return err_set(
            e, -E_INVALID, "%s is the address of %s%s: give that of %s%s", peer->address,
            m->peers[i].name, instead_of == 0 ? "" : ", which is not to be replaced", peer->name,
            instead_of != 0 ? ""
                            : ", or put it in the place of the other with raftctl member replace");
    }
    return 0;
}

static int want_added(struct member_change *c, struct words *w, struct err *e)
{
    struct node_peer peer = {0};
    struct raft_member *m = NULL;
    bool learner = take(w, "learner"), witness = false, ranked = false;
    int32_t rank = 0;
    int code = next_peer(w, &peer, e);
    while (code == 0 && w->argc > 0) {
        if (take(w, "learner"))
            learner = true;
        else if (take(w, "witness"))
            witness = true;
        else if (take(w, "priority")) {
            ranked = true;
            code = priority(w, &rank, e);
        } else
            break;
    }
    if (code == 0)
        code = no_mistake(&c->wanted, &peer, 0, e);
    if (code == 0)
        code = add(c, &peer, witness ? RAFT_WITNESS : 0, &m, e);
    if (code < 0)
        return code;
    if (ranked)
        m->priority = rank;
    if (!learner && (m->flags & RAFT_VOTER) == 0)
        will_vote(c, m->id);
    return 0;
}

/* The old one is no member: done if the new one votes in its place, and its answer may have been
 * lost. What a learner was to become nobody knows any more. */
static int replaced_before(const struct membership *m, const char *old,
                           const struct node_peer *peer, struct err *e)
{
    raft_id id = node_id_of_name(peer->name);
    const struct node_peer *known = membership_find(m, id);
    if (known == NULL || strcmp(known->address, peer->address) != 0)
        return err_set(e, -E_NOTFOUND, "there is no member named %s", old);
    for (uint32_t i = 0; i < m->config.count; i++) {
        const struct raft_member *there = &m->config.members[i];
        if (there->id == id && (there->flags & RAFT_VOTER) == 0)
            return err_set(e, -E_NOTFOUND,
                           "there is no member named %s, and %s is a learner: if it is to vote, "
                           "raftctl member promote %s",
                           old, peer->name, peer->name);
    }
    return 0;
}

/* The new one has the role and the priority of the old one. Said again it goes on from where it
 * is. */
static int want_replaced(struct member_change *c, struct words *w, struct err *e)
{
    char name[LIMIT_NODE_NAME + 1];
    struct node_peer peer = {0};
    struct raft_member *old = NULL, *new = NULL;
    int code = next(w, name, sizeof(name), e);
    if (code == 0)
        code = next_peer(w, &peer, e);
    if (code < 0)
        return code;
    old = membership_member(&c->wanted, node_id_of_name(name));
    if (old == NULL)
        return replaced_before(&c->wanted, name, &peer, e);
    struct raft_member was = *old; /* adding moves it */
    if (node_id_of_name(peer.name) == was.id)
        return err_set(e, -E_INVALID,
                       "%s cannot replace itself: give the new node a name of its own", peer.name);
    code = no_mistake(&c->wanted, &peer, was.id, e);
    new = membership_member(&c->wanted, node_id_of_name(peer.name));
    if (code == 0 && new != NULL && (new->flags &RAFT_VOTER) != 0)
        return err_set(
            e, -E_INVALID,
            "%s votes already, so nobody would come in the place of %s: give the name of "
            "the new node, or take %s out with raftctl member remove %s",
            peer.name, name, name, name);
    if (code == 0)
        code = add(c, &peer, was.flags & RAFT_WITNESS, &new, e);
    if (code < 0)
        return code;
    new->priority = was.priority;
    if ((was.flags & RAFT_VOTER) == 0) {
        membership_remove(&c->wanted, was.id);
        return 0;
    }
    will_go(c, was.id);
    if ((new->flags &RAFT_VOTER) == 0)
        will_vote(c, new->id);
    return 0;
}

static int want_ranked(struct member_change *c, struct words *w, struct err *e)
{
    struct raft_member *m = NULL;
    int code = member(w, &c->wanted, &m, e);
    if (code == 0)
        code = priority(w, &m->priority, e);
    return code;
}

/* "NODE=HOST:PORT" */
static int parse_pair(const char *pair, size_t len, struct node_peer *ret, struct err *e)
{
    const char *equals = memchr(pair, '=', len);
    size_t name = equals == NULL ? 0 : (size_t)(equals - pair);
    size_t address = equals == NULL ? 0 : len - name - 1;
    *ret = (struct node_peer){0};
    if (name == 0 || name > LIMIT_NODE_NAME || address == 0 || address > LIMIT_ADDRESS)
        return err_set(e, -E_INVALID, "\"%.*s\" is not NODE=HOST:PORT", (int)(len < 64 ? len : 64),
                       pair);
    memcpy(ret->name, pair, name);
    memcpy(ret->address, equals + 1, address);
    return 0;
}

/* One of the voters to be, who may stand in the list once. */
static int want_voter(struct member_change *c, const char *pair, size_t len, raft_id *listed,
                      uint32_t *count, struct err *e)
{
    struct node_peer peer;
    struct raft_member *m = NULL;
    int code = parse_pair(pair, len, &peer, e);
    if (code < 0)
        return code;
    raft_id id = node_id_of_name(peer.name);
    const struct raft_member *known = membership_member(&c->wanted, id);
    for (uint32_t i = 0; i < *count; i++) {
        if (listed[i] == id)
            return err_set(e, -E_INVALID, "%s stands twice in the list", peer.name);
    }
    if (*count == LIMIT_MEMBERS)
        return err_set(e, -E_LIMIT, "a cluster has at most %d members", LIMIT_MEMBERS);
    code = not_moved(&c->wanted, &peer, e);
    if (code == 0)
        code = add(c, &peer, known == NULL ? 0 : known->flags & RAFT_WITNESS, &m, e);
    if (code < 0)
        return code;
    if ((m->flags & RAFT_VOTER) == 0)
        will_vote(c, id);
    listed[(*count)++] = id;
    return 0;
}

/* The voters are to be these, whatever they are now; learners stay. */
static int want_changed(struct member_change *c, struct words *w, struct err *e)
{
    char list[LIMIT_MEMBERS * (LIMIT_NODE_NAME + LIMIT_ADDRESS + 2) + 1];
    raft_id listed[LIMIT_MEMBERS];
    uint32_t count = 0;
    int code = next(w, list, sizeof(list), e);
    for (const char *at = list; code == 0 && *at != '\0';) {
        size_t len = strcspn(at, ",");
        code = want_voter(c, at, len, listed, &count, e);
        at += len + (at[len] == ',');
    }
    for (uint32_t i = 0; code == 0 && i < c->wanted.config.count; i++) {
        const struct raft_member *m = &c->wanted.config.members[i];
        bool stays = (m->flags & RAFT_VOTER) == 0;
        for (uint32_t k = 0; k < count; k++)
            stays |= listed[k] == m->id;
        if (!stays)
            will_go(c, m->id);
    }
    return code;
}

static int want_role(struct member_change *c, struct words *w, bool votes, struct err *e)
{
    struct raft_member *m = NULL;
    int code = member(w, &c->wanted, &m, e);
    if (code == 0)
        m->flags = (m->flags & ~RAFT_VOTER) | (votes ? RAFT_VOTER : 0);
    return code;
}

static int want_removed(struct member_change *c, struct words *w, struct err *e)
{
    struct raft_member *m = NULL;
    int code = member(w, &c->wanted, &m, e);
    if (code < 0)
        return code;
    raft_id id = m->id;
    membership_remove(&c->wanted, id);
    if (take(w, "shutdown"))
        c->wanted.shutdown = id;
    return 0;
}

static int want(struct member_change *c, struct words *w, struct err *e)
{
    if (take(w, "add"))
        return want_added(c, w, e);
    if (take(w, "promote"))
        return want_role(c, w, true, e);
    if (take(w, "demote"))
        return want_role(c, w, false, e);
    if (take(w, "remove"))
        return want_removed(c, w, e);
    if (take(w, "replace"))
        return want_replaced(c, w, e);
    if (take(w, "priority"))
        return want_ranked(c, w, e);
    if (take(w, "change"))
        return want_changed(c, w, e);
    return err_set(e, -E_INVALID, "%s", usage);
}

/* What any of them may end with. */
static int want_terms(struct member_change *c, struct words *w, struct err *e)
{
    int code = 0;
    uint64_t ms = 0;
    while (code == 0 && w->argc > 0) {
        if (take(w, "expect"))
            code = number(w, "EXPECT", INT64_MAX, &c->expected, e);
        else if (take(w, "within"))
            code = number(w, "WITHIN", PATIENCE_MS_MAX, &ms, e);
        else
            code = err_set(e, -E_INVALID, "%s", usage);
    }
    c->patience_ns = ms * NS_PER_MS;
    return code;
}

int change_want(const struct membership *now, const struct span *argv, size_t argc,
                struct member_change *c, struct err *e)
{
    struct words w = {argv, argc};
    c->wanted = *now;
    c->wanted.shutdown = 0;
    c->newcomers_count = 0;
    c->leavers_count = 0;
    c->expected = 0;
    int code = want(c, &w, e);
    c->asked_words = argc - w.argc;
    if (code == 0)
        code = want_terms(c, &w, e);
    /* Nobody new to wait for: one configuration does it. */
    for (uint32_t i = 0; code == 0 && c->newcomers_count == 0 && i < c->leavers_count; i++)
        membership_remove(&c->wanted, c->leavers[i]);
    if (code < 0 || c->newcomers_count == 0)
        c->leavers_count = 0;
    return code;
}
