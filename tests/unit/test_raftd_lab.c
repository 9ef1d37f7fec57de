/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab channel: lines out, commands in, and what becomes of a reader that does not read. */
#include "raftd/lab.h"

#include "base/buf.h"
#include "raftd/lab_filter.h"

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

static void command(const char *text)
{
    assert_int_equal(write(reader, text, strlen(text)), strlen(text));
}

static void lines_leave_and_commands_are_answered(void **state)
{
    (void)state;
    trace_one(7, "");
    flush();
    listen_for("{\"t\":7,\"ev\":\"crashed\",\"cause\":\"\"}\n");
    command("7 pi");
    listen_to();
    command("ng\n8 dance\n");
    listen_for("\"node\":\"n1\",\"ev\":\"labDone\",\"id\":7}\n");
    listen_for("\"ev\":\"labError\",\"id\":8,\"text\":\"\\\"dance\\\": no such command\"}\n");
    char long_line[5000];
    memset(long_line, 'x', sizeof(long_line));
    long_line[4999] = '\n';
    assert_int_equal(write(reader, long_line, sizeof(long_line)), sizeof(long_line));
    listen_for("\"text\":\"command too long\"}\n");
    buf_reset(&said);
    command("9 ping\n");
    listen_for("\"labDone\",\"id\":9}");
}

#define FILTER "3 filter number=1 count=0 chance=1 delay=0 seed=1 "

