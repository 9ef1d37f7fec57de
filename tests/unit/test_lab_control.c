/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers of a keeper: who reads is answered as often as it asks; who asks and never reads is hung
 * up on before its answers fill the memory. */
#include "emulator/lab/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER_BYTES 16384
#define QUESTIONS    1000 /* sixteen megabytes of answers */

struct keeper {
    uv_loop_t loop;
    struct control *control;
    char dir[64], path[96];
    unsigned asked, gone;
};

static void on_request(void *arg, struct caller *c, const char *text, size_t len)
{
    struct keeper *k = arg;
    struct buf line = {0};
    (void)text;
    (void)len;
    k->asked++;
    for (int i = 0; i < ANSWER_BYTES - 1; i++)
        buf_putc(&line, 'x');
    buf_putc(&line, '\n');
    control_answer(c, &line);
    buf_free(&line);
}

static void on_gone(void *arg, struct caller *c)
{
    struct keeper *k = arg;
    (void)c;
    k->gone++;
}

#define FULL "full\n"

static const struct control_events events = {.full = FULL, .request = on_request, .gone = on_gone};

/* -1: nobody listens. */
static int connected(const struct keeper *k)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", k->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int call(struct keeper *k)
{
    struct err e = {0};
    (void)snprintf(k->dir, sizeof(k->dir), "/tmp/lab-control.XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    (void)snprintf(k->path, sizeof(k->path), "%s/s", k->dir);
    assert_int_equal(uv_loop_init(&k->loop), 0);
    assert_int_equal(control_open(&k->loop, k->path, &events, k, &k->control, &e), 0);
    int fd = connected(k);
    assert_true(fd >= 0);
    return fd;
}

static void end(struct keeper *k, int fd)
{
    control_close(k->control);
    while (uv_run(&k->loop, UV_RUN_DEFAULT) != 0)
        ;
    assert_int_equal(uv_loop_close(&k->loop), 0);
    close(fd);
    assert_int_equal(access(k->path, F_OK), -1); /* who comes late sees that it ends */
    assert_int_equal(rmdir(k->dir), 0);
}

static void test_who_reads_is_answered(void **state)
{
    struct keeper k = {0};
    char bytes[ANSWER_BYTES];
    (void)state;
    int fd = call(&k);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        size_t got = 0;
        assert_int_equal(send(fd, "ask\n", 4, 0), 4);
        while (got < ANSWER_BYTES) {
            (void)uv_run(&k.loop, UV_RUN_NOWAIT);
            ssize_t n = recv(fd, bytes, ANSWER_BYTES - got, MSG_DONTWAIT);
            got += n > 0 ? (size_t)n : 0;
        }
    }
    assert_int_equal(k.asked, QUESTIONS);
    assert_int_equal(k.gone, 0);
    end(&k, fd);
}

static void test_who_never_reads_is_hung_up_on(void **state)
{
    struct keeper k = {0};
    (void)state;
    int fd = call(&k);
    for (unsigned i = 0; i < QUESTIONS && k.gone == 0; i++) {
        assert_int_equal(send(fd, "ask\n", 4, MSG_NOSIGNAL), 4);
        for (unsigned before = k.asked; k.asked == before && k.gone == 0;)
            (void)uv_run(&k.loop, UV_RUN_ONCE);
    }
    assert_int_equal(k.gone, 1);
    assert_true(k.asked < QUESTIONS / 2);
    end(&k, fd);
}

/* Not hung up on without a word, for that is how a keeper ends. */
static void test_one_too_many_is_told(void **state)
{
    int fds[64];
    size_t count = 0;
    struct keeper k = {0};
    char said[sizeof(FULL)] = "";
    (void)state;
    int first = call(&k);
    (void)uv_run(&k.loop, UV_RUN_ONCE);
    while (said[0] == '\0' && count < ARRAY_LEN(fds)) {
        fds[count] = connected(&k);
        assert_true(fds[count] >= 0);
        (void)uv_run(&k.loop, UV_RUN_ONCE);
        (void)recv(fds[count++], said, sizeof(said) - 1, MSG_DONTWAIT);
    }
    assert_string_equal(said, FULL);
    assert_int_equal(recv(fds[count - 1], said, sizeof(said), 0), 0);
    while (count > 0)
        close(fds[--count]);
    end(&k, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_reads_is_answered),
        cmocka_unit_test(test_who_never_reads_is_hung_up_on),
        cmocka_unit_test(test_one_too_many_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
