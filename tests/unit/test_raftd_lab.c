/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab channel: lines out, commands in, and what becomes of a reader that does not read. */
#include "raftd/lab.h"

#include "base/buf.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

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

/* Reads what there is, and lets the channel write more. */
static void listen_to(void)
{
    char chunk[65536];
    ssize_t n;
    while ((n = recv(reader, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
        buf_put(&said, chunk, (size_t)n);
    lab_flush(lab);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    (void)uv_idle_stop(&turn.again);
}

static void listen_for(const char *text)
{
    while (strstr(buf_str(&said), text) == NULL)
        listen_to();
}

static void lines_leave_and_commands_are_answered(void **state)
{
    (void)state;
    lab_trace(lab, "{\"ev\":\"one\"}\n", 13);
    lab_flush(lab);
    listen_for("{\"ev\":\"one\"}\n");
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

/* Nobody waits for a reader; the hole is marked where it is. */
static void a_slow_reader_gets_a_hole_that_says_so(void **state)
{
    enum { LINE = 1024 };
    char line[LINE];
    const unsigned lines = 2 * LAB_BYTES_MAX / LINE;
    (void)state;
    memset(line, 'x', sizeof(line));
    line[LINE - 1] = '\n';
    for (unsigned i = 0; i < lines; i++) {
        lab_trace(lab, line, LINE);
        lab_flush(lab);
    }
    for (int i = 0; i < 5000; i++)
        listen_to();
    size_t kept = said.len / LINE;
    assert_true(kept >= LAB_BYTES_MAX / LINE && kept < lines);
    assert_null(strstr(buf_str(&said), "traceLost")); /* said with the next line */
    lab_trace(lab, "{\"ev\":\"after\"}\n", 15);
    char wanted[64];
    (void)snprintf(wanted, sizeof(wanted),
                   "\"ev\":\"traceLost\",\"lines\":%zu}\n{\"ev\":\"after\"}\n", lines - kept);
    listen_for(wanted);
}

static void a_laboratory_that_leaves_is_left(void **state)
{
    (void)state;
    (void)shutdown(reader, SHUT_RDWR);
    listen_to();
    for (int i = 0; i < 100; i++) {
        lab_trace(lab, "{}\n", 3);
        lab_flush(lab);
    }
    listen_to();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        CASE(lines_leave_and_commands_are_answered),
        CASE(a_slow_reader_gets_a_hole_that_says_so),
        CASE(a_laboratory_that_leaves_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
