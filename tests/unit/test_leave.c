/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node leaves: its order of doing so, whatever comes in between. R-MEMB-13, 14, 20, 30,
 * R-XFER-11, R-PERS-1. */
#include "base/units.h"
#include "tests/support/leavers.h"
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

static void a_follower_leaves(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 1), f = (leader + 1) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    assert_true(leavers_marked(&l, f));
    assert_false(leavers_is_member(&l, f, leader));
    assert_int_equal(leavers_voters(&l, leader), 2);
    assert_int_equal(nodes_leader(&l.n, LIMIT), leader); /* nobody was disturbed */
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* It hands over first, so that nobody waits for an election, and is removed by the next leader. */
static void a_leader_leaves(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 2), f = (leader + 1) % 3;
    assert_string_equal(leavers_ask(&l, f, "SET k v", LIMIT), "+OK\r\n");
    uint64_t term = raft_term(node_raft(l.n.one[f].node));
    leavers_leave(&l, leader);
    assert_int_equal(leavers_wait(&l, leader, 2 * NS_PER_S), NODE_LEFT);
    int next = nodes_leader(&l.n, LIMIT);
    assert_true(next >= 0 && (unsigned)next != leader);
    assert_int_equal(raft_term(node_raft(l.n.one[f].node)), term + 1); /* one hand-over */
    assert_int_equal(leavers_voters(&l, f), 2);
    assert_string_equal(leavers_ask(&l, f, "GET k", LIMIT), "$1\r\nv\r\n");
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* Nobody obeys: it removes itself, leading on until that is committed. R-MEMB-13. */
static void a_leader_that_cannot_hand_over_removes_itself(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 3), f = (leader + 1) % 3;
    l.n.lose_type = RAFT_TIMEOUT_NOW;
    uint64_t term = raft_term(node_raft(l.n.one[f].node));
    leavers_leave(&l, leader);
    while (leavers_is_member(&l, leader, f))
        leavers_run(&l, NS_PER_MS);
    assert_int_equal(raft_term(node_raft(l.n.one[f].node)), term); /* removed under its own term */
    assert_int_equal(leavers_wait(&l, leader, 3 * NS_PER_S), NODE_LEFT);
    assert_int_equal(leavers_voters(&l, f), 2);
    leavers_expect_service(&l);
    leavers_close(&l);
}

static void two_become_one(void **state)
{
    struct leavers l;
    (void)state;
    for (unsigned who = 0; who < 2; who++) {
        unsigned leader = leavers_open(&l, 2, 4), other = 1 - leader;
        unsigned leaves = who == 0 ? leader : other;
        leavers_leave(&l, leaves);
        assert_int_equal(leavers_wait(&l, leaves, 3 * NS_PER_S), NODE_LEFT);
        assert_int_equal(leavers_voters(&l, 1 - leaves), 1);
        leavers_expect_service(&l);
        leavers_close(&l);
    }
}

/* The last voter stays one, and says why. R-MEMB-17. */
static void the_last_voter_does_not_leave(void **state)
{
    struct leavers l;
    (void)state;
    (void)leavers_open(&l, 1, 5);
    const char *reply = leavers_ask(&l, 0, "RAFT LEAVE", LIMIT);
    assert_true(strncmp(reply, "-LASTVOTER ", 11) == 0);
    leavers_expect_service(&l); /* a command that was refused stops nobody */
    leavers_leave(&l, 0);
    assert_int_equal(leavers_wait(&l, 0, NS_PER_S), NODE_STOPS);
    assert_false(leavers_marked(&l, 0));
    leavers_restart(&l, 0);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* Cut off, it stops after its time and is still a member: nobody removed it. */
static void cut_off_it_gives_up_in_time(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 6), f = (leader + 1) % 3;
    for (unsigned i = 0; i < 3; i++)
        l.n.cut[f][i] = l.n.cut[i][f] = true;
    uint64_t began_ns = l.n.now_ns;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, LIMIT), NODE_LEAVE_UNKNOWN);
    assert_in_range(l.ended_ns[f] - began_ns, 10 * NS_PER_S, 10 * NS_PER_S + 5 * NS_PER_MS);
    assert_int_equal(node_parting_exit(NODE_LEAVE_UNKNOWN), 75);
    assert_false(leavers_marked(&l, f));
    assert_int_equal(leavers_voters(&l, leader), 3);
    memset(l.n.cut, 0, sizeof(l.n.cut));
    leavers_restart(&l, f);
    leavers_expect_service(&l);
    assert_true(leavers_is_member(&l, f, leader));
    leavers_close(&l);
}

