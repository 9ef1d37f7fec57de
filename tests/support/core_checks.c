/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_checks.h"

#include "base/mem.h"
#include "tests/support/core_image.h"
#include "tests/support/core_image_checks.h"
#include "tests/support/core_members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASED UINT64_MAX /* of read_at */

void checks_init(struct checks *c, struct host *hosts, uint32_t count)
{
    ASSERT(count <= CHECK_NODES);
    *c = (struct checks){.hosts = hosts, .hosts_count = count};
    for (uint32_t i = 0; i < count; i++)
        c->nodes[i].before = mem_alloc(raft_size(&hosts[i].setup.limits));
}

void checks_free(struct checks *c)
{
    for (uint32_t i = 0; i < c->hosts_count; i++) {
        free(c->nodes[i].before);
        free(c->nodes[i].read_at);
    }
    for (uint64_t i = 0; i < c->indexes_count; i++)
        free(c->indexes[i].seen);
    free(c->indexes);
    free(c->terms);
    host_log_free(&c->committed);
}

void checks_fail(struct checks *c, raft_id id, const char *what, uint64_t a, uint64_t b)
{
    if (c->failure[0] == '\0')
        (void)snprintf(c->failure, sizeof(c->failure), "n%u: %s (%llu, %llu)", (unsigned)id, what,
                       (unsigned long long)a, (unsigned long long)b);
}

static struct check_term *term_of(struct checks *c, uint64_t term)
{
    if (term >= c->terms_count) {
        c->terms = mem_grow(c->terms, term + 1, sizeof(*c->terms));
        memset(c->terms + c->terms_count, 0, (term + 1 - c->terms_count) * sizeof(*c->terms));
        c->terms_count = term + 1;
    }
    return &c->terms[term];
}

static struct check_index *index_of(struct checks *c, uint64_t index)
{
    if (index >= c->indexes_count) {
        c->indexes = mem_grow(c->indexes, index + 1, sizeof(*c->indexes));
        memset(c->indexes + c->indexes_count, 0,
               (index + 1 - c->indexes_count) * sizeof(*c->indexes));
        c->indexes_count = index + 1;
    }
    return &c->indexes[index];
}

/* Log matching: by induction over the predecessors, equal {index, term} means equal logs. */
static void check_entry(struct checks *c, raft_id id, uint64_t index)
{
    const struct host_log *log = &c->hosts[id - 1].log;
    const struct host_entry *e = host_log_at(log, index), *p = host_log_at(log, index - 1);
    struct check_seen now = {e->term, e->id, p == NULL ? log->base.term : p->term};
    struct check_index *at = index_of(c, index);
    for (uint32_t i = 0; i < at->count; i++) {
        if (at->seen[i].term != now.term)
            continue;
        if (at->seen[i].id != now.id || at->seen[i].previous_term != now.previous_term)
            checks_fail(c, id, "log matching: another entry of this index and term", index,
                        now.term);
        return;
    }
    at->seen = mem_grow(at->seen, at->count + 1, sizeof(now));
    at->seen[at->count++] = now;
}

/* A voter set's majority has the committed entry on its disk. */
static bool durable_on(const struct checks *c, const struct raft_config *config, uint32_t flag,
                       uint64_t index, uint64_t entry_id)
{
    uint32_t voters = 0, have = 0;
    for (uint32_t i = 0; i < config->count; i++) {
        if ((config->members[i].flags & flag) == 0)
            continue;
        const struct host *h = &c->hosts[config->members[i].id - 1];
        const struct host_entry *e = host_log_at(&h->disk.log, index);
        const struct host_image *image = host_image_newest(h);
        bool inside = image != NULL && index <= image->image.pos.index;
        voters++;
        have += inside || (e != NULL && e->id == entry_id);
    }
    return voters == 0 || 2 * have > voters;
}

/* The configuration the commit was counted under: a joint one is left only after it committed. */
static const struct raft_config *counted_under(const struct host *h, const struct check_node *n)
{
    uint64_t index;
    return raft_config(h->out.change == RAFT_CHANGE_ACCEPTED ? h->core : n->before, &index);
}

