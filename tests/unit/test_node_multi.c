/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MULTI and WATCH on whole nodes: one entry, over any node (R-CLI-9). */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

/* Client c of node i says all lines at once, as a pipeline; what it is answered within a while. */
static const char *pipeline(struct nodes *n, unsigned i, unsigned c, const char *const *lines)
{
    buf_reset(&n->one[i].replies[c]);
    for (; *lines != NULL; lines++)
        nodes_say(n, i, c, *lines);
    nodes_settle(n);
    nodes_run(n, 100 * NS_PER_MS);
    return buf_str(&n->one[i].replies[c]);
}

#define PIPELINE(n, i, c, ...) pipeline(n, i, c, (const char *const[]){__VA_ARGS__, NULL})

static void one_entry_over_any_node(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 61);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    for (unsigned k = 0; k < 3; k++) {
        unsigned i = (l + k) % 3;
        uint64_t applied = node_applied(n.one[l].node);
        assert_string_equal(nodes_ask(&n, i, 0, "MULTI", LIMIT), "+OK\r\n");
        assert_string_equal(nodes_ask(&n, i, 0, "SET a 1", LIMIT), "+QUEUED\r\n");
        assert_string_equal(nodes_ask(&n, i, 0, "INCRBY a 4", LIMIT), "+QUEUED\r\n");
        assert_string_equal(nodes_ask(&n, i, 0, "GET a", LIMIT), "+QUEUED\r\n");
        assert_int_equal(node_applied(n.one[l].node), applied);
        assert_string_equal(nodes_ask(&n, i, 0, "EXEC", LIMIT), "*3\r\n+OK\r\n:5\r\n$1\r\n5\r\n");
        assert_int_equal(node_applied(n.one[l].node), applied + 1);
        /* All at once, nulls in the connection's own version, the entry's index beside it. */
        assert_string_equal(PIPELINE(&n, i, 1, "RESET", "MULTI", "DEL a", "GET a", "EXEC", "PING"),
                            "+RESET\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n$-1\r\n+PONG\r\n");
    }
    (void)nodes_ask(&n, l, 1, "HELLO 3", LIMIT);
    assert_string_equal(PIPELINE(&n, l, 1, "MULTI", "GET a", "EXEC"),
                        "+OK\r\n+QUEUED\r\n*1\r\n_\r\n");
    assert_string_equal(PIPELINE(&n, l, 1, "MULTI", "EXEC"), "+OK\r\n*0\r\n");
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(node_digest(n.one[0].node), node_digest(n.one[i].node));
    nodes_close(&n);
}

