/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dialer tells of its attempts: that nobody answers, and of those who do nothing of the
 * kind. */
#include "raftd/dialer.h"

#include "base/units.h"
#include "tests/support/nodes.h"
#include "wire/peer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct nodes nodes;
static uv_loop_t loop;
static struct logger logger = {.level = ENV_ERROR};
static char read_bytes[65536];
static struct turn turn = {
    .loop = &loop, .log = &logger, .read_bytes = read_bytes, .read_size = sizeof(read_bytes)};
static struct dialer_limits limits = {.connect_ns = 3600 * NS_PER_S,
                                      .silence_ns = 3600 * NS_PER_S,
                                      .backoff_ns_min = 3600 * NS_PER_S,
                                      .backoff_ns_max = 3600 * NS_PER_S};
static struct sockaddr_in where;
static int listener;

/* One round of the loop, and what was written leaves. */
static void go_on(void)
{
    (void)uv_run(&loop, UV_RUN_ONCE);
    outq_flush_all(&turn.dirty);
}

static void until(const struct dialer *d, const char *how)
{
    while (strstr(dialer_describe(d), how) == NULL)
        go_on();
}

static int bound(void)
{
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    return fd;
}

/* The next one who comes is greeted back so. */
static int answer(struct dialer *d, const struct peer_hello_reply *reply)
{
    struct buf bytes = {0};
    struct err e = {0};
    char hello[1];
    dialer_hurry(d);
    until(d, "connecting");
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    while (recv(fd, hello, sizeof(hello), MSG_PEEK | MSG_DONTWAIT) < 0)
        go_on();
    assert_int_equal(peer_hello_reply_encode(&bytes, reply, &e), 0);
    assert_int_equal(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
    buf_free(&bytes);
    return fd;
}

static void only_silence_is_a_failure(void **state)
{
    raft_id n2 = node_id_of_name("n2");
    struct node_peer peer = {.id = n2, .name = "n2"};
    (void)state;
    (void)snprintf(peer.address, sizeof(peer.address), "127.0.0.1:%d", ntohs(where.sin_port));
    struct dialer *d = dialer_new(&turn, &limits, &peer, 1);
    dialer_hurry(d);
    until(d, "connection refused");
    assert_non_null(dialer_take_failure(d));
    assert_null(dialer_take_failure(d));

    assert_int_equal(listen(listener, 8), 0);
    struct peer_hello hello = node_hello(turn.node, n2);
    struct peer_hello_reply reply = node_answer_hello(nodes.one[1].node, &hello);
    assert_int_equal(reply.refusal, PEER_ACCEPTED);
    struct peer_hello_reply refusal = reply;
    refusal.refusal = PEER_REFUSED_NODE;
    refusal.version = 0;
    int fd = answer(d, &refusal);
    until(d, "refuses us");
    (void)close(fd);
    assert_null(dialer_take_failure(d));

    fd = answer(d, &reply);
    until(d, "connected");
    (void)close(fd);
    while (!dialer_take_lost(d))
        go_on();
    assert_null(dialer_take_failure(d));
    dialer_free(d);
}

static int setup(void **state)
{
    (void)state;
    nodes_open(&nodes, 2, 7);
    turn.node = nodes.one[0].node;
    TAILQ_INIT(&turn.dirty);
    (void)uv_loop_init(&loop);
    (void)uv_idle_init(&loop, &turn.again);
    where = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = bound();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)close(listener);
    uv_close((uv_handle_t *)&turn.again, NULL);
    for (int round = 0; round < 3; round++) /* what a failed test left open does not hold it up */
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    nodes_close(&nodes);
    (void)uv_loop_close(&loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_silence_is_a_failure, setup, teardown),
    };
    return cmocka_run_group_tests_name("raftd_dialer", tests, NULL, NULL);
}
