/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole nodes whose members change: replaced, ranked, without data, or all at once; and leaders
 * that are told to go, or should. Rules: R-MEMB-5, R-MEMB-11, R-MEMB-17, R-MEMB-18, R-ELEC-19,
 * R-ELEC-20, R-XFER-1, R-XFER-10, R-PERS-12. */
#include "base/units.h"
#include "tests/support/member_nodes.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT MEMBER_NODES_LIMIT

static void a_member_is_replaced(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 21);
    assert_int_equal(nodes_join(&n), 3);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER PRIORITY n3 90", LIMIT), "+OK\r\n");
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    assert_true(
        reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n3 host3:7001", LIMIT), "-ERR"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n9 n4 host4:7001", LIMIT),
                             "-NOSUCHMEMBER"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n4 host2:7001", LIMIT),
                             "-ERR host2:7001 is the address of n2, which is not to be replaced: "
                             "give that of n4\r\n"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n2 host2:7001", LIMIT),
                             "-ERR n2 votes already, so nobody would come in the place of n3: "));
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n4 host4:7001", LIMIT),
                        "+OK\r\n");
    /* Whoever lost the answer asks again. */
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n4 host4:7001", LIMIT),
                        "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REPLACE n3 n4 host4:7002", LIMIT),
                             "-NOSUCHMEMBER there is no member named n3"));
    assert_true(status_has(&n, 0, "\"name\":\"n4\""));
    assert_true(status_has(&n, 0, "\"priority\":90"));
    const char *events = nodes_ask(&n, 0, 0, "RAFT EVENTS COUNT 4", LIMIT);
    assert_non_null(strstr(events, "\"topic\":\"member\",\"text\":\"index "));
    assert_non_null(strstr(events, "n4 promoted to voter"));
    assert_non_null(strstr(events, "n3 removed, was voter"));
    assert_null(strstr(nodes_ask(&n, 0, 0, "RAFT STATUS", LIMIT), "\"name\":\"n3\""));
    /* It counts. */
    nodes_crash(&n, 1, MEMVFS_KILL);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k w", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 3, 0, "GET k", LIMIT), "$1\r\nw\r\n");
    nodes_done(&n);
}

/* Its disk stops as soon as it knows of anybody. */
static void stall_the_newcomer(struct nodes *n)
{
    const struct node *newcomer = n->one[3].node;
    n->stalled[3] |= node_raft(newcomer) != NULL && raft_last(node_raft(newcomer)).index > 0;
}

/* Nobody takes the place of the old one then: it stays. */
static void a_replacement_that_leaves_meanwhile(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 24);
    assert_int_equal(nodes_join(&n), 3);
    nodes_run(&n, NS_PER_S);
    n.watch = stall_the_newcomer;
    nodes_say(&n, 0, 1, "RAFT MEMBER REPLACE n3 n4 host4:7001");
    nodes_run(&n, 100 * NS_PER_MS);
    assert_true(n.stalled[3]);
    node_leave(n.one[3].node, nodes_clock(&n, 3));
    nodes_run(&n, 20 * NS_PER_MS);
    n.watch = NULL;
    n.stalled[3] = false;
    nodes_run(&n, NS_PER_S);
    assert_true(reply_begins(buf_str(&n.one[0].replies[1]), "-CONFLICT"));
    assert_true(status_has(&n, 0, "\"name\":\"n3\""));
    assert_int_equal(node_parting(n.one[3].node), NODE_LEFT);
    nodes_done(&n);
}