static void errors_as_in_redis(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 62);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    static const struct {
        const char *line, *reply;
    } steps[] = {
        {"EXEC", "-ERR EXEC without MULTI\r\n"},
        {"DISCARD", "-ERR DISCARD without MULTI\r\n"},
        {"MULTI", "+OK\r\n"},
        {"MULTI", "-ERR MULTI calls can not be nested\r\n"},
        {"WATCH a", "-ERR WATCH inside MULTI is not allowed\r\n"},
        {"SET a 1", "+QUEUED\r\n"},
        {"EXEC", "*1\r\n+OK\r\n"},
        {"MULTI", "+OK\r\n"},
        {"SET a 2", "+QUEUED\r\n"},
        {"DISCARD", "+OK\r\n"},
        {"GET a", "$1\r\n1\r\n"},
        {"MULTI", "+OK\r\n"},
        {"SET a 3", "+QUEUED\r\n"},
        {"GET", "-ERR wrong number of arguments for 'get' command\r\n"},
        {"EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n"},
        {"GET a", "$1\r\n1\r\n"},
        {"MULTI", "+OK\r\n"},
        {"LPUSH a 3", "-ERR 'LPUSH' cannot be queued: MULTI takes data commands\r\n"},
        {"EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n"},
        {"MULTI", "+OK\r\n"},
        {"INFO", "-ERR 'INFO' cannot be queued: MULTI takes data commands\r\n"},
        {"scan 0",
         "-ERR 'scan' cannot be queued: it looks at any number of keys, and every node would "
         "wait for it; ask it alone\r\n"},
        {"EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n"},
        {"MULTI", "+OK\r\n"},
        {"SET a x", "+QUEUED\r\n"},
        {"INCR a", "+QUEUED\r\n"}, /* fails when executed: the others count */
        {"SET a y", "+QUEUED\r\n"},
        {"EXEC", "*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n+OK\r\n"},
        {"GET a", "$1\r\ny\r\n"},
        {"MULTI", "+OK\r\n"},
        {"RESET", "+RESET\r\n"},
        {"SET a z", "+OK\r\n"},
        {"WATCH", "-ERR wrong number of arguments for 'watch' command\r\n"},
        {"MULTI x", "-ERR wrong number of arguments for 'multi' command\r\n"},
        {"RAFT SESSION WRITE 1 1 1 EXEC", "-ERR EXEC without MULTI\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        assert_string_equal(nodes_ask(&n, 0, 0, steps[i].line, LIMIT), steps[i].reply);
    nodes_close(&n);
}

/* A conflict is seen wherever the two clients speak, and by a leader that never saw the WATCH. */
static void watch_sees_conflicts(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 63);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3, g = (l + 2) % 3;
    assert_string_equal(nodes_ask(&n, l, 0, "SET a 1", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "WATCH a b", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, g, 0, "SET a 1", LIMIT), "+OK\r\n"); /* the same value */
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "SET a 2", "EXEC"),
                        "+OK\r\n+QUEUED\r\n*-1\r\n");
    /* EXEC has ended the watch, and nothing is in the way now. */
    assert_string_equal(PIPELINE(&n, f, 0, "WATCH a b", "GET a", "MULTI", "SET a 2", "EXEC"),
                        "+OK\r\n$1\r\n1\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
    /* What appears, what ends, and what only gets a time, has changed. */
    assert_string_equal(nodes_ask(&n, f, 0, "WATCH b", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, g, 0, "SET b 1 PX 50", LIMIT), "+OK\r\n");
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "EXEC"), "+OK\r\n*-1\r\n");
    assert_string_equal(nodes_ask(&n, g, 0, "SET b 1 PX 500", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "WATCH b", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "EXEC"), "+OK\r\n*-1\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "WATCH a", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, g, 0, "EXPIRE a 1000", LIMIT), ":1\r\n");
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "EXEC"), "+OK\r\n*-1\r\n");
    /* UNWATCH, DISCARD and RESET end it. */
    assert_string_equal(PIPELINE(&n, f, 0, "WATCH a", "UNWATCH", "SET a 5", "MULTI", "EXEC"),
                        "+OK\r\n+OK\r\n+OK\r\n+OK\r\n*0\r\n");
    assert_string_equal(
        PIPELINE(&n, f, 0, "WATCH a", "MULTI", "DISCARD", "SET a 5", "MULTI", "EXEC"),
        "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n*0\r\n");
    /* Its own write is a conflict too. */
    assert_string_equal(PIPELINE(&n, f, 0, "WATCH a", "SET a 6", "MULTI", "EXEC"),
                        "+OK\r\n+OK\r\n+OK\r\n*-1\r\n");
    /* Two WATCHes add up, over a change of leaders. */
    assert_string_equal(PIPELINE(&n, f, 0, "WATCH a", "WATCH c"), "+OK\r\n+OK\r\n");
    nodes_crash(&n, l, MEMVFS_KILL);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_run(&n, NS_PER_S);
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "SET a 7", "EXEC"),
                        "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
    assert_string_equal(PIPELINE(&n, f, 0, "WATCH a", "WATCH c"), "+OK\r\n+OK\r\n");
    assert_string_equal(nodes_ask(&n, g, 0, "SET c 1", LIMIT), "+OK\r\n");
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "SET a 8", "EXEC"),
                        "+OK\r\n+QUEUED\r\n*-1\r\n");
    nodes_close(&n);
}

