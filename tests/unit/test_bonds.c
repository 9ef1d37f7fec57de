/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ids and disks: whose word counts, and whose does not. */
/* Rules: R-STATE-6, R-MEMB-19, R-MEMB-24, R-INV-26. */
#include "base/units.h"
#include "node/members/members_codec.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

/* How many of the members node i knows a disk of, from its status. */
static unsigned bound(struct nodes *n, unsigned i)
{
    const char *at = nodes_ask(n, i, 7, "RAFT STATUS", LIMIT);
    unsigned count = 0;
    at = strstr(at, "\"members\"");
    assert_non_null(at);
    while ((at = strstr(at, "\"disk\":")) != NULL) {
        at += strlen("\"disk\":");
        count += *at == '"';
    }
    return count;
}

/* An emptied data directory under node i's name, which it once more founds or joins. */
static int wipe_and_start(struct nodes *n, unsigned i, struct err *e)
{
    nodes_crash(n, i, MEMVFS_KILL);
    memvfs_free(n->one[i].disk);
    n->one[i].disk = memvfs_new(n->seed++);
    (void)memvfs_vfs(n->one[i].disk)->mkdir(memvfs_vfs(n->one[i].disk)->arg, "/data", NULL);
    return nodes_start(n, i, e);
}

static void the_leader_binds_all_disks(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 1);
    nodes_crash(&n, 2, MEMVFS_KILL);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(bound(&n, l), 0); /* one of them has not been met */
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bound(&n, i), 3);
    /* Once: nothing more is appended. */
    uint64_t last = raft_last(node_raft(n.one[l].node)).index;
    nodes_run(&n, 2 * NS_PER_S);
    assert_int_equal(raft_last(node_raft(n.one[l].node)).index, last);
    /* Over restarts too. */
    for (unsigned i = 0; i < 3; i++) {
        nodes_crash(&n, i, MEMVFS_CUT_LOSE);
        assert_int_equal(nodes_start(&n, i, &e), 0);
    }
    l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(bound(&n, l), 3);
    nodes_close(&n);
}

/* Two nodes and a wiped third: its vote would do, and does not count. The one that remembers is
 * enough. */
static void a_wiped_voter_does_not_vote(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 2);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3, wiped = (l + 2) % 3;
    nodes_run(&n, NS_PER_S);
    assert_int_equal(bound(&n, l), 3);
    nodes_crash(&n, l, MEMVFS_KILL);
    assert_int_equal(wipe_and_start(&n, wiped, &e), 0);
    nodes_run(&n, 5 * NS_PER_S);
    assert_int_equal(nodes_leader(&n, NS_PER_S), -1);
    assert_int_equal(n.one[wiped].fatal, NODE_EXIT_CONFIG);
    assert_non_null(strstr(n.one[wiped].fatal_text, "REBORN"));
    assert_non_null(strstr(n.one[wiped].fatal_text, "RAFT MEMBER REMOVE"));
    assert_int_equal(nodes_start(&n, l, &e), 0);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    assert_string_equal(nodes_ask(&n, f, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_close(&n);
}

/* Before anything is bound by an entry the first disk is remembered, durably: a founder that comes
 * back empty before the cluster's first entry is refused too, also by one that restarted. */
static void the_first_disk_is_kept_to(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 3);
    nodes_settle(&n);
    assert_int_equal(raft_term(node_raft(n.one[0].node)), 1); /* nobody has campaigned */
    nodes_crash(&n, 0, MEMVFS_CUT_LOSE);
    nodes_crash(&n, 1, MEMVFS_CUT_LOSE);
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(wipe_and_start(&n, 1, &e), 0);
    nodes_run(&n, 3 * NS_PER_S);
    assert_int_equal(nodes_leader(&n, NS_PER_S), -1);
    assert_int_equal(n.one[1].fatal, NODE_EXIT_CONFIG);
    nodes_close(&n);
}

/* A vote from a disk that is not durably known yet is as good as lost. */
static void no_vote_counts_before_its_disk_is_on_disk(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 2, 4);
    n.cut[0][1] = n.cut[1][0] = true; /* not met yet */
    nodes_settle(&n);
    n.stalled[0] = n.stalled[1] = true;
    n.cut[0][1] = n.cut[1][0] = false;
    nodes_run(&n, NS_PER_S);
    assert_true(n.frames_sent > 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(raft_term(node_raft(n.one[i].node)), 1);
    n.stalled[0] = n.stalled[1] = false;
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_close(&n);
}

