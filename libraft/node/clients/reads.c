/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads, in the mode of their connection:
 *   index   linearizable: at a commit index that a quorum confirmed after the read came (T 6.4)
 *   lease   linearizable if clocks keep their rate: the leader answers without asking (T 6.4.1)
 *   local   what this node has applied, old perhaps, but never older than what the connection has
 *           seen: every answer's index is remembered, and a local read waits for it (T 6.4.1); not
 *           before it has caught up since its start (current.c), nor where it is no member */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>

#define MAXSTALE_MS_MAX (24u * 3600u * 1000u)

static const char *const mode_names[] = {"index", "lease", "local"};

void reads_fail_bare(struct node *n, struct request *r)
{
    requests_fail(n, r, "NOTDATA this node is a witness and holds no data; ask another");
}

void reads_issue(struct node *n, struct request *r)
{
    struct clients *c = &n->clients;
    if (witness_bare(n)) {
        reads_fail_bare(n, r);
        return;
    }
    if (r->mode == READ_LOCAL && raft_restoring(n->raft) != 0) { /* the core fails the others */
        requests_fail(n, r, "NOTDATA this node's damaged log is being restored; ask another");
        return;
    }
    if (r->mode == READ_LOCAL && outsider_is(n)) {
        requests_fail_no_leader(n, r);
        return;
    }
    if (r->mode == READ_LOCAL && !current_is(n)) {
        current_refuse(n, r);
        return;
    }
    if (r->mode != READ_LOCAL) {
        r->state = REQUEST_QUEUED;
        TAILQ_INSERT_TAIL(&c->to_read, r, place);
    } else {
        ASSERT(r->client != NULL);
        r->state = REQUEST_READ_AT;
        r->index = r->client->seen;
        r->served = TRACE_READ_LOCAL;
        TAILQ_INSERT_TAIL(&c->read_at, r, place);
    }
    n->again = true;
}

/* The turn's reads of one mode as one. Its clock was read after they came: a lease that ended
 * between their coming and now does not serve them. */
static void ask(struct node *n, enum read_mode mode)
{
    struct clients *c = &n->clients;
    struct request *r, *next;
    uint64_t ctx = 0;
    for (r = TAILQ_FIRST(&c->to_read); r != NULL; r = next) {
        next = TAILQ_NEXT(r, place);
        if (r->mode != mode)
            continue;
        if (ctx == 0)
            ctx = c->next_ctx++;
        request_leave_place(c, r);
        r->state = REQUEST_READING;
        r->ctx = ctx;
        TAILQ_INSERT_TAIL(&c->reading, r, place);
    }
    if (ctx != 0)
        node_step(n, &(struct raft_event){.type = RAFT_READ,
                                          .now_ns = n->now_ns,
                                          .read = {.ctx = ctx, .lease = mode == READ_LEASE}});
}

void reads_ask(struct node *n)
{
    ask(n, READ_INDEX);
    ask(n, READ_LEASE);
}

static void may_serve(struct node *n, struct request *r, uint64_t index, enum trace_read served)
{
    request_leave_place(&n->clients, r);
    r->state = REQUEST_READ_AT;
    r->index = index;
    r->served = served;
    TAILQ_INSERT_TAIL(&n->clients.read_at, r, place);
}

/* The newest ones alone, which came just now; those before them wait for their round. */
static void leased(struct node *n)
{
    struct request *r, *before;
    for (r = TAILQ_LAST(&n->clients.reading, request_list);
         r != NULL && r->ctx == n->out->read_leased_ctx; r = before) {
        before = TAILQ_PREV(r, request_list, place);
        may_serve(n, r, n->out->read_leased_index, TRACE_READ_LEASE);
    }
}

