/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_image.h"

#include <string.h>

const struct host_image *host_image_newest(const struct host *h)
{
    return h->disk.images_count == 0 ? NULL : &h->disk.images[h->disk.images_count - 1];
}

static bool same(const struct raft_image *a, const struct raft_image *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

struct host_image host_image_of(const struct host *h, const struct raft_image *image)
{
    for (uint32_t i = 0; i < h->disk.images_count; i++) {
        if (same(&h->disk.images[i].image, image))
            return h->disk.images[i];
    }
    return (struct host_image){0};
}

static void drop_oldest(struct host *h)
{
    h->disk.images_count--;
    memmove(h->disk.images, h->disk.images + 1, h->disk.images_count * sizeof(h->disk.images[0]));
}

static void sweep(struct host *h)
{
    uint64_t needed = raft_image_needed(h->core);
    while (h->disk.images_count > 1 && h->disk.images[0].image.pos.index < needed)
        drop_oldest(h);
}

void host_image_add(struct host *h, const struct host_image *image)
{
    if (h->up)
        sweep(h);
    if (h->disk.images_count == HOST_IMAGES) /* somebody will hear that it is gone */
        drop_oldest(h);
    h->disk.images[h->disk.images_count++] = *image;
}

const struct raft_config *host_config_at(const struct host *h, uint64_t index, uint64_t *ret_index)
{
    const struct host_image *image = host_image_newest(h);
    for (uint64_t i = index; i > h->log.base.index; i--) {
        const struct host_entry *e = host_log_at(&h->log, i);
        if (e == NULL || e->config == NULL)
            continue;
        *ret_index = i;
        return e->config;
    }
    *ret_index = image == NULL ? 0 : image->config_index;
    return image == NULL ? h->setup.config : image->config;
}

void host_image_take(struct host *h, uint64_t index, uint64_t bytes, uint64_t digest,
                     uint64_t now_ns)
{
    uint64_t chain = host_log_chain(&h->log, index);
    struct host_image image = {.image = {.pos = {host_log_term(&h->log, index), index},
                                         .bytes = bytes,
                                         .digest = digest == 0 ? chain : digest},
                               .chain = chain};
    image.config = host_config_at(h, index, &image.config_index);
    host_image_add(h, &image);
    struct raft_event event = {.type = RAFT_IMAGE, .now_ns = now_ns, .image = image.image};
    host_step(h, &event, NULL);
}

struct raft_event host_image_chunk(struct host *h, const struct host_packet *packet)
{
    const struct raft_message *m = &packet->message;
    struct raft_event answer = {.type = RAFT_CHUNK};
    answer.chunk.image = m->image;
    if (h->receiver == HOST_BUSY) {
        answer.chunk.status = RAFT_CHUNK_BUSY;
        return answer;
    }
    if (!same(&h->disk.partial.image, &m->image)) {
        h->disk.partial = packet->image;
        h->disk.partial_offset = 0;
    }
    if (m->offset == h->disk.partial_offset)
        h->disk.partial_offset += m->size;
    answer.chunk.next_offset = h->disk.partial_offset;
    answer.chunk.status = RAFT_CHUNK_OK;
    if (h->receiver == HOST_FAILS && host_image_whole(h)) {
        answer.chunk.status = RAFT_CHUNK_FAILED;
        h->disk.partial = (struct host_image){0};
    }
    return answer;
}

bool host_image_whole(const struct host *h)
{
    return h->disk.partial.image.bytes != 0 &&
           h->disk.partial_offset == h->disk.partial.image.bytes;
}

void host_image_install(struct host *h, uint64_t now_ns)
{
    ASSERT(host_image_whole(h));
    struct host_image image = h->disk.partial;
    const struct host_image *newest = host_image_newest(h);
    bool newer = newest == NULL || newest->image.pos.index < image.image.pos.index;
    h->disk.partial = (struct host_image){0};
    if (newer)
        host_image_add(h, &image);
    struct raft_event event = {.type = RAFT_INSTALL, .now_ns = now_ns};
    event.install.image = image.image;
    event.install.config = image.config;
    event.install.config_index = image.config_index;
    host_step(h, &event, NULL);
    ASSERT(newer || !h->out.installed);
    if (newer && !h->out.installed)
        h->disk.images_count--;
}

void host_image_resets_log(struct host *h, struct raft_pos base)
{
    const struct host_image *image = host_image_newest(h);
    ASSERT(image != NULL && raft_pos_compare(image->image.pos, base) == 0);
    h->log.count = 0;
    h->log.base = base;
    h->log.base_chain = image->chain;
}

void host_image_finish(struct host *h)
{
    const struct host_image *image = host_image_newest(h);
    struct host_log *log = &h->disk.log;
    if (image == NULL || host_log_term(log, image->image.pos.index) == image->image.pos.term)
        return;
    log->count = 0;
    log->base = image->image.pos;
    log->base_chain = image->chain;
}