/* What is under way shows in the leader's status until it is done; nobody else knows of it. */
static void a_change_under_way(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 29);
    assert_int_equal(nodes_join(&n), 3);
    nodes_run(&n, NS_PER_S);
    assert_false(status_has(&n, 0, "\"change\""));
    n.watch = stall_the_newcomer;
    nodes_say(&n, 0, 1, "RAFT MEMBER REPLACE n3 n4 host4:7001");
    nodes_run(&n, 100 * NS_PER_MS);
    assert_true(n.stalled[3]);
    assert_true(status_has(&n, 0,
                           "\"change\":{\"asked\":\"replace n3 n4 host4:7001\","
                           "\"phase\":\"catching-up\",\"for_ms\":"));
    assert_true(status_has(&n, 0, "\"newcomers\":[\"n4\"],\"leavers\":[\"n3\"]}"));
    assert_false(status_has(&n, 1, "\"change\""));
    n.watch = NULL;
    n.stalled[3] = false;
    nodes_run(&n, NS_PER_S);
    assert_string_equal(buf_str(&n.one[0].replies[1]), "+OK\r\n");
    assert_false(status_has(&n, 0, "\"change\""));
    /* Not committed yet: nobody hears of it. */
    nodes_crash(&n, 1, MEMVFS_KILL);
    nodes_crash(&n, 3, MEMVFS_KILL);
    nodes_say(&n, 0, 1, "RAFT MEMBER PRIORITY n1 90");
    nodes_run(&n, 10 * NS_PER_MS);
    assert_true(status_has(&n, 0, "\"asked\":\"priority n1 90\",\"phase\":\"committing\""));
    nodes_done(&n);
}

static void all_voters_change_at_once(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 22);
    assert_int_equal(nodes_join(&n), 3);
    assert_int_equal(nodes_join(&n), 4);
    static const char *const bad[] = {"RAFT MEMBER CHANGE n1",
                                      "RAFT MEMBER CHANGE n1=host1:7001,n1=host1:7001",
                                      "RAFT MEMBER CHANGE =h:1",
                                      "RAFT MEMBER CHANGE",
                                      "RAFT MEMBER CHANGE n1=host1:7001 n2=host2:7001",
                                      "RAFT MEMBER CHANGE n1=host1,n2=host2:7001",
                                      "RAFT MEMBER CHANGE n1=host1:70011",
                                      "RAFT MEMBER CHANGE n1=host1:7002",
                                      "RAFT MEMBER REPLACE n3 n2 host2:7003"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(reply_begins(nodes_ask(&n, 0, 0, bad[i], LIMIT), "-ERR"));
    assert_string_equal(
        nodes_ask(&n, 0, 0, "RAFT MEMBER CHANGE n1=host1:7001,n4=host4:7001,n5=host5:7001", LIMIT),
        "+OK\r\n");
    const char *status = nodes_ask(&n, 0, 0, "RAFT STATUS", LIMIT);
    assert_null(strstr(status, "\"name\":\"n2\""));
    assert_null(strstr(status, "\"name\":\"n3\""));
    nodes_crash(&n, 1, MEMVFS_KILL);
    nodes_crash(&n, 2, MEMVFS_KILL);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k w", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 4, 0, "GET k", LIMIT), "$1\r\nw\r\n");
    /* Already so. */
    assert_string_equal(
        nodes_ask(&n, 0, 0, "RAFT MEMBER CHANGE n5=host5:7001,n1=host1:7001,n4=host4:7001", LIMIT),
        "+OK\r\n");
    nodes_done(&n);
}

static uint64_t config_index(struct nodes *n, unsigned i)
{
    static const char key[] = "\"config_index\":";
    unsigned long long index = 0;
    const char *at = strstr(nodes_ask(n, i, 7, "RAFT STATUS", LIMIT), key);
    assert_non_null(at);
    assert_int_equal(sscanf(at + sizeof(key) - 1, "%llu", &index), 1);
    return index;
}