static void check_commit(struct checks *c, raft_id id)
{
    struct host *h = &c->hosts[id - 1];
    struct check_node *n = &c->nodes[id - 1];
    /* It may have left office since, in the same term. */
    bool led = raft_role(n->before) == RAFT_LEADER && raft_term(n->before) == h->out.term;
    for (uint64_t i = n->commit + 1; i <= h->out.commit; i++) {
        const struct host_entry *e = host_log_at(&h->log, i);
        const struct host_entry *known = host_log_at(&c->committed, i);
        if (e == NULL && known == NULL)
            checks_fail(c, id, "an image goes beyond what is committed", i, 0);
        if (e == NULL)
            continue; /* in the image, which is looked at on its own */
        if (known != NULL && known->id != e->id)
            checks_fail(c, id, "two histories: another entry was committed", i, known->term);
        if (known != NULL)
            continue;
        const struct raft_config *config = counted_under(h, n);
        if (!led)
            checks_fail(c, id, "committed before any leader counted", i, e->term);
        if (!durable_on(c, config, RAFT_VOTER, i, e->id) ||
            !durable_on(c, config, RAFT_VOTER_OLD, i, e->id))
            checks_fail(c, id, "committed but not durable on a quorum", i, e->term);
        host_log_put(&c->committed, *e);
        c->commits_counted++;
    }
    if (h->out.commit > n->commit && led && host_log_term(&h->log, h->out.commit) != h->out.term)
        checks_fail(c, id, "an entry of an older term was committed by counting", h->out.commit, 0);
    if (h->out.commit < n->commit)
        checks_fail(c, id, "commit fell", n->commit, h->out.commit);
    n->commit = h->out.commit;
}

/* A vote of the term was given to the candidate by a quorum of the configuration it knew. */
static bool elected(const struct checks *c, raft_id id, const struct check_term *t)
{
    uint64_t index;
    uint32_t votes = c->hosts[id - 1].disk.vote == id ? 1u << (id - 1) : 0;
    for (uint32_t i = 0; i < c->hosts_count; i++)
        votes |= t->votes[i] == id ? 1u << i : 0;
    return members_quorum(raft_config(c->nodes[id - 1].before, &index), votes);
}

/* Election safety and leader completeness. P fig. 3. */
static void check_leader(struct checks *c, raft_id id)
{
    struct host *h = &c->hosts[id - 1];
    struct check_term *t = term_of(c, h->out.term);
    if (t->leader != 0 && t->leader != id)
        checks_fail(c, id, "two leaders of one term", h->out.term, t->leader);
    if (t->leader == id)
        return;
    t->leader = id;
    if (!elected(c, id, t))
        checks_fail(c, id, "leads without the votes of a quorum", h->out.term, 0);
    for (uint64_t i = h->log.base.index + 1; i <= host_log_last(&c->committed); i++) {
        const struct host_entry *e = host_log_at(&h->log, i);
        if (e == NULL || e->id != host_log_at(&c->committed, i)->id)
            checks_fail(c, id, "the new leader lacks a committed entry", i, h->out.term);
    }
}

static void check_vote(struct checks *c, raft_id id, uint64_t term, raft_id vote)
{
    const struct host *h = &c->hosts[id - 1];
    struct check_term *t = term_of(c, term);
    if (t->votes[id - 1] != 0 && t->votes[id - 1] != vote)
        checks_fail(c, id, "two votes in one term", term, vote);
    t->votes[id - 1] = vote;
    if (h->disk.term != term || h->disk.vote != vote)
        checks_fail(c, id, "a vote left before it was durable", term, vote);
}

/* What leaves is on the disk first. T 3.8. */
static void check_message(struct checks *c, raft_id id, const struct raft_message *m)
{
    const struct host *h = &c->hosts[id - 1];
    if (m->type != RAFT_PRE_VOTE && m->term != h->disk.term)
        checks_fail(c, id, "a message left in a term that is not durable", m->term, m->type);
    if (m->type == RAFT_REQUEST_VOTE)
        check_vote(c, id, m->term, id);
    if (m->type == RAFT_REQUEST_VOTE_REPLY && m->granted)
        check_vote(c, id, m->term, m->to);
    bool append = m->type == RAFT_APPEND_REPLY && m->status == RAFT_APPEND_OK;
    bool image =
        m->type == RAFT_INSTALL_SNAPSHOT_REPLY &&
        (m->chunk_status == RAFT_CHUNK_INSTALLED || m->chunk_status == RAFT_CHUNK_OBSOLETE);
    if ((!append && !image) || m->match == 0)
        return;
    if (!image_or_log_durable(h, m->match))
        checks_fail(c, id, "an entry was acknowledged before it was durable", m->match, m->term);
    c->acks_checked++;
}

/* Served at the moment it came: nothing may have been committed that it does not see, and nobody
 * may lead a later term. */
