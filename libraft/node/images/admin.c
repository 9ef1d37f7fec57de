/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT SNAPSHOT: takes an image now, answers when it is durable. RAFT SNAPSHOT STATUS. RAFT
 * COMPACT: the log below it goes. */
#include "base/units.h"
#include "node/node_private.h"

static void put_image(const struct image_meta *m, struct jsonw *w)
{
    jsonw_kv_u64(w, "index", m->at.index);
    jsonw_kv_u64(w, "term", m->at.term);
    jsonw_kv_hex64(w, "digest", m->digest);
    jsonw_kv_u64(w, "bytes", m->state_bytes);
    jsonw_kv_u64(w, "config_index", m->config_index);
}

static void put_newest(const struct node *n, struct jsonw *w)
{
    jsonw_key(w, "image");
    if (n->store.image == NULL) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    put_image(image_meta(n->store.image), w);
    jsonw_end(w);
}

static void put_taking(const struct node *n, struct jsonw *w)
{
    const struct image_taking *t = &n->images.taking;
    jsonw_key(w, "taking");
    if (t->writer == NULL) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    jsonw_kv_u64(w, "index", image_writer_meta(t->writer)->at.index);
    jsonw_kv_u64(w, "written", image_writer_next_offset(t->writer));
    jsonw_kv_u64(w, "bytes", kv_image_bytes(kv_image_writer_machine(t->source)));
    jsonw_kv_u64(w, "for_ms", (n->now_ns - t->begun_ns) / NS_PER_MS);
    jsonw_end(w);
}

static const char *phase_name(enum receive_phase phase)
{
    switch (phase) {
    case RECEIVE_BYTES: return "receiving";
    case RECEIVE_LOADING: return "loading";
    case RECEIVE_FINISHING: return "finishing";
    case RECEIVE_INSTALLING: return "installing";
    case RECEIVE_KEEPING: return "keeping";
    }
    UNREACHABLE();
}

static void put_receiving(const struct node *n, struct jsonw *w)
{
    const struct image_receiving *r = &n->images.receiving;
    jsonw_key(w, "receiving");
    if (r->image.bytes == 0) {
        jsonw_null(w);
        return;
    }
    jsonw_object(w);
    jsonw_kv_string(w, "phase", phase_name(r->phase));
    jsonw_kv_u64(w, "index", r->image.pos.index);
    jsonw_kv_u64(w, "received", images_received(n));
    jsonw_kv_u64(w, "bytes", r->image.bytes);
    jsonw_end(w);
}

/* To whom, and how far; at the leader. */
static void put_sending(const struct node *n, struct jsonw *w)
{
    jsonw_key(w, "sending");
    jsonw_array(w);
    for (uint32_t i = 0; i < n->membership.config.count && n->raft != NULL; i++) {
        struct raft_progress_view view;
        if (!raft_progress_of(n->raft, n->membership.peers[i].id, &view) || view.image.bytes == 0)
            continue;
        jsonw_object(w);
        jsonw_kv_string(w, "to", n->membership.peers[i].name);
        jsonw_kv_u64(w, "index", view.image.pos.index);
        jsonw_kv_u64(w, "sent", view.image_offset);
        jsonw_kv_u64(w, "bytes", view.image.bytes);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_status(const struct node *n, struct jsonw *w)
{
    const struct images *i = &n->images;
    put_newest(n, w);
    put_taking(n, w);
    put_receiving(n, w);
    put_sending(n, w);
    jsonw_kv_u64(w, "taken", i->taken);
    jsonw_kv_u64(w, "last_took_ms", i->last_took_ns / NS_PER_MS);
    jsonw_kv_u64(w, "installed", i->installed);
    jsonw_kv_u64(w, "sent_bytes", i->sent_bytes);
    jsonw_kv_u64(w, "received_bytes", i->received_bytes);
    jsonw_kv_u64(w, "first", wal_first(n->wal));
    jsonw_kv_u64(w, "since_bytes", i->log_bytes);
}

void images_status(const struct node *n, struct jsonw *w)
{
    jsonw_object(w);
    put_status(n, w);
    jsonw_end(w);
}

static void reply_status(struct node *n, struct buf *reply)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_string(&w, "node", n->options.name);
    put_status(n, &w);
    jsonw_end(&w);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
}

static void reply_newest(struct node *n, struct buf *reply)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    put_image(image_meta(n->store.image), &w);
    jsonw_end(&w);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
}

