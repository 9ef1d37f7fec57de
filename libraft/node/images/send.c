/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of an image for a member that needs one: read, paced, sent (thesis 5.1). */
#include "base/units.h"
#include "node/node_private.h"

/* Smaller ones would be mostly frame. */
#define CHUNK_BYTES_MIN 512

void images_pin(struct node *n, struct image *image)
{
    struct images *i = &n->images;
    if (image == NULL)
        return;
    if (i->pinned_count == IMAGES_PINNED_MAX) {
        image_close(i->pinned[0]);
        i->pinned_count--;
        for (size_t k = 0; k < i->pinned_count; k++)
            i->pinned[k] = i->pinned[k + 1];
    }
    i->pinned[i->pinned_count++] = image;
}

void images_unpin(struct node *n)
{
    struct images *i = &n->images;
    size_t kept = 0;
    if (i->pinned_count == 0)
        return;
    uint64_t needed = n->raft == NULL ? UINT64_MAX : raft_image_needed(n->raft);
    for (size_t k = 0; k < i->pinned_count; k++) {
        if (image_meta(i->pinned[k])->at.index < needed)
            image_close(i->pinned[k]);
        else
            i->pinned[kept++] = i->pinned[k];
    }
    i->pinned_count = kept;
}

static bool is_image(struct image *image, const struct raft_image *wanted)
{
    struct raft_image is = image_described(image_meta(image));
    return raft_image_same(&is, wanted);
}

static struct image *find(const struct node *n, const struct raft_image *wanted)
{
    const struct images *i = &n->images;
    if (n->store.image != NULL && is_image(n->store.image, wanted))
        return n->store.image;
    for (size_t k = 0; k < i->pinned_count; k++) {
        if (is_image(i->pinned[k], wanted))
            return i->pinned[k];
    }
    return NULL;
}

/* When bytes may leave again after so many. */
static uint64_t pace_ns(const struct node *n, uint32_t bytes)
{
    uint64_t rate = n->options.snapshot_rate;
    return rate == 0 ? 0 : bytes * NS_PER_S / rate;
}

uint32_t images_chunk_bytes(const struct node *n)
{
    uint64_t most = n->options.snapshot_chunk_bytes;
    uint64_t rate = n->options.snapshot_rate;
    if (most == 0 || most > LIMIT_CHUNK_BYTES)
        most = LIMIT_CHUNK_BYTES;
    if (rate == 0)
        return (uint32_t)most;
    /* What passes in a heartbeat interval: a heartbeat waits for no more. */
    uint64_t heartbeat_ns = n->options.timing.heartbeat_ns;
    if (rate >= most * NS_PER_S / heartbeat_ns)
        return (uint32_t)most;
    uint64_t paced = rate * heartbeat_ns / NS_PER_S;
    return paced < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : (uint32_t)paced;
}

static void note_unsent(struct node *n, const struct raft_message *m, uint64_t retry_ns, bool gone)
{
    struct images *i = &n->images;
    ASSERT(i->unsent_count < LIMIT_MEMBERS);
    i->unsent[i->unsent_count++] = (struct image_unsent){
        .peer = m->to, .image = m->image, .offset = m->offset, .retry_ns = retry_ns, .gone = gone};
}

/* A piece behind one that was not sent is of no use to the receiver. */
static bool is_behind_unsent(const struct node *n, raft_id peer)
{
    for (size_t k = 0; k < n->images.unsent_count; k++) {
        if (n->images.unsent[k].peer == peer)
            return true;
    }
    return false;
}

/* A witness gets the head alone, marked for it: its state is that of no command at all. Returns how
 * many bytes of the piece that leaves. */
static uint32_t read_bare_head(struct node *n, struct image *image, const struct raft_message *m)
{
    struct image_meta meta = *image_meta(image);
    uint32_t len = image_head_bytes(meta.config_len);
    struct buf head = {0};
    if (m->offset >= len)
        return 0;
    meta.state_format |= WITNESS_STATE_FORMAT;
    image_head_encode(&head, &meta);
    uint32_t left = len - (uint32_t)m->offset;
    uint32_t part = left < m->size ? left : m->size;
    buf_put(&n->payloads, head.data + m->offset, part);
    buf_free(&head);
    return part;
}

static bool send_frame(struct node *n, const struct raft_message *m, struct span data)
{
    struct err e = {0};
    buf_reset(&n->frame);
    int code = peer_chunk_encode(&n->frame, &n->link, m, data, &e);
    ASSERT(code == 0);
    return n->env.send(n->env.arg, m->to, n->frame.data, n->frame.len);
}

static struct image_flow *flow_to(struct node *n, raft_id peer)
{
    struct images *i = &n->images;
    struct image_flow *unused = &i->flows[peer % LIMIT_MEMBERS];
    for (size_t k = 0; k < LIMIT_MEMBERS; k++) {
        if (i->flows[k].peer == peer)
            return &i->flows[k];
        if (i->flows[k].peer == 0)
            unused = &i->flows[k];
    }
    image_flow_init(unused, peer);
    return unused;
}

/* How much of a piece may leave now; 0: later. */
static uint32_t room_for(struct node *n, struct image_flow *flow, const struct raft_message *m)
{
    struct raft_progress_view view;
    bool known = raft_progress_of(n->raft, m->to, &view);
    uint64_t acked = known && view.image.pos.index == m->image.pos.index ? view.image_offset : 0;
    uint32_t room = image_flow_room(flow, m->offset, acked, n->now_ns, &n->options.timing,
                                    images_chunk_bytes(n));
    return n->now_ns < n->images.paced_until_ns ? 0 : room;
}

/* The bytes of a piece, of at most `room`, into n->payloads. */
static int read_piece(struct node *n, struct image *image, uint32_t room,
                      struct raft_message *piece)
{
    struct err e = {0};
    int code = 0;
    buf_reset(&n->payloads);
    if (room < piece->size)
        piece->size = room;
    if (witness_is(n, piece->to))
        piece->size = read_bare_head(n, image, piece);
    else
        code = image_stream_read(image, piece->offset, &n->payloads, piece->size, &e);
    if (code < 0)
        node_die(n, NODE_EXIT_DISK, "snapshot of entry %llu: %s",
                 (unsigned long long)piece->image.pos.index, e.text);
    return code;
}

/* Of a heartbeat interval: what is under way has arrived, or not yet. */
#define LOOKS 8

void images_send(struct node *n, const struct raft_message *m)
{
    struct images *i = &n->images;
    struct image *image = find(n, &m->image);
    struct image_flow *flow = flow_to(n, m->to);
    struct raft_message piece = *m;
    uint64_t soon_ns = n->now_ns + n->options.timing.heartbeat_ns / LOOKS;
    if (is_behind_unsent(n, m->to))
        return;
    uint32_t room = room_for(n, flow, m);
    if (image == NULL || room == 0) {
        note_unsent(n, m, soon_ns > i->paced_until_ns ? soon_ns : i->paced_until_ns, image == NULL);
        return;
    }
    if (read_piece(n, image, room, &piece) < 0)
        return;
    if (!send_frame(n, &piece, span_of(n->payloads.data, n->payloads.len))) {
        note_unsent(n, m, 0, false);
        return;
    }
    image_flow_sent(flow, piece.offset, piece.size, n->now_ns);
    i->sent_bytes += piece.size;
    i->paced_until_ns = n->now_ns + pace_ns(n, piece.size);
    if (piece.size == m->size || witness_is(n, m->to))
        return;
    piece.offset += piece.size;
    note_unsent(n, &piece, soon_ns, false);
}
