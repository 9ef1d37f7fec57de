/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WATCHKEY on whole nodes: a stream of changes, and what is said when it has a hole. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

#define START(rev) "*3\r\n$8\r\nwatchkey\r\n$5\r\nstart\r\n:" rev "\r\n"
#define SET(rev, k, v) \
    "*5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:" rev "\r\n$2\r\n" k "\r\n$1\r\n" v "\r\n"
#define DEL(rev, k)     "*4\r\n$8\r\nwatchkey\r\n$3\r\ndel\r\n:" rev "\r\n$2\r\n" k "\r\n"
#define EXPIRED(rev, k) "*4\r\n$8\r\nwatchkey\r\n$7\r\nexpired\r\n:" rev "\r\n$2\r\n" k "\r\n"
#define FLUSH(rev)      "*3\r\n$8\r\nwatchkey\r\n$5\r\nflush\r\n:" rev "\r\n"
#define GAP(rev, what)                                                              \
    "*4\r\n$8\r\nwatchkey\r\n$3\r\ngap\r\n:" rev "\r\n-GAP changes before rev " rev \
    " are not kept any more" what "\r\n"
#define GOES_ON  "; the stream goes on from there"
#define TOO_SLOW ", and this connection reads too slowly"

static void few_changes(struct node_options *options)
{
    options->watch_history = 10;
}

/* Revs are counted as if the cluster's own first entries were 1 and 2, however many it makes. */
static uint64_t shift;

static unsigned lead(struct nodes *n)
{
    unsigned l = (unsigned)nodes_leader(n, LIMIT);
    nodes_run(n, NS_PER_S);
    shift = node_applied(n->one[l].node) - 2;
    return l;
}

/* The text with the revs counted so; valid until the next. */
static const char *counted(const char *text)
{
    static struct buf out;
    buf_reset(&out);
    while (*text != '\0') {
        bool number = *text == ':' || strncmp(text, "rev ", 4) == 0;
        size_t head = *text == ':' ? 1 : number ? 4 : 1;
        buf_put(&out, text, head);
        text += head;
        if (!number)
            continue;
        char *end;
        buf_putf(&out, "%llu", strtoull(text, &end, 10) - shift);
        text = end;
    }
    return buf_str(&out);
}

static const char *heard(struct nodes *n, unsigned i, unsigned c)
{
    nodes_run(n, 200 * NS_PER_MS);
    return counted(buf_str(&n->one[i].replies[c]));
}

static const char *ask(struct nodes *n, unsigned i, unsigned c, const char *line)
{
    return counted(nodes_ask(n, i, c, line, LIMIT));
}

static void watch_from(struct nodes *n, unsigned i, unsigned c, const char *prefix, uint64_t rev)
{
    char line[64];
    (void)snprintf(line, sizeof(line), "WATCHKEY %s %llu", prefix,
                   (unsigned long long)(rev + shift));
    buf_reset(&n->one[i].replies[c]);
    nodes_say(n, i, c, line);
}

static void write_some(struct nodes *n, unsigned i, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        assert_true(nodes_ask(n, i, 7, *lines, LIMIT)[0] != '-');
}

#define WRITE(n, i, ...) write_some(n, i, (const char *const[]){__VA_ARGS__, NULL})

/* The same stream on every node, whoever leads. Entries 1 and 2 are the cluster's own. */
static void changes_in_order(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 71);
    unsigned l = lead(&n);
    WRITE(&n, l, "SET a1 1", "SET b1 1"); /* 3, 4 */
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(ask(&n, i, 0, "WATCHKEY a"), START("5"));
        watch_from(&n, i, 1, "a", 1);
    }
    WRITE(&n, (l + 1) % 3, "MSET a1 2 b1 2 a2 3", "DEL b1 a1", "SET a1 4 PX 100");  /* 5, 6, 7 */
    nodes_run(&n, 200 * NS_PER_MS);                                                 /* 8: a tick */
    WRITE(&n, l, "EXPIRE a2 100", "SET a2 5 XX", "GET a2", "FLUSHALL", "FLUSHALL"); /* 9... 12 */
    for (unsigned i = 0; i < 3; i++) {
        static const char expected[] =
            SET("5", "a1", "2") SET("5", "a2", "3") DEL("6", "a1") SET("7", "a1", "4")
                EXPIRED("8", "a1") SET("9", "a2", "3") SET("10", "a2", "5") FLUSH("11");
        const char *stream = heard(&n, i, 0);
        assert_string_equal(stream + strlen(START("5")), expected);
        stream = heard(&n, i, 1);
        assert_int_equal(
            strncmp(stream, START("1") SET("3", "a1", "1"), strlen(START("1") SET("3", "a1", "1"))),
            0);
        assert_string_equal(stream + strlen(START("1") SET("3", "a1", "1")), expected);
    }
    nodes_close(&n);
}