static bool nothing_new(const struct node *n)
{
    return n->store.image != NULL && image_meta(n->store.image)->at.index == n->applied;
}

/* The log below the newest image goes, but for so many entries, as soon as nobody needs them. */
static void compact_to(struct node *n, uint64_t trailing)
{
    uint64_t to = images_compact_target(n, trailing);
    if (to > n->images.compact_to)
        n->images.compact_to = to;
    n->again = true;
}

static void take_now(struct node *n, struct request *r, bool keeps, uint64_t keep)
{
    struct images *i = &n->images;
    if (n->raft == NULL || n->applied == 0) {
        respw_error(&r->reply, "NOLEADER nothing is applied here yet; try again");
        return;
    }
    if (i->request != NULL) {
        respw_error(&r->reply, "INPROGRESS another RAFT SNAPSHOT is under way");
        return;
    }
    if (nothing_new(n)) {
        if (keeps)
            compact_to(n, keep);
        reply_newest(n, &r->reply);
        return;
    }
    i->request = r;
    r->parked = true;
    i->keeps = keeps;
    i->keep = keep;
    i->wanted = true;
    i->retry_ns = 0;
    n->again = true;
}

/* RAFT SNAPSHOT READ INDEX OFFSET: a piece of the newest image, in the form in which it travels to
 * other nodes; nothing at its end. */
static void reply_piece(struct node *n, const struct span *argv, struct buf *reply)
{
    struct buf piece = {0};
    struct err e = {0};
    uint64_t index, offset;
    struct image *image = n->store.image;
    if (!span_to_u64(argv[1], &index) || !span_to_u64(argv[2], &offset)) {
        respw_error(reply, "ERR give RAFT SNAPSHOT READ INDEX OFFSET");
        return;
    }
    if (image == NULL || image_meta(image)->at.index != index) {
        respw_error(reply, "NOSNAPSHOT the newest is of another entry: RAFT SNAPSHOT STATUS");
        return;
    }
    uint64_t bytes = image_described(image_meta(image)).bytes;
    uint64_t left = offset < bytes ? bytes - offset : 0;
    uint32_t size = left < LIMIT_CHUNK_BYTES ? (uint32_t)left : LIMIT_CHUNK_BYTES;
    int code = size == 0 ? 0 : image_stream_read(image, offset, &piece, size, &e);
    if (code < 0)
        node_die(n, NODE_EXIT_DISK, "snapshot of entry %llu: %s", (unsigned long long)index,
                 e.text);
    respw_bulk(reply, span_of(piece.data, piece.len));
    buf_free(&piece);
}

void images_request(struct node *n, struct request *r, const struct span *argv, size_t argc)
{
    uint64_t keep = 0;
    bool keeps = argc == 2 && span_is_word(argv[0], "trailing") && span_to_u64(argv[1], &keep);
    if (argc == 0 || keeps)
        take_now(n, r, keeps, keep);
    else if (argc == 1 && span_is_word(argv[0], "status"))
        reply_status(n, &r->reply);
    else if (argc == 3 && span_is_word(argv[0], "read"))
        reply_piece(n, argv, &r->reply);
    else
        respw_error(&r->reply, "ERR give RAFT SNAPSHOT [TRAILING n], RAFT SNAPSHOT STATUS, or "
                               "RAFT SNAPSHOT READ INDEX OFFSET");
}

void images_compact_request(struct node *n, struct request *r, const struct span *argv, size_t argc)
{
    uint64_t keep = 0;
    bool keeps = argc == 2 && span_is_word(argv[0], "trailing") && span_to_u64(argv[1], &keep);
    if (argc != 0 && !keeps) {
        respw_error(&r->reply, "ERR give RAFT COMPACT [TRAILING n]");
    } else if (n->store.image == NULL || n->raft == NULL) {
        respw_error(&r->reply,
                    "NOSNAPSHOT nothing stands for the log yet; give RAFT SNAPSHOT first");
    } else {
        compact_to(n, keep);
        respw_ok(&r->reply);
    }
}

void images_answer(struct node *n, const char *error)
{
    struct request *r = n->images.request;
    n->images.request = NULL;
    n->images.keeps = false;
    if (r == NULL)
        return;
    if (error != NULL)
        respw_error(&r->reply, error);
    else
        reply_newest(n, &r->reply);
    requests_answer(n, r, PEER_OUTCOME_OK);
}
