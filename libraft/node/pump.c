/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One event through the core and its output carried out in the only legal order; and the turn. */
#include "base/units.h"
#include "node/clients/unread.h"
#include "node/node_private.h"

#include <stdarg.h>
#include <stdio.h>

void node_die(struct node *n, int exit_code, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list args;
    if (n->dead)
        return;
    n->dead = true;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    n->env.fatal(n->env.arg, exit_code, text);
}

/* Nothing beyond may be written or sent. Nobody gets there by living long: a number like that was
 * sent by somebody who is broken, and the disk has not seen it yet. */
static void check_numbers(struct node *n)
{
    uint64_t term = n->out->term, index = n->out->last.index;
    if (term < INT64_MAX && index < INT64_MAX)
        return;
    node_die(n, NODE_EXIT_INVARIANT,
             "term %llu, log up to %llu: such numbers end below 2^63; a peer that sends them is "
             "broken",
             (unsigned long long)term, (unsigned long long)index);
}

/* An image contradicts the log by itself, whoever sent the pieces of it and however long ago. */
static void die_overwritten(struct node *n, const struct raft_event *event)
{
    unsigned long long term = n->out->term;
    if (event->type == RAFT_INSTALL)
        node_die(n, NODE_EXIT_INVARIANT,
                 "the snapshot of entry %llu, received in term %llu, lacks entries committed here",
                 (unsigned long long)event->install.image.pos.index, term);
    else
        node_die(n, NODE_EXIT_INVARIANT, "%s leads term %llu and lacks entries committed here",
                 node_name_of(n, n->incoming.message.from), term);
}

static void check_fatal(struct node *n, const struct raft_event *event)
{
    switch (n->out->fatal) {
    case RAFT_FATAL_NOT: return;
    case RAFT_FATAL_TWO_LEADERS:
        node_die(n, NODE_EXIT_INVARIANT, "term %llu has two leaders: %s and %s",
                 (unsigned long long)n->out->term, node_name_of(n, n->out->leader),
                 node_name_of(n, n->incoming.message.from));
        return;
    case RAFT_FATAL_OVERWRITE: die_overwritten(n, event); return;
    case RAFT_FATAL_LOST_LOG:
        node_die(n, NODE_EXIT_DISK,
                 "the leader knows of %llu entries acknowledged here, but the log ends at %llu: "
                 "this data directory has lost entries and must not vote again; replace the member",
                 (unsigned long long)n->incoming.message.commit,
                 (unsigned long long)n->out->last.index);
        return;
    }
}

/* Who begins to lead stamps entries from now on; who recovers stamps one, without having led. */
static bool begins_to_stamp(const struct node *n, const struct raft_event *event)
{
    bool recovers = event->type == RAFT_RECOVER && n->out->append_from != 0;
    return recovers || (n->out->role == RAFT_LEADER && n->role != RAFT_LEADER);
}

/* The log clock goes on from the newest entry's stamp; where an image has taken the entries' place,
 * from its own. */
static void start_stamps(struct node *n)
{
    struct err e = {0};
    struct entry last;
    uint64_t index = wal_last(n->wal).index;
    n->stamp_base_at_ns = n->now_ns;
    if (machine_clock_ns(n->machine) > n->stamp_base)
        n->stamp_base = machine_clock_ns(n->machine);
    if (index >= wal_first(n->wal) && wal_read(n->wal, index, &last, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "entry %llu: %s", (unsigned long long)index, e.text);
        return;
    }
    if (index >= wal_first(n->wal) && last.stamp > n->stamp_base)
        n->stamp_base = last.stamp;
    n->stamp_appended = n->stamp_base;
}

/* Who campaigns because its leader told it to, here or elsewhere; 0: nobody. */
static raft_id heir_of(const struct node *n, const struct raft_event *event)
{
    if (event->type != RAFT_RECEIVE)
        return 0;
    const struct raft_message *m = event->receive.message;
    if (m->type == RAFT_REQUEST_VOTE && m->transfer != 0)
        return m->from;
    return m->type == RAFT_TIMEOUT_NOW && n->out->role == RAFT_CANDIDATE ? n->self : 0;
}

