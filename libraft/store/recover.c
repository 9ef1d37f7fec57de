/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/recover_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool store_hard_state_is_older(const struct hard_state *s, uint64_t hard_term, uint64_t hard_vote,
                               struct wal_position last)
{
    return s->term < hard_term || s->term < last.term ||
           (s->term == hard_term && hard_vote != 0 && s->vote != hard_vote);
}

/* Whether the directory holds anything that a node's life leaves behind. */
static void each_name(void *ctx, const char *name)
{
    bool *used = ctx;
    if (strcmp(name, "hardstate") == 0 || strncmp(name, "log-", 4) == 0 ||
        strncmp(name, "image-", 6) == 0)
        *used = true;
}

/* There is no identity: a directory to be formatted, or the remains of one. */
static int judge_unnamed(const struct vfs *vfs, const struct store_options *o, struct err *e)
{
    bool used = false;
    int code = vfs->list(vfs->arg, o->dir, each_name, &used, e);
    if (code < 0) {
        err_wrap(e, "store: list %s", o->dir);
        return code;
    }
    if (used)
        return err_set(
            e, -E_LOST,
            "store: %s: the identity is missing beside a log, a hard state or an image: restore "
            "it, or replace this member",
            o->dir);
    if (!o->may_format)
        return err_set(e, -E_NOTFOUND, "store: %s is empty and was not asked to be formatted",
                       o->dir);
    return 0;
}

static int judge_identity(const struct identity *id, const struct store_options *o, struct err *e)
{
    const struct identity *w = &o->wanted;
    if (!o->any_cluster_name && strcmp(id->cluster_name, w->cluster_name) != 0)
        return err_set(e, -E_MISMATCH, "store: %s belongs to the cluster named \"%s\", not \"%s\"",
                       o->dir, id->cluster_name, w->cluster_name);
    if (w->cluster_id != 0 && id->cluster_id != w->cluster_id)
        return err_set(e, -E_MISMATCH,
                       "store: %s belongs to cluster %016" PRIx64 ", not to %016" PRIx64, o->dir,
                       id->cluster_id, w->cluster_id);
    if (id->node_id != w->node_id)
        return err_set(e, -E_MISMATCH,
                       "store: %s belongs to node %016" PRIx64 ", not to %016" PRIx64, o->dir,
                       id->node_id, w->node_id);
    if (!id->formatted && !o->may_format)
        return err_set(e, -E_NOTFOUND,
                       "store: %s: formatting was broken off and was not asked for again", o->dir);
    return 0;
}

int recover_open_log(struct store *s, const struct store_options *o, bool create,
                     struct store_report *r, struct err *e)
{
    struct wal_options wal = o->wal;
    wal.log_id = identity_mark(&s->identity);
    wal.create = create;
    return wal_open(s->vfs, s->dir, &wal, &s->wal, &r->wal, e);
}

/* Opens log and hard state; create for formatting. */
static int open_parts(struct store *s, const struct store_options *o, bool create,
                      struct store_report *r, struct err *e)
{
    uint64_t mark = identity_mark(&s->identity);
    int code = meta_open(s->vfs, s->dir, mark, create, &s->meta, &r->meta, e);
    return code == 0 ? recover_open_log(s, o, create, r, e) : code;
}

/* The slots against the log, which repeats what they held: an older hard state was brought back by
 * rot or by a restored file, and would vote a second time. */
static int cross_check(const struct store_report *r, struct err *e)
{
    const struct hard_state *h = &r->meta.state;
    if (!store_hard_state_is_older(h, r->wal.hard_term, r->wal.hard_vote, r->wal.last))
        return 0;
    return err_set(e, -E_LOST,
                   "store: the hard state (term %" PRIu64 ", vote %" PRIu64
                   ") is older than the log (term %" PRIu64 ", vote %" PRIu64
                   ", last entry of term %" PRIu64
                   "): this disk must never vote again: replace the member",
                   h->term, h->vote, r->wal.hard_term, r->wal.hard_vote, r->wal.last.term);
}