static void made_for_another_configuration(void **state)
{
    struct nodes n;
    char words[96];
    (void)state;
    nodes_open_three(&n, 23);
    nodes_run(&n, NS_PER_S); /* disks are written down meanwhile */
    unsigned long long index = config_index(&n, 0);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER DEMOTE n3 EXPECT %llu", index - 1);
    assert_true(reply_begins(nodes_ask(&n, 0, 0, words, LIMIT), "-CONFLICT"));
    (void)snprintf(words, sizeof(words), "RAFT MEMBER DEMOTE n3 EXPECT %llu", index);
    assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, words, LIMIT), "-CONFLICT"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER DEMOTE n3 EXPECT x", LIMIT), "-ERR"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER DEMOTE n3 EXPECT", LIMIT), "-ERR"));
    nodes_done(&n);
}

static void a_newcomer_that_stands_still(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_one(&n, 24);
    uint64_t before = n.now_ns;
    assert_true(
        reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n9 host9:7001", LIMIT),
                     "-NOPROGRESS given up after 5s: n9 is a learner now, and has not answered at "
                     "host9:7001: start raftd there with --name n9 --join host1:7001"));
    assert_true(n.now_ns - before >= 5 * NS_PER_S && n.now_ns - before < 10 * NS_PER_S);
    assert_true(status_has(&n, 0, "\"name\":\"n9\""));
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k w", LIMIT), "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER PROMOTE n9", LIMIT), "-NOTCAUGHTUP"));
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n9", LIMIT), "+OK\r\n");
    nodes_done(&n);
}

/* Whoever waits longer is waited with; without him as usual. What was given up is told to those who
 * look later. */
static void a_newcomer_is_waited_for(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_one(&n, 24);
    nodes_say(&n, 0, 1, "RAFT MEMBER ADD n9 host9:7001 WITHIN 30000");
    nodes_run(&n, 29 * NS_PER_S);
    assert_int_equal(n.one[0].replies[1].len, 0);
    assert_true(status_has(&n, 0, "\"asked\":\"add n9 host9:7001\",\"phase\":\"catching-up\""));
    nodes_run(&n, 2 * NS_PER_S);
    assert_true(reply_begins(buf_str(&n.one[0].replies[1]), "-NOPROGRESS given up after 30s: n9 "));
    assert_false(status_has(&n, 0, "\"change\""));
    static const char told[] =
        "\"topic\":\"member\",\"text\":\"change of members not made: add n9 host9:7001: "
        "given up after 30s: n9 is a learner now, and has not answered";
    assert_non_null(strstr(nodes_ask(&n, 0, 0, "RAFT EVENTS COUNT 1", LIMIT), told));
    assert_non_null(
        strstr(buf_str(&n.one[0].said), "change of members not made: add n9 host9:7001: "));
    /* What did not begin does not end. */
    assert_true(reply_begins(
        nodes_ask(&n, 0, 2, "RAFT MEMBER PRIORITY n9 1 WITHIN 30000 EXPECT 9999", LIMIT),
        "-CONFLICT"));
    assert_non_null(strstr(nodes_ask(&n, 0, 0, "RAFT EVENTS COUNT 1", LIMIT), told));
    nodes_say(&n, 0, 3, "RAFT MEMBER ADD n9 host9:7001 WITHIN 30000");
    nodes_run(&n, NS_PER_S);
    assert_true(status_has(&n, 0, "\"change\""));
    node_on_client_gone(n.one[0].node, 4);
    nodes_run(&n, 5 * NS_PER_S);
    assert_false(status_has(&n, 0, "\"change\""));
    nodes_say(&n, 0, 4, "RAFT MEMBER ADD n9 host9:7001 WITHIN 30000");
    nodes_run(&n, NS_PER_S);
    node_on_client_ended(n.one[0].node, 5);
    nodes_run(&n, 5 * NS_PER_S);
    assert_false(status_has(&n, 0, "\"change\""));
    nodes_done(&n);
}

