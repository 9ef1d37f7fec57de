/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/trace_file.h"

#include "base/mem.h"
#include "trace/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct trace_file {
    const struct logger *log;
    char path[VFS_PATH_MAX];
    int fd; /* -1: off */
    uint64_t bytes;
    struct buf out;           /* whole lines of this turn */
    struct trace_names names; /* of the record being printed */
};

struct trace_file *trace_file_new(const char *data_dir, const struct logger *log)
{
    struct trace_file *t = mem_alloc(sizeof(*t));
    t->log = log;
    t->fd = -1;
    vfs_path(t->path, data_dir, TRACE_FILE_NAME);
    return t;
}

static void end(struct trace_file *t)
{
    if (t->fd >= 0)
        (void)close(t->fd);
    t->fd = -1;
    buf_reset(&t->out);
}

void trace_file_free(struct trace_file *t)
{
    if (t == NULL)
        return;
    trace_file_flush(t);
    end(t);
    buf_free(&t->out);
    mem_free(t);
}

static void print_record(void *arg, struct trace_record *rec)
{
    struct trace_file *t = arg;
    if (t->fd >= 0)
        trace_print(&t->out, &t->names, rec);
    trace_names_reset(&t->names);
}

static void measure(struct trace_file *t)
{
    struct stat st; /* of the file that is written, wherever it was moved to */
    int code = t->fd >= 0 ? fstat(t->fd, &st) : stat(t->path, &st);
    t->bytes = code == 0 ? (uint64_t)st.st_size : 0;
}

static int begin(struct trace_file *t, struct err *e)
{
    if (t->fd >= 0)
        return 0;
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "trace: %s", t->path);
    measure(t);
    if (t->bytes >= TRACE_FILE_MAX) {
        end(t);
        return err_set(e, -E_LIMIT, "trace: %s has %llu bytes already: move it away first", t->path,
                       (unsigned long long)t->bytes);
    }
    logger_printf(t->log, ENV_ABOUT_CONFIG, ENV_INFO, "trace: on, into %s", t->path);
    return 0;
}

int trace_file_turn(struct trace_file *t, enum env_trace_turn turn, struct env_trace *ret,
                    struct err *e)
{
    int code = turn == ENV_TRACE_ON ? begin(t, e) : 0;
    if (code < 0)
        return code;
    trace_file_flush(t);
    if (turn == ENV_TRACE_OFF && t->fd >= 0) {
        logger_printf(t->log, ENV_ABOUT_CONFIG, ENV_INFO, "trace: off");
        end(t);
    }
    measure(t);
    *ret = (struct env_trace){.file = t->path, .bytes = t->bytes};
    if (t->fd >= 0)
        ret->host = (struct trace_host){.sink = print_record, .arg = t, .names = &t->names};
    return 0;
}

static void fail(struct trace_file *t, const char *why)
{
    logger_printf(t->log, ENV_ABOUT_CONFIG, ENV_WARNING, "trace: off: %s: %s", t->path, why);
    end(t);
}

/* Of what was written, the part of a line at the end goes again: a reader would trip over it. */
static size_t cut_to_lines(struct trace_file *t, size_t written)
{
    const char *newline = memrchr(t->out.data, '\n', written);
    size_t whole = newline == NULL ? 0 : (size_t)(newline - t->out.data) + 1;
    struct stat st;
    if (whole < written && fstat(t->fd, &st) == 0 &&
        ftruncate(t->fd, st.st_size - (off_t)(written - whole)) == 0)
        return whole;
    return written;
}

void trace_file_flush(struct trace_file *t)
{
    size_t at = 0;
    while (t->fd >= 0 && at < t->out.len) {
        ssize_t n = write(t->fd, t->out.data + at, t->out.len - at);
        int error_number = errno;
        if (n > 0) {
            at += (size_t)n;
        } else if (n == 0 || error_number != EINTR) {
            at = cut_to_lines(t, at);
            fail(t, n == 0 ? "nothing can be written" : strerror(error_number));
        }
    }
    t->bytes += at;
    buf_reset(&t->out);
    if (t->fd >= 0 && t->bytes >= TRACE_FILE_MAX)
        fail(t, "it is as long as it may be");
}
