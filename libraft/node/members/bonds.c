/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which disk a node's word counts from.
 *
 * A directory that was emptied has forgotten its votes, whatever name it comes back under (thesis
 * 3.8). So the configuration binds each id to a disk; until it does, as after founding, everybody
 * keeps to the first disk that an id came with, durably, before anything that it answers counts.
 * The leader writes what it has learned, disks and addresses, into the configuration. */
#include "base/mem.h"
#include "node/node_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any id can say hello, so there is an end to whom we remember. */
#define ACQUAINTANCES_MAX 1024

/* The first of them without a node ends the list; id 0 asks for that one. */
static const struct bond *find(const struct hard_state *s, raft_id id)
{
    for (size_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (s->bonds[i].node == id)
            return &s->bonds[i];
        if (s->bonds[i].node == 0)
            break;
    }
    return NULL;
}

/* As the configurations say: the latest, or the one before while that may come back. */
static const struct node_peer *member(const struct node *n, raft_id id)
{
    const struct node_peer *p = membership_find(&n->membership, id);
    bool open = n->config_index > n->commit;
    return p == NULL && open ? membership_find(&n->former, id) : p;
}

uint64_t bonds_disk(const struct node *n, raft_id id)
{
    if (id == n->self)
        return n->disk;
    const struct node_peer *p = member(n, id);
    if (p != NULL && p->disk != 0)
        return p->disk;
    const struct bond *b = find(meta_wanted(n->meta), id);
    return b == NULL ? 0 : b->disk;
}

/* Keeps to this disk from now on; what it says counts once that is durable. */
static void bind(struct node *n, raft_id id, uint64_t disk)
{
    struct hard_state s = *meta_wanted(n->meta);
    const struct bond *free_one = find(&s, 0);
    if (find(&s, id) != NULL || free_one == NULL)
        return;
    s.bonds[free_one - s.bonds] = (struct bond){id, disk};
    meta_set(n->meta, &s);
    event_bound(n, id, disk, 0);
    n->again = true;
}

bool bonds_counts(struct node *n, raft_id id)
{
    const struct node_peer *p = member(n, id);
    const struct acquaintance *a = idmap_get(&n->acquaintances, id);
    if (p == NULL)
        return true; /* nothing that it says counts anyway */
    if (a == NULL)
        return false;
    if (p->disk != 0)
        return p->disk == a->disk;
    const struct bond *b = find(meta_durable(n->meta), id);
    if (b == NULL)
        bind(n, id, a->disk);
    return b != NULL && b->disk == a->disk;
}

void bonds_forget(struct node *n)
{
    if (n->config_index > n->commit || n->config_index == n->bonds_index)
        return;
    struct hard_state s = *meta_wanted(n->meta);
    struct bond kept[LIMIT_MEMBERS] = {{0}};
    size_t count = 0;
    n->bonds_index = n->config_index;
    for (size_t i = 0; i < LIMIT_MEMBERS && s.bonds[i].node != 0; i++) {
        const struct node_peer *p = membership_find(&n->membership, s.bonds[i].node);
        if (p != NULL && p->disk == 0)
            kept[count++] = s.bonds[i];
    }
    memcpy(s.bonds, kept, sizeof(kept));
    meta_set(n->meta, &s);
}

/* ---- greetings ---- */

/* The counter of starts is part of the directory: a lower one, or the same elsewhere, is a copy. */
static bool is_twin(const struct acquaintance *known, const struct peer_hello *hello)
{
    if (known == NULL || known->disk != hello->disk_id)
        return false;
    return hello->incarnation < known->incarnation || (hello->incarnation == known->incarnation &&
                                                       strcmp(hello->address, known->address) != 0);
}

enum peer_refusal bonds_judge(const struct node *n, const struct peer_hello *hello,
                              char ret_detail[PEER_DETAIL_MAX + 1])
{
    const struct acquaintance *known = idmap_get(&n->acquaintances, hello->from);
    if (!is_twin(known, hello))
        return PEER_ACCEPTED;
    (void)snprintf(ret_detail, PEER_DETAIL_MAX + 1,
                   "start %" PRIu64 " at %s, after start %" PRIu64 " at %s", hello->incarnation,
                   hello->address, known->incarnation, known->address);
    return PEER_REFUSED_TWIN;
}

