/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_start.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tried, not asked for: there are places that say they can be written, and cannot. What is made has
 * a name of its own and is gone at once. */
static bool can_make_in(const char *dir)
{
    struct buf path = {0};
    buf_putf(&path, "%s/.explore-XXXXXX", dir);
    buf_putc(&path, '\0');
    bool can = !path.overflow && mkdtemp(path.data) != NULL;
    int reason = errno;
    if (can)
        (void)rmdir(path.data);
    buf_free(&path);
    errno = reason;
    return can;
}

/* Whether something new can get the name path. */
static bool can_make(const char *path)
{
    struct buf parent = {0};
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    buf_putf(&parent, "%.*s", (int)len, len > 0 ? path : "");
    bool can = path[0] != '\0' && can_make_in(len > 0 ? buf_str(&parent) : ".");
    buf_free(&parent);
    return can;
}

/* What is there under its name, if anything is. */
static bool state_of(const char *dir, struct stat *ret)
{
    struct buf path = {0};
    buf_putf(&path, "%s/state", dir);
    bool there = lstat(buf_str(&path), ret) == 0;
    buf_free(&path);
    return there;
}

int explore_start_checkpoint(const char *dir, const char *resume, struct err *e)
{
    struct stat there, state, gone_on;
    errno = 0;
    if (stat(dir, &there) != 0) {
        if (errno == ENOENT && can_make(dir))
            return 0;
    } else if (!S_ISDIR(there.st_mode)) {
        errno = ENOTDIR;
    } else if (can_make_in(dir)) {
        if (!state_of(dir, &state))
            return 0;
        if (resume != NULL && state_of(resume, &gone_on) && gone_on.st_dev == state.st_dev &&
            gone_on.st_ino == state.st_ino)
            return 0;
        return err_set(e, -E_EXISTS,
                       "checkpoint %s: state is there already, and stays: --resume %s goes on from "
                       "it, --checkpoint DIR names another place",
                       dir, dir);
    }
    return err_set(e, -E_IO,
                   "checkpoint %s: %s: name a place that can be written with --checkpoint DIR", dir,
                   strerror(errno));
}

int explore_start_resume(const char *dir, struct err *e)
{
    struct stat state;
    errno = 0;
    if (state_of(dir, &state))
        return 0;
    return err_set(e, -E_NOTFOUND, "--resume %s: not a checkpoint: %s", dir, strerror(errno));
}

int explore_start_file(const char *path, struct err *e)
{
    struct stat there;
    bool is_there = stat(path, &there) == 0;
    bool can = is_there ? access(path, W_OK) == 0 : can_make(path);
    if (can && !(is_there && S_ISDIR(there.st_mode)))
        return 0;
    return err_set(e, -E_IO, "%s: cannot be written: %s", path, strerror(can ? EISDIR : errno));
}
