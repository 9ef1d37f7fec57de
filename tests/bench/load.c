/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "load.h"

#include "base/mem.h"
#include "base/prng.h"
#include "base/respw.h"
#include "base/units.h"
#include "child.h"
#include "wire/resp_reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX   256
#define READ_BYTES   (64u << 10)
#define DRAIN_NS     (15 * NS_PER_S)
#define FILL_LINES   8
#define FILL_DEPTH   64
#define BUDGET_NEVER UINT64_MAX
#define KEY_DIGITS   (LOAD_KEY_BYTES - 4) /* behind "key:" */

/* One connection. Invariants: count <= depth; started_ns[(first + i) % depth] is when the i-th
 * oldest outstanding request was written. */
struct line {
    int fd;
    bool wants_write;
    struct buf out;
    struct resp_replies in;
    uint64_t *started_ns; /* owned */
    unsigned first;
    unsigned count;
};

struct load {
    struct load_spec spec;
    int epoll;
    struct prng prng;
    struct line *lines; /* owned, spec.connections long */
    uint64_t outstanding;
    uint64_t budget;  /* requests that may still be sent; BUDGET_NEVER: no end */
    struct buf model; /* a request, and where the digits of its key are */
    size_t model_key_at;
    bool in_order; /* keys one after the other, for filling */
    uint64_t next_key;
    uint64_t refused; /* replies that were errors, ever */
    struct load_result *counts;
    char *read_bytes; /* owned */
};

static const char *value_bytes(void)
{
    static char value[LOAD_VALUE_BYTES];
    if (value[0] == '\0') {
        struct prng p = prng_named(1, "bench value");
        for (size_t i = 0; i < sizeof(value); i++)
            value[i] = (char)prng_between(&p, '!', '~' + 1);
    }
    return value;
}

/* The request for key 0: the others differ in their digits only. */
static void make_model(struct load *l)
{
    char key[LOAD_KEY_BYTES + 1];
    (void)snprintf(key, sizeof(key), "key:%0*d", KEY_DIGITS, 0);
    const struct span argv[] = {span_str(l->spec.op == LOAD_SET ? "SET" : "GET"), span_str(key),
                                span_of(value_bytes(), LOAD_VALUE_BYTES)};
    respw_request(&l->model, argv, l->spec.op == LOAD_SET ? 3 : 2);
    const char *at = strstr(buf_str(&l->model), "key:");
    ASSERT(at != NULL);
    l->model_key_at = (size_t)(at - l->model.data) + 4;
}

/* ---- sending ---- */

static void put_request(const struct load *l, struct buf *out, uint64_t key)
{
    size_t at = out->len + l->model_key_at;
    buf_put(out, l->model.data, l->model.len);
    for (int i = KEY_DIGITS - 1; i >= 0; i--, key /= 10)
        out->data[at + (size_t)i] = (char)('0' + key % 10);
}

/* Requests up to the depth, all with one time: they leave together. */
static void fill_up(struct load *l, struct line *line)
{
    uint64_t now_ns = bench_now_ns();
    while (line->count < l->spec.depth && l->budget > 0) {
        if (l->budget != BUDGET_NEVER)
            l->budget--;
        uint64_t key = l->in_order ? l->next_key++ : prng_below(&l->prng, l->spec.keys_count);
        put_request(l, &line->out, key);
        line->started_ns[(line->first + line->count++) % l->spec.depth] = now_ns;
        l->outstanding++;
    }
}

static int write_out(struct load *l, struct line *line, struct err *e)
{
    while (line->out.len > 0) {
        ssize_t n = send(line->fd, line->out.data, line->out.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return err_set_errno(e, -E_CLOSED, errno, "load: send");
        buf_consume(&line->out, (size_t)n);
    }
    bool wants = line->out.len > 0;
    if (wants != line->wants_write) {
        struct epoll_event event = {.events = EPOLLIN | (wants ? (uint32_t)EPOLLOUT : 0),
                                    .data.ptr = line};
        line->wants_write = wants;
        if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, line->fd, &event) < 0)
            return err_set_errno(e, -E_IO, errno, "load: epoll");
    }
    return 0;
}