/* Of a list or a set it is told that it is another, not what it is. */
static void lists_have_no_value(void **state)
{
#define OTHER(rev) "*5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:" rev "\r\n$2\r\na1\r\n$-1\r\n"
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 75);
    assert_int_equal(lead(&n), 0);
    watch_from(&n, 0, 0, "a", 3);
    WRITE(&n, 0, "RPUSH a1 x y", "LPOP a1", "LPOP a1", "SADD a1 x"); /* 3... 6 */
    assert_string_equal(heard(&n, 0, 0),
                        START("3") OTHER("3") OTHER("4") DEL("5", "a1") OTHER("6"));
    nodes_close(&n);
}

static void a_transaction_is_seen_whole(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 72);
    assert_int_equal(lead(&n), 0);
    (void)nodes_ask(&n, 0, 0, "HELLO 3", LIMIT);
    (void)nodes_ask(&n, 0, 0, "RAFT INDEXED ON", LIMIT); /* a stream is no reply: not wrapped */
    buf_reset(&n.one[0].replies[0]);
    nodes_say(&n, 0, 0, "WATCHKEY");
    nodes_settle(&n);
    WRITE(&n, 0, "MULTI", "SET k1 1", "SET k1 2", "INCR x1", "DEL k1", "EXEC");
    assert_string_equal(heard(&n, 0, 0), ">3\r\n$8\r\nwatchkey\r\n$5\r\nstart\r\n:3\r\n"
                                         ">5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:3\r\n$2\r\nk1\r\n"
                                         "$1\r\n1\r\n"
                                         ">5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:3\r\n$2\r\nk1\r\n"
                                         "$1\r\n2\r\n"
                                         ">5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:3\r\n$2\r\nx1\r\n"
                                         "$1\r\n1\r\n"
                                         ">4\r\n$8\r\nwatchkey\r\n$3\r\ndel\r\n:3\r\n$2\r\nk1\r\n");
    nodes_close(&n);
}

/* A rev from which not everything is known any more: named, then the stream goes on. */
static void a_gap_is_said(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 73, few_changes);
    unsigned l = lead(&n);
    for (unsigned i = 0; i < 12; i++)
        WRITE(&n, l, "SET k1 1"); /* 3..14: two more than are kept */
    watch_from(&n, l, 0, "k", 4);
    const char *stream = heard(&n, l, 0);
    static const char begin[] = START("4") GAP("5", GOES_ON) SET("5", "k1", "1");
    assert_int_equal(strncmp(stream, begin, strlen(begin)), 0);
    watch_from(&n, l, 1, "k", 14);
    assert_string_equal(heard(&n, l, 1), START("14") SET("14", "k1", "1"));
    /* What a rev that has not come yet asks for is sent when it comes. */
    watch_from(&n, l, 2, "k", 16);
    assert_string_equal(heard(&n, l, 2), START("16"));
    WRITE(&n, l, "SET k1 2", "SET k1 3");
    assert_string_equal(heard(&n, l, 2), START("16") SET("16", "k1", "3"));
    nodes_close(&n);
}