/* Removed while it was away, and told of it no more: whom it asks then knows. R-MEMB-14. */
static void it_learns_late_that_it_was_removed(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 7), f = (leader + 1) % 3;
    for (unsigned i = 0; i < 3; i++)
        l.n.cut[i][f] = true;
    leavers_leave(&l, f);
    nodes_settle(&l.n);            /* its own wish arrives */
    leavers_run(&l, 2 * NS_PER_S); /* the leader has stopped telling it */
    assert_false(leavers_is_member(&l, f, leader));
    assert_int_equal(l.how[f], NODE_STAYS);
    memset(l.n.cut, 0, sizeof(l.n.cut));
    l.n.lose_type = RAFT_PRE_VOTE; /* nor does it learn of it by campaigning */
    assert_int_equal(leavers_wait(&l, f, NS_PER_S), NODE_LEFT);
    l.n.lose_type = 0;
    assert_true(leavers_marked(&l, f));
    leavers_restart(&l, f); /* its log does not know of it; the mark does */
    leavers_run(&l, 3 * NS_PER_S);
    assert_int_equal(raft_role(node_raft(l.n.one[f].node)), RAFT_FOLLOWER);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* An entry that is only appended removes nobody: the one that leaves goes on voting until it is
 * committed, or the rest could not commit anything. R-MEMB-20 (4). */
static void it_stays_until_the_removal_is_committed(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 8), f = (leader + 1) % 3, third = (leader + 2) % 3;
    l.n.cut[third][leader] = true; /* heard a moment ago; its acknowledgements get lost */
    leavers_leave(&l, f);
    leavers_run(&l, 100 * NS_PER_MS);
    assert_false(leavers_is_member(&l, f, f)); /* it has the entry */
    assert_int_equal(node_parting(l.n.one[f].node), NODE_PARTING);
    assert_false(leavers_marked(&l, f));
    l.n.cut[third][leader] = false;
    assert_int_equal(leavers_wait(&l, f, 5 * NS_PER_S), NODE_LEFT);
    leavers_close(&l);
}

/* The leader dies with the removal not committed: the next one is asked, as often as it takes. */
static void the_next_leader_is_asked(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 5, 9), f = (leader + 1) % 5;
    for (unsigned i = 0; i < 5; i++)
        l.n.cut[i][leader] = true;
    leavers_leave(&l, f);
    leavers_run(&l, 20 * NS_PER_MS);
    nodes_crash(&l.n, leader, MEMVFS_CUT_LOSE);
    assert_int_equal(leavers_wait(&l, f, 5 * NS_PER_S), NODE_LEFT);
    int next = nodes_leader(&l.n, LIMIT);
    assert_true(next >= 0);
    assert_int_equal(leavers_voters(&l, (unsigned)next), 4);
    leavers_close(&l);
}

/* A newcomer that never catches up keeps nobody from leaving. */
static void it_leaves_while_another_joins(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 10), f = (leader + 1) % 3;
    nodes_say(&l.n, leader, 1, "RAFT MEMBER ADD n9 nowhere:1");
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    leavers_leave(&l, leader);
    enum node_parting how = leavers_wait(&l, leader, 12 * NS_PER_S);
    assert_int_equal(how, NODE_STOPS); /* one of three may leave in half a minute */
    leavers_close(&l);
}

/* Its disk stops anywhere, by any crash: a node that is marked was removed, and one that was not
 * removed is a member that works. R-PERS-1. */
static void no_crash_comes_between(void **state)
{
    unsigned marked = 0, call = 1;
    (void)state;
    for (bool struck = true; struck; call++) {
        struct leavers l;
        unsigned leader = leavers_open(&l, 3, 1000 + call), f = (leader + 1) % 3;
        memvfs_halt_at(l.n.one[f].disk, call);
        leavers_leave(&l, f);
        leavers_run(&l, NS_PER_S);
        struck = memvfs_struck(l.n.one[f].disk) && l.how[f] == NODE_STAYS;
        nodes_crash(&l.n, f, MEMVFS_CUT_RANDOM);
        leavers_run(&l, 2 * NS_PER_S);
        bool member = leavers_is_member(&l, f, leader);
        assert_false(leavers_marked(&l, f) && member);
        marked += leavers_marked(&l, f);
        leavers_restart(&l, f);
        leavers_expect_service(&l);
        if (leavers_marked(&l, f))
            assert_int_equal(raft_role(node_raft(l.n.one[f].node)), RAFT_FOLLOWER);
        leavers_close(&l);
        assert_true(call < 200);
    }
    print_message("%u calls, %u marked\n", call, marked);
    assert_true(marked > 1 && marked + 2 < call);
}