/* ---- receiving ---- */

static bool as_expected(const struct load *l, const struct resp_value *v)
{
    if (l->spec.op == LOAD_SET)
        return v->kind == RESP_SIMPLE && span_equal(v->text, span_str("OK"));
    return v->kind == RESP_BULK && span_equal(v->text, span_of(value_bytes(), LOAD_VALUE_BYTES));
}

static void count_error(struct load *l, const struct resp_value *v)
{
    l->refused++;
    if (l->counts == NULL || l->counts->errors++ > 0)
        return;
    (void)snprintf(l->counts->first_error, sizeof(l->counts->first_error), "%s %.*s",
                   resp_kind_name(v->kind), v->text.len > 96 ? 96 : (int)v->text.len,
                   v->text.data == NULL ? "" : v->text.data);
}

static int take_reply(struct load *l, struct line *line, const struct resp_value *v,
                      uint64_t now_ns, struct err *e)
{
    if (line->count == 0)
        return err_set(e, -E_INVALID, "load: a reply that nothing asked for");
    uint64_t started_ns = line->started_ns[line->first];
    line->first = (line->first + 1) % l->spec.depth;
    line->count--;
    l->outstanding--;
    if (!as_expected(l, v))
        count_error(l, v);
    else if (l->counts != NULL)
        histogram_add(&l->counts->latency_ns, now_ns - started_ns);
    return 0;
}

static int read_in(struct load *l, struct line *line, struct err *e)
{
    const struct resp_value *v;
    ssize_t n = recv(line->fd, l->read_bytes, READ_BYTES, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n < 0)
        return err_set_errno(e, -E_CLOSED, errno, "load: receive");
    if (n == 0)
        return err_set(e, -E_CLOSED, "load: the server closed a connection");
    uint64_t now_ns = bench_now_ns();
    resp_replies_feed(&line->in, l->read_bytes, (size_t)n);
    int code;
    while ((code = resp_replies_next(&line->in, &v, e)) == 1) {
        code = take_reply(l, line, v, now_ns, e);
        if (code < 0)
            return code;
    }
    return code;
}

