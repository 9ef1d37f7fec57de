/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and sessions that end by the log's clock, on whole nodes. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

static void expect_same_digests(const struct nodes *n)
{
    for (unsigned i = 1; i < n->count; i++) {
        assert_int_equal(node_applied(n->one[0].node), node_applied(n->one[i].node));
        assert_int_equal(node_digest(n->one[0].node), node_digest(n->one[i].node));
    }
}

/* R-CLI-4: without any traffic a key ends, on all nodes at one entry; R-REPL-21. */
static void a_key_ends_on_an_idle_cluster(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 51);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    assert_string_equal(nodes_ask(&n, f, 0, "SET k v PX 2000", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "SET long v EX 3600", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    uint64_t applied = node_applied(n.one[l].node);
    assert_string_equal(nodes_ask(&n, f, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    nodes_run(&n, NS_PER_S + 100 * NS_PER_MS);
    assert_int_equal(node_applied(n.one[l].node), applied + 1); /* one tick */
    expect_same_digests(&n);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(nodes_ask(&n, i, 1, "GET k", LIMIT), "$-1\r\n");
        assert_string_equal(nodes_ask(&n, i, 1, "TTL k", LIMIT), ":-2\r\n");
        assert_string_equal(nodes_ask(&n, i, 1, "TTL long", LIMIT), ":3598\r\n");
    }
    /* Nothing is due any more: no further entries. */
    nodes_run(&n, 20 * NS_PER_S);
    assert_int_equal(node_applied(n.one[l].node), applied + 1);
    nodes_close(&n);
}

/* A new leader goes on from the newest stamp: the key lives a little longer, never shorter. */
static void a_key_outlives_its_leader(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 52);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v PX 1500", LIMIT), "+OK\r\n");
    uint64_t set_ns = n.now_ns;
    nodes_run(&n, NS_PER_S);
    nodes_crash(&n, l, MEMVFS_KILL);
    unsigned m = (unsigned)nodes_leader(&n, LIMIT);
    assert_true(m != l);
    while (strcmp(nodes_ask(&n, m, 0, "GET k", LIMIT), "$-1\r\n") != 0)
        nodes_run(&n, 5 * NS_PER_MS);
    uint64_t lived_ns = n.now_ns - set_ns;
    /* The second before the crash is nowhere in the log, and the election is longer than E. */
    assert_true(lived_ns >= 2650 * NS_PER_MS && lived_ns < 4 * NS_PER_S);
    assert_int_equal(nodes_start(&n, l, &e), 0);
    nodes_run(&n, NS_PER_S);
    expect_same_digests(&n);
    nodes_close(&n);
}

/* A session unused ends without traffic, too. */
static void a_session_ends_on_an_idle_cluster(void **state)
{
    struct nodes n;
    char words[96];
    (void)state;
    nodes_open(&n, 3, 53);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    uint64_t sid = strtoull(nodes_ask(&n, l, 0, "RAFT SESSION OPEN 8000", LIMIT) + 1, NULL, 10);
    uint64_t applied = node_applied(n.one[l].node);
    nodes_run(&n, 8 * NS_PER_S + 100 * NS_PER_MS);
    /* Every quarter, and the end. */
    assert_in_range(node_applied(n.one[l].node) - applied, 4, 5);
    expect_same_digests(&n);
    (void)snprintf(words, sizeof(words), "RAFT SESSION WRITE %llu 1 1 INCR n",
                   (unsigned long long)sid);
    assert_int_equal(strncmp(nodes_ask(&n, l, 0, words, LIMIT), "-NOSESSION", 10), 0);
    nodes_close(&n);
}

/* Woken when it asks to be, and at no other time, it ends the key in time. */
static void a_node_asks_to_be_woken_for_it(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 55);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k v PX 700", LIMIT), "+OK\r\n");
    uint64_t set_ns = n.now_ns, applied = node_applied(n.one[0].node);
    for (int i = 0; i < 1000 && node_applied(n.one[0].node) == applied; i++) {
        assert_true(node_wake_at(n.one[0].node) != RAFT_NEVER);
        n.now_ns = node_wake_at(n.one[0].node);
        nodes_settle(&n);
    }
    assert_int_equal(n.now_ns, set_ns + 700 * NS_PER_MS + 1);
    assert_string_equal(nodes_ask(&n, 0, 0, "GET k", LIMIT), "$-1\r\n");
    nodes_close(&n);
}

/* More than one entry may let end: the leader appends what is needed, and no more. */
static void a_crowd_ends_on_an_idle_cluster(void **state)
{
    struct nodes n;
    char line[48];
    (void)state;
    nodes_open(&n, 3, 57);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < LIMIT_EXPIRE_KEYS + 100; i++) {
        (void)snprintf(line, sizeof(line), "SET k%u v PX 1000", i);
        nodes_say(&n, l, i % 8, line);
    }
    nodes_settle(&n);
    uint64_t applied = node_applied(n.one[l].node);
    nodes_run(&n, NS_PER_S - NS_PER_MS);
    assert_int_equal(node_applied(n.one[l].node), applied);
    nodes_run(&n, 100 * NS_PER_MS);
    assert_string_equal(nodes_ask(&n, (l + 1) % 3, 0, "DBSIZE", LIMIT), ":0\r\n");
    assert_int_equal(node_applied(n.one[l].node), applied + 2);
    expect_same_digests(&n);
    nodes_close(&n);
}

/* An image carries the times: nodes that start from it end keys as those that saw them set. */
static void times_survive_an_image(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 56);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v PX 5000", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "SET stays v EX 900", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    assert_true(nodes_ask(&n, f, 0, "RAFT SNAPSHOT", LIMIT)[0] == '$');
    nodes_crash(&n, f, MEMVFS_KILL);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_non_null(strstr(nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT), "\"index\""));
    assert_string_equal(nodes_ask(&n, f, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    expect_same_digests(&n);
    nodes_run(&n, 4 * NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(nodes_ask(&n, i, 1, "PTTL k", LIMIT), ":-2\r\n");
    nodes_run(&n, NS_PER_S);
    expect_same_digests(&n);
    nodes_close(&n);
}

/* While it cannot commit, a leader does not pile up ticks. */
static void no_ticks_without_a_quorum(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 54);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v PX 100", LIMIT), "+OK\r\n");
    nodes_run(&n, 50 * NS_PER_MS);
    for (unsigned i = 0; i < 3; i++)
        n.cut[l][i] = n.cut[i][l] = i != l;
    uint64_t last = raft_last(node_raft(n.one[l].node)).index;
    nodes_run(&n, 200 * NS_PER_MS);
    assert_in_range(raft_last(node_raft(n.one[l].node)).index - last, 0, 1);
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_ends_on_an_idle_cluster),
        cmocka_unit_test(a_key_outlives_its_leader),
        cmocka_unit_test(a_session_ends_on_an_idle_cluster),
        cmocka_unit_test(a_node_asks_to_be_woken_for_it),
        cmocka_unit_test(a_crowd_ends_on_an_idle_cluster),
        cmocka_unit_test(times_survive_an_image),
        cmocka_unit_test(no_ticks_without_a_quorum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
