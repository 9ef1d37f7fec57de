/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/units.h"
#include "raftd/lab_command.h"
#include "trace/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#define COMMAND_BYTES_MAX 4096
#define TURN_BYTES_MAX    (1u << 30)
#define KERNEL_BYTES      (4 * 1024 * 1024) /* asked of the kernel, which may give less */

/* Of names that a laboratory gives. */
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"

struct lab {
    struct turn *turn;
    char name[LIMIT_NODE_NAME + 1];
    bool alias; /* name is not the node's */
    uv_pipe_t pipe;
    int fd;
    atomic_bool gone;         /* the other side is closed */
    bool told;                /* … and the log says so; of the loop's thread */
    pthread_t loop;           /* the thread that opened it */
    pthread_mutex_t sending;  /* held between the lines of one flush: workers have lines, too */
    struct buf out;           /* whole lines of this turn */
    struct trace_names names; /* of the record being printed */
    struct buf in;
    struct lab_clock clock, wall;
    struct lab_calls calls;
    struct lab_disk disk;
    struct lab_undo undo;
    struct lab_points points;
    struct lab_filters filters;
};

/* A line that is not the node's but the channel's. */
static void put_line(const struct lab *lab, struct buf *out, const char *ev, uint64_t id,
                     const char *text)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "t", turn_now_ns());
    jsonw_kv_string(&w, "node", lab->name);
    jsonw_kv_string(&w, "ev", ev);
    jsonw_kv_u64(&w, "id", id);
    if (text != NULL)
        jsonw_kv_string(&w, "text", text);
    jsonw_end(&w);
    buf_putc(out, '\n');
}

static void say(struct lab *lab, const char *ev, uint64_t id, const char *text)
{
    if (lab->gone)
        return;
    put_line(lab, &lab->out, ev, id, text);
    turn_again(lab->turn);
}

static void leave(struct lab *lab, const char *why)
{
    lab->gone = true;
    if (pthread_equal(lab->loop, pthread_self()) == 0 || lab->told)
        return; /* the log is the loop's, which finds the end of the channel by itself */
    lab->told = true;
    logger_printf(lab->turn->log, ENV_ABOUT_PROCESS, ENV_WARNING, "lab: %s: no trace from here on",
                  why);
}

/* ---- in ---- */

static void obey(struct lab *lab)
{
    const struct lab_parts parts = {.lab = lab,
                                    .clock = &lab->clock,
                                    .wall = &lab->wall,
                                    .calls = &lab->calls,
                                    .disk = &lab->disk,
                                    .undo = &lab->undo,
                                    .points = &lab->points,
                                    .filters = &lab->filters};
    struct err e = {0};
    uint64_t id = 0;
    size_t len = lab->in.len;
    buf_putc(&lab->in, '\0');
    int code = lab->in.overflow ? err_set(&e, -E_LIMIT, "command too long")
                                : lab_command_run(&parts, lab->in.data, len, &id, &e);
    if (code < 0)
        say(lab, "labError", id, e.text);
    else
        say(lab, "labDone", id, NULL);
    buf_reset(&lab->in);
}

static void take(struct lab *lab, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            obey(lab);
        else
            buf_putc(&lab->in, bytes[i]);
    }
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
        (void)uv_read_stop(stream);
        leave(lab, n == UV_EOF ? "closed by the laboratory" : uv_strerror((int)n));
        return;
    }
    take(lab, bytes->base, (size_t)n);
}

/* What the laboratory has said already. It has memory of its own: whoever is held up may be in the
 * middle of what the loop has read. */