/* A WATCH that failed says nothing of what has changed: its EXEC executes nothing. */
static void a_failed_watch_aborts(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 64);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    for (unsigned i = 0; i < 3; i++)
        n.cut[f][i] = n.cut[i][f] = i != f;
    nodes_run(&n, NS_PER_S);
    const char *reply = nodes_ask(&n, f, 0, "WATCH a", LIMIT);
    assert_int_equal(strncmp(reply, "-NOLEADER", 9), 0);
    for (unsigned i = 0; i < 3; i++)
        n.cut[f][i] = n.cut[i][f] = false;
    nodes_run(&n, NS_PER_S);
    assert_string_equal(PIPELINE(&n, f, 0, "MULTI", "SET a 1", "EXEC", "GET a"),
                        "+OK\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of previous "
                        "errors.\r\n$-1\r\n");
    /* In one pipeline, where EXEC is collected before the answer to WATCH is known. */
    for (unsigned i = 0; i < 3; i++)
        n.cut[f][i] = n.cut[i][f] = i != f;
    nodes_run(&n, NS_PER_S);
    reply = PIPELINE(&n, f, 0, "WATCH a", "MULTI", "SET a 1", "EXEC");
    nodes_run(&n, 6 * NS_PER_S);
    assert_non_null(strstr(reply, "-EXECABORT Transaction discarded because its WATCH"));
    nodes_close(&n);
}

/* Executed once, though said twice, to different nodes. */
static void in_a_session(void **state)
{
    struct nodes n;
    char exec[96];
    (void)state;
    nodes_open(&n, 3, 65);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    uint64_t sid = strtoull(nodes_ask(&n, l, 0, "RAFT SESSION OPEN", LIMIT) + 1, NULL, 10);
    (void)snprintf(exec, sizeof(exec), "RAFT SESSION WRITE %llu 1 1 EXEC", (unsigned long long)sid);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(PIPELINE(&n, i, 0, "WATCH n", "MULTI", "INCR n", "INCR n", exec),
                            "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "GET n", LIMIT), "$1\r\n2\r\n");
    assert_string_equal(
        PIPELINE(&n, l, 0, "MULTI", "RAFT SESSION WRITE 0 1 1 EXEC", "SET a b", "EXEC"),
        "+OK\r\n-ERR sessions are numbered from 1, and 1 <= FIRST_OPEN <= SEQ\r\n"
        "+QUEUED\r\n*1\r\n+OK\r\n");
    nodes_close(&n);
}

/* Connections that end in the middle leave nothing behind. */
static void gone_in_the_middle(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 66);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    nodes_say(&n, f, 0, "WATCH a");
    nodes_say(&n, f, 0, "MULTI");
    nodes_say(&n, f, 0, "SET a 1");
    node_on_client_gone(n.one[f].node, 1);
    nodes_say(&n, f, 1, "WATCH a");
    nodes_say(&n, f, 1, "MULTI");
    nodes_say(&n, f, 1, "SET a 2");
    nodes_say(&n, f, 1, "EXEC");
    node_on_client_gone(n.one[f].node, 2);
    nodes_run(&n, NS_PER_S);
    assert_string_equal(nodes_ask(&n, f, 2, "GET a", LIMIT), "$-1\r\n");
    nodes_say(&n, f, 2, "WATCH a");
    nodes_say(&n, f, 2, "MULTI");
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_over_any_node),
        cmocka_unit_test(errors_as_in_redis),
        cmocka_unit_test(watch_sees_conflicts),
        cmocka_unit_test(a_failed_watch_aborts),
        cmocka_unit_test(in_a_session),
        cmocka_unit_test(gone_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