/* ---- stopping with hand-over ---- */

static void a_leader_hands_over_and_stays_a_member(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 11), f = (leader + 1) % 3;
    leavers_hand_over(&l, f); /* leads nothing */
    assert_int_equal(leavers_wait(&l, f, 5 * NS_PER_MS), NODE_STOPS);
    leavers_restart(&l, f);
    leavers_run(&l, NS_PER_S);
    leavers_hand_over(&l, leader);
    assert_int_equal(leavers_wait(&l, leader, NS_PER_S), NODE_STOPS);
    int next = -1; /* at once: the others wait for no election timeout */
    for (unsigned i = 0; i < 3; i++) {
        if (l.n.one[i].node != NULL && raft_role(node_raft(l.n.one[i].node)) == RAFT_LEADER)
            next = (int)i;
    }
    assert_true(next >= 0);
    assert_int_equal(leavers_voters(&l, f), 3);
    leavers_restart(&l, leader);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* Of two the other needs the vote of the one that stops: it waits until somebody leads. */
static void it_votes_before_it_stops(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 2, 19), other = 1 - leader;
    leavers_expect_service(&l);
    l.n.stalled[leader] = true; /* its vote takes a while to be durable */
    leavers_hand_over(&l, leader);
    leavers_run(&l, 100 * NS_PER_MS);
    assert_int_equal(l.how[leader], NODE_STAYS);
    l.n.stalled[leader] = false;
    assert_int_equal(leavers_wait(&l, leader, NS_PER_S), NODE_STOPS);
    assert_int_equal(raft_role(node_raft(l.n.one[other].node)), RAFT_LEADER);
    leavers_close(&l);
}

/* Nobody takes over: it stops all the same, soon. R-XFER-11. */
static void a_hand_over_that_fails_delays_little(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 12);
    l.n.lose_type = RAFT_TIMEOUT_NOW;
    uint64_t began_ns = l.n.now_ns;
    leavers_hand_over(&l, leader);
    assert_int_equal(leavers_wait(&l, leader, LIMIT), NODE_STOPS);
    assert_in_range(l.ended_ns[leader] - began_ns, 300 * NS_PER_MS, 1200 * NS_PER_MS);
    leavers_close(&l);
}

/* ---- removed by others ---- */

static void the_removed_stops_when_told_to(void **state)
{
    struct leavers l;
    char words[64];
    (void)state;
    unsigned leader = leavers_open(&l, 5, 13), f = (leader + 1) % 5, g = (leader + 2) % 5;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u SHUTDOWN", f + 1);
    assert_string_equal(leavers_ask(&l, leader, words, LIMIT), "+OK\r\n");
    assert_int_equal(leavers_wait(&l, f, NS_PER_S), NODE_REMOVED);
    assert_int_equal(node_parting_exit(NODE_REMOVED), 86);
    assert_true(leavers_marked(&l, f));
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u", g + 1);
    assert_string_equal(leavers_ask(&l, leader, words, LIMIT), "+OK\r\n");
    leavers_run(&l, 3 * NS_PER_S);
    assert_int_equal(l.how[g], NODE_STAYS); /* an outsider that runs on */
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u SOFTLY", g + 1);
    assert_true(strncmp(leavers_ask(&l, leader, words, LIMIT), "-NOSUCHMEMBER", 13) == 0);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u SHUTDOWN", leader + 1);
    assert_string_equal(leavers_ask(&l, leader, words, LIMIT), "+OK\r\n");
    assert_int_equal(leavers_wait(&l, leader, NS_PER_S), NODE_REMOVED);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* A removal that is rolled back stopped nobody. R-MEMB-14. */
static void a_removal_rolled_back_stops_nobody(void **state)
{
    struct leavers l;
    char words[64];
    (void)state;
    unsigned leader = leavers_open(&l, 5, 14), f = (leader + 1) % 5;
    leavers_run(&l, NS_PER_S);
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < 5; k++)
            l.n.cut[i][k] = (i == leader || i == f) != (k == leader || k == f);
    }
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u SHUTDOWN", f + 1);
    nodes_say(&l.n, leader, 0, words);
    leavers_run(&l, 2 * NS_PER_S);
    assert_false(leavers_is_member(&l, f, f));
    memset(l.n.cut, 0, sizeof(l.n.cut));
    leavers_run(&l, 3 * NS_PER_S);
    assert_true(leavers_is_member(&l, f, f));
    assert_int_equal(l.how[f], NODE_STAYS);
    leavers_expect_service(&l);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u", f + 1);
    assert_string_equal(leavers_ask(&l, (unsigned)nodes_leader(&l.n, LIMIT), words, LIMIT),
                        "+OK\r\n");
    leavers_run(&l, NS_PER_S);
    assert_int_equal(l.how[f], NODE_STAYS); /* this time nobody wanted it to stop */
    leavers_close(&l);
}