/* The one thing everybody looks for in a log. */
static void say_leader(struct node *n, const struct raft_event *event)
{
    const struct raft_output *out = n->out;
    char text[LIMIT_NODE_NAME + 96];
    unsigned long long term = out->term;
    if (out->leader == n->leader && (out->leader == 0 || out->term == n->term))
        return;
    raft_id heir = heir_of(n, event);
    n->metrics.leader_changes += out->leader != 0;
    if (out->leader == n->self)
        (void)snprintf(text, sizeof(text), "term %llu: leads", term);
    else if (out->leader != 0)
        (void)snprintf(text, sizeof(text), "term %llu: follows %s", term,
                       node_name_of(n, out->leader));
    else if (heir != 0)
        (void)snprintf(text, sizeof(text), "term %llu: leadership is handed to %s", term,
                       node_name_of(n, heir));
    else
        (void)snprintf(text, sizeof(text), "term %llu: no leader any more", term);
    journal_say(n, ENV_ABOUT_LEADER, ENV_INFO, text);
}

static void note_commit(struct node *n)
{
    if (n->out->commit <= n->commit)
        return;
    n->commit = n->out->commit;
    event_committed(n, n->commit);
}

static void note_state(struct node *n, const struct raft_event *event)
{
    const struct raft_output *out = n->out;
    say_leader(n, event);
    n->term = out->term;
    n->role = out->role;
    n->leader = out->leader;
    n->wake_at_ns = out->wake_at_ns;
    note_commit(n);
}

#define PACE_WARNING_NS (60 * NS_PER_S) /* between two warnings */

/* Elections are decided by who is silent for E: work that takes a fifth of it leaves no margin. */
static void watch_pace(struct node *n)
{
    const struct raft_output *out = n->out;
    uint64_t limit_ns = n->options.timing.election_ns_min / 5;
    char text[192], limit[UNITS_TEXT_MAX];
    if (out->role != RAFT_LEADER || n->role != RAFT_LEADER)
        pace_restart(&n->pace);
    if (out->role == RAFT_LEADER && out->append_from != 0)
        pace_appended(&n->pace, out->append_to, n->now_ns);
    if (!pace_committed(&n->pace, out->commit, n->now_ns, limit_ns) ||
        (n->pace_warned_ns != 0 && n->now_ns - n->pace_warned_ns < PACE_WARNING_NS))
        return;
    n->pace_warned_ns = n->now_ns;
    (void)snprintf(text, sizeof(text),
                   "%u of 1000 commits took longer than %s, a fifth of the election timeout: raise "
                   "it, or elections will come for no reason",
                   n->pace.slow_permille, units_print_duration(limit_ns, limit));
    journal_say(n, ENV_ABOUT_DISK, ENV_WARNING, text);
}

static void carry_out(struct node *n, const struct raft_event *event)
{
    check_fatal(n, event);
    check_numbers(n);
    if (n->dead)
        return;
    if (begins_to_stamp(n, event))
        start_stamps(n);
    /* A leader that goes because its removal has committed, committed it as a leader. */
    if (n->role == RAFT_LEADER && n->out->role != RAFT_LEADER && n->out->term == n->term)
        note_commit(n);
    event_output(n);
    notices_say(n);
    /* What a leader appends of its own accord, it appends because something has committed: a trace
     * says that first. On request it is the other way round: the new voters are counted. */
    if (n->out->append_term != 0 && n->out->change != RAFT_CHANGE_ACCEPTED)
        note_commit(n);
    persist_output(n, event);
    if (n->dead)
        return;
    watch_pace(n);
    note_state(n, event);
    n->images.chunk_wanted = n->out->chunk;
    outbox_send(n);
    reads_done(n);
    transfer_news(n);
    leave_transfer_news(n);
}

