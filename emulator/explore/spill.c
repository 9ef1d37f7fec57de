/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/spill.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int failed(const struct spill *s, const char *did, struct err *e)
{
    return err_set_errno(e, err_from_errno(errno), errno, "explore: directory %s: %s", s->dir, did);
}

/* Where the file system has no files without a name, one with a name that is taken away at once. */
static int open_named(const char *dir)
{
    struct buf path = {0};
    buf_putf(&path, "%s/raft-explore-XXXXXX", dir);
    int fd = mkostemp(path.data, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path.data);
    buf_free(&path);
    return fd;
}

int spill_open(struct spill *s, const char *dir, struct err *e)
{
    *s = (struct spill){.dir = mem_strdup(dir)};
    s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        s->fd = open_named(dir);
    if (s->fd >= 0)
        return 0;
    int code = failed(s, "a temporary file", e);
    spill_close(s);
    return code;
}

void spill_close(struct spill *s)
{
    if (s->dir != NULL && s->fd >= 0)
        (void)close(s->fd);
    mem_free(s->dir);
    *s = (struct spill){.fd = -1};
}

int spill_write(const struct spill *s, uint64_t offset, const void *data, size_t len, struct err *e)
{
    const char *from = data;
    while (len > 0) {
        ssize_t n = pwrite(s->fd, from, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(s, "write", e);
        from += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int spill_read(const struct spill *s, uint64_t offset, void *data, size_t len, struct err *e)
{
    char *to = data;
    while (len > 0) {
        ssize_t n = pread(s->fd, to, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(s, "read", e);
        if (n == 0)
            return err_set(e, -E_CORRUPT, "explore: directory %s: a temporary file lost its end",
                           s->dir);
        to += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int spill_empty(const struct spill *s, struct err *e)
{
    return ftruncate(s->fd, 0) == 0 ? 0 : failed(s, "truncate", e);
}
