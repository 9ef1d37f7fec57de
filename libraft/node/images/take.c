/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking an image of this node's own, a piece a turn, while writes go on. */
#include "base/units.h"
#include "node/node_private.h"

#include <inttypes.h>
#include <stdio.h>

/* Serialised in one turn: what a node does between two looks at its sockets stays short. */
#define TURN_BYTES (256u << 10)
/* After one for which there was no space. */
#define RETRY_NS (10 * NS_PER_S)

static void begin(struct node *n)
{
    struct images *i = &n->images;
    struct image_taking *t = &i->taking;
    struct image_meta meta = {.at = {.index = n->applied, .term = machine_term(n->machine)},
                              .chain = wal_chain_at(n->wal, n->applied),
                              .stamp = machine_clock_ns(n->machine),
                              .config_index = i->config_index,
                              .config = (const uint8_t *)i->config.data,
                              .config_len = (uint32_t)i->config.len,
                              .state_format =
                                  KV_IMAGE_VERSION | (witness_bare(n) ? WITNESS_STATE_FORMAT : 0)};
    i->wanted = false;
    t->state_digest = machine_digest(n->machine);
    t->log_bytes = i->log_bytes;
    t->begun_ns = n->now_ns;
    t->source = kv_image_writer_new(machine_copy(n->machine));
    t->writer = image_writer_begin(&n->env.vfs, n->store.dir, store_mark(&n->store), &meta);
    event_snapshot_begin(n, meta.at.index);
}

static void end(struct node *n)
{
    struct image_taking *t = &n->images.taking;
    kv_image_writer_free(t->source);
    image_writer_close(t->writer);
    *t = (struct image_taking){0};
}

static bool gather(struct node *n)
{
    struct image_taking *t = &n->images.taking;
    size_t room = image_writer_room(t->writer);
    struct buf *piece = &n->frame;
    buf_reset(piece);
    if (room == 0 || kv_image_written(t->source))
        return false;
    (void)kv_image_write(t->source, piece, room < TURN_BYTES ? room : TURN_BYTES);
    image_writer_append(t->writer, piece->data, piece->len);
    return true;
}

/* Once the state is written, the image waits for the log: an image of entries that a crash could
 * still take away would be a promise too early. */
static void finish(struct node *n)
{
    struct image_taking *t = &n->images.taking;
    struct err e = {0};
    uint64_t index = image_writer_meta(t->writer)->at.index;
    if (!kv_image_written(t->source) || image_writer_state(t->writer) != IMAGE_GATHERING ||
        wal_durable(n->wal) < index)
        return;
    int code = image_writer_finish(t->writer, &e);
    ASSERT(code == 0);
}

static bool may_begin(const struct node *n)
{
    const struct images *i = &n->images;
    return i->taking.writer == NULL && i->receiving.phase == RECEIVE_BYTES && n->raft != NULL &&
           n->applied > 0 && n->now_ns >= i->retry_ns && (i->wanted || images_due(n));
}

static void sweep(struct node *n)
{
    struct images *i = &n->images;
    bool stands = n->store.image != NULL && wal_durable(n->wal) >= wal_base(n->wal).index;
    const struct image_writer *receiving = i->receiving.writer;
    if (!i->sweep_wanted || i->sweep.in_flight || !stands)
        return;
    i->sweep_wanted = image_sweep_start(&i->sweep, &n->env.vfs, n->store.dir,
                                        image_meta(n->store.image)->at, receiving) != NULL;
}

void images_take_advance(struct node *n)
{
    struct image_taking *t = &n->images.taking;
    if (may_begin(n))
        begin(n);
    if (t->writer != NULL) {
        if (gather(n) && image_writer_room(t->writer) > 0)
            n->again = true;
        finish(n);
        (void)image_writer_flush(t->writer);
        if (image_writer_state(t->writer) == IMAGE_CANCELLED)
            end(n);
    }
    sweep(n);
}

uint64_t images_wake(const struct node *n)
{
    const struct images *i = &n->images;
    bool waits =
        i->taking.writer == NULL && i->retry_ns > n->now_ns && (i->wanted || images_due(n));
    return waits ? i->retry_ns : RAFT_NEVER;
}

static void complete(struct node *n)
{
    struct image_taking *t = &n->images.taking;
    struct image_meta meta = *image_writer_meta(t->writer);
    struct image *image = NULL;
    struct err e = {0};
    int code = image_open(&n->env.vfs, n->store.dir, store_mark(&n->store), meta.at, &image, &e);
    if (code < 0) {
        node_die(n, NODE_EXIT_DISK, "the image just written cannot be read: %s", e.text);
        return;
    }
    char text[128];
    (void)snprintf(text, sizeof(text), "snapshot of entry %" PRIu64 ": %" PRIu64 " bytes",
                   meta.at.index, meta.state_bytes);
    journal_say(n, ENV_ABOUT_SNAPSHOT, ENV_INFO, text);
    n->images.taken++;
    n->images.last_took_ns = n->now_ns - t->begun_ns;
    event_snapshot_taken(n, meta.at.index, t->state_digest);
    n->images.log_bytes -= t->log_bytes;
    end(n);
    images_taken(n, image);
    if (!n->images.wanted)
        images_answer(n, NULL);
}

static void failed(struct node *n, int code, const struct err *e)
{
    char text[ERR_TEXT_MAX];
    end(n);
    if (code != -E_NOSPACE) {
        node_die(n, NODE_EXIT_DISK, "disk: %s", e->text);
        return;
    }
    n->images.retry_ns = n->now_ns + RETRY_NS;
    (void)snprintf(text, sizeof(text), "snapshot given up for lack of space: %.300s", e->text);
    journal_say(n, ENV_ABOUT_SNAPSHOT, ENV_WARNING, text);
    n->images.wanted = false;
    images_answer(n, "NOSPACE the disk is full: there is no new snapshot");
}

static void swept(struct node *n, struct vfs_op *op, int status)
{
    struct err e = {0};
    if (image_sweep_on_done(&n->images.sweep, op, status, &e) == 0)
        return;
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "old snapshots stay: %.300s", e.text);
    journal_say(n, ENV_ABOUT_SNAPSHOT, ENV_WARNING, text);
    n->images.sweep_wanted = false;
}

bool images_take_done(struct node *n, struct vfs_op *op, int status)
{
    struct image_taking *t = &n->images.taking;
    struct err e = {0};
    if (op->owner == &n->images.sweep) {
        swept(n, op, status);
        return true;
    }
    if (t->writer == NULL || op->owner != t->writer)
        return false;
    int code = image_writer_on_done(t->writer, op, status, &e);
    if (code < 0)
        failed(n, code, &e);
    else if (image_writer_state(t->writer) == IMAGE_DONE)
        complete(n);
    else if (image_writer_state(t->writer) == IMAGE_CANCELLED)
        end(n);
    return true;
}

void images_take_cancel(struct node *n, const char *why)
{
    struct images *i = &n->images;
    i->wanted = false;
    images_answer(n, why);
    if (i->taking.writer == NULL)
        return;
    i->taking.log_bytes = 0; /* it may be finished all the same: nothing counted is in it then */
    image_writer_cancel(i->taking.writer);
    if (image_writer_state(i->taking.writer) == IMAGE_CANCELLED)
        end(n);
}

void images_free(struct images *i)
{
    kv_image_writer_free(i->taking.source);
    image_writer_close(i->taking.writer);
    image_receiving_free(&i->receiving);
    for (size_t k = 0; k < i->pinned_count; k++)
        image_close(i->pinned[k]);
    buf_free(&i->config);
}
