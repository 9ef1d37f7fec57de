/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/lab/control.h"

#include "base/mem.h"
#include "emulator/live/line_pipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CALLERS_MAX 32
#define REQUEST_MAX (64u << 10) /* of a request */
/* Not sent yet; then a caller hears no more news, and is hung up on if it asks. */
#define UNSENT_MAX (256u << 10)
#define FDS_MAX    8

/* Invariant: pipe is NULL in a free place. */
struct caller {
    struct control *control;
    struct line_pipe *pipe;
    int fd; /* the pipe's own */
};

struct control {
    uv_loop_t *loop;
    uv_poll_t *poll; /* owned by the loop while it is closing */
    int fd;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    const struct control_events *events;
    void *arg;
    struct caller callers[CALLERS_MAX];
};

/* ---- callers ---- */

static void hang_up(struct caller *c)
{
    line_pipe_close(c->pipe);
    c->pipe = NULL;
}

static void on_gone(void *arg)
{
    struct caller *c = arg;
    c->control->events->gone(c->control->arg, c);
    hang_up(c);
}

/* One that asks and asks and never reads would have us keep the answers for ever. */
static void on_line(void *arg, const char *text, size_t len)
{
    struct caller *c = arg;
    if (line_pipe_unsent(c->pipe) >= UNSENT_MAX)
        on_gone(c);
    else
        c->control->events->request(c->control->arg, c, text, len);
}

static const struct line_pipe_events caller_events = {
    .line = on_line, .too_long = on_gone, .gone = on_gone};

/* In words: hung up on without one, it would take the lab for ended. */
static void turn_away(const struct control *control, int fd)
{
    const char *full = control->events->full;
    (void)!send(fd, full, strlen(full), MSG_NOSIGNAL); /* who is gone needs no answer */
    (void)close(fd);
}

static void on_call(uv_poll_t *poll, int status, int events)
{
    struct control *control = poll->data;
    struct caller *c = NULL;
    (void)status;
    (void)events;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (size_t i = 0; i < CALLERS_MAX && c == NULL; i++)
        c = control->callers[i].pipe == NULL ? &control->callers[i] : NULL;
    if (fd < 0)
        return;
    if (c == NULL) {
        turn_away(control, fd);
        return;
    }
    *c = (struct caller){.control = control, .fd = fd};
    c->pipe = line_pipe_open(control->loop, fd, REQUEST_MAX, &caller_events, c);
}

/* ---- answers ---- */

void control_answer(struct caller *c, const struct buf *line)
{
    struct err ignored; /* one that is gone is told so by the loop */
    (void)!line_pipe_send(c->pipe, line, &ignored);
}

void control_tell(struct control *control, const struct buf *line)
{
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        struct caller *c = &control->callers[i];
        if (c->pipe != NULL && line_pipe_unsent(c->pipe) < UNSENT_MAX)
            control_answer(c, line);
    }
}

int control_give(struct caller *c, const struct buf *line, const int *fds, size_t count,
                 struct err *e)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(FDS_MAX * sizeof(int))] = {0};
    struct iovec bytes = {.iov_base = line->data, .iov_len = line->len};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    ASSERT(count <= FDS_MAX);
    if (line_pipe_unsent(c->pipe) > 0) /* it would come in the middle of a line */
        return err_set(e, -E_BUSY, "news is being sent: ask again");
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (n == (ssize_t)line->len)
        return 0;
    return err_set_errno(e, -E_IO, n < 0 ? errno : EAGAIN, "control socket");
}

/* ---- opening and closing ---- */

static int listen_at(const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    ASSERT(len < sizeof(address.sun_path));
    memcpy(address.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, CALLERS_MAX) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        (void)close(fd);
    return err_set_errno(e, err_from_errno(error), error, "%s", path);
}

static void free_handle(uv_handle_t *handle)
{
    mem_free(handle);
}

int control_open(uv_loop_t *loop, const char *path, const struct control_events *events, void *arg,
                 struct control **ret, struct err *e)
{
    int fd = listen_at(path, e);
    if (fd < 0)
        return fd;
    struct control *c = mem_alloc(sizeof(*c));
    *c = (struct control){.loop = loop, .fd = fd, .events = events, .arg = arg};
    memcpy(c->path, path, strlen(path) + 1);
    c->poll = mem_alloc(sizeof(*c->poll));
    int failed = uv_poll_init(loop, c->poll, fd);
    ASSERT(failed == 0);
    c->poll->data = c;
    failed = uv_poll_start(c->poll, UV_READABLE, on_call);
    ASSERT(failed == 0);
    *ret = c;
    return 0;
}

void control_close(struct control *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < CALLERS_MAX; i++) {
        if (c->callers[i].pipe != NULL)
            hang_up(&c->callers[i]);
    }
    uv_close((uv_handle_t *)c->poll, free_handle);
    (void)unlink(c->path); /* or one would call whom nobody answers */
    (void)close(c->fd);
    mem_free(c);
}