static void check_leased(struct checks *c, raft_id id)
{
    const struct raft_output *out = &c->hosts[id - 1].out;
    struct check_node *n = &c->nodes[id - 1];
    if (out->read_leased_ctx == 0)
        return;
    if (out->read_leased_ctx != n->reads)
        checks_fail(c, id, "a read was served by lease that nobody asked", out->read_leased_ctx, 0);
    if (out->read_leased_index < n->read_at[n->reads])
        checks_fail(c, id, "stale read by lease", out->read_leased_index, n->read_at[n->reads]);
    for (uint64_t term = out->term + 1; term < c->terms_count; term++) {
        if (c->terms[term].leader != 0)
            checks_fail(c, id, "a lease beside a later leader", out->term, term);
    }
    n->read_at[n->reads] = LEASED;
    c->leased_checked++;
}

static void check_reads(struct checks *c, raft_id id)
{
    const struct raft_output *out = &c->hosts[id - 1].out;
    struct check_node *n = &c->nodes[id - 1];
    uint64_t ready = out->reads_ready_ctx, failed = out->reads_failed_ctx;
    if (ready > n->reads || failed > n->reads)
        checks_fail(c, id, "a read was answered that nobody asked", ready, failed);
    if (ready > n->resolved && out->reads_ready_index < n->read_at[ready])
        checks_fail(c, id, "stale read", out->reads_ready_index, n->read_at[ready]);
    c->reads_checked += ready > n->resolved;
    n->resolved = ready > n->resolved ? ready : n->resolved;
    n->resolved = failed > n->resolved ? failed : n->resolved;
    while (n->resolved < n->reads && n->read_at[n->resolved + 1] == LEASED)
        n->resolved++;
}

uint64_t checks_read(struct checks *c, raft_id id)
{
    struct check_node *n = &c->nodes[id - 1];
    n->reads++;
    n->read_at = mem_grow(n->read_at, n->reads + 1, sizeof(*n->read_at));
    n->read_at[n->reads] = host_log_last(&c->committed);
    return n->reads;
}

void checks_crashed(struct checks *c, raft_id id)
{
    c->nodes[id - 1].commit = 0;
    c->nodes[id - 1].resolved = c->nodes[id - 1].reads;
}

/* A pre-vote changes nothing (T 9.6); neither does any request for a vote within an election
 * timeout of hearing a leader, restarts in between included (T 4.2.3), unless that leader asked for
 * the election (T 3.10). */
static void check_asked(struct checks *c, raft_id id, const struct raft_message *m, uint64_t now_ns)
{
    const struct host *h = &c->hosts[id - 1];
    struct check_node *n = &c->nodes[id - 1];
    bool asks = m->type == RAFT_PRE_VOTE ||
                (m->type == RAFT_REQUEST_VOTE && !m->transfer && now_ns < n->held_until);
    bool granted = h->out.messages_count > 0 && h->out.messages[0].granted;
    if (asks && (raft_term(n->before) != h->out.term || h->out.hard_state))
        checks_fail(c, id, "a question changed term or vote", h->out.term, m->type);
    if (asks && granted && now_ns < n->held_until)
        checks_fail(c, id, "granted although a leader was heard just now", h->out.term, m->type);
    bool leads =
        m->type == RAFT_APPEND || m->type == RAFT_HEARTBEAT || m->type == RAFT_INSTALL_SNAPSHOT;
    if (leads && m->term == h->out.term)
        n->held_until = now_ns + h->setup.timing.election_ns_min;
}

void checks_before(struct checks *c, raft_id id)
{
    const struct host *h = &c->hosts[id - 1];
    memcpy(c->nodes[id - 1].before, h->core, raft_size(&h->setup.limits));
}

void checks_after(struct checks *c, raft_id id, const struct host_packet *packet, uint64_t now_ns)
{
    const struct host *h = &c->hosts[id - 1];
    const char *broken = raft_invariant(h->core);
    if (broken == NULL)
        broken = raft_invariant_delta(c->nodes[id - 1].before, h->core);
    if (broken != NULL)
        checks_fail(c, id, broken, 0, 0);
    if (h->out.fatal != RAFT_FATAL_NOT)
        checks_fail(c, id, "fatal", h->out.fatal, h->out.term);
    if (h->out.append_from != 0) {
        for (uint64_t i = h->out.append_from; i <= h->out.append_to; i++)
            check_entry(c, id, i);
    }
    if (packet != NULL)
        check_asked(c, id, &packet->message, now_ns);
    check_members(c, id, packet);
    check_image(c, id);
    if (h->out.role == RAFT_LEADER)
        check_leader(c, id);
    check_commit(c, id);
    check_leased(c, id);
    check_reads(c, id);
    for (uint32_t i = 0; i < h->out.messages_count; i++)
        check_message(c, id, &h->out.messages[i]);
}
