/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A start on a damaged log: its files are kept under other names, an empty log is begun, and a
 * durable mark says how far the old one can have reached. The mark comes first, so that at no
 * moment a log that is too short can be taken for a whole one. */
#include "store/aside.h"
#include "store/recover_private.h"
#include "store/survey.h"

#include <inttypes.h>
#include <stdio.h>

/* Each attempt is a start of its own, and has a name of its own for what it puts aside: what an
 * attempt broken off has begun is never written over what it put aside. */
static int write_mark(struct store *s, uint64_t restoring, struct err *e)
{
    s->identity.restoring = restoring;
    s->identity.aside = true;
    s->identity.incarnation++;
    return identity_write(s->vfs, s->dir, &s->identity, e);
}

static int begin_anew(struct store *s, const struct store_options *o, struct store_report *r,
                      struct err *e)
{
    int code = aside_put(s->vfs, s->dir, s->identity.incarnation, e);
    if (code == 0)
        code = recover_open_log(s, o, true, r, e);
    return code;
}

/* What can be read of the log still must not be newer than the slots: they were both intact, and
 * yet somebody set them back. */
static int judge_slots(const struct store_report *r, const struct survey *found, struct err *e)
{
    struct wal_position last = {.index = found->last_max, .term = found->last_term};
    if (!store_hard_state_is_older(&r->meta.state, found->hard_term, found->hard_vote, last))
        return 0;
    return err_set(e, -E_LOST,
                   "store: the hard state (term %" PRIu64 ", vote %" PRIu64
                   ") is older than the log, which is damaged (term %" PRIu64 ", vote %" PRIu64
                   "): this disk must never vote again: replace the member",
                   r->meta.state.term, r->meta.state.vote, found->hard_term, found->hard_vote);
}

/* The highest index of the old files; what an earlier damage left to restore counts too. */
static uint64_t bound(const struct store *s, const struct survey *found)
{
    uint64_t last = found->last_max > 1 ? found->last_max : 1;
    return last > s->identity.restoring ? last : s->identity.restoring;
}

static void close_log(struct store *s, struct store_report *r)
{
    image_close(s->image);
    wal_close(s->wal);
    s->image = NULL;
    s->wal = NULL;
    r->wal = (struct wal_recovered){0};
    r->image_found = false;
    r->image_text[0] = '\0';
}

int recover_give_up(struct store *s, const struct store_options *o, struct store_report *r,
                    const struct err *why, struct err *e)
{
    struct survey found = {0};
    if (o->may_restore == NULL || r->meta.slot_lost) {
        *e = *why;
        return -E_CORRUPT;
    }
    close_log(s, r);
    int code = survey_take(s->vfs, s->dir, identity_mark(&s->identity), &found, e);
    if (code < 0)
        return code;
    bool may = o->may_restore(o->may_restore_arg, span_of(found.config.data, found.config.len));
    code = judge_slots(r, &found, e);
    buf_free(&found.config);
    if (code == 0 && !may) {
        *e = *why;
        return -E_CORRUPT;
    }
    if (code == 0)
        code = write_mark(s, bound(s, &found), e);
    if (code == 0)
        code = begin_anew(s, o, r, e);
    if (code == 0)
        (void)snprintf(r->damaged_text, sizeof r->damaged_text,
                       "%.300s: put aside as damaged-%" PRIx64 "-*, to be fetched again up to "
                       "entry %" PRIu64 " at least",
                       why->text, s->identity.incarnation, s->identity.restoring);
    return code;
}

int recover_go_on(struct store *s, const struct store_options *o, struct store_report *r,
                  struct err *e)
{
    int code = meta_open(s->vfs, s->dir, identity_mark(&s->identity), false, &s->meta, &r->meta, e);
    if (code == 0)
        code = write_mark(s, s->identity.restoring, e);
    if (code == 0)
        code = begin_anew(s, o, r, e);
    if (code == 0)
        (void)snprintf(r->damaged_text, sizeof r->damaged_text,
                       "the damaged log: the rest of it put aside as damaged-%" PRIx64
                       "-*, to be fetched again up to entry %" PRIu64 " at least",
                       s->identity.incarnation, s->identity.restoring);
    return code;
}

int store_restored(struct store *store, struct err *e)
{
    ASSERT(store->identity.restoring != 0 && !store->identity.aside);
    store->identity.restoring = 0;
    return identity_write(store->vfs, store->dir, &store->identity, e);
}
