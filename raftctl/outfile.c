/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

static enum ctl_exit failed(struct outfile *o, enum ctl_exit exit, struct failure *f)
{
    int error_number = errno;
    failure_set(f, exit, exit == CTL_IO ? "IO" : "CANNOTCREATE", "%s: %s", o->path,
                strerror(error_number));
    if (exit != CTL_IO)
        failure_fix(f,
                    "the name of a file that is not there yet, in a directory that may be written");
    outfile_give_up(o);
    return exit;
}

enum ctl_exit outfile_begin(struct outfile *o, const char *path, struct failure *f)
{
    *o = (struct outfile){.fd = -1};
    int len = snprintf(o->path, sizeof(o->path), "%s", path);
    if (len < 0 || (size_t)len >= sizeof(o->path)) {
        errno = ENAMETOOLONG;
        return failed(o, CTL_CANNOT_CREATE, f);
    }
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return failed(o, CTL_CANNOT_CREATE, f);
    }
    (void)snprintf(o->temporary, sizeof(o->temporary), "%s.part%ld", path, (long)getpid());
    o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return o->fd >= 0 ? CTL_OK : failed(o, CTL_CANNOT_CREATE, f);
}

enum ctl_exit outfile_write(struct outfile *o, struct span bytes, struct failure *f)
{
    while (bytes.len > 0) {
        ssize_t n = write(o->fd, bytes.data, bytes.len);
        if (n < 0 && errno != EINTR)
            return failed(o, CTL_IO, f);
        size_t done = n > 0 ? (size_t)n : 0;
        bytes = span_of(bytes.data + done, bytes.len - done);
    }
    return CTL_OK;
}

/* The name is to last too. */
static int sync_folder(const char *path)
{
    char copy[4096];
    (void)snprintf(copy, sizeof(copy), "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        (void)close(fd);
    return code;
}

enum ctl_exit outfile_finish(struct outfile *o, struct failure *f)
{
    if (fsync(o->fd) < 0 || rename(o->temporary, o->path) < 0 || sync_folder(o->path) < 0)
        return failed(o, CTL_IO, f);
    (void)close(o->fd);
    o->fd = -1;
    return CTL_OK;
}

void outfile_give_up(struct outfile *o)
{
    if (o->fd < 0)
        return;
    (void)close(o->fd);
    (void)unlink(o->temporary);
    o->fd = -1;
}
