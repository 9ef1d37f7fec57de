/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes into a socket that is full again and again: whole messages, in order, urgent ones first. */
#include "raftd/outq.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static uv_loop_t loop;
static uv_pipe_t pipe_end;
static struct outq_list dirty;
static struct outq q;
static int reader;
static int failure;

static void on_failed(void *arg, int status)
{
    (void)arg;
    failure = status;
}

static int setup(void **state)
{
    int fds[2], small = 4096;
    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    reader = fds[1];
    failure = 0;
    TAILQ_INIT(&dirty);
    (void)uv_loop_init(&loop);
    (void)uv_pipe_init(&loop, &pipe_end, 0);
    (void)uv_pipe_open(&pipe_end, fds[0]);
    outq_init(&q, &dirty, (uv_stream_t *)&pipe_end, on_failed, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    outq_stop(&q);
    uv_close((uv_handle_t *)&pipe_end, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    outq_free(&q);
    (void)close(reader);
    return uv_loop_close(&loop);
}

/* A message: length, lane, number, and bytes that follow from the number. */
struct head {
    uint32_t len;
    uint32_t urgent;
    uint32_t number;
};

static void put(uint32_t number, bool urgent, uint32_t len)
{
    static uint8_t bytes[300000];
    struct head head = {.len = len, .urgent = urgent, .number = number};
    memcpy(bytes, &head, sizeof(head));
    memset(bytes + sizeof(head), (int)(number & 0xff), len);
    outq_put(&q, bytes, sizeof(head) + len, urgent);
}

/* Takes what has come out apart, and checks order within each lane. */
struct intake {
    uint8_t data[1 << 20];
    size_t len;
    uint32_t next[2];  /* number awaited by lane */
    uint32_t overtook; /* plain messages that urgent ones have passed */
};

static size_t take_one(struct intake *in, size_t at)
{
    struct head head;
    if (in->len - at < sizeof(head))
        return 0;
    memcpy(&head, in->data + at, sizeof(head));
    assert_true(head.urgent <= 1 && head.len < 300000);
    if (in->len - at < sizeof(head) + head.len)
        return 0;
    assert_int_equal(head.number, in->next[head.urgent]);
    in->next[head.urgent]++;
    for (uint32_t i = 0; i < head.len; i++)
        assert_int_equal(in->data[at + sizeof(head) + i], head.number & 0xff);
    if (head.urgent == 1 && in->next[0] < in->next[1])
        in->overtook++;
    return sizeof(head) + head.len;
}

/* A turn of the loop and its end. */
static void run(void)
{
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    outq_flush_all(&dirty);
}

static void take(struct intake *in, size_t max)
{
    ssize_t n = recv(reader, in->data + in->len, max, MSG_DONTWAIT);
    if (n > 0)
        in->len += (size_t)n;
    size_t at = 0;
    for (size_t used; (used = take_one(in, at)) > 0;)
        at += used;
    memmove(in->data, in->data + at, in->len - at);
    in->len -= at;
}

static void lanes_stay_whole_and_in_order(void **state)
{
    enum { MESSAGES = 3000 };
    static struct intake in;
    struct prng random = prng_seed(3);
    uint32_t sent[2] = {0};
    (void)state;
    memset(&in, 0, sizeof(in));
    while (sent[0] < MESSAGES || sent[1] < MESSAGES) {
        for (uint64_t n = prng_below(&random, 8); n > 0; n--) {
            bool urgent = prng_below(&random, 2) == 1;
            uint32_t len = (uint32_t)prng_below(&random, 50) == 0
                               ? (uint32_t)prng_below(&random, 200000)
                               : (uint32_t)prng_below(&random, 300);
            put(sent[urgent]++, urgent, urgent ? len % 300 : len);
        }
        outq_flush_all(&dirty);
        assert_true(TAILQ_EMPTY(&dirty));
        take(&in, (size_t)prng_below(&random, 20000));
        run();
    }
    while (q.bytes > 0 || in.next[0] < sent[0] || in.next[1] < sent[1]) {
        take(&in, 100000);
        run();
    }
    assert_int_equal(failure, 0);
    assert_int_equal(in.len, 0);
    assert_int_equal(outq_unwritten(&q), 0);
    assert_null(q.first);
}

/* A heartbeat behind megabytes of entries: only what was begun goes before it. */
static void urgent_passes_what_waits(void **state)
{
    static struct intake in;
    (void)state;
    memset(&in, 0, sizeof(in));
    for (uint32_t i = 0; i < 100; i++)
        put(i, false, 60000);
    outq_flush_all(&dirty);
    put(0, true, 10);
    outq_flush_all(&dirty);
    while (in.next[1] == 0) {
        take(&in, 100000);
        run();
    }
    assert_true(in.next[0] <= 3);
    while (in.next[0] < 100) {
        take(&in, 100000);
        run();
    }
}

static void counts_are_exact_in_between(void **state)
{
    char sink[8192];
    uint64_t put_bytes = 0, read_bytes = 0;
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        put(i, false, 3000);
        put_bytes += 3000 + sizeof(struct head);
        outq_flush_all(&dirty);
        ssize_t n = recv(reader, sink, sizeof(sink), MSG_DONTWAIT);
        read_bytes += n > 0 ? (uint64_t)n : 0;
        run();
        assert_int_equal(outq_written(&q) + outq_unwritten(&q), put_bytes);
        assert_true(outq_written(&q) >= read_bytes);
    }
}

static void a_closed_reader_is_reported_once(void **state)
{
    (void)state;
    put(0, false, 100000);
    outq_flush_all(&dirty);
    (void)shutdown(reader, SHUT_RDWR);
    (void)close(reader);
    reader = -1;
    for (int i = 0; i < 10; i++) {
        put(1, false, 10);
        outq_flush_all(&dirty);
        run();
    }
    assert_int_equal(failure, UV_EPIPE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        CASE(lanes_stay_whole_and_in_order),
        CASE(urgent_passes_what_waits),
        CASE(counts_are_exact_in_between),
        CASE(a_closed_reader_is_reported_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
