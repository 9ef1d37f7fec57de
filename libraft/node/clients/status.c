/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node says of itself; works without a leader and before the core has started. */
#include "base/units.h"
#include "node/members/recovery.h"
#include "node/node_private.h"

static void put_name(const struct member_change *c, struct jsonw *w, raft_id id)
{
    const struct node_peer *p = membership_find(&c->wanted, id);
    ASSERT(p != NULL);
    jsonw_string(w, p->name);
}

/* The change of members that this node makes for somebody, as leader. */
static void put_change(const struct node *n, struct jsonw *w)
{
    static const char *const phases[] = {"idle", "queued", "committing", "catching-up"};
    const struct member_change *c = &n->change;
    if (c->phase == CHANGE_IDLE)
        return;
    jsonw_key(w, "change");
    jsonw_object(w);
    jsonw_kv_string(w, "asked", c->asked);
    jsonw_kv_string(w, "phase", phases[c->phase]);
    jsonw_kv_u64(w, "for_ms", (n->now_ns - c->asked_ns) / NS_PER_MS);
    jsonw_key(w, "newcomers");
    jsonw_array(w);
    for (uint32_t i = 0; i < c->newcomers_count; i++)
        put_name(c, w, c->newcomers[i].id);
    jsonw_end(w);
    jsonw_key(w, "leavers");
    jsonw_array(w);
    for (uint32_t i = 0; i < c->leavers_count; i++)
        put_name(c, w, c->leavers[i]);
    jsonw_end(w);
    jsonw_end(w);
}

/* Forced recoveries so far, and whom they went on without. */
static void put_generation(const struct node *n, struct jsonw *w)
{
    const struct membership *m = &n->membership;
    bool any = false;
    jsonw_kv_u64(w, "generation", n->link.generation);
    for (uint32_t i = 0; i < m->lost_count; i++)
        any |= recovery_tells(m, i);
    if (!any)
        return;
    jsonw_key(w, "given_up");
    jsonw_array(w);
    for (uint32_t i = 0; i < m->lost_count; i++) {
        if (recovery_tells(m, i))
            jsonw_string(w, m->lost[i].name);
    }
    jsonw_end(w);
}

static void put_cluster(const struct node *n, struct jsonw *w)
{
    jsonw_key(w, "cluster");
    jsonw_object(w);
    jsonw_kv_string(w, "name", n->options.cluster);
    jsonw_kv_hex64(w, "id", n->store.identity.cluster_id);
    put_generation(n, w);
    jsonw_kv_u64(w, "term", n->term);
    jsonw_key(w, "leader");
    if (n->leader == 0)
        jsonw_null(w);
    else
        jsonw_string(w, node_name_of(n, n->leader));
    jsonw_kv_u64(w, "commit", n->commit);
    jsonw_kv_u64(w, "config_index", n->config_index);
    jsonw_kv_bool(w, "joint", n->membership.config.joint != 0);
    put_change(n, w);
    jsonw_end(w);
}

/* How old this node's knowledge may be: since it heard of who leads. */
static void put_heard(const struct node *n, struct jsonw *w)
{
    uint64_t age_ns = n->raft == NULL ? RAFT_NEVER : raft_leader_age_ns(n->raft, n->now_ns);
    if (age_ns != RAFT_NEVER)
        jsonw_kv_u64(w, "heard_ms", age_ns / NS_PER_MS);
}

/* How long it lasts yet; absent where there can be none, or where it does not end. */
static void put_lease(const struct node *n, struct jsonw *w)
{
    if (!n->options.lease_reads || n->raft == NULL || n->role != RAFT_LEADER)
        return;
    uint64_t until_ns = raft_lease_until(n->raft);
    if (until_ns != RAFT_NEVER)
        jsonw_kv_u64(w, "lease_ms", until_ns > n->now_ns ? (until_ns - n->now_ns) / NS_PER_MS : 0);
}

