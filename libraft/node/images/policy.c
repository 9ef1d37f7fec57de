/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When an image is due, and how much of the log goes once it is there (thesis 5.1.2). */
#include "node/node_private.h"

/* The log may outgrow the image by this factor: writing an image costs as much as its size, so that
 * a larger one is written less often; and a log below the bound is never worth one. */
#define LOG_TIMES     4
#define LOG_BYTES_MIN (64u << 20)
/* What a start replays beside an entry's payload. */
#define ENTRY_BYTES_BESIDES 40

static uint64_t image_index(const struct node *n)
{
    return n->store.image == NULL ? 0 : image_meta(n->store.image)->at.index;
}

void images_keep_config(struct node *n, uint64_t index, struct span payload)
{
    struct images *i = &n->images;
    i->config_index = index;
    buf_reset(&i->config);
    buf_put(&i->config, payload.data, payload.len);
}

void images_applied(struct node *n, const struct entry *e)
{
    n->images.log_bytes += e->len + ENTRY_BYTES_BESIDES;
    if (e->kind == ENTRY_CONFIG)
        images_keep_config(n, e->index, span_of(e->payload, e->len));
}

/* Up to a quarter more, by the node's id: not all nodes write their images at once. */
static uint64_t staggered(const struct node *n, uint64_t threshold)
{
    uint64_t part = n->self % 64;
    return threshold > UINT64_MAX / 128 ? threshold : threshold + threshold * part / 256;
}

bool images_due(const struct node *n)
{
    uint64_t since = n->applied - image_index(n);
    uint64_t every = n->options.snapshot_every;
    uint64_t image = n->store.image == NULL ? 0 : image_meta(n->store.image)->state_bytes;
    uint64_t bytes = image > LOG_BYTES_MIN / LOG_TIMES ? LOG_TIMES * image : LOG_BYTES_MIN;
    if (since == 0)
        return false;
    return (every > 0 && since >= staggered(n, every)) || n->images.log_bytes > staggered(n, bytes);
}

/* Whoever waits for this image may have said it. */
static uint64_t trailing(const struct node *n)
{
    const struct images *i = &n->images;
    bool said = i->request != NULL && i->keeps && !i->wanted;
    return said ? i->keep : n->options.snapshot_trailing;
}

void images_newest(struct node *n, struct image *image)
{
    images_pin(n, n->store.image); /* it may be on its way to somebody */
    n->store.image = image;
    n->images.sweep_wanted = true;
    n->images.compact_to = images_compact_target(n, trailing(n));
}

void images_taken(struct node *n, struct image *image)
{
    const struct image_meta *m = image_meta(image);
    if (m->at.index <= image_index(n)) {
        image_close(image); /* another was taken over meanwhile */
        n->images.sweep_wanted = true;
        return;
    }
    struct raft_image described = image_described(m);
    images_newest(n, image);
    node_step(n, &(struct raft_event){.type = RAFT_IMAGE, .now_ns = n->now_ns, .image = described});
}
