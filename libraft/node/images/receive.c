/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receiving an image: its pieces in order into a partial file, which survives a stop and another
 * leader; then read into a machine and verified, and only then renamed: what is under its final
 * name can be started from. The machine takes the place of ours. */
#include "base/mem.h"
#include "node/node_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t next_offset(const struct image_receiving *r)
{
    if (r->phase != RECEIVE_BYTES)
        return r->image.bytes;
    return r->writer == NULL ? r->head.len : r->head_bytes + image_writer_next_offset(r->writer);
}

uint64_t images_received(const struct node *n)
{
    return next_offset(&n->images.receiving);
}

static void tell(struct node *n, const struct raft_image *image, uint64_t next,
                 enum raft_chunk_status status)
{
    node_step(
        n, &(struct raft_event){.type = RAFT_CHUNK,
                                .now_ns = n->now_ns,
                                .chunk = {.image = *image, .next_offset = next, .status = status}});
}

/* Pieces that the disk cannot take yet are not asked for: the answer waits. */
static bool has_room(const struct image_receiving *r)
{
    if (r->cancelled != NULL)
        return false;
    if (r->phase != RECEIVE_BYTES || r->writer == NULL)
        return true;
    uint64_t left = r->image.bytes - next_offset(r);
    size_t room = image_writer_room(r->writer);
    return room >= LIMIT_CHUNK_BYTES || room >= left;
}

static void answer(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    if (!r->owes || !has_room(r))
        return;
    r->owes = false;
    tell(n, &r->image, next_offset(r), RAFT_CHUNK_OK);
}

/* Lets go of the one being received; its file goes too. */
static void drop(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    ASSERT(r->phase == RECEIVE_BYTES && r->cancelled == NULL);
    if (r->writer != NULL)
        image_writer_cancel(r->writer);
    kv_image_reader_free(r->reader);
    machine_free(r->machine);
    buf_free(&r->head);
    *r = (struct image_receiving){.cancelled = r->writer};
}

static void fail(struct node *n, enum raft_chunk_status status, const char *why)
{
    struct image_receiving *r = &n->images.receiving;
    struct raft_image image = r->image;
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "the snapshot being received is of no use: %.300s", why);
    journal_say(n, ENV_ABOUT_SNAPSHOT, ENV_WARNING, text);
    r->phase = RECEIVE_BYTES;
    drop(n);
    tell(n, &image, 0, status);
}

/* ---- pieces ---- */

/* A witness takes what the head says, and makes the image of the state that no command leaves. */
static void begin_bare(struct node *n, struct image_meta meta)
{
    struct image_receiving *r = &n->images.receiving;
    struct machine *bare =
        machine_restore(kv_new(), sessions_new(NULL), meta.at.index, meta.at.term, meta.stamp);
    struct kv_image_writer *source = kv_image_writer_new(bare);
    struct buf state = {0};
    struct err e = {0};
    uint64_t index = meta.at.index;
    r->machine = machine_copy(bare);
    bool agrees = index >= wal_base(n->wal).index && index <= wal_last(n->wal).index &&
                  wal_term_at(n->wal, index) == meta.at.term;
    if (agrees)
        meta.chain = wal_chain_at(n->wal, index); /* of entries without their commands */
    r->writer = image_writer_begin(&n->env.vfs, n->store.dir, store_mark(&n->store), &meta);
    while (kv_image_write(source, &state, 4096) > 0)
        continue;
    image_writer_append(r->writer, state.data, state.len);
    int code = image_writer_finish(r->writer, &e);
    ASSERT(code == 0);
    r->phase = RECEIVE_FINISHING;
    kv_image_writer_free(source);
    buf_free(&state);
}

static int begin(struct node *n, struct err *e)
{
    struct image_receiving *r = &n->images.receiving;
    struct image_meta meta;
    struct membership m;
    int code = image_head_decode(span_of(r->head.data, r->head.len), &r->image, &meta, e);
    if (code == 0)
        code = membership_decode(span_of(meta.config, meta.config_len), &m, e);
    if (code < 0)
        return code;
    r->head_bytes = image_head_bytes(meta.config_len);
    if ((meta.state_format & WITNESS_STATE_FORMAT) != 0)
        begin_bare(n, meta);
    else
        r->writer = image_partial_begin(&n->env.vfs, n->store.dir, store_mark(&n->store), &meta);
    buf_free(&r->head);
    return 0;
}

