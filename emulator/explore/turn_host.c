/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's part of a step: what it wrote, what it sent, and how it stands now. */
#include "emulator/explore/turn.h"

#include <string.h>

/* The first limit is the one that counts. */
static void beyond(struct ex_turn *t, enum ex_limit limit)
{
    if ((t->flags & EX_BEYOND) == 0)
        t->limit = limit;
    t->flags |= EX_BEYOND;
}

/* New entries: the leader's own, or those that came with the packet. */
static void take_entries(struct ex_turn *t, struct ex_log *log, const struct ex_message *packet)
{
    const struct raft_output *out = t->out;
    for (uint64_t i = out->append_from; i <= out->append_to; i++) {
        struct ex_entry e = {(uint8_t)out->append_term, (uint8_t)out->append_kind, 0};
        if (packet != NULL && packet->m.type == RAFT_APPEND)
            e = packet->entries[i - packet->m.prev.index - 1];
        if (e.kind == ENTRY_CONFIG && e.config == 0) {
            uint64_t index;
            e.config = ex_space_config(t->space, raft_config(ex_turn_core(t), &index));
            ASSERT(index == i);
        }
        if (e.kind == ENTRY_CONFIG && e.config == 0)
            beyond(t, EX_LIMIT_CONFIGS);
        else if (!ex_log_put(log, e))
            beyond(t, EX_LIMIT_LOG);
    }
}

static void edit_log(struct ex_turn *t, struct ex_log *log, const struct ex_message *packet)
{
    const struct raft_output *out = t->out;
    if (out->log_reset)
        *log =
            (struct ex_log){.base = (uint8_t)out->base.index, .base_term = (uint8_t)out->base.term};
    if (out->truncate_from != 0)
        ex_log_cut(log, out->truncate_from);
    if (out->append_from != 0)
        take_entries(t, log, packet);
    if (out->base.index > log->base)
        ex_log_compact(log, out->base.index);
}

static void write_down(struct ex_turn *t, const struct ex_message *packet)
{
    struct ex_host *h = &t->row.host;
    const struct raft_output *out = t->out;
    uint64_t cuts = out->truncations - t->row.truncations;
    t->row.truncations = out->truncations;
    for (uint32_t i = 0; i < h->writes; i++)
        h->truncations_ago[i] = (uint8_t)(h->truncations_ago[i] + cuts);
    bool logged = out->log_reset || out->truncate_from != 0 || out->append_from != 0;
    bool compacted = out->base.index > ex_host_newest(h)->log.base;
    if (logged)
        t->flags |= EX_LOGGED;
    if (!out->hard_state && !logged && !compacted)
        return;
    if (h->writes == EX_WRITES) {
        beyond(t, EX_LIMIT_WRITES);
        return;
    }
    struct ex_disk next = *ex_host_newest(h);
    next.term = (uint8_t)out->term;
    next.vote = (uint8_t)out->vote;
    edit_log(t, &next.log, packet);
    h->later[h->writes] = next;
    h->truncations_ago[h->writes++] = 0;
}

/* An image that was received is durable before the core hears of it. */
static void take_over(struct ex_turn *t, const struct ex_message *packet)
{
    struct ex_host *h = &t->row.host;
    if (!t->out->installed || packet == NULL)
        return;
    h->image = (uint8_t)packet->m.image.pos.index;
    h->image_term = (uint8_t)packet->m.image.pos.term;
    h->image_config = packet->image_config;
    h->image_config_index = packet->image_config_index;
}

static void send_one(struct ex_turn *t, const struct raft_message *m)
{
    const struct ex_host *h = &t->row.host;
    struct ex_message *sent = &t->sent[t->sent_count];
    if (t->sent_count == EX_SENT) {
        beyond(t, EX_LIMIT_SENT);
        return;
    }
    ASSERT(m->entries_count <= EX_BATCH);
    memset(sent, 0, sizeof(*sent));
    sent->m = *m;
    for (uint32_t i = 0; i < m->entries_count; i++) {
        const struct ex_entry *e = ex_log_at(ex_host_log(h), m->prev.index + 1 + i);
        ASSERT(e != NULL);
        sent->entries[i] = *e;
    }
    if (m->type == RAFT_INSTALL_SNAPSHOT) {
        if (m->image.pos.index != h->image)
            return; /* its bytes are here no more: as if lost on the way */
        sent->image_config = h->image_config;
        sent->image_config_index = h->image_config_index;
    }
    t->sent_count++;
}

