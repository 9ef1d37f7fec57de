/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core's messages as frames, with the entries they name attached. */
#include "node/node_private.h"

#include <stdio.h>

static void note_unsent(struct node *n, raft_id peer, uint64_t first)
{
    ASSERT(n->unsent_count < NODE_UNSENT_MAX);
    n->unsent[n->unsent_count].peer = peer;
    n->unsent[n->unsent_count].first = first;
    n->unsent_count++;
}

/* Collects entries first..first+count-1 up to LIMIT_APPEND_BYTES (one larger goes alone); for a
 * witness without the commands in them. Returns how many, or a negative code. */
static int64_t collect(struct node *n, uint64_t first, uint32_t count, bool witness)
{
    struct err e;
    size_t bytes = 0;
    buf_reset(&n->payloads);
    uint32_t taken = 0;
    for (; taken < count && taken < NODE_BATCH_ENTRIES; taken++) {
        uint32_t len = witness ? 0 : wal_size_of(n->wal, first + taken);
        if (taken > 0 && bytes + len > LIMIT_APPEND_BYTES)
            break;
        struct entry *entry = &n->entries[taken];
        int code = wal_read(n->wal, first + taken, entry, &e);
        if (code < 0) {
            node_die(n, NODE_EXIT_DISK, "entry %llu: %s", (unsigned long long)(first + taken),
                     e.text);
            return code;
        }
        if (witness && (entry->kind == ENTRY_DATA || entry->kind == ENTRY_SESSION))
            entry->len = 0;
        bytes += entry->len;
        buf_put(&n->payloads, entry->payload, entry->len);
    }
    size_t at = 0;
    for (uint32_t i = 0; i < taken; i++) {
        n->entries[i].payload = (const uint8_t *)n->payloads.data + at;
        at += n->entries[i].len;
    }
    return taken;
}

static bool send_frame(struct node *n, raft_id to)
{
    if (n->recovery.phase == RECOVERY_WRITING)
        return false;
    return n->env.send(n->env.arg, to, n->frame.data, n->frame.len);
}

static void send_append(struct node *n, struct raft_message m)
{
    struct err e;
    uint64_t first = m.prev.index + 1;
    uint32_t wanted = m.entries_count;
    int64_t taken = collect(n, first, wanted, witness_is(n, m.to));
    if (taken < 0)
        return;
    m.entries_count = (uint32_t)taken;
    buf_reset(&n->frame);
    int code = peer_raft_encode(&n->frame, &n->link, &m, n->entries, &e);
    ASSERT(code == 0); /* collect kept within the limit of a frame */
    if (!send_frame(n, m.to))
        note_unsent(n, m.to, first);
    else if (m.entries_count < wanted)
        note_unsent(n, m.to, first + m.entries_count);
}

void outbox_send(struct node *n)
{
    struct err e;
    for (uint32_t i = 0; i < n->out->messages_count && !n->dead; i++) {
        const struct raft_message *m = &n->out->messages[i];
        event_message(n, m);
        if (m->type == RAFT_INSTALL_SNAPSHOT && m->size > 0)
            continue;
        if (m->type == RAFT_APPEND && m->entries_count > 0) {
            send_append(n, *m);
            continue;
        }
        buf_reset(&n->frame);
        int code = peer_raft_encode(&n->frame, &n->link, m, NULL, &e);
        ASSERT(code == 0);
        (void)send_frame(n, m->to); /* a lost message is asked again */
    }
    /* Pieces of images come last: reading them may take a while. */
    for (uint32_t i = 0; i < n->out->messages_count && !n->dead; i++) {
        const struct raft_message *m = &n->out->messages[i];
        if (m->type == RAFT_INSTALL_SNAPSHOT && m->size > 0)
            images_send(n, m);
    }
}

bool outbox_forward(struct node *n, struct request *r)
{
    struct err e;
    if (r->deadline_ns <= n->now_ns)
        return false;
    struct peer_forward f = {.link = n->link,
                             .from = n->self,
                             .to = n->leader,
                             .request_id = n->clients.next_forward_id++,
                             .hops = 1,
                             .deadline_left_ns = r->deadline_ns - n->now_ns,
                             .command = span_of(r->command, r->len)};
    buf_reset(&n->frame);
    if (peer_forward_encode(&n->frame, &f, &e) < 0 || !send_frame(n, n->leader))
        return false;
    r->state = REQUEST_FORWARDED;
    r->forward_id = f.request_id;
    r->forwarded_to = n->leader;
    r->forwards++;
    idmap_put(&n->clients.forwards, f.request_id, r);
    return true;
}

void outbox_forward_reply(struct node *n, const struct request *r)
{
    struct err e;
    struct peer_forward_reply f = {.link = n->link,
                                   .from = n->self,
                                   .to = r->origin,
                                   .request_id = r->origin_id,
                                   .outcome = (enum peer_outcome)r->outcome,
                                   .index = r->reply_index,
                                   .leader_hint = n->leader,
                                   .reply = span_of(r->reply.data, r->reply.len)};
    buf_reset(&n->frame);
    if (peer_forward_reply_encode(&n->frame, &f, &e) == 0)
        (void)send_frame(n, r->origin); /* lost: the other side answers UNKNOWN */
}
