/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/outfile.h"

#include "base/mem.h"
#include "trace/text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PENDING_BYTES (256u << 10)

int outfile_open(struct outfile *f, const char *path, struct err *e)
{
    *f = (struct outfile){.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (f->fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    f->path = mem_strdup(path);
    return 0;
}

int outfile_open_in(struct outfile *f, const char *dir, const char *name, struct err *e)
{
    struct buf path = {0};
    buf_putf(&path, "%s/%s", dir, name);
    int code = outfile_open(f, buf_str(&path), e);
    buf_free(&path);
    return code;
}

void outfile_flush(struct outfile *f)
{
    size_t done = 0;
    while (done < f->pending.len && f->failed.code == 0) {
        ssize_t n = write(f->fd, f->pending.data + done, f->pending.len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            (void)err_set_errno(&f->failed, err_from_errno(errno), errno, "%s: write", f->path);
    }
    buf_reset(&f->pending);
}

struct buf *outfile_buf(struct outfile *f)
{
    return &f->pending;
}

void outfile_added(struct outfile *f)
{
    if (f->pending.len >= PENDING_BYTES)
        outfile_flush(f);
}

void outfile_record(struct outfile *f, const struct trace_names *names,
                    const struct trace_record *rec)
{
    trace_print(&f->pending, names, rec);
    outfile_added(f);
}

void outfile_put(struct outfile *f, const void *data, size_t len)
{
    buf_put(&f->pending, data, len);
    outfile_added(f);
}

int outfile_close(struct outfile *f, struct err *e)
{
    if (f->path == NULL)
        return 0;
    outfile_flush(f);
    if (close(f->fd) < 0 && f->failed.code == 0)
        (void)err_set_errno(&f->failed, err_from_errno(errno), errno, "%s: close", f->path);
    struct err failed = f->failed;
    buf_free(&f->pending);
    mem_free(f->path);
    *f = (struct outfile){.fd = -1};
    return failed.code == 0 ? 0 : err_set(e, failed.code, "%s", failed.text);
}
