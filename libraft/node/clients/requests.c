/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a request: proposed here, forwarded to the leader, or read (reads.c).
 *
 * Outcomes are three: OK (applied), FAIL (will never take effect: safe to send again) and UNKNOWN
 * (appended or sent on, fate open). Nothing here ever sends an UNKNOWN again. */
#include "base/mem.h"
#include "base/units.h"
#include "node/clients/admin.h"
#include "node/node_private.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_NS_DEFAULT (5 * NS_PER_S)
/* A FAIL from whoever we forwarded to may be tried once more at the leader it names. */
#define FORWARDS_MAX 2
#define BUSY         "BUSY too many requests are waiting; nothing was done, try again"

uint64_t requests_deadline_ns(const struct node *n)
{
    uint64_t span = n->options.client_deadline_ns;
    return span == 0 ? DEADLINE_NS_DEFAULT : span;
}

static uint64_t deadline_of(const struct node *n)
{
    return n->now_ns + requests_deadline_ns(n);
}

void requests_answer(struct node *n, struct request *r, enum peer_outcome outcome)
{
    struct clients *c = &n->clients;
    ASSERT(r->state != REQUEST_ANSWERED);
    request_leave_place(c, r);
    if (r->deadline_ns != RAFT_NEVER)
        TAILQ_REMOVE(&c->due, r, due);
    r->state = REQUEST_ANSWERED;
    r->outcome = outcome;
    metrics_answered(n, r);
    if (r->watches != NULL && r->kind == REQUEST_READ && outcome != PEER_OUTCOME_OK)
        r->watches->failed = true;
    if (r->starts_watch && r->client != NULL && outcome != PEER_OUTCOME_OK)
        watch_failed(r->client);
    if (r->client != NULL) {
        if (outcome == PEER_OUTCOME_OK && r->reply_index > r->client->seen)
            r->client->seen = r->reply_index;
        r->client->answered_bytes += r->reply.len;
        client_touch(c, r->client);
        return;
    }
    if (r->origin != 0)
        outbox_forward_reply(n, r);
    request_free(c, r);
}

void requests_fail(struct node *n, struct request *r, const char *error)
{
    buf_reset(&r->reply);
    r->reply_index = 0;
    respw_error(&r->reply, error);
    requests_answer(n, r, PEER_OUTCOME_FAIL);
}

void requests_unknown(struct node *n, struct request *r, const char *why)
{
    buf_reset(&r->reply);
    r->reply_index = 0;
    respw_errorf(&r->reply, "UNKNOWN %s; the write may or may not take effect", why);
    requests_answer(n, r, PEER_OUTCOME_UNKNOWN);
}

void requests_fail_no_leader(struct node *n, struct request *r)
{
    char line[REQUESTS_NO_LEADER_MAX];
    requests_no_leader(n, line);
    requests_fail(n, r, line);
}

/* ---- arrival ---- */

static void add_to_client(struct node *n, struct client *c, struct request *r)
{
    r->client = c;
    r->version = c->version;
    r->indexed = c->indexed;
    r->arrived_ns = n->now_ns;
    TAILQ_INSERT_TAIL(&c->requests, r, in_client);
    c->requests_count++;
    client_touch(&n->clients, c);
}

/* Too much is held for clients: nothing more is taken in. */
static bool is_full(const struct node *n)
{
    return n->clients.requests_bytes > LIMIT_UNCOMMITTED_BYTES * 2;
}

struct request *requests_new_empty(struct node *n, struct client *client, enum request_kind kind)
{
    uint64_t deadline = kind == REQUEST_ADMIN ? RAFT_NEVER : deadline_of(n);
    struct request *r = request_new(&n->clients, kind, NULL, 0, deadline);
    add_to_client(n, client, r);
    return r;
}

struct request *requests_new(struct node *n, struct client *client, enum request_kind kind,
                             int code, const struct err *e, enum entry_kind entry_kind)
{
    bool full = is_full(n);
    struct request *r = request_new(&n->clients, kind, n->frame.data,
                                    code < 0 || full ? 0 : n->frame.len, deadline_of(n));
    r->entry_kind = entry_kind;
    r->redirects = client->redirects;
    add_to_client(n, client, r);
    if (code == -E_INVALID) {
        respw_errorf(&r->reply, "ERR %s", e->text);
        requests_answer(n, r, PEER_OUTCOME_FAIL);
    } else if (code < 0 || (kind == REQUEST_WRITE && r->len > wal_entry_bytes_max(n->wal))) {
        requests_fail(n, r, "ERR the command is too long");
    } else if (full) {
        requests_fail(n, r, BUSY);
    }
    return r;
}

