/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Committed entries enter the state machine in order, once, and their clients get answers. */
#include "node/clients/unread.h"
#include "node/node_private.h"

/* Bytes that are applied or read before the loop looks at the network and the clocks again: a
 * pipeline of large values does not keep a leader from its heartbeats. */
#define TURN_BYTES (8u << 20)

/* The write waiting for this entry, if it is ours and the same; one that waited for another entry
 * at this place can never commit any more. */
static struct request *waiting_for(struct node *n, const struct entry *e)
{
    struct request *r, *found = NULL;
    while ((r = TAILQ_FIRST(&n->clients.proposed)) != NULL && r->index <= e->index) {
        if (r->index == e->index && r->term == e->term) {
            found = r;
            break;
        }
        requests_fail(n, r, "ABORTED another entry was committed in its place; try again");
    }
    return found;
}

/* The machine takes every entry, whatever its kind; a DATA or SESSION entry makes a reply. One that
 * came without its command moves the machine's index and nothing else. Returns the bytes of the
 * reply to a client. */
static size_t apply_entry(struct node *n, const struct entry *entry)
{
    struct err err;
    struct entry hollow = *entry;
    const struct entry *e = entry;
    if (witness_hollow(entry)) {
        hollow.kind = ENTRY_NOOP;
        e = &hollow;
    }
    struct request *r = waiting_for(n, e);
    struct machine_result result;
    buf_reset(&n->unheard);
    int code = machine_apply(n->machine, e, r == NULL ? &n->unheard : &r->reply, &result, &err);
    if (code < 0) {
        node_die(n, NODE_EXIT_INVARIANT, "committed entry %llu: %s", (unsigned long long)e->index,
                 err.text);
        return 0;
    }
    n->applied = e->index;
    marks_applied(n);
    event_executed(n, &result);
    tell_applied(n, e);
    images_applied(n, e);
    if (e->kind == ENTRY_CONFIG)
        event_config_committed(n, e->index);
    if (r == NULL)
        return 0;
    size_t bytes = r->reply.len;
    r->reply_index = result.index;
    requests_answer(n, r, PEER_OUTCOME_OK);
    return bytes;
}

void apply_committed(struct node *n)
{
    struct err e;
    uint64_t before = n->applied;
    size_t bytes = 0;
    for (uint32_t i = 0;
         i < NODE_APPLY_ENTRIES && n->applied < n->commit && !n->dead && bytes <= TURN_BYTES; i++) {
        struct entry entry;
        if (wal_read(n->wal, n->applied + 1, &entry, &e) < 0) {
            node_die(n, NODE_EXIT_DISK, "entry %llu: %s", (unsigned long long)n->applied + 1,
                     e.text);
            return;
        }
        bytes += entry.len + apply_entry(n, &entry);
        /* At fixed places, so that the digests of all nodes can be compared however they batch. */
        if (n->applied % 64 == 0 && n->applied != n->commit)
            event_applied(n);
    }
    if (n->applied != before)
        event_applied(n);
    if (n->applied < n->commit)
        n->again = true;
}

/* Executes a read that is due; returns the bytes of its reply. */
static size_t apply_read(struct node *n, struct request *r)
{
    if (reads_stale(n, r)) {
        reads_fail_stale(n, r);
        return 0;
    }
    struct err e;
    int code = command_decode(span_of(r->command, r->len), n->words, &e);
    ASSERT(code == 0); /* encoded by this node */
    if (r->watches != NULL)
        multi_watch_read(n, r);
    else if (r->starts_watch)
        watch_start(n, r);
    else
        machine_read(n->machine, n->words->argv, n->words->argc, r->version, &r->reply);
    size_t bytes = r->reply.len;
    r->reply_index = n->applied;
    requests_answer(n, r, PEER_OUTCOME_OK);
    return bytes;
}

void apply_reads(struct node *n)
{
    struct request *r, *next;
    unsigned told = 1u << TRACE_READ_LEASE; /* when it was found to hold */
    size_t bytes = 0;
    unread_advance(n);
    bool bare = !TAILQ_EMPTY(&n->clients.read_at) && witness_bare(n);
    for (r = TAILQ_FIRST(&n->clients.read_at); r != NULL; r = next) {
        next = TAILQ_NEXT(r, place);
        if (r->index > n->applied || unread_holds(n, r))
            continue;
        if (bare) { /* it came before the node heard what it is */
            reads_fail_bare(n, r);
            continue;
        }
        if ((told >> r->served & 1) == 0)
            event_read_served(n, r->served, n->applied);
        told |= 1u << r->served;
        bytes += apply_read(n, r);
        if (bytes > TURN_BYTES) {
            n->again = true;
            return;
        }
    }
}