/* Nothing of what is no command is taken for one, and each mistake has its sentence. */
static void a_bad_command_gets_a_clear_error(void **state)
{
    static const struct {
        const char *line, *id, *text;
    } bad[] = {
        {"", "0", "\\\"\\\": a command begins with its number"},
        {"ping", "0", "a command begins with its number"},
        {"-1 ping", "0", "a command begins with its number"},
        {"99999999999999999999999 ping", "0", "a command begins with its number"},
        {"3", "3", "no verb"},
        {"3 ", "3", "no verb"},
        {"3 ping x", "3", "\\\"x\\\": must be KEY=VALUE"},
        {"3 ping  ", "3", "must be KEY=VALUE"},
        {"3 ping =1", "3", "must be KEY=VALUE"},
        {"3 ping x=1", "3", "x: ping has no such word"},
        {"3 ping x=1 x=1", "3", "x: given twice"},
        {"3 ping a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1", "3",
         "more than 16 words"},
        {"3 ping\tx=1", "0", "not printable"},
        {"3 clock", "3", "at: not given"},
        {"3 clock at=x", "3", "at: \\\"x\\\": must be a number from 0 to"},
        {"3 clock at=18446744073709551615", "3", "must be a number from 0 to"},
        {"3 clock at=1 shown=99999999999999999999", "3", "shown: "},
        {"3 clock at=1 shown=1 owed=-1", "3", "owed: "},
        {"3 clock at=1 shown=1 owed=0 rate=-1000000", "3", "rate: "},
        {"3 clock at=1 shown=1 owed=0 rate=1.5", "3", "rate: "},
        {"3 clock at=1 shown=1 owed=0 rate=0 frozen=maybe", "3", "no such word"},
        {"3 clock at=1 shown=1 owed=0 rate=0 frozen=no more=1", "3", "clock has no such word"},
        {"3 wall at=1 shown=1 owed=0 rate=0 frozen=maybe", "3", "no such word"},
        {"3 point", "3", "number: not given"},
        {"3 point number=0 at=logSync hit=1 then=crash", "3", "number: "},
        {"3 point number=1 at=logSink hit=1 then=crash", "3", "at: \\\"logSink\\\": no such point"},
        {"3 point number=1 at=crashed hit=1 then=crash", "3", "no such point"},
        {"3 point number=1 hit=1 then=crash", "3", "no such point"},
        {"3 point number=1 at=logSync hit=0 then=crash", "3", "hit: "},
        {"3 point number=1 at=logSync hit=1 then=burn", "3", "then: "},
        {"3 unpoint number=x", "3", "number: "},
        {"3 filter", "3", "number: not given"},
        {FILTER "verdict=lose to=n2 types=TimeoutNow", "3", "verdict: "},
        {FILTER "verdict=drop to= types=TimeoutNow", "3", "to: "},
        {FILTER "verdict=drop to=n2,,n3 types=TimeoutNow", "3", "to: "},
        {FILTER "verdict=drop types=TimeoutNow", "3", "to: "},
        {FILTER "verdict=drop to=n2 types=TimeoutNever", "3", "no such message"},
        {FILTER "verdict=drop to=n2", "3", "types: "},
        {FILTER "verdict=drop to=n2 types=TimeoutNow from=n1", "3", "no such word"},
        {"3 filter number=1 count=0 chance=1000000001 delay=0 seed=1", "3", "chance: "},
        {"3 unfilter number=1", "3", "to: "},
        {"3 spend", "3", "number: not given"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char id[64];
        (void)snprintf(id, sizeof(id), "\"labError\",\"id\":%s,", bad[i].id);
        buf_reset(&said);
        command(bad[i].line);
        command("\n");
        listen_for("}\n");
        assert_non_null(strstr(buf_str(&said), id));
        assert_non_null(strstr(buf_str(&said), bad[i].text));
        assert_false(turn.clock->bent);
    }
    buf_reset(&said);
    assert_int_equal(write(reader, "3 ping\0x\n", 9), 9);
    listen_for("not printable");
}

/* The node's clock is bent, its trace keeps to the host's; and however it is set, it never goes
 * back. */
static void the_clock_is_the_laboratorys(void **state)
{
    char line[128];
    (void)state;
    uint64_t now_ns = turn_now_ns(), before_ns = turn_node_ns(&turn);
    assert_true(before_ns >= now_ns);
    (void)snprintf(line, sizeof(line), "1 clock at=%llu shown=5 owed=0 rate=0 frozen=yes\n",
                   (unsigned long long)now_ns);
    command(line);
    listen_for("\"labDone\",\"id\":1}");
    uint64_t stands_ns = turn_node_ns(&turn);
    assert_true(stands_ns >= before_ns && turn_node_ns(&turn) == stands_ns);
    assert_true(turn_when_ns(&turn, stands_ns + 1) == UINT64_MAX);
    (void)snprintf(line, sizeof(line), "2 clock at=%llu shown=%llu owed=0 rate=1000000 frozen=no\n",
                   (unsigned long long)now_ns, (unsigned long long)stands_ns);
    command(line);
    listen_for("\"labDone\",\"id\":2}");
    assert_true(turn_when_ns(&turn, stands_ns + 2000) == now_ns + 1000);
    assert_true(turn_node_ns(&turn) > stands_ns);
    trace_one(7, "");
    flush();
    listen_for("\"ev\":\"crashed\"");
    const char *t = strstr(buf_str(&said), "{\"t\":");
    assert_true(strtoull(t + strlen("{\"t\":"), NULL, 10) >= now_ns);
}

/* What was said before the process was there is done before anything else. */
static void a_greeting_is_heard_first(void **state)
{
    int fds[2];
    struct err e = {0};
    struct lab *other;
    struct turn own = turn;
    (void)state;
    (void)uv_idle_init(&loop, &own.again);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    static const char greeting[] = "1 ping\n2 clock at=1 shown=7 owed=0 rate=0 frozen=yes\n";
    assert_int_equal(write(fds[1], greeting, strlen(greeting)), strlen(greeting));
    assert_int_equal(lab_open(&own, fds[0], "n2", &other, &e), 0);
    assert_true(own.clock->bent && turn_node_ns(&own) == 7);
    lab_stop(other);
    uv_close((uv_handle_t *)&own.again, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    lab_free(other);
    (void)close(fds[1]);
}

static void what_is_no_pair_is_refused(void **state)
{
    struct err e = {0};
    struct lab *other = NULL;
    int dgram = socket(AF_UNIX, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0), ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    const int bad[] = {1000000, dgram, tcp, ends[0]};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(lab_open(&turn, bad[i], "n2", &other, &e), -E_INVALID);
        assert_non_null(strstr(e.text, "stream socket"));
        (void)close(bad[i]);
    }
    (void)close(ends[1]);
}

/* Whoever lets it go asks for a turn: nothing leaves the process but at a turn's end. */
static void a_late_frame_leaves_when_it_is_due(void **state)
{
    const uint8_t frame[] = {0, 0, 0, 0, 0, RAFT_TIMEOUT_NOW};
    const struct lab_filters *filters = lab_filters_of(lab);
    (void)state;
    command("3 filter number=1 count=0 chance=1000000000 delay=1000000 seed=1 verdict=delay to=n2 "
            "types=TimeoutNow\n");
    listen_for("\"labDone\",\"id\":3}");
    assert_true(lab_filters_send(lab_filters_of(lab), node_id_of_name("n2"), frame, sizeof(frame)));
    assert_non_null(filters->late);
    assert_false(uv_is_active((uv_handle_t *)&turn.again));
    while (filters->late != NULL)
        (void)uv_run(&loop, UV_RUN_ONCE);
    assert_true(uv_is_active((uv_handle_t *)&turn.again));
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
        CASE(a_bad_command_gets_a_clear_error),
        CASE(the_clock_is_the_laboratorys),
        CASE(a_greeting_is_heard_first),
        CASE(what_is_no_pair_is_refused),
        CASE(a_late_frame_leaves_when_it_is_due),
        CASE(a_flush_waits_for_the_reader),
        CASE(a_reader_that_does_not_read_is_given_up),
        CASE(a_laboratory_that_leaves_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