static void data_request(struct node *n, struct client *client, const struct command *command,
                         const struct span *argv, size_t argc)
{
    struct err e;
    struct buf error = {0};
    bool writes = (command->flags & COMMAND_WRITE) != 0;
    buf_reset(&n->frame);
    int code = writes ? envelope_encode(&n->frame, NULL, argv, argc, &e)
                      : command_encode(&n->frame, argv, argc, &e);
    if (!command_check_arity(command, argc, &error))
        code = err_set(&e, -E_INVALID, "wrong number of arguments for '%s' command", command->name);
    buf_free(&error);
    struct request *r =
        requests_new(n, client, writes ? REQUEST_WRITE : REQUEST_READ, code, &e, ENTRY_DATA);
    r->mode = client->mode;
    r->stale_ns = client->stale_ns;
}

static void session_request(struct node *n, struct client *client, const struct span *argv,
                            size_t argc)
{
    struct err e = {0};
    enum entry_kind kind = ENTRY_DATA;
    buf_reset(&n->frame);
    int code = session_payload(n, argv, argc, &kind, &e);
    (void)requests_new(n, client, REQUEST_WRITE, code, &e, kind);
}

void node_on_request(struct node *node, uint64_t now_ns, uint64_t client, const struct span *argv,
                     size_t argc)
{
    struct client *c = idmap_get(&node->clients.by_id, client);
    ASSERT(argc > 0);
    if (c == NULL || c->closing || node->dead)
        return;
    node->now_ns = now_ns;
    node->clients.commands_total++;
    bool collects = c->multi != NULL;
    const struct command *command =
        collects || c->watches_keys ? NULL : command_find(argv[0]); /* the usual way first */
    if (command != NULL) {
        data_request(node, c, command, argv, argc);
        return;
    }
    if ((!collects && watch_request(node, c, argv, argc)) || multi_request(node, c, argv, argc))
        return;
    bool session = argc > 1 && span_is_word(argv[0], "raft") && span_is_word(argv[1], "session");
    if (session) {
        session_request(node, c, argv + 2, argc - 2);
        return;
    }
    struct request *r = requests_new_empty(node, c, REQUEST_ADMIN);
    if (!admin_execute(node, c, argv, argc, r))
        reply_unknown(argv[0], &r->reply);
    if (r->state != REQUEST_ANSWERED && !r->parked)
        requests_answer(node, r, PEER_OUTCOME_OK);
}

static void issue_write(struct node *n, struct request *r)
{
    if (n->role == RAFT_LEADER) {
        r->state = REQUEST_QUEUED;
        TAILQ_INSERT_TAIL(&n->clients.queued, r, place);
        n->again = true;
        return;
    }
    if (r->redirects && n->leader != 0)
        requests_redirect(n, r);
    else if (r->origin != 0 || n->leader == 0 || r->forwards >= FORWARDS_MAX ||
             !outbox_forward(n, r))
        requests_fail_no_leader(n, r);
}

void requests_issue(struct node *n, struct request *r)
{
    ASSERT(r->state == REQUEST_WAITING && r->kind != REQUEST_ADMIN);
    if (n->raft == NULL) {
        requests_fail(n, r, "NOLEADER the node is starting; nothing was done, try again");
        return;
    }
    if (r->kind == REQUEST_WRITE && r->watches != NULL && !multi_seal(r)) {
        requests_fail(n, r, "EXECABORT Transaction discarded because its WATCH has failed.");
        return;
    }
    if (r->kind == REQUEST_WRITE) {
        issue_write(n, r);
        return;
    }
    reads_issue(n, r);
}

/* ---- writes ---- */

/* How many of the queued writes make the next batch. */
static uint32_t batch_size(const struct node *n)
{
    const struct request *r;
    uint32_t count = 0;
    size_t bytes = n->clients.proposed_bytes, own = 0;
    TAILQ_FOREACH(r, &n->clients.queued, place)
    {
        bool first = count == 0 && n->clients.proposed_bytes == 0;
        if (count == NODE_BATCH_ENTRIES || (!first && bytes + r->len > LIMIT_UNCOMMITTED_BYTES))
            break;
        own += r->len;
        if (!wal_space_known(n->wal, count + 1, own))
            break; /* what is appended should be written: whether it can be is known in a moment */
        bytes += r->len;
        count++;
    }
    return count;
}