/* Replaced under its own name: removed, wiped, added; old promises count for nothing. */
static void a_removed_member_may_return_on_another_disk(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 5);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), gone = (l + 1) % 3;
    char words[64];
    nodes_run(&n, NS_PER_S);
    n.cluster_id = node_hello(n.one[l].node, 0).link.cluster_id;
    nodes_crash(&n, gone, MEMVFS_KILL);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u", gone + 1);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    n.joins[gone] = true;
    assert_int_equal(wipe_and_start(&n, gone, &e), 0);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", gone + 1, gone + 1);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    assert_int_equal(bound(&n, gone), 3);
    assert_string_equal(nodes_ask(&n, gone, 0, "SET k v", LIMIT), "+OK\r\n");
    /* It counts. */
    nodes_crash(&n, 3 - l - gone, MEMVFS_KILL);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k w", LIMIT), "+OK\r\n");
    nodes_close(&n);
}

/* A copy of a running node's directory is started elsewhere: one of the two ends. */
static void a_copy_is_found_out(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 6);
    nodes_run(&n, NS_PER_S);
    struct peer_hello original = node_hello(n.one[1].node, node_id_of_name("n1"));
    struct peer_hello copy = original;
    (void)snprintf(copy.address, sizeof(copy.address), "elsewhere:7001");
    struct peer_hello_reply reply = node_answer_hello(n.one[0].node, &copy);
    assert_int_equal(reply.refusal, PEER_REFUSED_TWIN); /* as old as the one that is known */
    copy.incarnation++;
    reply = node_answer_hello(n.one[0].node, &copy);
    assert_int_equal(reply.refusal, PEER_ACCEPTED);
    reply = node_answer_hello(n.one[0].node, &original);
    assert_int_equal(reply.refusal, PEER_REFUSED_TWIN);
    struct err e = {0};
    assert_int_equal(node_check_hello_reply(n.one[1].node, node_id_of_name("n1"), &reply, &e),
                     -E_MISMATCH);
    assert_int_equal(n.one[1].fatal, NODE_EXIT_CONFIG);
    assert_non_null(strstr(n.one[1].fatal_text, "a copy must never be started"));
    nodes_close(&n);
}

/* ---- addresses ---- */

static struct node_peer hints[3];

static void hint(struct node_options *o)
{
    o->hints = hints;
    o->hints_count = ARRAY_LEN(hints);
}

/* R-MEMB-19: every node is somewhere else, and told where the others are. */
static void all_move_at_once(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 7);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++) {
        nodes_crash(&n, i, MEMVFS_CUT_LOSE);
        (void)snprintf(n.one[i].address, sizeof(n.one[i].address), "moved%u:8001", i + 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(hints[i].name, sizeof(hints[i].name), "n%u", i + 1);
        (void)snprintf(hints[i].address, sizeof(hints[i].address), "moved%u:8001", i + 1);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(nodes_start(&n, i, &e), 0);
    nodes_run(&n, 2 * NS_PER_S);
    assert_int_equal(nodes_leader(&n, NS_PER_S), -1); /* nobody finds anybody */
    for (unsigned i = 0; i < 3; i++)
        nodes_crash(&n, i, MEMVFS_CUT_LOSE);
    n.tune = hint;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(nodes_start(&n, i, &e), 0);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_run(&n, 2 * NS_PER_S);
    for (unsigned i = 0; i < 3; i++) {
        const char *status = nodes_ask(&n, i, 7, "RAFT STATUS", LIMIT);
        assert_non_null(strstr(status, "\"peer\":\"moved1:8001\""));
        assert_non_null(strstr(status, "\"peer\":\"moved2:8001\""));
        assert_non_null(strstr(status, "\"peer\":\"moved3:8001\""));
    }
    /* It is written down: no hints any more. */
    n.tune = NULL;
    for (unsigned i = 0; i < 3; i++)
        nodes_crash(&n, i, MEMVFS_CUT_LOSE);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(nodes_start(&n, i, &e), 0);
    int l = nodes_leader(&n, LIMIT);
    assert_true(l >= 0);
    assert_string_equal(nodes_ask(&n, (unsigned)l, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leader_binds_all_disks),
        cmocka_unit_test(a_wiped_voter_does_not_vote),
        cmocka_unit_test(the_first_disk_is_kept_to),
        cmocka_unit_test(no_vote_counts_before_its_disk_is_on_disk),
        cmocka_unit_test(a_removed_member_may_return_on_another_disk),
        cmocka_unit_test(a_copy_is_found_out),
        cmocka_unit_test(all_move_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
