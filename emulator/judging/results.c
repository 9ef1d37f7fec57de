/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/results.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SAME_SECOND_MAX 1000 /* runs of one scenario that begin in the same second */

static int make_root(const char *root, char ret[PATH_MAX], struct err *e)
{
    if (mkdir(root, 0777) < 0 && errno != EEXIST)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", root);
    if (realpath(root, ret) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", root);
    return 0;
}

int results_create(const char *root, const char *scenario, struct results *ret, struct err *e)
{
    char stamp[32];
    struct tm tm;
    time_t now = time(NULL);
    int code = make_root(root, ret->root, e);
    if (code < 0)
        return code;
    (void)strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
    for (unsigned i = 0; i < SAME_SECOND_MAX; i++) {
        char tail[16] = "";
        if (i > 0)
            (void)snprintf(tail, sizeof(tail), "-%u", i + 1);
        int n =
            snprintf(ret->dir, sizeof(ret->dir), "%s/%s-%s%s", ret->root, stamp, scenario, tail);
        if (n < 0 || (size_t)n >= sizeof(ret->dir))
            return err_set(e, -E_LIMIT, "results: %s: path too long", ret->root);
        if (mkdir(ret->dir, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            return err_set_errno(e, err_from_errno(errno), errno, "results: %s", ret->dir);
    }
    return err_set(e, -E_EXISTS, "results: %s: too many runs in one second", ret->root);
}

int results_write(const struct results *r, const char *name, const struct buf *text, struct err *e)
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", r->dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", path);
    int at = 0; /* why the first of two failed: fclose would overwrite it */
    errno = 0;
    if (fwrite(buf_str(text), 1, text->len, f) != text->len)
        at = errno != 0 ? errno : EIO;
    if (fclose(f) != 0 && at == 0)
        at = errno != 0 ? errno : EIO;
    if (at != 0)
        return err_set_errno(e, err_from_errno(at), at, "results: %s", path);
    return 0;
}

int results_link(const struct results *r, const char *link, struct err *e)
{
    char path[PATH_MAX + 64], temporary[PATH_MAX + 80];
    (void)snprintf(path, sizeof(path), "%s/%s", r->root, link);
    (void)snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
    (void)unlink(temporary);
    if (symlink(strrchr(r->dir, '/') + 1, temporary) < 0 || rename(temporary, path) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", path);
    return 0;
}

int results_move(struct results *r, const char *root, const char *scenario, struct err *e)
{
    struct results to;
    int code = results_create(root, scenario, &to, e);
    if (code < 0)
        return code;
    if (rename(r->dir, to.dir) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "results: move %s to %s", r->dir,
                             to.dir);
    *r = to;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int remove_tree(const char *path, struct err *e)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return err_set_errno(e, err_from_errno(errno), errno, "results: remove %s", path);
    return 0;
}

int results_drop_data(const struct results *r, struct err *e)
{
    static const char *const parts[] = {"data", "undo"};
    char path[PATH_MAX + 64];
    for (unsigned i = 0; i < 2 * 64; i++) {
        (void)snprintf(path, sizeof(path), "%s/nodes/n%u/%s", r->dir, i / 2 + 1, parts[i % 2]);
        int code = remove_tree(path, e);
        if (code < 0)
            return code;
    }
    return 0;
}

int results_remove(const struct results *r, struct err *e)
{
    return remove_tree(r->dir, e);
}

static bool has_part(const char *path, const char *part)
{
    size_t len = strlen(part);
    for (const char *at = strstr(path, part); at != NULL; at = strstr(at + 1, part)) {
        if ((at == path || at[-1] == '/') && (at[len] == '/' || at[len] == '\0'))
            return true;
    }
    return false;
}

const char *results_lasting(const char *path, char out[PATH_MAX])
{
    if (!has_part(path, "latest") && !has_part(path, "latest-failed"))
        return path;
    return realpath(path, out) == NULL ? path : out;
}
