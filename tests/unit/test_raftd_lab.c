/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab channel: lines out, commands in, and what becomes of a reader that does not read. */
#include "raftd/lab.h"

#include "base/buf.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENT_MS 60000u
#define LINE_BYTES 1024
#define LINES      (32u << 10)
#define FIRST      1000000u /* seven digits in every line */

static uv_loop_t loop;
static struct logger silent = {.level = ENV_ERROR + 1};
static struct turn turn;
static char bytes[65536];
static struct lab *lab;
static int reader;
static struct buf said;

static int setup(void **state)
{
    int fds[2];
    struct err e = {0};
    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    reader = fds[1];
    (void)uv_loop_init(&loop);
    turn = (struct turn){
        .loop = &loop, .log = &silent, .read_bytes = bytes, .read_size = sizeof(bytes)};
    (void)uv_idle_init(&loop, &turn.again);
    buf_init(&said, 256u << 20);
    return lab_open(&turn, fds[0], "n1", &lab, &e);
}

static int teardown(void **state)
{
    (void)state;
    lab_stop(lab);
    uv_close((uv_handle_t *)&turn.again, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    lab_free(lab);
    buf_free(&said);
    (void)close(reader);
    return uv_loop_close(&loop);
}

static void flush(void)
{
    struct err e = {0};
    assert_int_equal(lab_flush(lab, PATIENT_MS, &e), 0);
}

/* Reads what there is, and lets the channel write more. */
static void listen_to(void)
{
    char chunk[65536];
    ssize_t n;
    while ((n = recv(reader, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
        buf_put(&said, chunk, (size_t)n);
    flush();
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    (void)uv_idle_stop(&turn.again);
}

static void listen_for(const char *text)
{
    while (strstr(buf_str(&said), text) == NULL)
        listen_to();
}

static void trace_one(uint64_t t, const char *cause)
{
    struct trace_host host = lab_trace(lab);
    struct trace_record rec;
    trace_record_init(&rec, TRACE_crashed);
    TRACE_PUT(&rec, t, t);
    TRACE_PUT(&rec, cause, trace_text_of(cause));
    host.sink(host.arg, &rec);
}

static void lines_leave_and_commands_are_answered(void **state)
{
    (void)state;
    trace_one(7, "");
    flush();
    listen_for("{\"t\":7,\"ev\":\"crashed\",\"cause\":\"\"}\n");
    assert_int_equal(write(reader, "pi", 2), 2);
    listen_to();
    assert_int_equal(write(reader, "ng\ndance\n", 9), 9);
    listen_for("\"node\":\"n1\",\"ev\":\"pong\"}\n");
    listen_for("\"ev\":\"labError\",\"text\":\"unknown command\"}\n");
    char long_line[5000];
    memset(long_line, 'x', sizeof(long_line));
    long_line[4999] = '\n';
    assert_int_equal(write(reader, long_line, sizeof(long_line)), sizeof(long_line));
    listen_for("\"text\":\"command too long\"}\n");
    assert_int_equal(write(reader, "ping\n", 5), 5);
    buf_reset(&said);
    listen_for("pong");
}

/* More than the kernel holds. */
static void trace_much(void)
{
    static char
        filler[LINE_BYTES - sizeof("{\"t\":1000000,\"ev\":\"crashed\",\"cause\":\"\"}\n") + 2];
    memset(filler, 'x', sizeof(filler) - 1);
    for (unsigned i = 0; i < LINES; i++)
        trace_one(FIRST + i, filler);
}

static atomic_bool flushed;

static void *read_all(void *arg)
{
    char line[LINE_BYTES + 1] = "";
    unsigned *in_order = arg;
    for (unsigned i = 0; i < LINES; i++) {
        if (recv(reader, line, LINE_BYTES, MSG_WAITALL) != LINE_BYTES ||
            strtoul(line + strlen("{\"t\":"), NULL, 10) != FIRST + i ||
            (i == 0 && atomic_load(&flushed)))
            break;
        ++*in_order;
    }
    return NULL;
}

/* What leaves behind a flush is never ahead of the trace. */
static void a_flush_waits_for_the_reader(void **state)
{
    pthread_t thread;
    unsigned in_order = 0;
    (void)state;
    trace_much();
    assert_int_equal(pthread_create(&thread, NULL, read_all, &in_order), 0);
    flush();
    atomic_store(&flushed, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(in_order, LINES);
}

/* It says so, keeps what was not taken, and goes on there. */
static void a_reader_that_does_not_read_is_given_up(void **state)
{
    struct err e = {0};
    (void)state;
    trace_much();
    assert_int_equal(lab_flush(lab, 10, &e), -E_TIMEOUT);
    assert_non_null(strstr(e.text, "reads too slowly"));
    char chunk[65536];
    size_t bytes_read = 0;
    int code = -E_TIMEOUT;
    while (code < 0 || bytes_read < (size_t)LINES * LINE_BYTES) {
        ssize_t n = recv(reader, chunk, sizeof(chunk), MSG_DONTWAIT);
        bytes_read += n > 0 ? (size_t)n : 0;
        code = lab_flush(lab, 0, &e);
    }
    assert_int_equal(bytes_read, (size_t)LINES * LINE_BYTES);
}

static void a_laboratory_that_leaves_is_left(void **state)
{
    (void)state;
    (void)shutdown(reader, SHUT_RDWR);
    listen_to();
    for (int i = 0; i < 100; i++) {
        trace_one(7, "");
        flush();
    }
    listen_to();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        CASE(lines_leave_and_commands_are_answered),
        CASE(a_flush_waits_for_the_reader),
        CASE(a_reader_that_does_not_read_is_given_up),
        CASE(a_laboratory_that_leaves_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
