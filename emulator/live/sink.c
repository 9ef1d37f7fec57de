/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/sink.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_USUAL   65536
#define ROOM_BLOCKED 4096
#define CHUNK_BYTES  8192
/* In one turn of the loop: more than a pipe holds, so that the last words of a dead process are
 * among it, and an end if a living one writes as fast as we read. */
#define CHUNKS_MAX 16

/* Invariant: pipe_fd is open for writing, too, so that it never comes to an end between two
 * processes. */
struct sink {
    uv_poll_t poll;
    char *pipe_path;
    int pipe_fd;
    int log_fd;
    bool blocked;
};

static void put(int fd, const char *data, ssize_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, (size_t)len);
        if (n <= 0)
            return; /* the disk is full: as if the node had written there itself */
        data += n;
        len -= n;
    }
}

void sink_drain(struct sink *s)
{
    char chunk[CHUNK_BYTES];
    ssize_t n = 1;
    for (int i = 0; i < CHUNKS_MAX && n > 0 && !s->blocked; i++) {
        n = read(s->pipe_fd, chunk, sizeof(chunk));
        if (n > 0)
            put(s->log_fd, chunk, n);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status == 0)
        sink_drain(poll->data);
}

void sink_block(struct sink *s, bool blocked)
{
    if (s->blocked == blocked)
        return;
    sink_drain(s);
    s->blocked = blocked;
    (void)fcntl(s->pipe_fd, F_SETPIPE_SZ, blocked ? ROOM_BLOCKED : ROOM_USUAL);
    if (blocked)
        (void)uv_poll_stop(&s->poll);
    else
        (void)uv_poll_start(&s->poll, UV_READABLE, on_readable);
    sink_drain(s);
}

static void free_sink(struct sink *s)
{
    if (s->pipe_fd >= 0)
        close(s->pipe_fd);
    if (s->log_fd >= 0)
        close(s->log_fd);
    (void)unlink(s->pipe_path);
    mem_free(s->pipe_path);
    mem_free(s);
}

static void on_closed(uv_handle_t *handle)
{
    free_sink(handle->data);
}

int sink_open(uv_loop_t *loop, const char *pipe_path, const char *log_path, struct sink **ret,
              struct err *e)
{
    struct sink *s = mem_alloc(sizeof(*s));
    s->pipe_path = mem_strdup(pipe_path);
    s->log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    s->pipe_fd =
        mkfifo(pipe_path, 0600) < 0 ? -1 : open(pipe_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (s->log_fd < 0 || s->pipe_fd < 0) {
        int code = err_set_errno(e, -E_IO, errno, "%s", s->log_fd < 0 ? log_path : pipe_path);
        free_sink(s);
        return code;
    }
    int failed = uv_poll_init(loop, &s->poll, s->pipe_fd);
    ASSERT(failed == 0);
    s->poll.data = s;
    (void)uv_poll_start(&s->poll, UV_READABLE, on_readable);
    *ret = s;
    return 0;
}

void sink_close(struct sink *s)
{
    if (s != NULL)
        uv_close((uv_handle_t *)&s->poll, on_closed);
}