void reads_done(struct node *n)
{
    struct clients *c = &n->clients;
    struct request *r;
    uint64_t ready = n->out->reads_ready_ctx, failed = n->out->reads_failed_ctx;
    if (n->out->read_leased_ctx != 0)
        leased(n);
    while ((r = TAILQ_FIRST(&c->reading)) != NULL && r->ctx <= ready) {
        /* A leader that was asked may have answered by its lease; it does not say. */
        bool asked = n->role != RAFT_LEADER && r->mode == READ_LEASE;
        may_serve(n, r, n->out->reads_ready_index, asked ? TRACE_READ_ASKED : TRACE_READ_INDEX);
    }
    while ((r = TAILQ_FIRST(&c->reading)) != NULL && r->ctx <= failed)
        requests_fail_no_leader(n, r);
}

bool reads_stale(const struct node *n, const struct request *r)
{
    return r->mode == READ_LOCAL && r->stale_ns != 0 &&
           raft_leader_age_ns(n->raft, n->now_ns) > r->stale_ns;
}

void reads_fail_stale(struct node *n, struct request *r)
{
    char line[128] = "STALE no leader was heard since this node started";
    uint64_t age_ns = raft_leader_age_ns(n->raft, n->now_ns);
    if (age_ns != RAFT_NEVER)
        (void)snprintf(line, sizeof(line),
                       "STALE the leader was heard %llu ms ago, %llu ms are allowed",
                       (unsigned long long)(age_ns / NS_PER_MS),
                       (unsigned long long)(r->stale_ns / NS_PER_MS));
    requests_fail(n, r, line);
}

void reads_expire(struct node *n, struct request *r)
{
    char line[128];
    if (r->mode == READ_LOCAL && r->state == REQUEST_READ_AT) {
        (void)snprintf(line, sizeof(line),
                       "STALE index %llu is not applied here yet (%llu is); try again",
                       (unsigned long long)r->index, (unsigned long long)n->applied);
        requests_fail(n, r, line);
    } else if (n->role == RAFT_LEADER && !raft_term_committed(n->raft)) {
        requests_fail(n, r, "BUSY the leader has committed nothing in its term yet; try again");
    } else {
        requests_fail(n, r, "NOLEADER no quorum answered within the deadline; try again");
    }
}

/* ---- RAFT READMODE, RAFT SEEN ---- */

static bool parse_mode(struct span word, enum read_mode *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_names); i++) {
        if (span_is_word(word, mode_names[i])) {
            *ret = (enum read_mode)i;
            return true;
        }
    }
    return false;
}

void reads_mode(struct node *n, struct client *c, const struct span *argv, size_t argc,
                struct buf *reply)
{
    enum read_mode mode;
    uint64_t ms = 0;
    if (argc == 0) {
        respw_bulk_str(reply, mode_names[c->mode]);
        return;
    }
    bool limited = argc == 3 && span_is_word(argv[1], "maxstale");
    if (!parse_mode(argv[0], &mode) || (argc != 1 && !limited)) {
        respw_error(reply, "ERR give RAFT READMODE INDEX|LEASE|LOCAL [MAXSTALE milliseconds]");
    } else if (limited && (mode != READ_LOCAL || !span_to_u64(argv[2], &ms) || ms == 0 ||
                           ms > MAXSTALE_MS_MAX)) {
        respw_errorf(reply, "ERR MAXSTALE goes with LOCAL and takes 1 to %u milliseconds",
                     MAXSTALE_MS_MAX);
    } else if (mode == READ_LEASE && !n->options.lease_reads) {
        respw_error(reply, "ERR lease reads are off on this node: start it with --lease-reads on");
    } else {
        c->mode = mode;
        c->stale_ns = limited ? ms * NS_PER_MS : n->options.max_staleness_ns;
        respw_ok(reply);
    }
}

void reads_seen(struct client *c, const struct span *argv, size_t argc, struct buf *reply)
{
    uint64_t index = 0;
    if (argc > 1 || (argc == 1 && (!span_to_u64(argv[0], &index) || index > INT64_MAX))) {
        respw_error(reply, "ERR give RAFT SEEN [INDEX], an index of the log");
        return;
    }
    if (index > c->seen)
        c->seen = index;
    respw_unsigned(reply, c->seen);
}
