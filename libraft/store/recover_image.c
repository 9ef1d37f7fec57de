/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which image a start begins from, and whether the log goes on from there (thesis 5.1). */
#include "store/recover_private.h"

#include "store/image_format.h"

#include <inttypes.h>
#include <stdio.h>

int recover_no_image(const struct store *s, struct err *e)
{
    struct image_list list;
    int code = image_list(s->vfs, s->dir, &list, e);
    if (code < 0)
        return code;
    if (list.images_count > 0)
        code = err_set(e, -E_LOST,
                       "store: %s: formatting was broken off, yet there is an image: replace this "
                       "member",
                       s->dir);
    image_list_free(&list);
    return code;
}

/* How an image and the log stand to each other. */
enum fit {
    FIT_GAP,      /* entries between them are missing */
    FIT_OTHER,    /* both claim the same entry, and differ */
    FIT_INSTALL,  /* the log does not contain the image's last entry: it is to be dropped */
    FIT_CONTINUES /* the log goes on from the image */
};

static enum fit fit_of(const struct wal *wal, const struct image_meta *m)
{
    struct wal_position base = wal_base(wal);
    uint64_t last = wal_last(wal).index;
    if (m->at.index < base.index)
        return FIT_GAP;
    if (m->at.index > last)
        return FIT_INSTALL;
    if (wal_term_at(wal, m->at.index) == m->at.term)
        return wal_chain_at(wal, m->at.index) == m->chain ? FIT_CONTINUES : FIT_OTHER;
    return m->at.index == base.index ? FIT_OTHER : FIT_INSTALL;
}

/* An image passed over leaves a trace in the report. */
static void note_damaged(struct store_report *r, const struct err *why)
{
    if (r->image_text[0] == '\0')
        snprintf(r->image_text, sizeof r->image_text, "%.240s", why->text);
}

/* The newest image that is whole; older ones follow only damaged ones. */
static int open_newest(struct store *s, const struct image_list *list, struct store_report *r,
                       bool *ret_damaged, struct err *e)
{
    for (size_t i = list->images_count; i-- > 0 && s->image == NULL;) {
        struct err why = {0};
        struct image *image = NULL;
        int code = image_open(s->vfs, s->dir, store_mark(s), list->images[i], &image, &why);
        if (code == 0)
            code = image_verify(image, &why);
        if (code == 0) {
            s->image = image;
            return 0;
        }
        image_close(image);
        if (code != -E_CORRUPT)
            return err_set(e, code, "store: %s: %s", s->dir, why.text);
        *ret_damaged = true;
        note_damaged(r, &why);
    }
    return 0;
}

static int judge_no_image(const struct store *s, const struct store_report *r, struct err *e)
{
    if (wal_base(s->wal).index == 0)
        return 0; /* never needed one, or the log still reaches back to the beginning */
    return err_set(e, -E_CORRUPT,
                   "store: %s: the log begins at entry %" PRIu64
                   ", and there is no intact image to stand on%s%s: restore it, or replace this "
                   "member",
                   s->dir, wal_first(s->wal), r->image_text[0] != '\0' ? "; " : "", r->image_text);
}

static int judge_image(const struct store *s, const struct store_report *r, bool damaged,
                       struct err *e)
{
    const struct image_meta *m = image_meta(s->image);
    char name[VFS_NAME_MAX];
    image_name(name, IMAGE_NAME_WHOLE, m->at);
    if (m->at.term > r->meta.state.term)
        return err_set(e, -E_LOST,
                       "store: the hard state (term %" PRIu64 ") is older than %s (term %" PRIu64
                       "): this disk must never vote again: replace the member",
                       r->meta.state.term, name, m->at.term);
    enum fit fit = fit_of(s->wal, m);
    if (fit == FIT_CONTINUES || (fit == FIT_INSTALL && !damaged))
        return 0;
    return err_set(e, -E_CORRUPT,
                   "store: %s: %s %s (log: %" PRIu64 " to %" PRIu64
                   ")%s%s: restore it, or replace this member",
                   s->dir, name,
                   fit == FIT_OTHER     ? "contradicts the log"
                   : fit == FIT_INSTALL ? "is older than a damaged one, and not in the log"
                                        : "ends before the log begins",
                   wal_first(s->wal), wal_last(s->wal).index, r->image_text[0] != '\0' ? "; " : "",
                   r->image_text);
}

int recover_find_image(struct store *s, struct store_report *r, struct err *e)
{
    struct image_list list;
    bool damaged = false;
    int code = image_list(s->vfs, s->dir, &list, e);
    if (code < 0)
        return code;
    code = open_newest(s, &list, r, &damaged, e);
    image_list_free(&list);
    if (code < 0)
        return code;
    if (s->image == NULL)
        return judge_no_image(s, r, e);
    r->image_found = true;
    return judge_image(s, r, damaged, e);
}

/* The crash came between the image's rename and the log's reset: once more the latter. */
static int finish_install(struct store *s, struct store_report *r, struct err *e)
{
    if (s->image == NULL || fit_of(s->wal, image_meta(s->image)) == FIT_CONTINUES)
        return 0;
    const struct image_meta *m = image_meta(s->image);
    struct wal_position last = wal_last(s->wal);
    struct wal_origin origin = {.at = m->at, .chain = m->chain};
    /* The image's name must be durable before the log is gone. */
    int code = s->vfs->sync_dir(s->vfs->arg, s->dir, e);
    if (code == 0)
        code = wal_reset_now(s->wal, &origin, &r->wal, e);
    if (code < 0)
        return code;
    r->image_installed = true;
    snprintf(r->image_text, sizeof r->image_text,
             "store: finished installing the image of entry %" PRIu64 " (term %" PRIu64
             "): the log, which ended at %" PRIu64 " (term %" PRIu64 "), does not contain it",
             m->at.index, m->at.term, last.index, last.term);
    return 0;
}

static int remove_file(const struct store *s, enum image_name kind, struct wal_position at,
                       struct err *e)
{
    char name[VFS_NAME_MAX];
    char path[VFS_PATH_MAX];
    image_name(name, kind, at);
    vfs_path(path, s->dir, name);
    return s->vfs->unlink(s->vfs->arg, path, e);
}

static int remove_remains(const struct store *s, struct err *e)
{
    struct image_list list;
    uint64_t newest = s->image == NULL ? 0 : image_meta(s->image)->at.index;
    int code = image_list(s->vfs, s->dir, &list, e);
    if (code < 0)
        return code;
    for (size_t i = 0; i < list.temporaries_count && code == 0; i++)
        code = remove_file(s, IMAGE_NAME_TEMPORARY, list.temporaries[i], e);
    for (size_t i = 0; i < list.partials_count && code == 0; i++)
        if (i + 1 < list.partials_count || list.partials[i].index <= newest)
            code = remove_file(s, IMAGE_NAME_PARTIAL, list.partials[i], e);
    image_list_free(&list);
    return code;
}

int recover_settle_image(struct store *s, struct store_report *r, struct err *e)
{
    int code = finish_install(s, r, e);
    if (code == 0)
        code = remove_remains(s, e);
    if (code == 0)
        code = image_partial_resume(s->vfs, s->dir, store_mark(s), &s->partial, e);
    return code;
}
