/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/log_merge.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define LINE_BYTES  16384 /* longer ones are cut */
#define TIME_LEN    24    /* 2026-11-26T14:46:25.123Z */

/* Invariant: has_line iff line holds one that was not given away yet. */
struct one_log {
    const char *path;
    int fd; /* -1: not there yet */
    struct buf in, line;
    bool has_line;
    char time[TIME_LEN + 1]; /* of the line, or of the last one that had a time */
};

struct log_merge {
    struct one_log *logs; /* owned */
    size_t count;
    int watch_fd; /* inotify; -1: nobody follows */
};

static void watch(const struct log_merge *m, const char *path)
{
    if (m->watch_fd >= 0)
        (void)inotify_add_watch(m->watch_fd, path, IN_MODIFY);
}

/* A node's directory appears with its first start: until then the one above it is watched. */
static void open_one(const struct log_merge *m, struct one_log *log)
{
    if (log->fd >= 0)
        return;
    log->fd = open(log->path, O_RDONLY | O_CLOEXEC);
    if (log->fd >= 0)
        watch(m, log->path);
}

int log_merge_open(char *const *paths, size_t count, bool follow, struct log_merge **ret,
                   struct err *e)
{
    struct log_merge *m = mem_alloc(sizeof(*m));
    m->logs = mem_array(count, sizeof(*m->logs));
    m->count = count;
    m->watch_fd = follow ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
    for (size_t i = 0; i < count; i++)
        m->logs[i] = (struct one_log){.path = paths[i], .fd = -1};
    if (follow && m->watch_fd < 0) {
        int error = errno;
        log_merge_close(m);
        return err_set_errno(e, -E_IO, error, "inotify");
    }
    *ret = m;
    return 0;
}

void log_merge_close(struct log_merge *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->count; i++) {
        if (m->logs[i].fd >= 0)
            (void)close(m->logs[i].fd);
        buf_free(&m->logs[i].in);
        buf_free(&m->logs[i].line);
    }
    if (m->watch_fd >= 0)
        (void)close(m->watch_fd);
    mem_free(m->logs);
    mem_free(m);
}

/* What a sanitizer or a foreign library wrote has no time: it belongs to the line before. */
static void take_time(struct one_log *log)
{
    const char *text = buf_str(&log->line);
    bool timed =
        log->line.len > TIME_LEN && text[4] == '-' && text[10] == 'T' && text[TIME_LEN - 1] == 'Z';
    if (timed)
        memcpy(log->time, text, TIME_LEN);
}

static void take_line(struct one_log *log, size_t len)
{
    size_t kept = len < LINE_BYTES ? len : LINE_BYTES;
    buf_reset(&log->line);
    for (size_t i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)log->in.data[i];
        buf_putc(&log->line, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
    buf_consume(&log->in, len + (len < log->in.len ? 1 : 0));
    log->has_line = true;
    take_time(log);
}

static void fill(const struct log_merge *m, struct one_log *log)
{
    static char chunk[CHUNK_BYTES];
    open_one(m, log);
    while (!log->has_line) {
        const char *end = log->in.len == 0 ? NULL : memchr(log->in.data, '\n', log->in.len);
        if (end != NULL || log->in.len > LINE_BYTES) {
            take_line(log, end != NULL ? (size_t)(end - log->in.data) : LINE_BYTES);
            return;
        }
        ssize_t n = log->fd < 0 ? 0 : read(log->fd, chunk, sizeof(chunk));
        if (n <= 0)
            return;
        buf_put(&log->in, chunk, (size_t)n);
    }
}

const char *log_merge_next(struct log_merge *m, size_t *ret_which)
{
    struct one_log *first = NULL;
    for (size_t i = 0; i < m->count; i++) {
        struct one_log *log = &m->logs[i];
        fill(m, log);
        if (log->has_line && (first == NULL || strcmp(log->time, first->time) < 0)) {
            first = log;
            *ret_which = i;
        }
    }
    if (first == NULL)
        return NULL;
    first->has_line = false;
    return buf_str(&first->line);
}

bool log_merge_wait(const struct log_merge *m, int other_fd)
{
    _Alignas(struct inotify_event) char events[4096];
    bool all_there = true;
    struct pollfd fds[2] = {{.fd = m->watch_fd, .events = POLLIN},
                            {.fd = other_fd, .events = POLLRDHUP}};
    for (size_t i = 0; i < m->count; i++)
        all_there = all_there && m->logs[i].fd >= 0;
    /* Of what is not there yet nothing can be watched. */
    if (poll(fds, 2, all_there ? -1 : 500) < 0)
        return false;
    while (read(m->watch_fd, events, sizeof(events)) > 0)
        ;
    return fds[1].revents == 0;
}