/* ---- coming back ---- */

/* Started again it waits as an outsider; added again it is a member like any other. R-MEMB-30. */
static void who_left_may_be_added_again(void **state)
{
    struct leavers l;
    char words[64];
    (void)state;
    unsigned leader = leavers_open(&l, 3, 15), f = (leader + 1) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    leavers_restart(&l, f);
    uint64_t term = raft_term(node_raft(l.n.one[f].node));
    leavers_run(&l, 3 * NS_PER_S);
    assert_true(term > 0);
    assert_int_equal(raft_term(node_raft(l.n.one[f].node)), term); /* kept, and not raised */
    assert_non_null(strstr(leavers_ask(&l, f, "RAFT STATUS", LIMIT), "\"left\":true"));
    (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", f + 1, f + 1);
    assert_string_equal(leavers_ask(&l, leader, words, LIMIT), "+OK\r\n");
    leavers_run(&l, NS_PER_S);
    assert_false(leavers_marked(&l, f));
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER n%u", f + 1);
    assert_int_equal(leavers_ask(&l, leader, words, LIMIT)[0], '$');
    assert_int_equal(nodes_leader(&l.n, LIMIT), f);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* Whatever stops its disk while it is added again: no member is left with the mark, since it would
 * never campaign. */
static void no_member_keeps_the_mark(void **state)
{
    unsigned call = 1, unmarked = 0;
    (void)state;
    for (bool struck = true; struck; call++) {
        struct leavers l;
        char words[64];
        unsigned leader = leavers_open(&l, 3, 2000 + call), f = (leader + 1) % 3;
        leavers_leave(&l, f);
        assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
        leavers_restart(&l, f);
        leavers_run(&l, NS_PER_S);
        memvfs_halt_at(l.n.one[f].disk, call);
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", f + 1, f + 1);
        nodes_say(&l.n, leader, 0, words);
        leavers_run(&l, NS_PER_S);
        struck = memvfs_struck(l.n.one[f].disk);
        nodes_crash(&l.n, f, MEMVFS_CUT_RANDOM);
        leavers_restart(&l, f);
        nodes_settle(&l.n);
        bool marked = leavers_marked(&l, f);
        assert_false(marked && leavers_is_member(&l, f, f));
        unmarked += !marked;
        leavers_run(&l, 2 * NS_PER_S);
        assert_false(leavers_marked(&l, f)); /* it was told meanwhile */
        leavers_expect_service(&l);
        leavers_close(&l);
        assert_true(call < 200);
    }
    print_message("%u calls, %u without the mark\n", call, unmarked);
    assert_true(unmarked > 1 && unmarked < call - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_follower_leaves),
        cmocka_unit_test(a_leader_leaves),
        cmocka_unit_test(a_leader_that_cannot_hand_over_removes_itself),
        cmocka_unit_test(two_become_one),
        cmocka_unit_test(the_last_voter_does_not_leave),
        cmocka_unit_test(cut_off_it_gives_up_in_time),
        cmocka_unit_test(it_learns_late_that_it_was_removed),
        cmocka_unit_test(it_stays_until_the_removal_is_committed),
        cmocka_unit_test(the_next_leader_is_asked),
        cmocka_unit_test(it_leaves_while_another_joins),
        cmocka_unit_test(no_crash_comes_between),
        cmocka_unit_test(a_leader_hands_over_and_stays_a_member),
        cmocka_unit_test(it_votes_before_it_stops),
        cmocka_unit_test(a_hand_over_that_fails_delays_little),
        cmocka_unit_test(the_removed_stops_when_told_to),
        cmocka_unit_test(a_removal_rolled_back_stops_nobody),
        cmocka_unit_test(who_left_may_be_added_again),
        cmocka_unit_test(no_member_keeps_the_mark),
    };
    return cmocka_run_group_tests_name("leave", tests, NULL, NULL);
}
