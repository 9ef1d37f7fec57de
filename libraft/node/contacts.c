/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/contacts.h"

#include "base/mem.h"
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

/* In longest election timeouts: whoever hears nothing from a leader says something in each. */
#define LATELY_TIMEOUTS 2

void contacts_heard(struct node *n, raft_id peer)
{
    struct unreached *u = idmap_get(&n->unreached, peer);
    if (u != NULL)
        u->heard_ns = n->now_ns;
}

static bool is_among(const struct node_peer *peers, size_t count, raft_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (peers[i].id == id)
            return true;
    }
    return false;
}

void contacts_sweep(struct node *n, const struct node_peer *peers, size_t count)
{
    raft_id gone[NODE_PEERS_MAX];
    size_t gone_count = 0;
    for (size_t i = 0; i < n->unreached.cap; i++) {
        raft_id id = n->unreached.slots[i].id;
        if (id != 0 && !is_among(peers, count, id))
            gone[gone_count++] = id;
    }
    for (size_t i = 0; i < gone_count; i++)
        mem_free(idmap_take(&n->unreached, gone[i]));
    if (!is_among(peers, count, n->stranger))
        n->stranger = 0;
}

void node_on_peer_unreached(struct node *node, uint64_t now_ns, raft_id peer, const char *why)
{
    if (node->stranger == peer)
        node->stranger = 0; /* it is there no more */
    struct unreached *u = idmap_get(&node->unreached, peer);
    if (u == NULL) {
        if (node->unreached.count == NODE_PEERS_MAX)
            return;
        u = mem_alloc(sizeof(*u));
        idmap_put(&node->unreached, peer, u);
    }
    uint64_t lately_ns = LATELY_TIMEOUTS * node->options.timing.election_ns_max;
    bool heard = u->heard_ns != 0 && now_ns <= u->heard_ns + lately_ns;
    u->visits = heard && u->heard; /* an attempt failed that began when it was there */
    u->heard = heard;
    (void)snprintf(u->why, sizeof(u->why), "%s", why);
}

const char *contacts_fault(const struct node *n, const struct node_peer *p,
                           char out[CONTACTS_FAULT_MAX])
{
    const char *fault = idmap_get(&n->peer_faults, p->id);
    const struct unreached *u = idmap_get(&n->unreached, p->id);
    if (fault != NULL || u == NULL || !u->visits)
        return fault;
    (void)snprintf(out, CONTACTS_FAULT_MAX,
                   "%s reaches %s, and cannot be dialed at %s: %s: is its --advertise-peer right?",
                   p->name, n->options.name, labels_address(n, p), u->why);
    return out;
}

/* ---- at the leader ---- */

/* Whether that said why. */
static bool say_silent(struct node *n, const struct node_peer *p)
{
    char room[CONTACTS_FAULT_MAX], limit[UNITS_TEXT_MAX];
    const struct unreached *u = idmap_get(&n->unreached, p->id);
    const char *fault = contacts_fault(n, p, room);
    struct buf text = {0};
    buf_putf(&text, "%s has not answered for %s", p->name,
             units_print_duration(n->options.timing.election_ns_max, limit));
    if (fault != NULL)
        buf_putf(&text, ": %s", fault);
    else if (u != NULL)
        buf_putf(&text, ": %s: %s", labels_address(n, p), u->why);
    journal_say(n, ENV_ABOUT_PEER, ENV_WARNING, buf_str(&text));
    buf_free(&text);
    return fault != NULL;
}

/* It may be started again, and be wrong then. */
static bool say_why(struct node *n, const struct node_peer *p)
{
    char room[CONTACTS_FAULT_MAX], text[CONTACTS_FAULT_MAX + 64];
    const char *fault = contacts_fault(n, p, room);
    if (fault == NULL)
        return false;
    (void)snprintf(text, sizeof(text), "%s does not take part: %s", p->name, fault);
    journal_say(n, ENV_ABOUT_PEER, ENV_WARNING, text);
    return true;
}

static void say_back(struct node *n, const struct node_peer *p, uint64_t silence_ns)
{
    char text[LIMIT_NODE_NAME + 64], silence[UNITS_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "%s answers again, after %s", p->name,
                   units_print_duration(silence_ns - silence_ns % NS_PER_MS, silence));
    journal_say(n, ENV_ABOUT_PEER, ENV_INFO, text);
}

/* In longest election timeouts: one that comes and goes is told of once. */
#define STEADY_TIMEOUTS 3

static bool is_steady(const struct node *n, const struct contact *c)
{
    return n->now_ns >= c->back_ns + STEADY_TIMEOUTS * n->options.timing.election_ns_max;
}

static void look_at(struct node *n, struct contact *c, const struct node_peer *p)
{
    struct raft_progress_view view;
    bool known = raft_progress_of(n->raft, p->id, &view);
    bool news = known && view.heard && view.contact_ns > c->heard_ns;
    if (news && c->silent && c->back_ns == 0)
        c->back_ns = n->now_ns;
    if (news)
        c->heard_ns = view.contact_ns;
    bool misses = n->now_ns >= c->heard_ns + n->options.timing.election_ns_max;
    if (misses)
        c->back_ns = 0;
    if (!c->silent && misses) {
        c->silent = true;
        c->lost_ns = c->heard_ns;
        c->explained = say_silent(n, p);
    } else if (c->silent && c->back_ns == 0) {
        c->explained = c->explained || say_why(n, p);
    } else if (c->silent && is_steady(n, c)) {
        say_back(n, p, c->back_ns - c->lost_ns);
        c->silent = false;
        c->back_ns = 0;
    }
}

static struct contact contact_of(const struct contacts *all, raft_id id, uint64_t now_ns)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->list[i].id == id)
            return all->list[i];
    }
    return (struct contact){.id = id, .heard_ns = now_ns};
}

/* A leader that did nothing itself for a while cannot tell who was silent meanwhile. */
static bool stood_still(const struct node *n)
{
    return n->now_ns - n->contacts.looked_ns >= n->options.timing.election_ns_min;
}

void contacts_look(struct node *n)
{
    struct contacts *all = &n->contacts;
    const struct membership *m = &n->membership;
    if (n->role != RAFT_LEADER) {
        all->looked_ns = 0;
        all->count = 0;
        return;
    }
    if (all->looked_ns != 0 && n->now_ns < all->looked_ns + n->options.timing.heartbeat_ns)
        return;
    bool anew = stood_still(n);
    struct contacts before = *all;
    all->looked_ns = n->now_ns;
    all->count = 0;
    for (uint32_t i = 0; i < m->config.count; i++) {
        if (m->peers[i].id == n->self)
            continue;
        struct contact *c = &all->list[all->count++];
        *c = contact_of(&before, m->peers[i].id, n->now_ns);
        if (anew && !c->silent)
            c->heard_ns = n->now_ns;
        look_at(n, c, &m->peers[i]);
    }
}
