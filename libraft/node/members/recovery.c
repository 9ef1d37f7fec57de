/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generations: what a forced recovery leaves behind, and how the given up learn of it. */
#include "node/members/recovery.h"
#include "node/node_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void give_up(struct membership *m, const struct node_peer *p)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->lost_count; i++) {
        bool same = m->lost[i].id == p->id && m->lost[i].disk == p->disk;
        bool oldest = i == 0 && m->lost_count == LIMIT_MEMBERS;
        if (!same && !oldest)
            m->lost[kept++] = m->lost[i];
    }
    m->lost[kept++] = *p;
    m->lost_count = kept;
}

void recovery_membership(const struct membership *old, const struct node_peer *self,
                         struct membership *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->config.count = 1;
    ret->config.members[0] = (struct raft_member){.id = self->id, .flags = RAFT_VOTER};
    ret->peers[0] = *self;
    ret->generation = old->generation + 1;
    ret->lost_count = old->lost_count;
    memcpy(ret->lost, old->lost, sizeof(ret->lost));
    for (uint32_t i = 0; i < old->config.count; i++) {
        if (old->peers[i].id != self->id)
            give_up(ret, &old->peers[i]);
    }
}

bool recovery_gave_up(const struct membership *m, raft_id id)
{
    for (uint32_t i = 0; i < m->lost_count; i++) {
        if (m->lost[i].id == id)
            return true;
    }
    return false;
}

/* ---- a running node ---- */

int recovery_adopt_generation(struct node *n, struct err *e)
{
    struct identity id = n->store.identity;
    if (n->membership.generation <= id.generation)
        return 0;
    id.generation = n->membership.generation;
    int code = identity_write(&n->env.vfs, n->store.dir, &id, e);
    if (code < 0)
        return code;
    n->store.identity = id;
    n->link.generation = id.generation;
    return 0;
}

bool recovery_tells(const struct membership *m, uint32_t i)
{
    for (uint32_t k = i + 1; k < m->lost_count; k++) {
        if (m->lost[k].id == m->lost[i].id)
            return false;
    }
    return membership_find(m, m->lost[i].id) == NULL;
}

void recovery_say(struct node *n)
{
    struct buf text = {0};
    const struct membership *m = &n->membership;
    bool any = false;
    if (n->link.generation == 0)
        return;
    buf_putf(&text, "the cluster was recovered by force: generation %" PRIu64, n->link.generation);
    for (uint32_t i = 0; i < m->lost_count; i++) {
        if (!recovery_tells(m, i))
            continue;
        buf_putf(&text, "%s %s", any ? "" : ", gave up", m->lost[i].name);
        any = true;
    }
    journal_say(n, ENV_ABOUT_MEMBER, ENV_INFO, text.data);
    buf_free(&text);
}

/* The mark comes first: whatever happens then, this directory never votes again. */
static void superseded(struct node *n, const char *by, uint64_t generation)
{
    struct err e = {0};
    struct identity id = n->store.identity;
    if (n->dead)
        return;
    id.superseded = true;
    if (identity_write(&n->env.vfs, n->store.dir, &id, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
        return;
    }
    node_die(n, NODE_EXIT_REMOVED,
             "given up: the cluster went on without this node by a forced recovery, says %s "
             "(generation %" PRIu64 ", here %" PRIu64 "); this directory never votes again\n"
             "  fix: start with an empty --data-dir and --join, and raftctl member add %s",
             by, generation, id.generation, n->options.name);
}

enum peer_refusal recovery_judge(struct node *n, const struct peer_hello *hello,
                                 char ret_detail[PEER_DETAIL_MAX + 1])
{
    uint64_t mine = n->link.generation, its = hello->link.generation;
    if (its > mine && hello->given_up)
        superseded(n, hello->name, its);
    if (its >= mine || !recovery_gave_up(&n->membership, hello->from))
        return PEER_REFUSED_GENERATION;
    (void)snprintf(ret_detail, PEER_DETAIL_MAX + 1,
                   "%s is of generation %" PRIu64 ", which generation %" PRIu64 " went on without",
                   hello->name, its, mine);
    return PEER_REFUSED_GIVEN_UP;
}

/* A disk that was given up here is of this generation only if it was recovered by itself: one that
 * was emptied, and comes back to be added, has another id. */
static bool is_rival(const struct node *n, const struct peer_hello *hello)
{
    const struct membership *m = &n->membership;
    if (hello->link.generation != n->link.generation)
        return false;
    for (uint32_t i = 0; i < m->lost_count; i++) {
        if (m->lost[i].id == hello->from && m->lost[i].disk == hello->disk_id)
            return true;
    }
    return false;
}

bool recovery_rival(struct node *n, const struct peer_hello *hello,
                    char ret_detail[PEER_DETAIL_MAX + 1])
{
    char text[sizeof(((struct journal_line *)NULL)->text)];
    if (!is_rival(n, hello))
        return false;
    (void)snprintf(ret_detail, PEER_DETAIL_MAX + 1,
                   "%s and %s each went on alone, both in generation %" PRIu64, hello->name,
                   n->options.name, n->link.generation);
    (void)snprintf(text, sizeof(text),
                   "%s: they are two clusters now, and hold different data; decide for one, stop "
                   "every node of the other, and start them with an empty --data-dir and --join, "
                   "to be added as new members",
                   ret_detail);
    journal_say_once(n, ONCE_RIVAL, hello->from, ENV_ERROR, text);
    return true;
}

void recovery_refused(struct node *n, const struct peer_hello_reply *reply)
{
    const struct peer_link *its = &reply->hello.link;
    if (reply->refusal == PEER_REFUSED_GIVEN_UP && its->cluster_id == n->link.cluster_id &&
        its->generation > n->link.generation)
        superseded(n, reply->hello.name, its->generation);
}
