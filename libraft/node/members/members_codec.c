/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/members/members_codec.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/span.h"
#include "raft/node.h"

#include <string.h>

#define FORMAT 2

bool node_name_valid(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > LIMIT_NODE_NAME)
        return false;
    for (const char *p = name; *p != '\0'; p++) {
        bool ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                  (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.';
        if (!ok)
            return false;
    }
    return true;
}

raft_id node_id_of_name(const char *name)
{
    return trace_name_id(name, strlen(name));
}

/* Nobody listens at port 0, and there are none above 65535. */
static bool port_valid(const char *text)
{
    uint64_t port;
    return span_to_u64(span_str(text), &port) && port > 0 && port <= UINT16_MAX;
}

bool node_address_valid(const char *address)
{
    const char *colon = strrchr(address, ':');
    size_t len = strlen(address);
    return colon != NULL && colon != address && port_valid(colon + 1) && len <= LIMIT_ADDRESS;
}

/* Where the member of that id stands, or would: before the first of no lower id. */
static uint32_t place_of(const struct membership *m, raft_id id)
{
    uint32_t from = 0, to = m->config.count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (m->config.members[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Sorted insertion: configurations are small. */
static void insert(struct membership *m, const struct node_peer *peer, uint32_t flags,
                   int32_t priority)
{
    uint32_t at = m->config.count++;
    for (; at > 0 && m->peers[at - 1].id > peer->id; at--) {
        m->peers[at] = m->peers[at - 1];
        m->config.members[at] = m->config.members[at - 1];
    }
    m->peers[at] = *peer;
    m->config.members[at] =
        (struct raft_member){.id = peer->id, .flags = flags, .priority = priority};
}

int membership_add(struct membership *m, const struct node_peer *peer, uint32_t flags,
                   struct err *e)
{
    struct node_peer p = *peer;
    if (!node_name_valid(p.name))
        return err_set(e, -E_INVALID, "\"%s\" is no name for a node", p.name);
    if (!node_address_valid(p.address))
        return err_set(e, -E_INVALID, "%s: \"%s\" is no HOST:PORT", p.name, p.address);
    p.id = node_id_of_name(p.name);
    if (membership_find(m, p.id) != NULL)
        return err_set(e, -E_EXISTS, "%s is in the list already", p.name);
    if (m->config.count == LIMIT_MEMBERS)
        return err_set(e, -E_LIMIT, "a cluster has at most %d members", LIMIT_MEMBERS);
    insert(m, &p, flags, 0);
    return 0;
}

void membership_remove(struct membership *m, raft_id id)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->config.count; i++) {
        if (m->peers[i].id == id)
            continue;
        m->peers[kept] = m->peers[i];
        m->config.members[kept++] = m->config.members[i];
    }
    m->config.count = kept;
}

void membership_named(const struct raft_config *config, const struct membership *first,
                      const struct membership *other, struct membership *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->config.joint = config->joint;
    ret->generation = first->generation;
    ret->lost_count = first->lost_count;
    memcpy(ret->lost, first->lost, sizeof(ret->lost));
    for (uint32_t i = 0; i < config->count; i++) {
        const struct node_peer *peer = membership_find(first, config->members[i].id);
        if (peer == NULL && other != NULL)
            peer = membership_find(other, config->members[i].id);
        ASSERT(peer != NULL);
        insert(ret, peer, config->members[i].flags, config->members[i].priority);
    }
}

int membership_of_voters(const struct node_peer *voters, size_t count, struct membership *ret,
                         struct err *e)
{
    struct membership m;
    memset(&m, 0, sizeof(m));
    if (count == 0 || count > LIMIT_MEMBERS)
        return err_set(e, -E_INVALID, "a cluster has 1 to %d voters, not %zu", LIMIT_MEMBERS,
                       count);
    for (size_t i = 0; i < count; i++) {
        int code = membership_add(&m, &voters[i], RAFT_VOTER, e);
        if (code < 0)
            return code == -E_EXISTS
                       ? err_set(e, -E_INVALID, "%s stands twice in the list", voters[i].name)
                       : code;
    }
    *ret = m;
    return 0;
}

static void put_text(struct buf *out, const char *s)
{
    size_t len = strlen(s);
    buf_put_u8(out, (uint8_t)len);
    buf_put(out, s, len);
}

static void put_peer(struct buf *out, const struct node_peer *p)
{
    buf_put_u64(out, p->id);
    buf_put_u64(out, p->disk);
    put_text(out, p->name);
    put_text(out, p->address);
}

void membership_encode(struct buf *out, const struct membership *m)
{
    buf_put_u8(out, FORMAT);
    buf_put_u64(out, m->generation);
    buf_put_u8(out, (uint8_t)m->config.count);
    for (uint32_t i = 0; i < m->config.count; i++) {
        buf_put_u8(out, (uint8_t)m->config.members[i].flags);
        buf_put_u8(out, (uint8_t)(m->config.members[i].priority + RAFT_PRIORITY_USUAL));
        put_peer(out, &m->peers[i]);
    }
    buf_put_u8(out, (uint8_t)m->lost_count);
    for (uint32_t i = 0; i < m->lost_count; i++)
        put_peer(out, &m->lost[i]);
    if (m->shutdown != 0)
        buf_put_u64(out, m->shutdown);
}

/* A text of at most size - 1 bytes into a terminated array. */
static bool take_text(struct bytes *c, char *ret, size_t size)
{
    size_t len = bytes_u8(c);
    const uint8_t *p = bytes_take(c, len);
    if (p == NULL || len >= size || memchr(p, 0, len) != NULL)
        return false;
    memcpy(ret, p, len);
    ret[len] = '\0';
    return true;
}

/* Nobody could commit anything under a configuration without any, not even the next one. */
static bool has_voters(const struct raft_config *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if ((c->members[i].flags & RAFT_VOTER) != 0)
            return true;
    }
    return false;
}