static void step_unsent(struct node *n, const struct raft_event *event)
{
    raft_step(n->raft, event, n->out);
    ASSERT(n->out->messages_count == 0);
    note_state(n, event);
}

/* What the network did not take is news to the core; it sends nothing in answer to that. */
static void tell_unsent(struct node *n)
{
    enum raft_refused_proposal proposal = n->out->proposal;
    for (size_t i = 0; i < n->unsent_count && !n->dead; i++)
        step_unsent(n, &(struct raft_event){
                           .type = RAFT_UNSENT,
                           .now_ns = n->now_ns,
                           .unsent = {.peer = n->unsent[i].peer, .first = n->unsent[i].first}});
    n->unsent_count = 0;
    for (size_t i = 0; i < n->images.unsent_count && !n->dead; i++) {
        const struct image_unsent *u = &n->images.unsent[i];
        step_unsent(n, &(struct raft_event){.type = RAFT_CHUNK_UNSENT,
                                            .now_ns = n->now_ns,
                                            .chunk_unsent = {.peer = u->peer,
                                                             .image = u->image,
                                                             .offset = u->offset,
                                                             .retry_ns = u->retry_ns,
                                                             .gone = u->gone}});
    }
    n->images.unsent_count = 0;
    n->out->proposal = proposal;
}

/* The mark outlives the damage by a moment: it only forbids. */
static void note_restored(struct node *n)
{
    struct err e;
    if (n->dead || n->store.identity.restoring == 0 || raft_restoring(n->raft) != 0)
        return;
    if (store_restored(&n->store, &e) < 0)
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
}

void node_step(struct node *n, const struct raft_event *event)
{
    if (n->dead || n->raft == NULL)
        return;
    ASSERT(n->unsent_count == 0);
    raft_step(n->raft, event, n->out);
    carry_out(n, event);
    current_step(n, event);
    note_restored(n);
    if (n->unsent_count + n->images.unsent_count > 0)
        tell_unsent(n);
}

static void add_peer(const struct node *n, struct node_peer *list, size_t *count,
                     const struct node_peer *peer)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].id == peer->id)
            return;
    }
    if (peer->id == n->self)
        return;
    struct node_peer *added = &list[(*count)++];
    const char *address = labels_address(n, peer);
    *added = *peer;
    if (address != peer->address)
        (void)snprintf(added->address, sizeof(added->address), "%s", address);
}

/* The members to be connected to, and those just before; an outsider also needs whoever said hello,
 * to answer. */
void node_tell_peers(struct node *n)
{
    struct node_peer others[NODE_PEERS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < n->membership.config.count; i++)
        add_peer(n, others, &count, &n->membership.peers[i]);
    for (uint32_t i = 0; i < n->former.config.count; i++)
        add_peer(n, others, &count, &n->former.peers[i]);
    for (uint32_t i = 0; i < n->membership.lost_count; i++)
        add_peer(n, others, &count, &n->membership.lost[i]); /* to be told */
    for (size_t i = 0; i < n->visitors_count; i++)
        add_peer(n, others, &count, &n->visitors[i]);
    n->peers_stale = false;
    contacts_sweep(n, others, count);
    n->env.peers(n->env.arg, others, count);
}

/* In longest election timeouts: longer than a removed member is told of its removal. */
#define FORMER_TIMEOUTS 8

void node_drop_former(struct node *n)
{
    if (n->former.config.count == 0)
        return;
    if (n->former_until_ns == RAFT_NEVER && n->config_index <= n->commit)
        n->former_until_ns = n->now_ns + FORMER_TIMEOUTS * n->options.timing.election_ns_max;
    if (n->now_ns < n->former_until_ns)
        return;
    n->former = (struct membership){0};
    node_tell_peers(n);
}

/* A configuration's entry: in the log, or gone from it below an image, which then holds it. */
static int config_payload(struct node *n, uint64_t index, struct span *ret, struct err *e)
{
    struct entry entry;
    if (index == n->images.config_index) {
        *ret = span_of(n->images.config.data, n->images.config.len);
        return 0;
    }
    int code = wal_read(n->wal, index, &entry, e);
    if (code == 0)
        *ret = span_of(entry.payload, entry.len);
    return code;
}