/* This node leads no more: what was not appended yet goes to the new leader, or fails,
 * or its client is told where to go. */
static void reroute_queued(struct node *n)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&n->clients.queued)) != NULL) {
        request_leave_place(&n->clients, r);
        r->state = REQUEST_WAITING;
        issue_write(n, r);
    }
}

static void fail_queued(struct node *n, const char *error)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&n->clients.queued)) != NULL)
        requests_fail(n, r, error);
}

void requests_propose(struct node *n)
{
    if (TAILQ_EMPTY(&n->clients.queued))
        return;
    if (n->role != RAFT_LEADER) {
        reroute_queued(n);
        return;
    }
    if (wal_reserve_status(n->wal) != 0) {
        fail_queued(n, "NOSPACE the leader's disk is full; nothing was done, try again");
        return;
    }
    uint32_t count = batch_size(n);
    if (count == 0)
        return; /* they wait for commits, or for space, until their deadline */
    node_step(n, &(struct raft_event){.type = RAFT_PROPOSE,
                                      .now_ns = n->now_ns,
                                      .propose = {.count = count, .kind = ENTRY_DATA}});
    if (n->out->proposal == RAFT_TRANSFERRING)
        fail_queued(n, "TRANSFER leadership is being handed over; nothing was done, try again");
    else if (!TAILQ_EMPTY(&n->clients.queued) && n->out->proposal == RAFT_PROPOSED)
        n->again = true;
}

void requests_appended(struct node *n, uint64_t first, uint64_t term)
{
    struct clients *c = &n->clients;
    for (uint64_t index = first; index <= n->out->append_to; index++) {
        struct request *r = TAILQ_FIRST(&c->queued);
        ASSERT(r != NULL);
        request_leave_place(c, r);
        r->state = REQUEST_PROPOSED;
        r->index = index;
        r->term = term;
        c->proposed_bytes += r->len;
        /* By index: after a lost leadership an older one may wait at a higher index. */
        struct request *after = TAILQ_LAST(&c->proposed, request_list);
        while (after != NULL && after->index > index)
            after = TAILQ_PREV(after, request_list, place);
        if (after == NULL)
            TAILQ_INSERT_HEAD(&c->proposed, r, place);
        else
            TAILQ_INSERT_AFTER(&c->proposed, after, r, place);
    }
}

/* ---- between nodes ---- */

bool requests_payload_valid(struct node *n, struct span payload, enum entry_kind *ret_kind)
{
    struct envelope envelope;
    struct err e;
    if (envelope_decode(payload, &envelope, &e) < 0)
        return false;
    *ret_kind = envelope_is_data(&envelope) ? ENTRY_DATA : ENTRY_SESSION;
    if (!envelope_is_data(&envelope))
        return true;
    struct transaction t;
    if (envelope_is_transaction(&envelope))
        return transaction_decode(envelope.command, n->words, &t, &e) == 0;
    if (command_decode(envelope.command, n->words, &e) < 0)
        return false;
    const struct command *command = command_find(n->words->argv[0]);
    return command != NULL && (command->flags & COMMAND_WRITE) != 0;
}

void requests_forwarded(struct node *n, const struct peer_forward *forward)
{
    uint64_t limit = deadline_of(n);
    uint64_t deadline = n->now_ns + forward->deadline_left_ns;
    bool full = is_full(n); /* without this one, as for clients here */
    struct request *r =
        request_new(&n->clients, REQUEST_WRITE, forward->command.data, forward->command.len,
                    deadline < limit && deadline > n->now_ns ? deadline : limit);
    r->arrived_ns = n->now_ns;
    r->origin = forward->from;
    r->origin_id = forward->request_id;
    if (!requests_payload_valid(n, forward->command, &r->entry_kind))
        requests_fail(n, r, "ERR malformed forwarded command");
    else if (r->len > wal_entry_bytes_max(n->wal))
        requests_fail(n, r, "ERR the command is too long");
    else if (forward->hops > PEER_HOPS_MAX)
        requests_fail(n, r, "NOLEADER forwarded too often; nothing was done, try again");
    else if (full)
        requests_fail(n, r, BUSY);
    else
        requests_issue(n, r);
}

