/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes whose configuration is older than they are: one that is led by a node it does not know, and
 * one that hears of a cluster without itself before it hears of its own admission. */
#include "base/units.h"
#include "tests/support/judge_nodes.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

static void done(struct nodes *n)
{
    const char *violated = judge_nodes(n, "logMatching");
    if (violated != NULL)
        fail_msg("%s", violated);
    nodes_close(n);
}

/* n1 leads, the others vote too. */
static void open_three(struct nodes *n, void (*tune)(struct node_options *options))
{
    nodes_open_tuned(n, 1, 5, tune);
    assert_int_equal(nodes_leader(n, LIMIT), 0);
    for (unsigned i = 1; i < 3; i++) {
        char words[64];
        assert_int_equal(nodes_join(n), i);
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", i + 1, i + 1);
        assert_string_equal(nodes_ask(n, 0, 0, words, LIMIT), "+OK\r\n");
    }
    assert_string_equal(nodes_ask(n, 0, 0, "SET k v", LIMIT), "+OK\r\n");
}

static void cut_off(struct nodes *n, unsigned who, bool cut)
{
    for (unsigned i = 0; i < NODES_MAX; i++)
        n->cut[i][who] = n->cut[who][i] = cut && i != who;
}

/* n3 misses the admission of n4, which leads when n3 is back: only n3's answers can tell n4 from
 * where on to send. */
static void a_leader_nobody_told_of(void **state)
{
    struct nodes n;
    (void)state;
    open_three(&n, NULL);
    nodes_run(&n, NS_PER_S);
    cut_off(&n, 2, true);
    assert_int_equal(nodes_join(&n), 3);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n4 host4:7001", LIMIT), "+OK\r\n");
    assert_int_equal(nodes_ask(&n, 0, 0, "RAFT TRANSFER n4", LIMIT)[0], '$');
    assert_int_equal(nodes_leader(&n, LIMIT), 3);
    assert_string_equal(nodes_ask(&n, 3, 0, "SET k w", LIMIT), "+OK\r\n");
    uint64_t last = raft_last(node_raft(n.one[3].node)).index;
    assert_true(raft_last(node_raft(n.one[2].node)).index < last);
    cut_off(&n, 2, false);
    for (unsigned i = 0; i < 20 && raft_last(node_raft(n.one[2].node)).index < last; i++)
        nodes_run(&n, NS_PER_S / 2);
    assert_true(raft_last(node_raft(n.one[2].node)).index >= last);
    assert_string_equal(nodes_ask(&n, 2, 0, "GET k", LIMIT), "$1\r\nw\r\n");
    done(&n);
}

static void stop_when_removed(struct node_options *options)
{
    options->shutdown_on_remove = true;
    options->snapshot_trailing = 0;
}

/* The image that n4 is sent is older than its admission. */
static void an_image_without_its_reader(void **state)
{
    struct nodes n;
    (void)state;
    open_three(&n, stop_when_removed);
    assert_int_equal(nodes_ask(&n, 0, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
    assert_int_equal(nodes_join(&n), 3);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n4 host4:7001", LIMIT), "+OK\r\n");
    assert_non_null(strstr(buf_str(&n.one[3].trace), "snapshotInstalled"));
    assert_int_equal(node_parting(n.one[3].node), NODE_STAYS);
    /* … and once it is a member, it can be removed. */
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n4", LIMIT), "+OK\r\n");
    nodes_run(&n, 2 * NS_PER_S);
    assert_int_equal(node_parting(n.one[3].node), NODE_REMOVED);
    done(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_leader_nobody_told_of),
                                       cmocka_unit_test(an_image_without_its_reader)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
