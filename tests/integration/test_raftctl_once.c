/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl's writes between real nodes and a way there that swallows what it likes: whatever is
 * lost, a write is executed once. Thesis 6.3. */
#include "tests/support/cluster.h"

#include "run_program.h"
#include "swallower.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TRIES 20

static const char *raftd, *raftctl;
static struct cluster cluster;
static struct swallower *way; /* to the first node */

static int setup(void **state)
{
    char folder[512];
    (void)state;
    cluster_init(&cluster, raftd, 3);
    cluster_start_all(&cluster, "--election-timeout 3s..6s");
    (void)cluster_leader(&cluster, -1);
    way = swallower_start(cluster.nodes[0].client_port);
    /* What is printed begins with the program's name alone. */
    (void)snprintf(folder, sizeof(folder), "%.*s:%s", (int)(strrchr(raftctl, '/') - raftctl),
                   raftctl, getenv("PATH"));
    assert_int_equal(setenv("PATH", folder, 1), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    swallower_stop(way);
    cluster_free(&cluster);
    return 0;
}

/* A line for the shell. */
static void say(struct ran *r, const char *line)
{
    const char *const argv[] = {"/bin/sh", "-c", line, NULL};
    run_program(argv, span_str(""), r);
}

static void expect(const char *line, int exit_code, const char *out)
{
    struct ran r;
    say(&r, line);
    if (r.exit_code != exit_code || strcmp(buf_str(&r.out), out) != 0)
        print_error("%s: exit %d\n%s%s", line, r.exit_code, buf_str(&r.out), buf_str(&r.err));
    assert_int_equal(r.exit_code, exit_code);
    assert_string_equal(buf_str(&r.out), out);
    ran_free(&r);
}

/* Past the swallower. */
static void expect_held(const char *key, const char *value)
{
    char line[256];
    (void)snprintf(line, sizeof(line), "raftctl -e 127.0.0.1:%u,127.0.0.1:%u -t 30s get %s",
                   cluster.nodes[1].client_port, cluster.nodes[2].client_port, key);
    expect(line, 0, value);
}

/* What is written over the swallower. */
static const char *over(const char *words)
{
    static char line[512];
    (void)snprintf(line, sizeof(line), "raftctl -e 127.0.0.1:%u -t 30s %s", swallower_port(way),
                   words);
    return line;
}

static void a_lost_reply_is_fetched(void **state)
{
    static const struct {
        const char *words, *says, *key, *value;
    } writes[] = {
        {"incr n 5", "5\n", "n", "5\n"},
        {"append text x", "1\n", "text", "x\n"},
        {"set fresh v --if-absent", "ok\n", "fresh", "v\n"},
        {"cas n 5 6", "ok\n", "n", "6\n"},
        {"del fresh", "1\n", "fresh", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
        swallower_eat(way, SWALLOW_REPLIES, 2);
        expect(over(writes[i].words), 0, writes[i].says);
        assert_int_equal(swallower_left(way), 0);
        expect_held(writes[i].key, writes[i].value);
    }
}

/* The same loss without a session: sent again, it is done again. */
static void without_a_session_it_would_be_twice(void **state)
{
    char line[512];
    struct ran r;
    (void)state;
    (void)snprintf(line, sizeof(line),
                   "printf 'INCR twice\\r\\n' | timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/%u; "
                   "cat >&3; cat <&3'",
                   swallower_port(way));
    for (int i = 0; i < 2; i++) {
        swallower_eat(way, SWALLOW_REPLIES, 1);
        say(&r, line);
        assert_string_equal(buf_str(&r.out), "");
        ran_free(&r);
        assert_int_equal(swallower_left(way), 0);
    }
    expect_held("twice", "2\n");
}

/* The command behind "fix: ". */
static void take_command(const struct ran *r, char ret[512])
{
    const char *fix = strstr(buf_str(&r->err), "fix: ");
    assert_non_null(fix);
    (void)snprintf(ret, 512, "%.*s", (int)strcspn(fix + 5, "\n"), fix + 5);
}

/* Runs until the outcome is not known; a session that could not even be opened wrote nothing. */
static void lose(const char *words, enum swallow what, char ret_command[512])
{
    char line[512];
    struct ran r = {0};
    (void)snprintf(line, sizeof(line), "raftctl -e 127.0.0.1:%u --timeout 3s %s",
                   swallower_port(way), words);
    for (int i = 0; i < TRIES; i++) {
        swallower_eat(way, what, -1);
        say(&r, line);
        swallower_eat(way, what, 0);
        if (r.exit_code == 2)
            break;
        assert_int_equal(r.exit_code, 75);
        ran_free(&r);
    }
    assert_int_equal(r.exit_code, 2);
    assert_non_null(strstr(buf_str(&r.err), "outcome unknown"));
    take_command(&r, ret_command);
    ran_free(&r);
}

static void the_printed_command_executes_it_once(void **state)
{
    static const enum swallow lost[] = {SWALLOW_REPLIES, SWALLOW_REQUESTS};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        char command[512];
        expect_held("count", i == 0 ? "" : "3\n");
        lose("incr count 3", lost[i], command);
        assert_non_null(strstr(command, "raftctl incr count 3 --endpoints 127.0.0.1:"));
        expect(command, 0, i == 0 ? "3\n" : "6\n");
        expect_held("count", i == 0 ? "3\n" : "6\n");
        /* Its session ended with that: nothing is done a third time. */
        expect(command, 2, "");
        expect_held("count", i == 0 ? "3\n" : "6\n");
    }
}

static void whatever_stands_in_it(void **state)
{
    char command[512];
    (void)state;
    lose("append 'it'\\''s a key' '$HOME `x` \"y\"'", SWALLOW_REPLIES, command);
    expect(command, 0, "13\n");
    expect_held("\"it's a key\"", "$HOME `x` \"y\"\n");
    lose("-- append -k -v", SWALLOW_REQUESTS, command);
    expect(command, 0, "2\n");
    expect_held("-- -k", "-v\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_reply_is_fetched),
        cmocka_unit_test(without_a_session_it_would_be_twice),
        cmocka_unit_test(the_printed_command_executes_it_once),
        cmocka_unit_test(whatever_stands_in_it),
    };
    if (argc != 3)
        return 64;
    raftd = argv[1];
    raftctl = argv[2];
    return cmocka_run_group_tests_name("raftctl_once", tests, setup, teardown);
}