/* Those of the configuration before, and those who were on their way out then: removals that follow
 * each other closely do not cut anybody off from the news of its own. */
static void keep_former(struct node *n)
{
    struct membership older = n->former;
    struct err full = {0};
    n->former = n->membership;
    n->former_until_ns = RAFT_NEVER;
    for (uint32_t i = 0; i < older.config.count; i++) {
        if (membership_find(&n->former, older.peers[i].id) == NULL &&
            membership_add(&n->former, &older.peers[i], 0, &full) < 0)
            return;
    }
}

void node_refresh_membership(struct node *n)
{
    struct err e = {0};
    struct span payload;
    uint64_t index;
    const struct raft_config *config = raft_config(n->raft, &index);
    n->config_index = index;
    keep_former(n);
    if (config->count == 0) {
        n->membership = (struct membership){0};
    } else if (config_payload(n, index, &payload, &e) < 0 ||
               membership_decode(payload, &n->membership, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "configuration at %llu: %s", (unsigned long long)index, e.text);
        return;
    }
    witness_check(n);
    node_tell_peers(n);
}

void node_timeout(struct node *n)
{
    node_step(n, &(struct raft_event){.type = RAFT_TIMEOUT,
                                      .now_ns = n->now_ns,
                                      .timeout = {wal_reserve_status(n->wal) != 0}});
}

void node_on_timer(struct node *node, uint64_t now_ns)
{
    node->now_ns = now_ns;
    if (node->raft != NULL && now_ns >= node->wake_at_ns)
        node_timeout(node);
    requests_deadlines(node);
}

void node_on_io_done(struct node *node, uint64_t now_ns, struct vfs_op *op, int status)
{
    node->now_ns = now_ns;
    if (!node->dead)
        persist_done(node, op, status);
}

/* Replies may let the next requests of a connection start; those belong to this turn still, so
 * that a pipeline does not cost a turn each. Bounded: what remains waits for the next turn. */
#define PASSES 4

void node_pump(struct node *node, uint64_t now_ns)
{
    node->now_ns = now_ns;
    for (int pass = 0; pass < PASSES && !node->dead; pass++) {
        node->again = false;
        clients_deliver(node);
        requests_propose(node);
        reads_ask(node);
        apply_committed(node);
        apply_reads(node);
        recovery_advance(node);
        change_advance(node);
        transfer_turn(node);
        labels_advance(node);
        tick_advance(node);
        leave_queue_advance(node);
        leave_advance(node);
        clients_deliver(node);
        if (!node->again)
            break;
    }
    if (node->dead)
        return;
    watch_advance(node);
    contacts_look(node);
    node_drop_former(node);
    bonds_forget(node);
    if (node->peers_stale && node->raft != NULL)
        node_tell_peers(node);
    images_receive_advance(node);
    images_take_advance(node);
    images_compact(node);
    images_unpin(node);
    if (node->dead)
        return;
    persist_flush(node);
    space_advance(node);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What is to be done at once hides no deadline: one that has passed is earlier still, and a host
 * sees by that that it is due. */
uint64_t node_wake_at(const struct node *node)
{
    uint64_t wake = node->raft == NULL ? RAFT_NEVER : node->wake_at_ns;
    if (node->dead)
        return RAFT_NEVER;
    if (node->again || unread_has_room(node))
        wake = sooner(wake, node->now_ns);
    if (node->change.phase != CHANGE_IDLE)
        wake = sooner(wake, node->change.deadline_ns);
    if (node->former.config.count > 0)
        wake = sooner(wake, node->former_until_ns);
    wake = sooner(wake, requests_wake(node));
    wake = sooner(wake, leave_wake(node));
    wake = sooner(wake, space_wake(node));
    wake = sooner(wake, recovery_wake(node));
    wake = sooner(wake, images_wake(node));
    return sooner(wake, tick_wake(node));
}