static int serve(struct load *l, const struct epoll_event *event, struct err *e)
{
    struct line *line = event->data.ptr;
    int code = 0;
    if ((event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        code = read_in(l, line, e);
    if (code < 0)
        return code;
    fill_up(l, line);
    return write_out(l, line, e);
}

/* One look at the sockets, at most until the deadline. */
static int turn(struct load *l, uint64_t now_ns, uint64_t deadline_ns, struct err *e)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t left_ms = (deadline_ns - now_ns) / NS_PER_MS;
    int ready = epoll_wait(l->epoll, events, EVENTS_MAX, left_ms > 1000 ? 1000 : (int)left_ms);
    if (ready < 0 && errno != EINTR)
        return err_set_errno(e, -E_IO, errno, "load: epoll");
    for (int i = 0; i < ready; i++) {
        int code = serve(l, &events[i], e);
        if (code < 0)
            return code;
    }
    return 0;
}

int load_for(struct load *l, uint64_t ns, struct load_result *ret, struct err *e)
{
    uint64_t began_ns = bench_now_ns(), now_ns = began_ns;
    int code = 0;
    if (ret != NULL)
        *ret = (struct load_result){0};
    l->counts = ret;
    while (code == 0 && now_ns < began_ns + ns) {
        code = turn(l, now_ns, began_ns + ns, e);
        now_ns = bench_now_ns();
    }
    l->counts = NULL;
    if (ret != NULL)
        ret->elapsed_ns = now_ns - began_ns;
    return code;
}

/* Until nothing is outstanding. */
static int finish(struct load *l, uint64_t limit_ns, struct err *e)
{
    uint64_t now_ns = bench_now_ns(), deadline_ns = now_ns + limit_ns;
    int code = 0;
    while (code == 0 && l->outstanding > 0) {
        if (now_ns >= deadline_ns)
            return err_set(e, -E_TIMEOUT, "load: %llu requests were never answered",
                           (unsigned long long)l->outstanding);
        code = turn(l, now_ns, deadline_ns, e);
        now_ns = bench_now_ns();
    }
    return code;
}

int load_drain(struct load *l, struct err *e)
{
    l->budget = 0;
    return finish(l, DRAIN_NS, e);
}

/* ---- opening ---- */

static int connect_line(struct load *l, struct line *line, struct err *e)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(l->spec.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    int one = 1;
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->fd < 0)
        return err_set_errno(e, -E_IO, errno, "load: socket");
    if (connect(line->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        return err_set_errno(e, -E_IO, errno, "load: connect to port %u", l->spec.port);
    if (setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
        fcntl(line->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, line->fd, &event) < 0)
        return err_set_errno(e, -E_IO, errno, "load: socket options");
    return 0;
}

static int open_lines(struct load *l, struct err *e)
{
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0)
        return err_set_errno(e, -E_IO, errno, "load: epoll");
    for (unsigned i = 0; i < l->spec.connections; i++) {
        int code = connect_line(l, &l->lines[i], e);
        if (code < 0)
            return code;
    }
    for (unsigned i = 0; i < l->spec.connections; i++) {
        fill_up(l, &l->lines[i]);
        int code = write_out(l, &l->lines[i], e);
        if (code < 0)
            return code;
    }
    return 0;
}

static struct load *load_new(const struct load_spec *spec)
{
    ASSERT(spec->connections > 0 && spec->depth > 0 && spec->keys_count > 0);
    struct load *l = mem_alloc(sizeof(*l));
    *l = (struct load){.spec = *spec,
                       .epoll = -1,
                       .prng = prng_named(spec->seed, "bench keys"),
                       .lines = mem_array(spec->connections, sizeof(*l->lines)),
                       .budget = BUDGET_NEVER,
                       .read_bytes = mem_alloc(READ_BYTES)};
    make_model(l);
    for (unsigned i = 0; i < spec->connections; i++) {
        l->lines[i].fd = -1;
        l->lines[i].started_ns = mem_array(spec->depth, sizeof(uint64_t));
        resp_replies_init(&l->lines[i].in, 0);
    }
    return l;
}

int load_open(const struct load_spec *spec, struct load **ret, struct err *e)
{
    struct load *l = load_new(spec);
    int code = open_lines(l, e);
    if (code < 0) {
        load_free(l);
        return code;
    }
    *ret = l;
    return 0;
}

void load_free(struct load *l)
{
    if (l == NULL)
        return;
    for (unsigned i = 0; i < l->spec.connections; i++) {
        struct line *line = &l->lines[i];
        if (line->fd >= 0)
            (void)close(line->fd);
        buf_free(&line->out);
        resp_replies_free(&line->in);
        free(line->started_ns);
    }
    if (l->epoll >= 0)
        (void)close(l->epoll);
    buf_free(&l->model);
    free(l->lines);
    free(l->read_bytes);
    free(l);
}

int load_fill(uint16_t port, uint64_t keys_count, struct err *e)
{
    struct load_spec spec = {.port = port,
                             .op = LOAD_SET,
                             .connections = FILL_LINES,
                             .depth = FILL_DEPTH,
                             .keys_count = keys_count};
    struct load *l = load_new(&spec);
    l->in_order = true;
    l->budget = keys_count;
    int code = open_lines(l, e);
    if (code == 0)
        code = finish(l, 10 * DRAIN_NS, e);
    if (code == 0 && l->refused > 0)
        code = err_set(e, -E_INVALID, "load: the server refused %llu of %llu writes",
                       (unsigned long long)l->refused, (unsigned long long)keys_count);
    load_free(l);
    return code;
}
