/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab.h"

#include "base/jsonw.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define COMMAND_BYTES_MAX 4096
#define DRAIN_MS          1000
#define KERNEL_BYTES      (4 * 1024 * 1024) /* asked of the kernel, which may give less */

struct lab {
    struct turn *turn;
    char name[LIMIT_NODE_NAME + 1];
    uv_pipe_t pipe;
    int fd;
    struct outq_list dirty; /* its own: the trace leaves before everything else */
    struct outq out;
    uint64_t lost; /* lines dropped since the queue was full; 0: none */
    bool gone;     /* the other side is closed */
    struct buf in;
};

/* A line that is not the node's but the channel's. */
static void say(struct lab *lab, const char *ev, const char *key, uint64_t number, const char *text)
{
    struct buf line = {0};
    struct jsonw w;
    jsonw_init(&w, &line);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "t", turn_now_ns());
    jsonw_kv_string(&w, "node", lab->name);
    jsonw_kv_string(&w, "ev", ev);
    if (key != NULL && text != NULL)
        jsonw_kv_string(&w, key, text);
    else if (key != NULL)
        jsonw_kv_u64(&w, key, number);
    jsonw_end(&w);
    buf_putc(&line, '\n');
    outq_put(&lab->out, line.data, line.len, false);
    buf_free(&line);
}

static void leave(struct lab *lab, const char *why)
{
    if (lab->gone)
        return;
    lab->gone = true;
    outq_stop(&lab->out);
    (void)uv_read_stop((uv_stream_t *)&lab->pipe);
    logger_printf(lab->turn->log, ENV_WARNING, "lab: %s: no trace from here on", why);
}

static void on_write_failed(void *arg, int status)
{
    leave(arg, uv_strerror(status));
}

/* ---- in ---- */

static void obey(struct lab *lab, const char *command)
{
    if (strcmp(command, "ping") == 0)
        say(lab, "pong", NULL, 0, NULL);
    else
        say(lab, "labError", "text", 0, "unknown command");
    turn_again(lab->turn);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    const struct lab *lab = handle->data;
    (void)suggested;
    turn_alloc(lab->turn, ret);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct lab *lab = stream->data;
    if (n < 0) {
        leave(lab, n == UV_EOF ? "closed by the laboratory" : uv_strerror((int)n));
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        char c = bytes->base[i];
        if (c != '\n') {
            buf_putc(&lab->in, c);
            continue;
        }
        if (lab->in.overflow)
            say(lab, "labError", "text", 0, "command too long");
        else
            obey(lab, buf_str(&lab->in));
        buf_reset(&lab->in);
    }
}

int lab_open(struct turn *turn, int fd, const char *name, struct lab **ret, struct err *e)
{
    int type, wanted = KERNEL_BYTES;
    socklen_t len = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM)
        return err_set(e, -E_INVALID, "config: lab_fd: %d: must be a stream socket", fd);
    /* Room for a turn's trace: what the kernel holds survives a kill of this process. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    struct lab *lab = mem_alloc(sizeof(*lab));
    lab->turn = turn;
    lab->fd = fd;
    memcpy(lab->name, name, strlen(name) + 1);
    TAILQ_INIT(&lab->dirty);
    buf_init(&lab->in, COMMAND_BYTES_MAX);
    (void)uv_pipe_init(turn->loop, &lab->pipe, 0);
    lab->pipe.data = lab;
    outq_init(&lab->out, &lab->dirty, (uv_stream_t *)&lab->pipe, on_write_failed, lab);
    int status = uv_pipe_open(&lab->pipe, fd);
    ASSERT(status == 0);
    (void)uv_read_start((uv_stream_t *)&lab->pipe, on_alloc, on_read);
    *ret = lab;
    return 0;
}

/* ---- out ---- */

void lab_trace(void *arg, const char *line, size_t len)
{
    struct lab *lab = arg;
    if (lab->lost > 0 && lab->out.bytes < LAB_BYTES_MAX / 2) {
        say(lab, "traceLost", "lines", lab->lost, NULL);
        lab->lost = 0;
    }
    if (lab->lost == 0 && lab->out.bytes + len <= LAB_BYTES_MAX) {
        outq_put(&lab->out, line, len, false);
        return;
    }
    if (lab->lost++ == 0)
        logger_write(lab->turn->log, ENV_ERROR,
                     "lab: 64 MiB of trace are unread: lines are dropped, this run's trace has a "
                     "hole and proves nothing");
}

void lab_flush(struct lab *lab)
{
    outq_flush_all(&lab->dirty);
}

void lab_drain(struct lab *lab)
{
    if (lab->lost > 0)
        say(lab, "traceLost", "lines", lab->lost, NULL);
    outq_drain(&lab->out, lab->fd, DRAIN_MS);
}

void lab_stop(struct lab *lab)
{
    outq_stop(&lab->out);
    uv_close((uv_handle_t *)&lab->pipe, NULL);
}

void lab_free(struct lab *lab)
{
    outq_free(&lab->out);
    buf_free(&lab->in);
    free(lab);
}
