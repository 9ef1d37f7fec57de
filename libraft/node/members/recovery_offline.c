/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced recovery of a directory at rest. The one step that counts is the sync of the log's batch:
 * the higher term before it changes nothing by itself, and the identity after it is written by the
 * next start if a crash comes between. */
#include "node/members/recovery.h"
#include "node/node_private.h"
#include "raft/recover.h"

#include <stdio.h>
#include <string.h>

struct bench {
    const struct node_recover_host *host;
    struct store store;
    struct membership members; /* the latest configuration */
    uint64_t config_index;
    uint64_t config_before; /* index of the one before it; 0: none known */
};

/* Until nothing is under way any more, also after a failure: the first is reported. */
static int run(struct bench *b, struct err *e)
{
    struct vfs_op *op;
    int status, first = 0;
    while (b->host->complete(b->host->arg, &op, &status)) {
        struct err why = {0};
        int code = op->owner == b->store.wal ? wal_on_done(b->store.wal, op, status, &why)
                                             : meta_on_done(b->store.meta, op, status, &why);
        if (code < 0 && first == 0)
            first = err_set(e, code, "%s: %s", b->store.dir, why.text);
    }
    return first;
}

/* Who lives here; the directory itself says so. */
static int open_store(struct bench *b, const char *dir, struct err *e)
{
    struct store_report report;
    struct store_options options = {.dir = dir,
                                    .wal = {.segment_bytes = WAL_SEGMENT_BYTES_DEFAULT}};
    int code = identity_read(b->host->vfs, dir, &options.wanted, e);
    if (code == -E_NOTFOUND)
        return err_set(e, -E_INVALID, "%s holds no node", dir);
    if (code < 0)
        return code;
    if (options.wanted.superseded)
        return err_set(e, -E_CLOSED, "%s was given up itself by a forced recovery elsewhere", dir);
    return store_open(b->host->vfs, &options, &b->store, &report, e);
}

static int take_config(struct bench *b, uint64_t index, struct span payload, struct err *e)
{
    int code = membership_decode(payload, &b->members, e);
    if (code < 0)
        return err_wrap(e, "entry %llu", (unsigned long long)index);
    b->config_before = b->config_index;
    b->config_index = index;
    return 0;
}

static int find_members(struct bench *b, struct err *e)
{
    const struct image_meta *image = b->store.image == NULL ? NULL : image_meta(b->store.image);
    uint64_t from = image == NULL ? wal_first(b->store.wal) : image->at.index + 1;
    int code = image == NULL
                   ? 0
                   : take_config(b, image->config_index,
                                 span_of((const char *)image->config, image->config_len), e);
    for (uint64_t i = from; i <= wal_last(b->store.wal).index && code == 0; i++) {
        struct entry entry;
        code = wal_read(b->store.wal, i, &entry, e);
        if (code == 0 && entry.kind == ENTRY_CONFIG)
            code = take_config(b, i, span_of(entry.payload, entry.len), e);
    }
    if (code == 0 && membership_find(&b->members, b->store.identity.node_id) == NULL)
        return err_set(e, -E_INVALID,
                       "%s: its node is no member of the cluster: it has nothing to "
                       "recover",
                       b->store.dir);
    return code;
}

/* A configuration is appended only once the one before has committed. */
static uint64_t known_commit(const struct bench *b)
{
    uint64_t image = b->store.image == NULL ? 0 : image_meta(b->store.image)->at.index;
    return b->config_before > image ? b->config_before : image;
}

static void describe(const struct bench *b, struct node_recovery *ret)
{
    const struct identity *id = &b->store.identity;
    const struct node_peer *self = membership_find(&b->members, id->node_id);
    struct wal_position last = wal_last(b->store.wal);
    *ret = (struct node_recovery){.cluster_id = id->cluster_id,
                                  .generation = b->members.generation,
                                  .term = meta_durable(b->store.meta)->term,
                                  .last = {.term = last.term, .index = last.index},
                                  .commit = known_commit(b),
                                  .members_count = b->members.config.count};
    memcpy(ret->name, self->name, sizeof(ret->name));
    memcpy(ret->cluster, id->cluster_name, sizeof(ret->cluster));
    for (uint32_t i = 0; i < b->members.config.count; i++)
        memcpy(ret->members[i], b->members.peers[i].name, sizeof(ret->members[i]));
}

static int raise_term(struct bench *b, struct err *e)
{
    struct hard_state state = *meta_durable(b->store.meta);
    state.term++;
    state.vote = 0;
    meta_set(b->store.meta, &state);
    (void)meta_flush(b->store.meta);
    wal_set_hard_state(b->store.wal, state.term, state.vote);
    return run(b, e);
}

static int append_entry(struct bench *b, struct err *e)
{
    struct membership after;
    struct buf payload = {0};
    struct entry last = {0};
    struct wal *wal = b->store.wal;
    struct node_peer self = *membership_find(&b->members, b->store.identity.node_id);
    uint64_t index = wal_last(wal).index;
    int code = index < wal_first(wal) ? 0 : wal_read(wal, index, &last, e);
    if (code < 0)
        return code;
    self.disk = identity_mark(&b->store.identity);
    recovery_membership(&b->members, &self, &after);
    membership_encode(&payload, &after);
    struct entry entry = {.index = index + 1,
                          .term = meta_durable(b->store.meta)->term,
                          .stamp = last.stamp,
                          .kind = ENTRY_CONFIG,
                          .len = (uint32_t)payload.len,
                          .payload = (const uint8_t *)payload.data};
    wal_append(wal, &entry, 1);
    buf_free(&payload);
    if (wal_flush(wal) != NULL)
        return run(b, e);
    (void)wal_reserve(wal); /* no segment is free */
    code = run(b, e);
    if (code == 0 && wal_flush(wal) == NULL && wal_pending(wal))
        return err_set(e, -E_NOSPACE, "%s: %s", b->store.dir, wal_reserve_text(wal));
    return code < 0 ? code : run(b, e);
}

static int raise_generation(struct bench *b, struct err *e)
{
    struct identity id = b->store.identity;
    id.generation = b->members.generation + 1;
    return identity_write(b->host->vfs, b->store.dir, &id, e);
}

int node_recover(const struct node_recover_host *host, const char *dir, bool really,
                 struct node_recovery *ret, struct err *e)
{
    struct bench b = {.host = host};
    struct node_recovery found = {0};
    int code = open_store(&b, dir, e);
    if (code < 0)
        return code;
    if (b.store.identity.restoring != 0)
        code =
            err_set(e, -E_CORRUPT,
                    "%s: its log was damaged and is not whole again: recover another node, or put "
                    "the files named damaged-* right",
                    dir);
    if (code == 0)
        code = find_members(&b, e);
    if (code == 0)
        describe(&b, &found);
    if (code == 0 && really)
        code = raise_term(&b, e);
    if (code == 0 && really)
        code = append_entry(&b, e);
    if (code == 0 && really)
        code = raise_generation(&b, e);
    store_close(&b.store);
    if (code == 0)
        *ret = found;
    return code;
}
