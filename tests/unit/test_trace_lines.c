/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/foreign.h"
#include "emulator/trace/lines.h"
#include "emulator/trace/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

/* A file with these bytes; the caller removes it. */
static void put_file(char path[32], const char *data, size_t len)
{
    (void)snprintf(path, 32, "/tmp/raftlab-lines-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Line i is i letters long, but some are far longer than the window at its start. */
static size_t length_of(size_t i)
{
    return i % 300 == 299 ? i * 1000 : i % 700;
}

#define LINES 1000u

static void write_lines(struct buf *b, bool ended)
{
    for (size_t i = 0; i < LINES; i++) {
        for (size_t k = 0; k < length_of(i); k++)
            buf_putc(b, (char)('a' + (i + k) % 26));
        if (ended || i + 1 < LINES)
            buf_putc(b, '\n');
    }
}

static void assert_lines(struct lines *l, bool ended)
{
    struct line line;
    struct err e = {0};
    for (size_t i = 0; i < LINES; i++) {
        assert_int_equal(lines_next(l, &line, &e), 1);
        assert_int_equal(line.number, i + 1);
        assert_int_equal(line.len, length_of(i));
        assert_true(line.ended == (ended || i + 1 < LINES));
        for (size_t k = 0; k < line.len; k++)
            assert_int_equal(line.at[k], 'a' + (i + k) % 26);
    }
    assert_int_equal(lines_next(l, &line, &e), 0);
    assert_int_equal(lines_next(l, &line, &e), 0);
}

static void a_file_has_the_lines_of_its_bytes(void **state)
{
    (void)state;
    for (int ended = 0; ended <= 1; ended++) {
        struct buf b = {.max = SIZE_MAX};
        struct err e = {0};
        char path[32];
        struct lines l;
        write_lines(&b, ended == 1);
        put_file(path, b.data, b.len);
        assert_int_equal(lines_open(&l, path, &e), 0);
        assert_lines(&l, ended == 1);
        lines_close(&l);
        l = lines_of(b.data, b.len);
        assert_lines(&l, ended == 1);
        lines_close(&l);
        (void)unlink(path);
        assert_int_equal(lines_open(&l, path, &e), -E_NOTFOUND);
        buf_free(&b);
    }
}

static void a_line_without_an_end_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct line line;
    struct lines l;
    char path[32];
    size_t len = 2 * (size_t)TRACE_LINE_MAX;
    char *data = malloc(len);
    assert_non_null(data);
    memset(data, 'x', len);
    data[1] = '\n';
    put_file(path, data, len);
    assert_int_equal(lines_open(&l, path, &e), 0);
    assert_int_equal(lines_next(&l, &line, &e), 1);
    assert_int_equal(lines_next(&l, &line, &e), -E_LIMIT);
    assert_string_equal(e.text, "line 2: longer than 16 MiB");
    lines_close(&l);
    assert_int_equal(lines_open(&l, "/", &e), 0);
    assert_int_equal(lines_next(&l, &line, &e), -E_IO); /* a directory */
    lines_close(&l);
    (void)unlink(path);
    free(data);
}

#define CALL                                                                                      \
    "{\"t\":1,\"ev\":\"clientInvoke\",\"op\":1,\"client\":\"c\",\"kind\":\"read\",\"key\":\"k\"}" \
    "\n"
#define ANSWER "{\"t\":2,\"ev\":\"clientReturn\",\"op\":1,\"outcome\":\"ok\",\"result\":null}\n"

static int count(void *arg, const struct trace_record *rec, struct err *e)
{
    (void)e;
    *(uint64_t *)arg = *(uint64_t *)arg * 10 + rec->line;
    return 0;
}

/* A history of our own is read anew each time it is played: also when a mark stands before it. */
static void a_history_is_played_from_its_file(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf" CALL "\n" ANSWER;
    struct foreign *f = NULL;
    struct err e = {0};
    char path[32];
    put_file(path, text, strlen(text));
    assert_int_equal(foreign_open(path, &f, &e), 0);
    assert_int_equal(foreign_choose(f, FOREIGN_GUESS, &e), 0);
    assert_string_equal(foreign_about(f).format, "history.ndjson");
    for (int i = 0; i < 2; i++) {
        uint64_t lines = 0;
        assert_int_equal(foreign_play(f, count, &lines, &e), 0);
        assert_int_equal(lines, 13);
    }
    (void)unlink(path);
    assert_int_equal(foreign_play(f, count, &(uint64_t){0}, &e), -E_NOTFOUND);
    foreign_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_the_lines_of_its_bytes),
        cmocka_unit_test(a_line_without_an_end_is_refused),
        cmocka_unit_test(a_history_is_played_from_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