/* A learner to be is one that only the outgoing half counts; any of them may be a witness. */
static bool flags_valid(uint32_t flags)
{
    flags &= ~RAFT_WITNESS;
    return (flags & ~(RAFT_VOTER | RAFT_VOTER_OLD)) == 0 ||
           flags == (RAFT_VOTER_OLD | RAFT_LEARNER_NEXT);
}

static bool take_peer(struct bytes *c, struct node_peer *p)
{
    p->id = bytes_u64(c);
    p->disk = bytes_u64(c);
    return take_text(c, p->name, sizeof(p->name)) && take_text(c, p->address, sizeof(p->address)) &&
           node_name_valid(p->name) && p->id == node_id_of_name(p->name) &&
           node_address_valid(p->address);
}

static bool take_member(struct bytes *c, struct membership *m, uint32_t i)
{
    m->config.members[i].flags = bytes_u8(c);
    m->config.members[i].priority = (int32_t)bytes_u8(c) - RAFT_PRIORITY_USUAL;
    if (!take_peer(c, &m->peers[i]))
        return false;
    m->config.members[i].id = m->peers[i].id;
    if (m->config.members[i].flags & RAFT_VOTER_OLD)
        m->config.joint = true;
    bool rises = m->peers[i].id > (i == 0 ? 0 : m->peers[i - 1].id);
    return flags_valid(m->config.members[i].flags) && rises;
}

int membership_decode(struct span payload, struct membership *ret, struct err *e)
{
    struct bytes c = bytes_of(payload.data, payload.len);
    struct membership m;
    memset(&m, 0, sizeof(m));
    uint8_t format = bytes_u8(&c);
    m.generation = bytes_u64(&c);
    m.config.count = bytes_u8(&c);
    bool ok = format == FORMAT && m.config.count > 0 && m.config.count <= LIMIT_MEMBERS;
    for (uint32_t i = 0; ok && i < m.config.count; i++)
        ok = take_member(&c, &m, i);
    ok = ok && has_voters(&m.config);
    m.lost_count = ok ? bytes_u8(&c) : 0;
    ok = ok && m.lost_count <= LIMIT_MEMBERS;
    for (uint32_t i = 0; ok && i < m.lost_count; i++)
        ok = take_peer(&c, &m.lost[i]);
    if (ok && !bytes_ended(&c)) {
        m.shutdown = bytes_u64(&c);
        ok = m.shutdown != 0;
    }
    if (!ok || !bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "configuration entry of %zu bytes is malformed", payload.len);
    *ret = m;
    return 0;
}

const struct node_peer *membership_find(const struct membership *m, raft_id id)
{
    uint32_t i = place_of(m, id);
    return i < m->config.count && m->config.members[i].id == id ? &m->peers[i] : NULL;
}

struct raft_member *membership_member(struct membership *m, raft_id id)
{
    uint32_t i = place_of(m, id);
    return i < m->config.count && m->config.members[i].id == id ? &m->config.members[i] : NULL;
}
