/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced recovery of a directory at rest. The one step that counts is the sync of the log's batch:
 * the higher term before it changes nothing by itself, and the identity after it is written by the
 * next start if a crash comes between. */
#include "node/members/recovery.h"

#include "node/members/at_rest.h"

#include <string.h>

/* Until nothing is under way any more, also after a failure: the first is reported. */
static int run(struct at_rest *b, struct err *e)
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

/* Who is no member, or was given up, can be looked at all the same. */
static int find_members(struct at_rest *b, bool really, struct err *e)
{
    if (really && b->store.identity.superseded)
        return err_set(e, -E_CLOSED, "%s was given up itself by a forced recovery elsewhere",
                       b->store.dir);
    int code = at_rest_read_log(b, NULL, NULL, e);
    if (code == 0 && really && !at_rest_is_member(b))
        return err_set(e, -E_INVALID,
                       "its node is no member of the cluster: it has nothing to recover");
    return code;
}

static int raise_term(struct at_rest *b, struct err *e)
{
    struct hard_state state = *meta_durable(b->store.meta);
    state.term++;
    state.vote = 0;
    meta_set(b->store.meta, &state);
    (void)meta_flush(b->store.meta);
    wal_set_hard_state(b->store.wal, state.term, state.vote);
    return run(b, e);
}

static int append_entry(struct at_rest *b, struct err *e)
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

static int raise_generation(struct at_rest *b, struct err *e)
{
    struct identity id = b->store.identity;
    id.generation = b->members.generation + 1;
    return identity_write(b->host->vfs, b->store.dir, &id, e);
}

int node_recover(const struct node_recover_host *host, const char *dir, bool really,
                 struct node_recovery *ret, struct err *e)
{
    struct at_rest b = {.host = host};
    struct node_recovery found = {0};
    int code = at_rest_open(&b, dir, e);
    if (code < 0)
        return code;
    if (b.store.identity.restoring != 0)
        code =
            err_set(e, -E_CORRUPT,
                    "%s: its log was damaged and is not whole again: recover another node, or put "
                    "the files named damaged-* right",
                    dir);
    if (code == 0)
        code = find_members(&b, really, e);
    if (code == 0)
        at_rest_describe(&b, &found);
    really = really && !found.alone;
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