/* R-CLI-11: who does not read holds nothing but its place, and loses that. */
static void a_slow_watcher_is_cut_off(void **state)
{
    struct nodes n;
    char *line = malloc(200100);
    (void)state;
    assert_non_null(line);
    nodes_open_tuned(&n, 1, 74, few_changes);
    assert_int_equal(lead(&n), 0);
    buf_init(&n.one[0].replies[0], 64u << 20);
    n.one[0].slow[0] = true;
    (void)nodes_ask(&n, 0, 0, "WATCHKEY k", LIMIT);
    memcpy(line, "SET k1 ", 7);
    memset(line + 7, 'v', 200000);
    line[200007] = '\0';
    for (unsigned i = 0; i < 6; i++)
        WRITE(&n, 0, line);
    size_t full = strlen(heard(&n, 0, 0));
    assert_true(full > 6 * 200000);
    for (unsigned i = 0; i < 10; i++)
        WRITE(&n, 0, line);
    assert_int_equal(strlen(heard(&n, 0, 0)), full); /* 10 wait: they are all there */
    assert_false(n.one[0].hung_up[0]);
    WRITE(&n, 0, line);
    static const char end[] = GAP("10", TOO_SLOW);
    assert_string_equal(heard(&n, 0, 0) + full, end);
    assert_true(n.one[0].hung_up[0]);
    /* Another one was merely slow for a while. */
    buf_init(&n.one[0].replies[1], 64u << 20);
    n.one[0].slow[1] = true;
    (void)nodes_ask(&n, 0, 1, "WATCHKEY k", LIMIT);
    for (unsigned i = 0; i < 14; i++)
        WRITE(&n, 0, line);
    assert_true(strlen(heard(&n, 0, 1)) < 7 * 200000);
    n.one[0].slow[1] = false;
    assert_true(strlen(heard(&n, 0, 1)) > 14 * 200000);
    assert_false(n.one[0].hung_up[1]);
    free(line);
    nodes_close(&n);
}

static void what_a_watcher_may_say(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 75);
    unsigned l = lead(&n);
    static const char *const bad[] = {"WATCHKEY a x", "WATCHKEY a 1 2",
                                      "WATCHKEY a 9223372036854775808"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_string_equal(
            nodes_ask(&n, l, 0, bad[i], LIMIT),
            "-ERR give WATCHKEY [PREFIX [FROM_REV]], the latter an index of the log\r\n");
    assert_true(nodes_ask(&n, l, 3, "WATCHKEY a 9223372036854775807", LIMIT)[0] == '*');
    node_on_client_gone(n.one[l].node, 4);
    assert_string_equal(ask(&n, l, 0, "WATCHKEY zz"), START("3"));
    assert_string_equal(nodes_ask(&n, l, 0, "GET a", LIMIT),
                        "-ERR a connection that watches keys takes PING, RESET and QUIT\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "MULTI", LIMIT),
                        "-ERR a connection that watches keys takes PING, RESET and QUIT\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "PING", LIMIT), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "RESET", LIMIT), "+RESET\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "SET zz1 1", LIMIT), "+OK\r\n");
    assert_string_equal(ask(&n, l, 0, "WATCHKEY"), START("4"));
    assert_string_equal(nodes_ask(&n, l, 0, "QUIT", LIMIT), "+OK\r\n");
    assert_true(n.one[l].hung_up[0]);
    node_on_client_gone(n.one[l].node, 1);
    assert_string_equal(ask(&n, l, 1, "WATCHKEY"), START("4"));
    node_on_client_gone(n.one[l].node, 2);
    /* Without a leader nobody knows what "from now on" is; the connection goes on as it was. */
    for (unsigned i = 0; i < 3; i++) {
        if (i != l)
            nodes_crash(&n, i, MEMVFS_KILL);
    }
    assert_int_equal(strncmp(nodes_ask(&n, l, 2, "WATCHKEY", LIMIT), "-NOLEADER", 9), 0);
    assert_string_equal(nodes_ask(&n, l, 2, "ECHO a", LIMIT), "$1\r\na\r\n");
    nodes_close(&n);
}

/* RESET is obeyed on arrival, before the stream has begun: it never does, and the next one is the
 * connection's only one. */