/* A refused write goes elsewhere only while no later one of its connection has left: commands of a
 * connection take effect in their order, or not at all. */
static bool later_write_left(const struct request *r)
{
    for (const struct request *later = TAILQ_NEXT(r, in_client); later != NULL;
         later = TAILQ_NEXT(later, in_client)) {
        if (later->kind == REQUEST_WRITE && later->state != REQUEST_WAITING)
            return true;
    }
    return false;
}

void requests_forward_reply(struct node *n, const struct peer_forward_reply *reply)
{
    struct request *r = idmap_get(&n->clients.forwards, reply->request_id);
    if (r == NULL || r->forwarded_to != reply->from)
        return; /* answered meanwhile, or never ours */
    bool elsewhere = reply->outcome == PEER_OUTCOME_FAIL && n->leader != 0 &&
                     n->leader != reply->from && r->forwards < FORWARDS_MAX && r->client != NULL &&
                     !later_write_left(r);
    if (elsewhere) {
        request_leave_place(&n->clients, r);
        r->state = REQUEST_WAITING;
        issue_write(n, r);
        return;
    }
    buf_reset(&r->reply);
    buf_put(&r->reply, reply->reply.data, reply->reply.len);
    r->reply_index = reply->index;
    requests_answer(n, r, reply->outcome);
}

void requests_peer_lost(struct node *n, raft_id peer)
{
    struct request *r, *next;
    for (r = TAILQ_FIRST(&n->clients.due); r != NULL; r = next) {
        next = TAILQ_NEXT(r, due);
        if (r->state == REQUEST_FORWARDED && r->forwarded_to == peer)
            requests_unknown(n, r, "the connection to the leader broke");
    }
}

/* What they did is in the image, if they are: but whether it is they, nothing here can tell. */
void requests_covered(struct node *n)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&n->clients.proposed)) != NULL && r->index <= n->applied)
        requests_unknown(n, r, "a snapshot of the leader took the place of the log here");
}

/* ---- deadlines ---- */

static void expire(struct node *n, struct request *r)
{
    bool may_happen = r->state == REQUEST_PROPOSED || r->state == REQUEST_FORWARDED;
    if (may_happen && r->kind == REQUEST_WRITE)
        requests_unknown(n, r, "no quorum answered within the deadline");
    else if (r->kind == REQUEST_WRITE && wal_reserve_status(n->wal) != 0)
        requests_fail(n, r, "NOSPACE the disk is full; nothing was done");
    else if (r->state == REQUEST_QUEUED && r->kind == REQUEST_WRITE)
        requests_fail(n, r,
                      "BUSY too much is waiting to be committed; nothing was done, try again");
    else if (r->state == REQUEST_WAITING && r->client != NULL && r->client->held_back)
        requests_fail(n, r, "BUSY the answers before it were not read; nothing was done");
    else if (r->kind == REQUEST_READ)
        reads_expire(n, r);
    else
        requests_fail(n, r, "NOLEADER no quorum answered within the deadline; try again");
}

/* What may still be appended has waited too long at half its time: its client should learn so early
 * enough to turn elsewhere. */
static uint64_t busy_at(const struct request *r)
{
    ASSERT(r->arrived_ns <= r->deadline_ns);
    return r->deadline_ns - (r->deadline_ns - r->arrived_ns) / 2;
}

void requests_deadlines(struct node *n)
{
    struct request *r;
    while ((r = TAILQ_FIRST(&n->clients.queued)) != NULL && busy_at(r) <= n->now_ns)
        expire(n, r);
    /* In order of arrival, which is the order of own deadlines. Forwarded requests may be due
     * before their turn here; the node they came from answers their clients in time. */
    while ((r = TAILQ_FIRST(&n->clients.due)) != NULL && r->deadline_ns <= n->now_ns)
        expire(n, r);
}

uint64_t requests_wake(const struct node *n)
{
    const struct request *first = TAILQ_FIRST(&n->clients.due);
    const struct request *queued = TAILQ_FIRST(&n->clients.queued);
    uint64_t due = first == NULL ? RAFT_NEVER : first->deadline_ns;
    uint64_t busy = queued == NULL ? RAFT_NEVER : busy_at(queued);
    return busy < due ? busy : due;
}
