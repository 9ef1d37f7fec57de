/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's trace from its socket: lines cut anywhere, a writer killed in the middle of one, lines
 * that are not the node's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "emulator/trace/collect.h"

#define LINE(seq, t)                                                                      \
    "{\"t\":" #t ",\"node\":\"n1\",\"disk\":\"00000000000000aa\",\"inc\":3,\"seq\":" #seq \
    ",\"term\":7,\"ev\":\"steppedDown\",\"reason\":\"higher term\"}\n"
#define CRASHED(seq, t, cause, more)                                                      \
    "{\"t\":" #t ",\"node\":\"n1\",\"disk\":\"00000000000000aa\",\"inc\":3,\"seq\":" #seq \
    ",\"term\":7,\"ev\":\"crashed\",\"cause\":\"" cause "\"" more "}\n"

struct fixture {
    char path[48];
    struct trace_names names;
    struct collector c;
    unsigned told;
    enum trace_event last;
};

static void tell(void *arg, unsigned node, const struct trace_record *rec)
{
    struct fixture *f = arg;
    assert_int_equal(node, 0);
    f->told++;
    f->last = rec->ev;
}

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof(*f));
    struct err e = {0};
    (void)snprintf(f->path, sizeof(f->path), "/tmp/test-collect-XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(collector_open(&f->c, 0, "n1", f->path, &f->names, tell, f, &e), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(unlink(f->path), 0);
    free(f);
    return 0;
}

static void feed(struct fixture *f, const char *text)
{
    collector_feed(&f->c, text, strlen(text));
}

/* Closes the collector and compares its file. */
static void assert_file(struct fixture *f, const char *wanted)
{
    static char text[64u << 10];
    struct err e = {0};
    assert_int_equal(collector_close(&f->c, &e), 0);
    FILE *file = fopen(f->path, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, wanted);
}

static void test_lines_cut_anywhere(void **state)
{
    struct fixture *f = *state;
    const char *text = LINE(1, 10) LINE(2, 20) LINE(3, 30);
    for (size_t step = 1; step <= 3; step++) {
        for (size_t at = 0; at < strlen(text); at += step)
            collector_feed(&f->c, text + at, strlen(text) - at < step ? strlen(text) - at : step);
        f->c.seq = 0;
    }
    assert_int_equal(f->told, 9);
    assert_int_equal(f->c.t_ns, 30);
    assert_int_equal(f->c.term, 7);
    assert_int_equal(f->c.lost, 0);
    assert_file(f, LINE(1, 10) LINE(2, 20) LINE(3, 30) LINE(1, 10) LINE(2, 20) LINE(3, 30)
                       LINE(1, 10) LINE(2, 20) LINE(3, 30));
}

static void test_a_killed_writer(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10) LINE(2, 20) "{\"t\":30,\"node\":\"n1\",\"disk\":\"000");
    collector_crashed(&f->c, 40, "kill", -1);
    assert_int_equal(f->last, TRACE_crashed);
    assert_int_equal(f->told, 3);
    assert_file(f, LINE(1, 10) LINE(2, 20) CRASHED(3, 40, "kill", ""));
}

/* A process that ends before its first line, twice: each is an incarnation of one record. */
static void test_killed_before_its_first_line(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10) LINE(2, 20));
    collector_crashed(&f->c, 30, "kill", -1);
    collector_crashed(&f->c, 40, "kill", -1);
    feed(f, LINE(1, 50));
    assert_int_equal(f->c.lost, 0);
    assert_file(f, LINE(1, 10) LINE(2, 20) CRASHED(3, 30, "kill", "") CRASHED(1, 40, "kill", "")
                       LINE(1, 50));
}

/* The end of a process is seen a little late; it is never before what the process said. */
static void test_time_does_not_run_back(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10) LINE(2, 50));
    collector_crashed(&f->c, 40, "exit 70", 70);
    assert_file(f, LINE(1, 10) LINE(2, 50) CRASHED(3, 50, "exit 70", ",\"code\":70"));
}

static void test_a_life_without_a_word_is_its_end(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10));
    collector_crashed(&f->c, 20, "kill", -1);
    collector_crashed(&f->c, 30, "kill", -1);
    assert_file(f, LINE(1, 10) CRASHED(2, 20, "kill", "") CRASHED(1, 30, "kill", ""));
    assert_int_equal(f->c.lost, 0);
}

static void test_missing_numbers_are_lost_lines(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10) LINE(5, 20) LINE(6, 30) LINE(8, 40));
    assert_int_equal(f->c.lost, 3 + 1);
    assert_file(f, LINE(1, 10) LINE(5, 20) LINE(6, 30) LINE(8, 40));
}

static void test_lines_of_the_channel_stay_out(void **state)
{
    struct fixture *f = *state;
    const char *channel = "{\"t\":15,\"node\":\"n1\",\"ev\":\"pong\"}\n";
    struct buf text = {0};
    buf_putf(&text, "%s%s%s%s%s", channel, LINE(1, 10), channel, channel, LINE(2, 20));
    feed(f, buf_str(&text));
    feed(f, channel);
    buf_free(&text);
    assert_int_equal(f->told, 2);
    assert_int_equal(f->c.foreign, 4);
    assert_file(f, LINE(1, 10) LINE(2, 20));
}

/* The judge shall see them. */
static void test_damaged_lines_stay_in(void **state)
{
    struct fixture *f = *state;
    feed(f, LINE(1, 10) "{\"t\":xx}\n" LINE(2, 20));
    assert_int_equal(f->told, 2);
    assert_file(f, LINE(1, 10) "{\"t\":xx}\n" LINE(2, 20));
}

static void test_a_line_without_end(void **state)
{
    struct fixture *f = *state;
    static char filler[1u << 20];
    memset(filler, 'x', sizeof(filler));
    feed(f, LINE(1, 10));
    for (int i = 0; i < 20; i++)
        collector_feed(&f->c, filler, sizeof(filler));
    feed(f, "\n" LINE(2, 20));
    assert_int_equal(f->told, 2);
    assert_int_equal(f->c.foreign, 1);
    assert_file(f, LINE(1, 10) LINE(2, 20));
}

static void test_reading_to_the_end(void **state)
{
    struct fixture *f = *state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(collector_read(&f->c, pair[0]), 0);
    const char *text = LINE(1, 10) LINE(2, 20);
    assert_int_equal(write(pair[1], text, strlen(text)), strlen(text));
    assert_true(collector_read(&f->c, pair[0]) > 0);
    assert_int_equal(write(pair[1], text, 20), 20);
    close(pair[1]);
    assert_true(collector_read(&f->c, pair[0]) > 0);
    assert_true(collector_read(&f->c, pair[0]) < 0);
    close(pair[0]);
    collector_crashed(&f->c, 99, "stop", 0);
    assert_file(f, LINE(1, 10) LINE(2, 20) CRASHED(3, 99, "stop", ",\"code\":0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_cut_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_killed_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_before_its_first_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_does_not_run_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_life_without_a_word_is_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_numbers_are_lost_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_of_the_channel_stay_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_lines_stay_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_to_the_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