/* Where it was looked for somebody else lives. */
static void a_newcomer_that_is_another(void **state)
{
    struct nodes n;
    struct err e;
    (void)state;
    nodes_open_three(&n, 30);
    nodes_say(&n, 0, 1, "RAFT MEMBER ADD n9 host9:7001");
    nodes_run(&n, 100 * NS_PER_MS);
    struct peer_hello_reply other = {.refusal = PEER_ACCEPTED,
                                     .hello = node_hello(n.one[1].node, 0)};
    assert_true(node_check_hello_reply(n.one[0].node, node_id_of_name("n9"), &other, &e) < 0);
    nodes_run(&n, 10 * NS_PER_S);
    assert_true(reply_begins(
        buf_str(&n.one[0].replies[1]),
        "-NOPROGRESS given up after 5s: n9 is a learner now, and does not "
        "take part: n2 answers where n9 was expected; once that is mended, say the same again"));
    /* That was there. */
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n9", LIMIT), "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n9 host10:7001", 20 * NS_PER_S),
                             "-NOPROGRESS given up after 5s: n9 is a learner now, and has not "
                             "answered at host10:7001: "));
    nodes_done(&n);
}

/* Whoever mistypes hears it: nothing is added, and nothing is quietly left as it was. */
static void a_mistyped_addition(void **state)
{
    static const char *const bad[] = {"n2 host2:0", "n2 host2:70000", "n2 host2:x",
                                      "n2 host2",   "n2 host1:7001",  "n1 host9:7001"};
    struct nodes n;
    char words[96];
    (void)state;
    nodes_open_one(&n, 31);
    assert_int_equal(nodes_join(&n), 1);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD %s", bad[i]);
        assert_true(reply_begins(nodes_ask(&n, 0, 0, words, LIMIT), "-ERR"));
    }
    assert_false(status_has(&n, 0, "\"name\":\"n2\""));
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    const char *said = nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host9:7001", LIMIT);
    assert_non_null(strstr(said, "n2 is a member already, at host2:7001"));
    assert_non_null(
        strstr(nodes_ask(&n, 0, 0, "RAFT TRANSFER n1", LIMIT), "NOTARGET n1 leads already"));
    nodes_done(&n);
}

/* A link that takes longer than an election timeout, and always something new on the way. */
static void slow_round(struct nodes *n)
{
    n->held[0][1] = false;
    nodes_run(n, NS_PER_MS);
    n->held[0][1] = true;
    nodes_say(n, 0, 0, "INCR n");
    nodes_run(n, NS_PER_MS);
    n->held[1][0] = false;
    nodes_run(n, NS_PER_MS);
    n->held[1][0] = true;
    nodes_run(n, 200 * NS_PER_MS);
}

static void a_newcomer_that_is_too_slow(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_one(&n, 25);
    assert_int_equal(nodes_join(&n), 1);
    nodes_run(&n, NS_PER_S);
    buf_reset(&n.one[0].replies[1]);
    nodes_say(&n, 0, 1, "RAFT MEMBER ADD n2 host2:7001");
    n.held[0][1] = n.held[1][0] = true;
    unsigned rounds = 0;
    for (; rounds < 30 && n.one[0].replies[1].len == 0; rounds++)
        slow_round(&n);
    assert_true(reply_begins(buf_str(&n.one[0].replies[1]), "-TOOSLOW"));
    assert_in_range(rounds, 10, 13);
    /* It is a learner; asked again it is given as much time again, and makes it now. */
    n.held[0][1] = n.held[1][0] = false;
    assert_string_equal(nodes_ask(&n, 0, 1, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    nodes_done(&n);
}

static void no_more_members_than_fit(void **state)
{
    struct nodes n;
    char words[64];
    (void)state;
    nodes_open_one(&n, 26);
    for (unsigned i = 2; i <= LIMIT_MEMBERS; i++) {
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD x%u h:%u LEARNER", i, i + 1);
        assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
    }
    assert_true(
        reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD y h:999 LEARNER", LIMIT), "-TOOMANY"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER CHANGE n1=host1:7001,y=h:2", LIMIT),
                             "-TOOMANY"));
    nodes_done(&n);
}