static void take_waiting(struct lab *lab)
{
    char bytes[1024];
    ssize_t n;
    while (!lab->gone && (n = recv(lab->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        take(lab, bytes, (size_t)n);
}

void lab_serve(struct lab *lab, int wait_ms)
{
    struct pollfd in = {.fd = lab->gone ? -1 : lab->fd, .events = POLLIN};
    char end;
    if (poll(&in, 1, wait_ms) <= 0)
        return;
    if (recv(lab->fd, &end, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        leave(lab, "closed by the laboratory");
    take_waiting(lab);
}

static int check_fd(int fd, struct err *e)
{
    int type, domain;
    socklen_t type_len = sizeof(type), domain_len = sizeof(domain);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 || type != SOCK_STREAM ||
        getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) < 0 || domain != AF_UNIX)
        return err_set(e, -E_INVALID,
                       "config: lab_fd: %d: must be a stream socket, one of a pair (AF_UNIX)", fd);
    return 0;
}

int lab_open(struct turn *turn, int fd, const char *name, struct lab **ret, struct err *e)
{
    int wanted = KERNEL_BYTES;
    int code = check_fd(fd, e);
    if (code < 0)
        return code;
    /* Room for a turn's trace: what the kernel holds survives a kill of this process. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    struct lab *lab = mem_alloc(sizeof(*lab));
    lab->turn = turn;
    lab->fd = fd;
    lab->loop = pthread_self();
    (void)pthread_mutex_init(&lab->sending, NULL);
    lab_points_init(&lab->points, lab, &lab->calls);
    lab_filters_init(&lab->filters, lab, turn);
    memcpy(lab->name, name, strlen(name) + 1);
    buf_init(&lab->in, COMMAND_BYTES_MAX);
    buf_init(&lab->out, TURN_BYTES_MAX);
    (void)uv_pipe_init(turn->loop, &lab->pipe, 0);
    lab->pipe.data = lab;
    int status = uv_pipe_open(&lab->pipe, fd);
    ASSERT(status == 0);
    (void)uv_read_start((uv_stream_t *)&lab->pipe, on_alloc, on_read);
    turn->clock = &lab->clock;
    lab_disk_open(&lab->disk, lab, &lab->undo);
    const struct lab_watcher disk = lab_disk_watcher(&lab->disk),
                             undo = lab_undo_watcher(&lab->undo);
    lab_calls_watch(&lab->calls, &disk);
    lab_calls_watch(&lab->calls, &undo);
    take_waiting(lab);
    *ret = lab;
    return 0;
}

bool lab_alias(struct lab *lab, const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > LIMIT_NODE_NAME || strspn(name, LETTERS) != len)
        return false;
    memcpy(lab->name, name, len + 1);
    lab->alias = true;
    return true;
}

struct lab_calls *lab_calls_of(struct lab *lab)
{
    return &lab->calls;
}

struct lab_filters *lab_filters_of(struct lab *lab)
{
    return &lab->filters;
}

const struct lab_clock *lab_wall(const struct lab *lab)
{
    return &lab->wall;
}

/* ---- out ---- */

/* The node's time is its own where its clock is bent; its trace keeps to the host's. */
static void bend_back(struct lab *lab, struct trace_record *rec)
{
    rec->t = turn_now_ns();
    if (trace_has(rec, TRACE_HAS_until))
        rec->until = lab_clock_when(&lab->clock, rec->until);
}

static void print_record(void *arg, struct trace_record *rec)
{
    struct lab *lab = arg;
    if (lab->clock.bent)
        bend_back(lab, rec);
    if (lab->alias)
        rec->node = trace_names_add(&lab->names, lab->name, strlen(lab->name));
    if (!lab->gone)
        trace_print(&lab->out, &lab->names, rec);
    trace_names_reset(&lab->names);
    ASSERT(!lab->out.overflow); /* a turn's input is bounded far below that */
    lab_points_event(&lab->points, rec);
}

struct trace_host lab_trace(struct lab *lab)
{
    return (struct trace_host){.sink = print_record, .arg = lab, .names = &lab->names};
}

/* Waits until the socket takes more, or end_ns has come: false. */
static bool wait_for_room(const struct lab *lab, uint64_t end_ns)
{
    uint64_t now_ns = turn_now_ns();
    if (now_ns >= end_ns)
        return false;
    struct pollfd room = {.fd = lab->fd, .events = POLLOUT};
    (void)poll(&room, 1, (int)((end_ns - now_ns) / NS_PER_MS) + 1);
    return true;
}

/* Sends all of it; what could not leave before end_ns stays. True: nothing has to. */
static bool send_all(struct lab *lab, struct buf *out, uint64_t end_ns)
{
    size_t at = 0;
    bool in_time = true;
    (void)pthread_mutex_lock(&lab->sending);
    while (in_time && !lab->gone && at < out->len) {
        ssize_t n = send(lab->fd, out->data + at, out->len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0)
            at += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            leave(lab, strerror(errno));
        else
            in_time = wait_for_room(lab, end_ns);
    }
    (void)pthread_mutex_unlock(&lab->sending);
    if (in_time)
        buf_reset(out);
    else
        buf_consume(out, at);
    return in_time;
}

int lab_flush(struct lab *lab, unsigned wait_ms, struct err *e)
{
    if (send_all(lab, &lab->out, turn_now_ns() + wait_ms * NS_PER_MS))
        return 0;
    return err_set(e, -E_TIMEOUT,
                   "lab: the laboratory reads too slowly: %zu bytes of trace wait, and nothing may "
                   "leave before them",
                   lab->out.len);
}

void lab_met(struct lab *lab, uint64_t number)
{
    struct buf line = {0};
    uint64_t end_ns = turn_now_ns() + LAB_WAIT_MS * NS_PER_MS;
    if (pthread_equal(lab->loop, pthread_self()) != 0)
        (void)send_all(lab, &lab->out, end_ns);
    put_line(lab, &line, "labMet", number, NULL);
    (void)send_all(lab, &line, end_ns);
    buf_free(&line);
}

void lab_stop(struct lab *lab)
{
    lab_filters_stop(&lab->filters);
    uv_close((uv_handle_t *)&lab->pipe, NULL);
}

void lab_free(struct lab *lab)
{
    buf_free(&lab->out);
    buf_free(&lab->in);
    lab_undo_close(&lab->undo);
    lab_disk_close(&lab->disk);
    lab->turn->clock = NULL;
    lab_points_free(&lab->points);
    lab_filters_free(&lab->filters);
    (void)pthread_mutex_destroy(&lab->sending);
    mem_free(lab);
}
