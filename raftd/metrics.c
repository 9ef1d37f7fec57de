/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libmicrohttpd brings an epoll descriptor of its own; the loop polls that, and so no thread but
 * the loop's ever looks at the node. */
#include "raftd/metrics.h"

#include "base/mem.h"
#include "raftd/address.h"
#include "raftd/listeners.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG         64
#define CONNECTIONS_MAX 32u /* scrapers are few; strangers must not use up our descriptors */
#define IDLE_S          10u
#define SWEEP_MS        1000 /* how often idle connections are looked for */

struct metrics_server {
    struct turn *turn;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t sweep;
};

/* ---- answers ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                              const void *text, size_t len)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, mem_dup(text, len), MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text)
{
    char line[160];
    int len = snprintf(line, sizeof(line), "%s\n", text);
    return answer(connection, status, "text/plain; charset=utf-8", line, (size_t)len);
}

static enum MHD_Result all_metrics(const struct metrics_server *s,
                                   struct MHD_Connection *connection)
{
    struct buf text = {0};
    node_metrics(s->turn->node, turn_node_ns(s->turn), &text);
    enum MHD_Result result = answer(
        connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text.data, text.len);
    buf_free(&text);
    return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **state)
{
    const struct metrics_server *s = arg;
    static int seen; /* its address marks a request whose head has been looked at */
    (void)version;
    (void)body;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*body_len > 0) {
        *body_len = 0; /* thrown away */
        return MHD_YES;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
    if (strcmp(url, "/metrics") == 0)
        return all_metrics(s, connection);
    if (strcmp(url, "/livez") == 0)
        return say(connection, MHD_HTTP_OK, "alive"); /* or nobody would answer */
    if (strcmp(url, "/readyz") != 0)
        return say(connection, MHD_HTTP_NOT_FOUND, "there are /metrics, /livez and /readyz");
    const char *why = node_not_ready(s->turn->node);
    if (why == NULL)
        return say(connection, MHD_HTTP_OK, "ready");
    char text[ERR_TEXT_MAX + 100];
    (void)snprintf(text, sizeof(text), "not ready: %s", why);
    return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

/* ---- the loop ---- */

#define ROUNDS_MAX 16 /* in one turn: what is left is seen with the next event or sweep */

static void run(struct metrics_server *s)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    for (int i = 0; i < ROUNDS_MAX && wait_ms == 0; i++) {
        (void)MHD_run(s->daemon);
        if (MHD_get_timeout(s->daemon, &wait_ms) != MHD_YES)
            return;
    }
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct metrics_server *s = poll->data;
    (void)status;
    (void)events;
    run(s);
}

static void on_sweep(uv_timer_t *timer)
{
    run(timer->data);
}

static int open_socket(const char *address, int *ret_fd, struct err *e)
{
    struct address parsed;
    struct sockaddr_storage where;
    const char *why = address_parse(address, &parsed);
    ASSERT(why == NULL); /* the configuration was checked */
    int code = address_resolve(&parsed, &where, e);
    if (code < 0) {
        (void)err_wrap(e, "metrics: %s", address);
        return code;
    }
    socklen_t len =
        where.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int on = 1;
    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (const struct sockaddr *)&where, len) == 0 && listen(fd, BACKLOG) == 0) {
        *ret_fd = fd;
        return 0;
    }
    code = listeners_fail(e, "metrics", address, -errno);
    if (fd >= 0)
        (void)close(fd);
    return code;
}

static void watch(struct metrics_server *s)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ASSERT(info != NULL);
    int status = uv_poll_init(s->turn->loop, &s->poll, info->epoll_fd);
    ASSERT(status == 0);
    (void)uv_timer_init(s->turn->loop, &s->sweep);
    s->poll.data = s->sweep.data = s;
    (void)uv_poll_start(&s->poll, UV_READABLE, on_event);
    (void)uv_timer_start(&s->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

int metrics_start(struct turn *turn, const char *address, struct metrics_server **ret,
                  struct err *e)
{
    int fd = -1;
    int code = open_socket(address, &fd, e);
    if (code < 0)
        return code;
    struct metrics_server *s = mem_alloc(sizeof(*s));
    s->turn = turn;
    s->daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_END);
    if (s->daemon == NULL) {
        (void)close(fd);
        mem_free(s);
        return err_set(e, -E_IO, "metrics: %s: the HTTP server does not start", address);
    }
    watch(s);
    *ret = s;
    return 0;
}

void metrics_stop(struct metrics_server *s)
{
    if (s == NULL)
        return;
    uv_close((uv_handle_t *)&s->poll, NULL);
    uv_close((uv_handle_t *)&s->sweep, NULL);
}

void metrics_free(struct metrics_server *s)
{
    if (s == NULL)
        return;
    MHD_stop_daemon(s->daemon); /* not earlier: the loop polls its descriptor */
    mem_free(s);
}