static void the_higher_priority_leads(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 27);
    static const char *const bad[] = {"RAFT MEMBER PRIORITY n2", "RAFT MEMBER PRIORITY n2 256",
                                      "RAFT MEMBER PRIORITY n2 -1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(reply_begins(nodes_ask(&n, 0, 0, bad[i], LIMIT), "-ERR"));
    static const char *const nobody[] = {"RAFT MEMBER PRIORITY n9 1",    "RAFT MEMBER PROMOTE n9",
                                         "RAFT MEMBER DEMOTE n9",        "RAFT MEMBER REMOVE n9",
                                         "RAFT MEMBER DRYRUN REMOVE n9", "RAFT TRANSFER n9"};
    for (size_t i = 0; i < ARRAY_LEN(nobody); i++)
        assert_true(reply_begins(nodes_ask(&n, 0, 0, nobody[i], LIMIT),
                                 "-NOSUCHMEMBER there is no member named n9\r\n"));
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER PRIORITY n2 200", LIMIT), "+OK\r\n");
    assert_true(status_has(&n, 0, "\"priority\":200"));
    nodes_run(&n, 5 * NS_PER_S);
    assert_int_equal(nodes_leader(&n, LIMIT), 1);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k w", LIMIT), "+OK\r\n");
    nodes_done(&n);
}

/* Two with data and a witness: one of the two may go, and nothing is lost. */
static void a_witness_counts_and_holds_nothing(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_one(&n, 28);
    assert_int_equal(nodes_join(&n), 1);
    assert_int_equal(nodes_join(&n), 2);
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n3 host3:7001 WITNESS", LIMIT),
                             "-LASTVOTER"));
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n3 host3:7001 WITNESS", LIMIT),
                        "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n3 host3:7001", LIMIT), "-ERR"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER DEMOTE n2", LIMIT), "-LASTVOTER"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT TRANSFER n3", LIMIT), "-NOTARGET"));
    nodes_crash(&n, 1, MEMVFS_CUT_LOSE);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k w", LIMIT), "+OK\r\n");
    assert_true(reply_begins(nodes_ask(&n, 2, 0, "GET k", LIMIT), "-NOTDATA"));
    assert_string_equal(nodes_ask(&n, 2, 0, "SET k x", LIMIT), "+OK\r\n"); /* forwarded */
    nodes_run(&n, NS_PER_S);
    assert_true(status_has(&n, 2, "\"keys\":0"));
    assert_int_equal(node_applied(n.one[2].node), node_applied(n.one[0].node));
    /* What only the leader and the witness have waits for the leader. */
    nodes_crash(&n, 0, MEMVFS_CUT_LOSE);
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 1, &e), 0);
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    assert_int_equal(nodes_leader(&n, 5 * NS_PER_S), -1);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_string_equal(nodes_ask(&n, 1, 0, "GET k", LIMIT), "$1\r\nx\r\n");
    nodes_done(&n);
}

static void small_logs(struct node_options *o)
{
    o->snapshot_every = 20;
    o->snapshot_trailing = 4;
}

static void a_witness_stays_one(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 1, 29, small_logs);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(nodes_join(&n), i);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n3 host3:7001 WITNESS", LIMIT),
                        "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "SET k v", LIMIT), "+OK\r\n");
    /* An image of its own, which holds nothing, and a log behind it without any command. */
    for (unsigned i = 0; i < 8; i++) {
        char words[48];
        (void)snprintf(words, sizeof(words), "RAFT MEMBER PRIORITY n2 %u", 90 + i);
        assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
    }
    nodes_run(&n, NS_PER_S);
    assert_true(reply_begins(nodes_ask(&n, 2, 0, "RAFT SNAPSHOT", LIMIT), "$"));
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    assert_true(reply_begins(nodes_ask(&n, 2, 0, "GET k", LIMIT), "-NOTDATA"));
    assert_int_equal(n.one[2].fatal, 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n3", LIMIT), "+OK\r\n");
    nodes_run(&n, 5 * NS_PER_S);
    assert_int_equal(n.one[2].fatal, 0);
    /* Without it the log has holes that nothing could fill: it does not go on as if it had not. */
    nodes_say(&n, 0, 0, "RAFT MEMBER ADD n3 host3:7001");
    nodes_run(&n, 3 * NS_PER_S);
    assert_int_equal(n.one[2].fatal, NODE_EXIT_CONFIG);
    assert_non_null(strstr(n.one[2].fatal_text, "witness"));
    nodes_done(&n);
}