/* The head first, which may come in pieces too; what follows it is left in *data. */
static int take_head(struct node *n, struct span *data, struct err *e)
{
    struct image_receiving *r = &n->images.receiving;
    uint32_t missing;
    while ((missing = image_head_missing(span_of(r->head.data, r->head.len))) > 0 &&
           data->len > 0) {
        size_t len = data->len < missing ? data->len : missing;
        buf_put(&r->head, data->data, len);
        *data = span_of(data->data + len, data->len - len);
    }
    return missing > 0 ? 0 : begin(n, e);
}

/* All of it is here: what it says is looked at before it gets its final name. */
static void complete(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    if (r->writer == NULL || r->phase != RECEIVE_BYTES || next_offset(r) < r->image.bytes)
        return;
    r->phase = RECEIVE_LOADING;
    r->reader = kv_image_reader_new();
}

static void take(struct node *n, const struct raft_message *m, struct span data)
{
    struct image_receiving *r = &n->images.receiving;
    struct err e = {0};
    if (m->offset != next_offset(r) || data.len == 0) {
        complete(n); /* an earlier life may have had all of it, and ended before this */
        return;
    }
    event_snapshot_chunk(n, m);
    n->images.received_bytes += data.len;
    if (r->writer == NULL && take_head(n, &data, &e) < 0) {
        fail(n, RAFT_CHUNK_FAILED, e.text);
        return;
    }
    if (r->writer == NULL || r->phase != RECEIVE_BYTES)
        return;
    size_t room = image_writer_room(r->writer);
    image_writer_append(r->writer, data.data, data.len < room ? data.len : room);
    complete(n);
}

void images_receive(struct node *n, const struct raft_message *m, struct span data)
{
    struct image_receiving *r = &n->images.receiving;
    bool other = !raft_image_same(&r->image, &m->image);
    if (other && r->phase != RECEIVE_BYTES)
        return; /* what is complete is taken over first; the sender asks again */
    if (other && r->cancelled == NULL && r->image.bytes > 0)
        drop(n);
    if (other)
        r->image = m->image;
    r->owes = true;
    if (r->phase == RECEIVE_BYTES && r->cancelled == NULL)
        take(n, m, data);
    answer(n);
}

/* ---- the whole ---- */

/* The machine is read a piece a turn; ret_code says what the state is worth. False: the disk is
 * broken. */
static bool load_piece(struct node *n, int *ret_code, struct err *e)
{
    struct image_receiving *r = &n->images.receiving;
    struct span piece;
    *ret_code = 0;
    if (r->loaded == image_writer_meta(r->writer)->state_bytes)
        return true;
    if (image_writer_piece(r->writer, r->loaded, &piece, e) < 0)
        return false;
    r->loaded += piece.len;
    *ret_code = kv_image_read(r->reader, piece, e);
    return true;
}

/* Everything was read: a machine, of that entry, with the digest that was said. */
static int finish(struct image_receiving *r, struct err *e)
{
    int code = kv_image_finish(r->reader, &r->machine, e);
    if (code == 0)
        code = image_machine_check(image_writer_meta(r->writer), r->machine, e);
    if (code == 0)
        code = image_writer_finish(r->writer, e);
    return code;
}

static void load(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    struct err e = {0};
    int code;
    if (!image_writer_settled(r->writer))
        return;
    if (!load_piece(n, &code, &e)) {
        node_die(n, NODE_EXIT_DISK, "the snapshot being received cannot be read back: %s", e.text);
        return;
    }
    if (code == 0 && r->loaded < image_writer_meta(r->writer)->state_bytes) {
        n->again = true;
        return;
    }
    if (code == 0)
        code = finish(r, &e);
    if (code < 0)
        fail(n, RAFT_CHUNK_FAILED, e.text);
    else
        r->phase = RECEIVE_FINISHING;
}

void image_receiving_free(struct image_receiving *r)
{
    image_writer_close(r->writer);
    image_writer_close(r->cancelled);
    image_close(r->file);
    kv_image_reader_free(r->reader);
    machine_free(r->machine);
    buf_free(&r->head);
    *r = (struct image_receiving){0};
}

static void end(struct node *n)
{
    image_receiving_free(&n->images.receiving);
}

static void install(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    struct err e = {0};
    struct membership m;
    const struct image_meta *meta = image_meta(r->file);
    int code = membership_decode(span_of(meta->config, meta->config_len), &m, &e);
    ASSERT(code == 0); /* as when its head came */
    node_step(n, &(struct raft_event){.type = RAFT_INSTALL,
                                      .now_ns = n->now_ns,
                                      .install = {.image = r->image,
                                                  .config = &m.config,
                                                  .config_index = meta->config_index}});
    if (n->dead)
        return;
    if (r->machine == NULL)
        end(n); /* taken over */
    else
        r->phase = RECEIVE_KEEPING;
}