void bonds_greeted(struct node *n, const struct peer_hello *hello)
{
    struct acquaintance *a = idmap_get(&n->acquaintances, hello->from);
    if (a == NULL && n->acquaintances.count >= ACQUAINTANCES_MAX)
        return;
    if (a == NULL) {
        a = mem_alloc(sizeof(*a));
        idmap_put(&n->acquaintances, hello->from, a);
    }
    const struct node_peer *p = member(n, hello->from);
    bool first = a->address[0] == '\0' && p != NULL;
    n->peers_stale |= strcmp(first ? p->address : a->address, hello->address) != 0;
    a->disk = hello->disk_id;
    a->incarnation = hello->incarnation;
    memcpy(a->address, hello->address, sizeof(a->address));
    (void)bonds_counts(n, hello->from); /* the sooner it is durable the better */
}

/* ---- what the configuration says of its members ---- */

const char *labels_address(const struct node *n, const struct node_peer *peer)
{
    for (size_t i = 0; i < n->options.hints_count; i++) {
        if (n->options.hints[i].id == peer->id)
            return n->options.hints[i].address;
    }
    const struct acquaintance *a = idmap_get(&n->acquaintances, peer->id);
    if (a == NULL || strcmp(a->address, peer->address) == 0)
        return peer->address;
    uint64_t disk = bonds_disk(n, peer->id);
    bool told = disk != 0 && a->disk == disk && node_address_valid(a->address);
    return told ? a->address : peer->address;
}

/* What is known of a member by now: its disk, 0 if that is not, and where it lives. */
struct label {
    uint64_t disk;
    const char *address;
};

static struct label label_of(const struct node *n, const struct node_peer *p)
{
    const struct acquaintance *a = idmap_get(&n->acquaintances, p->id);
    const struct bond *b = p->disk != 0 ? NULL : find(meta_durable(n->meta), p->id);
    struct label l = {.disk = p->disk, .address = p->address};
    if (p->disk == 0)
        l.disk = p->id == n->self ? n->disk : b != NULL ? b->disk : 0;
    bool told = a != NULL && l.disk != 0 && a->disk == l.disk;
    const char *address = p->id == n->self ? n->options.peer_address : told ? a->address : "";
    if (node_address_valid(address)) /* a configuration holds no others */
        l.address = address;
    return l;
}

void labels_fill(const struct node *n, struct membership *m)
{
    for (uint32_t i = 0; i < m->config.count; i++) {
        struct node_peer *p = &m->peers[i];
        struct label l = label_of(n, p);
        p->disk = l.disk;
        if (l.address != p->address)
            (void)snprintf(p->address, sizeof(p->address), "%s", l.address);
    }
}

/* A new address is worth an entry, and so are the disks once all of them are known. */
static bool worth_telling(const struct node *n)
{
    bool all = true, news = false, moved = false;
    for (uint32_t i = 0; i < n->membership.config.count; i++) {
        const struct node_peer *p = &n->membership.peers[i];
        struct label l = label_of(n, p);
        all &= l.disk != 0;
        news |= p->disk == 0;
        moved |= strcmp(p->address, l.address) != 0;
    }
    return moved || (all && news);
}

void labels_advance(struct node *n)
{
    if (n->role != RAFT_LEADER || !raft_term_committed(n->raft) || n->change.phase != CHANGE_IDLE ||
        n->membership.config.joint || n->config_index > n->commit || n->now_ns < n->labels_at_ns)
        return;
    n->labels_at_ns = n->now_ns + n->options.timing.heartbeat_ns;
    if (!worth_telling(n))
        return;
    node_step(n, &(struct raft_event){.type = RAFT_CHANGE,
                                      .now_ns = n->now_ns,
                                      .change = {.config = &n->membership.config,
                                                 .expected = n->config_index,
                                                 .relabel = true}});
    if (n->out->change == RAFT_CHANGE_ACCEPTED)
        n->labels_index = wal_last(n->wal).index;
}

bool labels_open(const struct node *n)
{
    return n->labels_index > n->commit && n->labels_index == n->config_index;
}