static void a_reset_before_the_answer(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 78);
    unsigned l = lead(&n);
    static const char reset[] = "-ABORTED the connection was reset; no changes are sent\r\n"
                                "+RESET\r\n";
    nodes_say(&n, l, 0, "WATCHKEY a");
    nodes_say(&n, l, 0, "RESET");
    assert_string_equal(heard(&n, l, 0), reset);
    WRITE(&n, l, "SET a1 1");
    assert_string_equal(ask(&n, l, 0, "ECHO x"), "$1\r\nx\r\n");
    nodes_say(&n, l, 1, "WATCHKEY a");
    nodes_say(&n, l, 1, "RESET");
    nodes_say(&n, l, 1, "WATCHKEY b");
    const char *stream = heard(&n, l, 1);
    assert_int_equal(strncmp(stream, reset, strlen(reset)), 0);
    assert_string_equal(stream + strlen(reset), START("4"));
    WRITE(&n, l, "SET a1 2", "SET b1 1");
    assert_string_equal(heard(&n, l, 1) + strlen(reset), START("4") SET("5", "b1", "1"));
    node_on_client_gone(n.one[l].node, 2);
    WRITE(&n, l, "SET a1 3");
    nodes_run(&n, 200 * NS_PER_MS);
    nodes_close(&n);
}

/* After a restart the log is applied again, and the history is there again; what lies below a
 * snapshot is a gap. */
static void after_a_restart(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 1, 76);
    assert_int_equal(lead(&n), 0);
    WRITE(&n, 0, "SET k1 1", "SET k1 2"); /* 3, 4 */
    nodes_crash(&n, 0, MEMVFS_KILL);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    watch_from(&n, 0, 0, "k", 1);
    assert_string_equal(heard(&n, 0, 0), START("1") SET("3", "k1", "1") SET("4", "k1", "2"));
    assert_true(nodes_ask(&n, 0, 1, "RAFT SNAPSHOT", LIMIT)[0] == '$'); /* at 5 */
    WRITE(&n, 0, "SET k1 3");
    nodes_crash(&n, 0, MEMVFS_KILL);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    watch_from(&n, 0, 0, "k", 1);
    assert_string_equal(heard(&n, 0, 0), START("1") GAP("6", GOES_ON) SET("6", "k1", "3"));
    nodes_close(&n);
}

static void often(struct node_options *options)
{
    options->snapshot_every = 20;
    options->snapshot_trailing = 5;
}

/* A node that takes over an image has not applied what lies below it: its watchers are told. */
static void an_image_is_a_gap(void **state)
{
    struct nodes n;
    char line[32];
    (void)state;
    nodes_open_tuned(&n, 3, 77, often);
    unsigned l = lead(&n), f = (l + 1) % 3;
    assert_string_equal(ask(&n, f, 0, "WATCHKEY k"), START("3"));
    for (unsigned i = 0; i < 3; i++)
        n.cut[f][i] = n.cut[i][f] = i != f;
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(line, sizeof(line), "SET k%u v", i);
        WRITE(&n, l, line);
    }
    nodes_run(&n, NS_PER_S); /* until it counts as gone: before, the log is kept for it */
    assert_true(raft_base(node_raft(n.one[l].node)).index > 50);
    for (unsigned i = 0; i < 3; i++)
        n.cut[f][i] = n.cut[i][f] = false;
    for (int i = 0; i < 1000 && !n.one[f].hung_up[0]; i++)
        nodes_run(&n, 10 * NS_PER_MS);
    assert_true(n.one[f].hung_up[0]);
    static const char begin[] = START("3") "*4\r\n$8\r\nwatchkey\r\n$3\r\ngap\r\n:";
    assert_int_equal(strncmp(heard(&n, f, 0), begin, strlen(begin)), 0);
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_in_order),          cmocka_unit_test(a_transaction_is_seen_whole),
        cmocka_unit_test(lists_have_no_value),       cmocka_unit_test(a_gap_is_said),
        cmocka_unit_test(a_slow_watcher_is_cut_off), cmocka_unit_test(what_a_watcher_may_say),
        cmocka_unit_test(a_reset_before_the_answer), cmocka_unit_test(after_a_restart),
        cmocka_unit_test(an_image_is_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