/* The log of the others begins long after its own: it is sent their image, and answers no more for
 * having the state of then. */
static void a_witness_that_needs_an_image(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 2, 33, small_logs);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_int_equal(nodes_join(&n), 2);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(nodes_ask(&n, l, 0, "INCR n", LIMIT)[0], ':');
    assert_string_equal(nodes_ask(&n, l, 0, "RAFT MEMBER ADD n3 host3:7001 WITNESS", LIMIT),
                        "+OK\r\n");
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(nodes_ask(&n, l, 0, "INCR n", LIMIT)[0], ':');
    nodes_run(&n, NS_PER_S);
    assert_true(reply_begins(nodes_ask(&n, 2, 0, "GET n", LIMIT), "-NOTDATA"));
    assert_non_null(strstr(buf_str(&n.one[2].trace), "snapshotInstalled"));
    assert_non_null(strstr(nodes_ask(&n, 2, 0, "RAFT STATUS", LIMIT), "\"keys\":0"));
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_crash(&n, 1 - l, MEMVFS_CUT_LOSE);
    assert_string_equal(nodes_ask(&n, l, 0, "INCR n", LIMIT), ":201\r\n");
    assert_true(reply_begins(nodes_ask(&n, 2, 0, "GET n", LIMIT), "-NOTDATA"));
    assert_int_equal(node_applied(n.one[2].node), node_applied(n.one[l].node));
    nodes_done(&n);
}

static void leaders_step_down(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 30);
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT STEPDOWN NOW", LIMIT), "-ERR"));
    assert_true(reply_begins(nodes_ask(&n, 1, 0, "RAFT STEPDOWN", LIMIT), "-NOTLEADER"));
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT STEPDOWN", LIMIT), "$2"));
    int leader = nodes_leader(&n, LIMIT);
    assert_int_not_equal(leader, 0);
    /* Nobody can take over. */
    for (unsigned i = 0; i < 3; i++) {
        if (i != (unsigned)leader)
            nodes_crash(&n, i, MEMVFS_KILL);
    }
    nodes_run(&n, 200 * NS_PER_MS);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(
            nodes_ask(&n, (unsigned)leader, 0, i == 0 ? "RAFT STEPDOWN" : "RAFT TRANSFER", LIMIT),
            "-NOTARGET nobody can take over: no other voter is ready: heard lately, with data, and "
            "not fetching a snapshot\r\n");
    assert_string_equal(nodes_ask(&n, (unsigned)leader, 0, "RAFT STEPDOWN FORCE", LIMIT),
                        "+OK\r\n");
    assert_true(status_has(&n, (unsigned)leader, "\"role\":\"follower\""));
    nodes_done(&n);
}

static void many_wait_for_one_transfer(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 31);
    n.held[0][1] = true;
    for (unsigned c = 0; c < 4; c++)
        buf_reset(&n.one[0].replies[c]);
    nodes_say(&n, 0, 0, "RAFT TRANSFER n2");
    nodes_say(&n, 0, 1, "RAFT TRANSFER n2");
    nodes_say(&n, 0, 2, "RAFT TRANSFER n3");
    nodes_say(&n, 0, 3, "RAFT STEPDOWN");
    nodes_run(&n, 10 * NS_PER_MS);
    assert_true(reply_begins(buf_str(&n.one[0].replies[2]), "-INPROGRESS"));
    assert_true(reply_begins(buf_str(&n.one[0].replies[3]), "-INPROGRESS"));
    assert_int_equal(n.one[0].replies[0].len + n.one[0].replies[1].len, 0);
    n.held[0][1] = false;
    nodes_run(&n, NS_PER_S);
    assert_string_equal(buf_str(&n.one[0].replies[0]), "$2\r\nn2\r\n");
    assert_string_equal(buf_str(&n.one[0].replies[1]), "$2\r\nn2\r\n");
    nodes_done(&n);
}