/* Everything in it was committed here meanwhile: it is as good as one of our own. */
static void keep(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    uint64_t index = r->image.pos.index;
    if (n->applied < index || wal_durable(n->wal) < index)
        return;
    struct image *image = r->file;
    r->file = NULL;
    end(n);
    images_taken(n, image);
}

void images_receive_advance(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    if (n->raft == NULL)
        return;
    if (r->cancelled == NULL && r->phase == RECEIVE_BYTES && r->image.bytes > 0 &&
        r->image.pos.index <= n->commit)
        drop(n);
    if (r->phase == RECEIVE_LOADING)
        load(n);
    else if (r->phase == RECEIVE_INSTALLING)
        install(n);
    else if (r->phase == RECEIVE_KEEPING)
        keep(n);
    if (n->dead)
        return;
    if (r->cancelled != NULL && image_writer_state(r->cancelled) == IMAGE_CANCELLED) {
        image_writer_close(r->cancelled);
        r->cancelled = NULL;
    }
    if (r->cancelled != NULL)
        (void)image_writer_flush(r->cancelled);
    if (r->writer != NULL)
        (void)image_writer_flush(r->writer);
    answer(n);
}

static void written(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    struct err e = {0};
    struct wal_position at = image_writer_meta(r->writer)->at;
    image_writer_close(r->writer);
    r->writer = NULL;
    if (image_open(&n->env.vfs, n->store.dir, store_mark(&n->store), at, &r->file, &e) < 0) {
        node_die(n, NODE_EXIT_DISK, "the snapshot just received cannot be read: %s", e.text);
        return;
    }
    r->phase = RECEIVE_INSTALLING;
    n->again = true;
}

bool images_receive_done(struct node *n, struct vfs_op *op, int status)
{
    struct image_receiving *r = &n->images.receiving;
    struct err e = {0};
    bool old = r->cancelled != NULL && op->owner == r->cancelled;
    if (!old && (r->writer == NULL || op->owner != r->writer))
        return false;
    int code = image_writer_on_done(old ? r->cancelled : r->writer, op, status, &e);
    if (code < 0 && code != -E_NOSPACE) {
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
        return true;
    }
    enum image_state state = image_writer_state(old ? r->cancelled : r->writer);
    if (old && (state == IMAGE_FAILED || state == IMAGE_DONE || state == IMAGE_CANCELLED)) {
        image_writer_close(r->cancelled);
        r->cancelled = NULL;
    } else if (!old && code < 0) {
        struct image_writer *failed = r->writer;
        r->writer = NULL;
        image_writer_close(failed);
        fail(n, RAFT_CHUNK_BUSY, e.text);
    } else if (!old && state == IMAGE_DONE) {
        written(n);
    }
    return true;
}

/* ---- taking over ---- */

void images_take_over(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    const struct image_meta *m = image_meta(r->file);
    ASSERT(n->out->installed && r->machine != NULL && n->applied < m->at.index);
    if (n->out->log_reset) {
        wal_reset_to(n->wal, &(struct wal_origin){.at = m->at, .chain = m->chain});
        n->durable_reported = 0;
        leave_note_cut(n, n->applied + 1); /* whatever was not committed for certain */
    }
    images_take_cancel(n, "ABORTED a snapshot of the leader was taken over instead; try again");
    node_take_machine(n, r->machine);
    n->applied = m->at.index;
    r->machine = NULL;
    tell_installed(n, m);
    images_keep_config(n, m->config_index, span_of(m->config, m->config_len));
    leave_note_image(n);
    n->bare |= (m->state_format & WITNESS_STATE_FORMAT) != 0;
    event_snapshot_installed(n, m->at.index, machine_digest(n->machine));
    requests_covered(n);
    n->images.log_bytes = 0;
    n->images.installed++;
    char text[128];
    (void)snprintf(text, sizeof(text), "the leader's snapshot of entry %" PRIu64 " was taken over",
                   m->at.index);
    journal_say(n, ENV_ABOUT_SNAPSHOT, ENV_INFO, text);
    struct image *image = r->file;
    r->file = NULL;
    images_newest(n, image);
}

void images_resume(struct node *n)
{
    struct image_receiving *r = &n->images.receiving;
    if (n->store.partial == NULL)
        return;
    const struct image_meta *m = image_writer_meta(n->store.partial);
    r->image = image_described(m);
    r->head_bytes = image_head_bytes(m->config_len);
    r->writer = n->store.partial;
    n->store.partial = NULL;
}
