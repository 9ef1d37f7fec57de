/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_members.h"

#include "tests/support/core_image.h"

static bool half_quorum(const struct raft_config *c, uint32_t flag, uint32_t set)
{
    uint32_t voters = 0, have = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if ((c->members[i].flags & flag) == 0)
            continue;
        voters++;
        have += set >> (c->members[i].id - 1) & 1;
    }
    return voters == 0 || 2 * have > voters;
}

bool members_quorum(const struct raft_config *config, uint32_t set)
{
    return half_quorum(config, RAFT_VOTER, set) && half_quorum(config, RAFT_VOTER_OLD, set);
}

/* No quorum of one leaves a quorum of the other over: else both could decide. */
static bool overlap(const struct raft_config *a, const struct raft_config *b)
{
    for (uint32_t set = 0; set < 1u << CHECK_NODES; set++) {
        if (members_quorum(a, set) && members_quorum(b, ~set))
            return false;
    }
    return true;
}

static uint32_t flags_of(const struct raft_config *c, raft_id id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return c->members[i].flags;
    }
    return 0;
}

/* One change at a time, held to commit, after an entry of the own term; what follows shares a
 * member with every quorum of what was before. T 4.1, 4.3. */
static void check_appended(struct checks *c, raft_id id)
{
    const struct host *h = &c->hosts[id - 1];
    uint64_t before_index, index;
    const struct raft_config *before = raft_config(c->nodes[id - 1].before, &before_index);
    const struct raft_config *now = raft_config(h->core, &index);
    c->joints += now->joint;
    if (index != h->out.append_to)
        checks_fail(c, id, "a configuration was appended that is not in force", index, 0);
    if (before_index > h->out.commit)
        checks_fail(c, id, "two changes of members at once", before_index, index);
    if (host_log_term(&h->log, h->out.commit) != h->out.term)
        checks_fail(c, id, "a change of members before an entry of the term", index, h->out.term);
    if (!overlap(before, now))
        checks_fail(c, id, "quorums of two configurations do not meet", before_index, index);
    if (before->joint && now->joint)
        checks_fail(c, id, "a joint configuration follows another", before_index, index);
}

/* Only a voter asks for votes or leads: of the latest configuration, or of the one before while the
 * latest is not known to be committed. T 4.2.2. */
static void check_entitled(struct checks *c, raft_id id)
{
    const struct host *h = &c->hosts[id - 1];
    uint64_t index, before;
    const struct raft_config *latest = raft_config(h->core, &index);
    uint32_t flags = flags_of(latest, id);
    if (index > h->out.commit)
        flags |= flags_of(host_config_at(h, index - 1, &before), id);
    if (h->out.role != RAFT_FOLLOWER && (flags & (RAFT_VOTER | RAFT_VOTER_OLD)) == 0)
        checks_fail(c, id, "no voter, and yet no follower", index, h->out.role);
}

/* A witness has nothing to lead with, and witnesses alone are no majority of any half. */
static void check_witnesses(struct checks *c, raft_id id)
{
    const struct host *h = &c->hosts[id - 1];
    uint64_t index;
    const struct raft_config *now = raft_config(h->core, &index);
    uint32_t voters = 0, witnesses = 0;
    for (uint32_t i = 0; i < now->count; i++) {
        if ((now->members[i].flags & RAFT_VOTER) == 0)
            continue;
        voters++;
        witnesses += (now->members[i].flags & RAFT_WITNESS) != 0;
    }
    if (voters > 0 && 2 * witnesses >= voters)
        checks_fail(c, id, "more witnesses than data", witnesses, voters);
    if (h->out.role != RAFT_FOLLOWER && (flags_of(now, id) & RAFT_WITNESS) != 0)
        checks_fail(c, id, "a witness stands for election", h->out.role, 0);
}

/* TimeoutNow goes to who has everything, and is obeyed only if the leader sent it in this term. */
static void check_transfer(struct checks *c, raft_id id, const struct host_packet *packet)
{
    const struct host *h = &c->hosts[id - 1];
    const struct raft *before = c->nodes[id - 1].before;
    for (uint32_t i = 0; i < h->out.messages_count; i++) {
        const struct raft_message *m = &h->out.messages[i];
        if (m->type != RAFT_TIMEOUT_NOW)
            continue;
        const struct host_log *log = &c->hosts[m->to - 1].disk.log;
        bool below = m->last.index < log->base.index; /* in an image: committed */
        if (!below && host_log_term(log, m->last.index) != m->last.term)
            checks_fail(c, id, "a target was told to campaign without everything", m->to,
                        m->last.index);
    }
    bool told = packet != NULL && packet->message.type == RAFT_TIMEOUT_NOW;
    if (!told || h->out.term == raft_term(before))
        return;
    if (packet->message.term != raft_term(before) || packet->message.from != raft_leader(before))
        checks_fail(c, id, "obeyed TimeoutNow of another term or node", packet->message.term,
                    packet->message.from);
}

static void count(struct checks *c, const struct host *h)
{
    for (uint32_t i = 0; i < h->out.reasons_count; i++)
        c->reasons[h->out.reasons[i].code]++;
    c->changes[h->out.change]++;
    c->transfers[h->out.transfer]++;
}

void check_members(struct checks *c, raft_id id, const struct host_packet *packet)
{
    const struct host *h = &c->hosts[id - 1];
    uint64_t before, now;
    bool led = raft_role(c->nodes[id - 1].before) == RAFT_LEADER;
    (void)raft_config(c->nodes[id - 1].before, &before);
    (void)raft_config(h->core, &now);
    c->rolled_back += now < before || (now == before && h->out.truncate_from != 0 &&
                                       h->out.truncate_from <= before);
    count(c, h);
    if (led && h->out.append_from != 0 && h->out.append_kind == ENTRY_CONFIG)
        check_appended(c, id);
    if (h->out.change == RAFT_CHANGE_ACCEPTED && now != h->out.append_from)
        checks_fail(c, id, "an accepted change was not appended", now, h->out.append_from);
    check_entitled(c, id);
    check_witnesses(c, id);
    check_transfer(c, id, packet);
}