/* The disk of the leader stops: another leads before it is noticed by clients, and the node comes
 * back as a follower when its disk does. */
static void a_leader_with_a_stuck_disk_goes(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 32);
    n.stalled[0] = true;
    assert_string_equal(nodes_ask(&n, 1, 0, "SET k w", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    int leader = nodes_leader(&n, LIMIT);
    assert_true(leader == 1 || leader == 2);
    assert_string_equal(nodes_ask(&n, (unsigned)leader, 0, "SET k x", LIMIT), "+OK\r\n");
    n.stalled[0] = false;
    assert_string_equal(nodes_ask(&n, 0, 0, "GET k", LIMIT), "$1\r\nx\r\n");
    nodes_done(&n);
}

/* A connection is in the midst of being made when this is said: whom to dial is told afterwards. */
static void a_visitor_is_dialed_elsewhere_when_its_greeting_is_over(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 9);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    struct nodes_one *one = &n.one[0];
    struct peer_hello_reply reply = {.hello = node_hello(n.one[1].node, node_id_of_name("n1"))};
    reply.hello.from = node_id_of_name("n9");
    reply.hello.disk_id = 9;
    (void)snprintf(reply.hello.name, sizeof(reply.hello.name), "n9");
    for (unsigned i = 0; i < 2; i++) { /* it comes, and comes again from elsewhere */
        size_t before = one->dials_count;
        char was[sizeof(one->dials[0].address)];
        memcpy(was, one->dials[before - 1].address, sizeof(was));
        (void)snprintf(reply.hello.address, sizeof(reply.hello.address), "host%u:7009", i);
        reply.hello.incarnation = i + 1;
        assert_int_equal(node_check_hello_reply(one->node, reply.hello.from, &reply, &e), 0);
        assert_int_equal(one->dials_count, before);
        assert_string_equal(one->dials[before - 1].address, was);
        nodes_run(&n, NS_PER_MS);
        assert_int_equal(one->dials_count, 3);
        assert_string_equal(one->dials[2].address, reply.hello.address);
    }
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_replaced),
        cmocka_unit_test(a_replacement_that_leaves_meanwhile),
        cmocka_unit_test(a_change_under_way),
        cmocka_unit_test(all_voters_change_at_once),
        cmocka_unit_test(made_for_another_configuration),
        cmocka_unit_test(a_newcomer_that_stands_still),
        cmocka_unit_test(a_newcomer_is_waited_for),
        cmocka_unit_test(a_newcomer_that_is_another),
        cmocka_unit_test(a_mistyped_addition),
        cmocka_unit_test(a_newcomer_that_is_too_slow),
        cmocka_unit_test(no_more_members_than_fit),
        cmocka_unit_test(the_higher_priority_leads),
        cmocka_unit_test(a_witness_counts_and_holds_nothing),
        cmocka_unit_test(a_witness_stays_one),
        cmocka_unit_test(a_witness_that_needs_an_image),
        cmocka_unit_test(leaders_step_down),
        cmocka_unit_test(many_wait_for_one_transfer),
        cmocka_unit_test(a_visitor_is_dialed_elsewhere_when_its_greeting_is_over),
        cmocka_unit_test(a_leader_with_a_stuck_disk_goes),
    };
    return cmocka_run_group_tests_name("node_members", tests, NULL, NULL);
}