static void put_node(const struct node *n, struct jsonw *w)
{
    jsonw_key(w, "node");
    jsonw_object(w);
    jsonw_kv_string(w, "name", n->options.name);
    jsonw_kv_hex64(w, "id", n->self);
    jsonw_kv_hex64(w, "disk", n->disk);
    jsonw_kv_u64(w, "incarnation", n->store.identity.incarnation);
    jsonw_kv_string(w, "version", RAFTLAB_VERSION);
    jsonw_kv_string(w, "role", n->raft == NULL ? "starting" : raft_role_name(n->role));
    jsonw_kv_bool(w, "orphan", n->raft != NULL && raft_orphan(n->raft));
    jsonw_kv_u64(w, "term", n->term);
    jsonw_kv_u64(w, "first", wal_first(n->wal));
    jsonw_kv_u64(w, "last", wal_last(n->wal).index);
    jsonw_kv_u64(w, "last_term", wal_last(n->wal).term);
    jsonw_kv_u64(w, "durable", wal_durable(n->wal));
    jsonw_kv_u64(w, "commit", n->commit);
    jsonw_kv_u64(w, "applied", n->applied);
    jsonw_kv_hex64(w, "digest", machine_digest(n->machine));
    jsonw_kv_u64(w, "keys", kv_count(machine_kv(n->machine)));
    jsonw_kv_u64(w, "clients", n->clients.count);
    /* The smallest campaigns first: whoever compares nodes sees that they differ. */
    jsonw_kv_u64(w, "election_ms", n->options.timing.election_ns_min / NS_PER_MS);
    put_lease(n, w);
    put_heard(n, w);
    jsonw_key(w, "snapshot");
    images_status(n, w);
    jsonw_kv_u64(w, "slow_commits_permille", n->pace.slow_permille);
    if (n->leave.state != NODE_STAYS && !n->leave.only_hand_over)
        jsonw_kv_bool(w, "leaving", true);
    if (n->store.identity.left)
        jsonw_kv_bool(w, "left", true);
    if (n->store.identity.restoring != 0)
        jsonw_kv_u64(w, "restoring", n->store.identity.restoring);
    jsonw_end(w);
}

static void put_member(const struct node *n, struct jsonw *w, uint32_t i)
{
    const struct node_peer *p = &n->membership.peers[i];
    struct raft_progress_view view;
    jsonw_object(w);
    jsonw_kv_string(w, "name", p->name);
    jsonw_kv_hex64(w, "id", p->id);
    const struct raft_member *m = &n->membership.config.members[i];
    jsonw_kv_bool(w, "voter", (m->flags & RAFT_VOTER) != 0);
    if ((m->flags & RAFT_VOTER_OLD) != 0)
        jsonw_kv_bool(w, "voter_old", true);
    jsonw_kv_bool(w, "witness", (m->flags & RAFT_WITNESS) != 0);
    jsonw_kv_u64(w, "priority", (uint64_t)(m->priority + RAFT_PRIORITY_USUAL));
    jsonw_kv_string(w, "peer", p->address);
    jsonw_key(w, "disk");
    if (p->disk == 0)
        jsonw_null(w);
    else
        jsonw_hex64(w, p->disk);
    const char *address = clients_address_of(n, p->id);
    jsonw_key(w, "address");
    if (address == NULL)
        jsonw_null(w);
    else
        jsonw_string(w, address);
    if (n->raft != NULL && raft_progress_of(n->raft, p->id, &view)) {
        /* Of whom has not answered since it leads, a leader knows neither. */
        if (view.heard)
            jsonw_kv_u64(w, "match", view.match);
        jsonw_kv_string(w, "progress", view.state);
        jsonw_kv_bool(w, "regressed", view.regressed);
        if (view.heard && p->id != n->self)
            jsonw_kv_u64(w, "contact_ms", (n->now_ns - view.contact_ns) / NS_PER_MS);
    }
    if (leave_wanted_by(n, p->id))
        jsonw_kv_bool(w, "leaving", true);
    char room[CONTACTS_FAULT_MAX];
    const char *fault = contacts_fault(n, p, room);
    if (fault != NULL)
        jsonw_kv_string(w, "refused", fault);
    jsonw_end(w);
}

static void put_members(struct node *n, struct jsonw *w)
{
    jsonw_key(w, "members");
    jsonw_array(w);
    for (uint32_t i = 0; i < n->membership.config.count; i++)
        put_member(n, w, i);
    jsonw_end(w);
}

void status_json(struct node *n, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_cluster(n, &w);
    put_node(n, &w);
    put_members(n, &w);
    jsonw_end(&w);
}

void status_members(struct node *n, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_u64(&w, "config_index", n->config_index);
    jsonw_kv_bool(&w, "committed", n->config_index <= n->commit);
    jsonw_kv_bool(&w, "joint", n->membership.config.joint != 0);
    put_members(n, &w);
    jsonw_end(&w);
}
