/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of images: image, compact, limit, receiver, install, failed. */
#include "base/units.h"
#include "tests/protocol/world.h"
#include "tests/support/core_image.h"

#include <string.h>

#define IMAGE_BYTES 250 /* two and a half chunks */

static raft_id node_up(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    if (line->err.code == 0 && !w->nodes[id].up)
        words_fail(line, "it is down", line->word[line->at - 1]);
    return id;
}

/* image N [at I] [bytes B] [digest D]: of its own state, at its commit index if not said. Images of
 * one index are the same everywhere unless told otherwise. */
static int verb_image(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    struct host *h = &w->nodes[id];
    uint64_t index = raft_commit(h->core), bytes = IMAGE_BYTES, digest = 0;
    while (words_peek(line) != NULL && line->err.code == 0) {
        if (words_take(line, "at"))
            index = words_number(line);
        else if (words_take(line, "bytes"))
            bytes = words_number(line);
        else if (words_take(line, "digest"))
            digest = words_number(line);
        else
            break;
    }
    if (words_end(line) < 0)
        return line->err.code;
    const struct host_image *newest = host_image_newest(h);
    uint64_t above = newest == NULL ? 0 : newest->image.pos.index;
    if (index <= above || index > raft_commit(h->core) || index > raft_durable(h->core) ||
        bytes == 0)
        return err_set(w->err, -E_INVALID, "not committed and durable, or old");
    enum raft_role before = raft_role(h->core);
    host_image_take(h, index, bytes, digest == 0 ? index : digest, world_clock(w, id));
    world_stepped(w, id, "took an image", before);
    return 0;
}

/* compact N to I: entries up to I go. */
static int verb_compact(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    struct raft_event event = {.type = RAFT_COMPACT};
    (void)words_take(line, "to");
    event.compact = words_number(line);
    if (words_end(line) < 0)
        return line->err.code;
    if (event.compact > raft_image(w->nodes[id].core).pos.index)
        return err_set(w->err, -E_INVALID, "no image reaches that");
    world_step(w, id, &event, NULL, "compacts its log");
    return 0;
}

/* limit N: how far compacting costs nobody an image. */
static int verb_limit(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    const struct raft *core = w->nodes[id].core;
    buf_putf(w->out, "n%u may drop up to %llu, image %llu is needed\n", (unsigned)id,
             (unsigned long long)raft_compact_limit(core, world_clock(w, id)),
             (unsigned long long)raft_image_needed(core));
    return 0;
}

/* receiver N takes|busy|fails [manual]: what it does with bytes of images, and whether a whole one
 * waits for the verb install. */
static int verb_receiver(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    struct host *h = &w->nodes[id];
    if (words_take(line, "busy"))
        h->receiver = HOST_BUSY;
    else if (words_take(line, "fails"))
        h->receiver = HOST_FAILS;
    else if (words_take(line, "takes"))
        h->receiver = HOST_TAKES;
    else
        words_fail(line, "takes, busy or fails expected", "");
    w->install_manual[id] = words_take(line, "manual");
    return words_end(line);
}

/* install N: the whole image it has received gets its final name. */
static int verb_install(struct world *w, struct words *line)
{
    raft_id id = node_up(w, line);
    if (words_end(line) < 0)
        return line->err.code;
    if (!host_image_whole(&w->nodes[id]))
        return err_set(w->err, -E_INVALID, "it has no whole image");
    world_install(w, id);
    return 0;
}

/* partial N [lost B]: what is on its disk of the image it receives; the end of that is lost. */
static int verb_partial(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    struct host *h = &w->nodes[id];
    uint64_t lost = words_take(line, "lost") ? words_number(line) : 0;
    if (words_end(line) < 0)
        return line->err.code;
    if (lost > h->disk.partial_offset)
        return err_set(w->err, -E_INVALID, "it has not that much");
    h->disk.partial_offset -= lost;
    const struct raft_image *image = &h->disk.partial.image;
    buf_putf(w->out, "n%u has %llu of %llu bytes of the image {%llu,%llu}\n", (unsigned)id,
             (unsigned long long)h->disk.partial_offset, (unsigned long long)image->bytes,
             (unsigned long long)image->pos.term, (unsigned long long)image->pos.index);
    return 0;
}

const struct verb verbs_image[] = {
    {"image", verb_image},
    {"compact", verb_compact},
    {"limit", verb_limit},
    {"receiver", verb_receiver},
    {"install", verb_install},
    {"partial", verb_partial},
    {NULL, NULL},
};