static void hear_reads(struct ex_turn *t)
{
    struct ex_host *h = &t->row.host;
    const struct raft_output *out = t->out;
    bool leased = out->read_leased_ctx != 0;
    if (!h->reading)
        return;
    if (leased || out->reads_ready_ctx >= h->reads) {
        t->flags |= EX_READ_DONE | (leased ? EX_LEASED : 0);
        t->read_index = (uint8_t)(leased ? out->read_leased_index : out->reads_ready_index);
        h->reading = false;
    } else if (out->reads_failed_ctx >= h->reads) {
        t->flags |= EX_READ_LOST;
        h->reading = false;
    }
}

/* Which deadlines are as rare as election timers, and counted with them. */
static bool is_rare(enum raft_reason_code code)
{
    return code == RAFT_BECAUSE_TIMED_OUT || code == RAFT_BECAUSE_CAMPAIGN ||
           code == RAFT_BECAUSE_SOLE_VOTER || code == RAFT_BECAUSE_LEADER_SILENT ||
           code == RAFT_BECAUSE_NO_QUORUM;
}

static void note_reasons(struct ex_turn *t)
{
    struct ex_host *h = &t->row.host;
    for (uint32_t i = 0; i < t->out->reasons_count; i++) {
        enum raft_reason_code code = t->out->reasons[i].code;
        if (is_rare(code))
            t->flags |= EX_TIMED;
        if (code == RAFT_BECAUSE_TIMED_OUT && h->attempts++ == UINT8_MAX && !t->calm)
            beyond(t, EX_LIMIT_ATTEMPTS);
        if (t->reasons_count < EX_REASONS)
            t->reasons[t->reasons_count++] = t->out->reasons[i];
    }
}

static void look(struct ex_turn *t)
{
    struct ex_row *row = &t->row;
    const struct raft *r = ex_turn_core(t);
    const struct raft_output *out = t->out;
    uint64_t now = row->now_ns, index;
    row->role = (uint8_t)out->role;
    row->term = (uint8_t)out->term;
    row->commit = (uint8_t)out->commit;
    row->leader = (uint8_t)out->leader;
    row->wake_ns = out->wake_at_ns;
    row->config = ex_space_config(t->space, raft_config(r, &index));
    struct raft_glance glance;
    raft_glance(r, &glance);
    row->hold_ns = glance.hold_until;
    memset(row->match, 0, sizeof(row->match));
    for (uint32_t i = 0; i < glance.slots_end && out->role == RAFT_LEADER; i++) {
        if (glance.members[i] != 0 && glance.members[i] <= EX_SERVERS)
            row->match[glance.members[i] - 1] = (uint8_t)glance.match[i];
    }
    if (out->role == RAFT_LEADER) {
        uint64_t own = now - raft_leader_age_ns(r, now) + t->space->timing.election_ns_min;
        row->hold_ns = own > row->hold_ns ? own : row->hold_ns;
    }
    row->holds = row->hold_ns > now;
    uint32_t terms = t->calm ? EX_TERMS + EX_CALM_TERMS : t->space->bounds.terms;
    if (out->term > terms)
        beyond(t, EX_LIMIT_TERMS);
    if (row->config == 0)
        beyond(t, EX_LIMIT_CONFIGS);
}

void ex_turn_host(struct ex_turn *t, const struct ex_message *packet)
{
    take_over(t, packet);
    write_down(t, packet);
    if ((t->flags & EX_BEYOND) != 0)
        return; /* what it would send may not be in the log that was not written */
    for (uint32_t i = 0; i < t->out->messages_count; i++)
        send_one(t, &t->out->messages[i]);
    hear_reads(t);
    note_reasons(t);
    look(t);
}

void ex_turn_written(struct ex_turn *t, uint32_t count)
{
    struct ex_host *h = &t->row.host;
    ASSERT(count > 0 && count <= h->writes);
    h->disk = h->later[count - 1];
    h->writes = (uint8_t)(h->writes - count);
    memmove(h->later, h->later + count, h->writes * sizeof(h->later[0]));
    memmove(h->truncations_ago, h->truncations_ago + count, h->writes);
    memset(h->later + h->writes, 0, count * sizeof(h->later[0]));
    memset(h->truncations_ago + h->writes, 0, count);
}