static int start_formatted(struct store *s, const struct store_options *o, struct store_report *r,
                           struct err *e)
{
    struct err why = {0};
    if (s->identity.aside)
        return recover_go_on(s, o, r, e);
    int code = open_parts(s, o, false, r, &why);
    if (code == 0)
        code = cross_check(r, &why);
    if (code == 0)
        code = recover_find_image(s, r, &why);
    if (code == -E_CORRUPT && s->meta != NULL)
        return recover_give_up(s, o, r, &why, e);
    if (code < 0 && e != NULL)
        *e = why;
    return code;
}

/* The identity comes first and says "not formatted", so that a broken-off formatting can be told
 * from a directory that lost a file: only the former may be cleared. */
static int start_formatting(struct store *s, const struct store_options *o, struct store_report *r,
                            struct err *e)
{
    s->identity = o->wanted;
    s->identity.formatted = false;
    s->identity.left = false;
    s->identity.restoring = 0;
    s->identity.aside = false;
    s->identity.superseded = false;
    s->identity.incarnation = 0;
    int code = recover_no_image(s, e);
    if (code == 0)
        code = identity_write(s->vfs, s->dir, &s->identity, e);
    if (code == 0)
        code = open_parts(s, o, true, r, e);
    r->formatted = true;
    return code;
}

static int open_locked(struct store *s, const struct store_options *o, struct store_report *r,
                       struct err *e)
{
    struct err why = {0};
    int code = identity_read(s->vfs, s->dir, &s->identity, &why);
    if (code == -E_NOTFOUND)
        code = judge_unnamed(s->vfs, o, e);
    else if (code == 0)
        code = judge_identity(&s->identity, o, e);
    else
        err_set(e, code, "store: %s: %s", s->dir, why.text);
    if (code < 0)
        return code;
    code = s->identity.formatted ? start_formatted(s, o, r, e) : start_formatting(s, o, r, e);
    if (code == 0)
        code = meta_secure(s->meta, e);
    if (code < 0)
        return code;
    const struct hard_state *h = meta_durable(s->meta);
    wal_set_hard_state(s->wal, h->term, h->vote);
    code = recover_settle_image(s, r, e);
    if (code < 0)
        return code;
    s->identity.formatted = true;
    s->identity.aside = false;
    s->identity.incarnation++;
    return identity_write(s->vfs, s->dir, &s->identity, e);
}

int store_open(const struct vfs *vfs, const struct store_options *options, struct store *ret_store,
               struct store_report *ret_report, struct err *e)
{
    struct store s = {.vfs = vfs};
    struct store_report r = {0};
    ASSERT(options->wanted.node_id != 0);
    ASSERT(options->wanted.cluster_id != 0 || !options->may_format);
    ASSERT(strlen(options->dir) + 1 + VFS_NAME_MAX < VFS_PATH_MAX);
    if (options->may_format) {
        struct err why = {0};
        int code = vfs->mkdir(vfs->arg, options->dir, &why);
        if (code < 0 && code != -E_EXISTS)
            return err_set(e, code, "store: create %s: %s", options->dir, why.text);
    }
    int code = vfs->lock_dir(vfs->arg, options->dir, e);
    if (code < 0) {
        err_wrap(e, "store: lock %s", options->dir);
        return code;
    }
    snprintf(s.dir, sizeof s.dir, "%s", options->dir);
    code = open_locked(&s, options, &r, e);
    if (code < 0) {
        store_close(&s);
        return code;
    }
    *ret_store = s;
    *ret_report = r;
    return 0;
}

void store_close(struct store *store)
{
    if (store->vfs == NULL)
        return;
    image_close(store->image);
    image_writer_close(store->partial);
    wal_close(store->wal);
    meta_close(store->meta);
    store->vfs->unlock_dir(store->vfs->arg, store->dir);
    *store = (struct store){0};
}

uint64_t store_mark(const struct store *store)
{
    return identity_mark(&store->identity);
}
