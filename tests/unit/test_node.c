/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole nodes in one process: clients, forwarding, crashes. */
#include "base/prng.h"
#include "base/units.h"
#include "tests/support/nodes.h"
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

/* R-MEMB-26 */
static void founds_and_serves(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 1);
    int leader = nodes_leader(&n, LIMIT);
    assert_true(leader >= 0);
    unsigned l = (unsigned)leader, f = (l + 1) % 3;
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, l, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    /* A follower forwards writes and serves linearizable reads itself. */
    assert_string_equal(nodes_ask(&n, f, 0, "SET k w", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 1, "GET k", LIMIT), "$1\r\nw\r\n");
    assert_string_equal(nodes_ask(&n, l, 1, "INCR n", LIMIT), ":1\r\n");
    assert_string_equal(nodes_ask(&n, f, 1, "INCR n", LIMIT), ":2\r\n");
    assert_string_equal(nodes_ask(&n, f, 1, "CAS k x y", LIMIT), "*2\r\n:0\r\n$1\r\nw\r\n");
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(node_digest(n.one[0].node), node_digest(n.one[i].node));
    nodes_close(&n);
}

static void single_voter(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 1, 3);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "APPEND k ab", LIMIT), ":2\r\n");
    nodes_crash(&n, 0, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "GET k", LIMIT), "$2\r\nab\r\n");
    nodes_close(&n);
}

/* R-CLI-5, R-CLI-6, R-CLI-12 */
static void no_leader_is_said(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 4);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    for (unsigned i = 0; i < 3; i++) {
        if (i != l)
            nodes_crash(&n, i, MEMVFS_KILL);
    }
    /* Appended while it still leads: fate unknown, and said so by the deadline. */
    assert_true(strncmp(nodes_ask(&n, l, 0, "SET k v", LIMIT), "-UNKNOWN", 8) == 0);
    /* By now it has stepped down: refused, safe to retry. */
    assert_true(strncmp(nodes_ask(&n, l, 0, "SET k v", LIMIT), "-NOLEADER", 9) == 0);
    assert_true(strncmp(nodes_ask(&n, l, 0, "GET k", LIMIT), "-NOLEADER", 9) == 0);
    assert_non_null(strstr(nodes_ask(&n, l, 0, "RAFT STATUS", LIMIT), "\"leader\":null"));
    nodes_close(&n);
}

static void wrong_directory_is_refused(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 2, 5);
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_crash(&n, 0, MEMVFS_KILL);
    nodes_crash(&n, 1, MEMVFS_KILL);
    struct memvfs *disk = n.one[0].disk;
    n.one[0].disk = n.one[1].disk;
    assert_int_equal(nodes_start(&n, 0, &e), -E_MISMATCH);
    n.one[0].disk = disk;
    n.founders = 1; /* another bootstrap list */
    assert_int_equal(nodes_start(&n, 0, &e), -E_MISMATCH);
    n.founders = 2;
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    nodes_close(&n);
}

static void sessions_said_wrongly(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 10);
    unsigned f = ((unsigned)nodes_leader(&n, LIMIT) + 1) % 3;
    static const char *const bad[] = {"RAFT SESSION",
                                      "RAFT SESSION OPEN x",
                                      "RAFT SESSION OPEN 2999", /* R-TIME-1 */
                                      "RAFT SESSION CLOSE 0",
                                      "RAFT SESSION WRITE 1 1 2 INCR n",
                                      "RAFT SESSION WRITE 1 1 1 GET n",
                                      "RAFT SESSION WRITE 1 1 1 INCR",
                                      "RAFT SESSION WRITE 1 1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(strncmp(nodes_ask(&n, f, 0, bad[i], LIMIT), "-ERR", 4) == 0);
    nodes_close(&n);
}

static void leadership_is_handed_over(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 7);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    char words[64], wanted[32];
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER %s", n.one[f].name);
    (void)snprintf(wanted, sizeof(wanted), "$2\r\n%s\r\n", n.one[f].name);
    assert_true(strncmp(nodes_ask(&n, f, 0, words, LIMIT), "-NOTLEADER", 10) == 0);
    assert_true(strncmp(nodes_ask(&n, l, 0, "RAFT TRANSFER n9", LIMIT), "-NOSUCHMEMBER", 13) == 0);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), wanted);
    assert_int_equal(nodes_leader(&n, LIMIT), f);
    assert_string_equal(nodes_ask(&n, l, 1, "SET k w", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, f, 1, "GET k", LIMIT), "$1\r\nw\r\n");
    /* To whom it does not matter: the best. */
    assert_true(nodes_ask(&n, f, 2, "RAFT TRANSFER", LIMIT)[0] == '$');
    assert_int_not_equal(nodes_leader(&n, LIMIT), f);
    nodes_close(&n);
}

static void transfer_to_a_dead_node_ends(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 8);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    char words[64];
    nodes_run(&n, NS_PER_S);
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER %s", n.one[f].name);
    n.cut[l][f] = n.cut[f][l] = true; /* it was heard just now: the transfer begins */
    assert_true(strncmp(nodes_ask(&n, l, 0, words, LIMIT * 2), "-TIMEOUT", 8) == 0);
    /* Proposals are taken again, by the same leader. */
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_close(&n);
}

/* R-MEMB-27 */
static void grows_and_shrinks(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 1, 9);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    for (unsigned i = 0; i < 50; i++)
        assert_string_equal(nodes_ask(&n, 0, 0, "APPEND k x", LIMIT)[0] == ':' ? "" : "no", "");
    /* One node becomes three; each newcomer is a learner until it has caught up. */
    for (unsigned i = 1; i < 3; i++) {
        char words[64];
        assert_int_equal(nodes_join(&n), i);
        (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", i + 1, i + 1);
        nodes_settle(&n); /* its core starts */
        assert_true(strncmp(nodes_ask(&n, i, 0, words, LIMIT), "-NOTMEMBER", 10) == 0);
        assert_string_equal(nodes_ask(&n, 0, 0, words, LIMIT), "+OK\r\n");
    }
    assert_string_equal(nodes_ask(&n, 2, 0, "STRLEN k", LIMIT), ":50\r\n");
    /* It counts: with two of three nothing is lost and things go on. */
    nodes_crash(&n, 1, MEMVFS_CUT_LOSE);
    assert_string_equal(nodes_ask(&n, 0, 0, "APPEND k x", LIMIT), ":51\r\n");
    nodes_run(&n, NS_PER_S);
    assert_true(strncmp(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n3", LIMIT), "-QUORUMGUARD", 12) ==
                0);
    assert_int_equal(nodes_start(&n, 1, &e), 0);
    nodes_run(&n, NS_PER_S);
    /* The leader removes itself: the others go on without it. */
    int leader = nodes_leader(&n, LIMIT);
    assert_true(leader >= 0);
    char words[64];
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%d", leader + 1);
    assert_string_equal(nodes_ask(&n, (unsigned)leader, 0, words, LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    int heir = nodes_leader(&n, LIMIT);
    assert_true(heir >= 0 && heir != leader);
    assert_string_equal(nodes_ask(&n, (unsigned)heir, 0, "APPEND k x", LIMIT), ":52\r\n");
    assert_non_null(strstr(nodes_ask(&n, (unsigned)leader, 0, "APPEND k x", LIMIT), "NOTMEMBER"));
    /* Down to one again, and not further. */
    unsigned other = 3 - (unsigned)heir - (unsigned)leader;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER DEMOTE n%u", other + 1);
    assert_string_equal(nodes_ask(&n, (unsigned)heir, 0, words, LIMIT), "+OK\r\n");
    (void)snprintf(words, sizeof(words), "RAFT MEMBER DEMOTE n%u", (unsigned)heir + 1);
    assert_true(strncmp(nodes_ask(&n, (unsigned)heir, 0, words, LIMIT), "-LASTVOTER", 10) == 0);
    nodes_crash(&n, other, MEMVFS_KILL);
    assert_string_equal(nodes_ask(&n, (unsigned)heir, 0, "APPEND k x", LIMIT), ":53\r\n");
    nodes_close(&n);
}

/* R-MEMB-3: the change of a deposed leader gives way to another one at the very same index. */
static void a_change_gives_way_at_its_index(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 12);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = i != l;
    nodes_say(&n, l, 0, "SET k lost");
    nodes_settle(&n); /* where the other will have its first entry */
    nodes_say(&n, l, 1, "RAFT MEMBER ADD n4 host4:7001 LEARNER");
    nodes_run(&n, NS_PER_S);
    assert_non_null(strstr(nodes_ask(&n, l, 2, "RAFT STATUS", LIMIT), "host4:7001"));
    assert_non_null(strstr(nodes_ask(&n, l, 2, "RAFT MEMBERS", LIMIT), "\"committed\":false"));
    unsigned next = (unsigned)nodes_leader(&n, LIMIT);
    assert_int_not_equal(next, l);
    assert_string_equal(nodes_ask(&n, next, 0, "RAFT MEMBER ADD n5 host5:7001 LEARNER", LIMIT),
                        "+OK\r\n");
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = false;
    nodes_run(&n, NS_PER_S);
    const char *status = nodes_ask(&n, l, 2, "RAFT STATUS", LIMIT);
    assert_non_null(strstr(status, "host5:7001"));
    assert_null(strstr(status, "host4:7001"));
    const char *members = nodes_ask(&n, l, 2, "RAFT MEMBERS", LIMIT);
    assert_non_null(strstr(members, "\"committed\":true,\"joint\":false,\"members\":["));
    assert_non_null(strstr(members, "host5:7001"));
    nodes_close(&n);
}

/* Counts what INCR acknowledged; power cuts of all nodes at random moments must never lose one.
 * Each client's last answer is a lower bound for what the counter must show afterwards. */
static void crash_round(struct nodes *n, struct prng *random, uint64_t *acknowledged,
                        uint64_t *attempted)
{
    int leader = nodes_leader(n, LIMIT);
    assert_true(leader >= 0);
    uint64_t writes = prng_between(random, 1, 40);
    for (uint64_t w = 0; w < writes; w++) {
        unsigned at = (unsigned)prng_below(random, n->count);
        if (n->one[at].node == NULL)
            continue;
        buf_reset(&n->one[at].replies[0]);
        nodes_say(n, at, 0, "INCR n");
        (*attempted)++;
        if (prng_chance(random, 0.7))
            nodes_run(n, prng_between(random, 1, 8) * NS_PER_MS);
        const char *reply = buf_str(&n->one[at].replies[0]);
        unsigned long long value;
        if (sscanf(reply, ":%llu", &value) == 1 && value > *acknowledged)
            *acknowledged = value;
    }
    for (unsigned i = 0; i < n->count; i++) {
        if (prng_chance(random, 0.6))
            nodes_crash(n, i, prng_chance(random, 0.5) ? MEMVFS_CUT_LOSE : MEMVFS_CUT_RANDOM);
    }
    if (prng_chance(random, 0.5))
        nodes_run(n, prng_between(random, 1, 500) * NS_PER_MS);
    for (unsigned i = 0; i < n->count; i++) {
        struct err e = {0};
        int code = n->one[i].node == NULL ? nodes_start(n, i, &e) : 0;
        if (code < 0)
            fail_msg("n%u does not start: %s", i + 1, e.text);
    }
}

static void acknowledged_survives(uint64_t seed)
{
    struct nodes n;
    struct prng random = prng_named(seed, "crashes");
    uint64_t acknowledged = 0, attempted = 0;
    nodes_open(&n, seed % 2 == 0 ? 3 : 5, seed * 100);
    for (unsigned round = 0; round < 12; round++)
        crash_round(&n, &random, &acknowledged, &attempted);
    int leader = nodes_leader(&n, LIMIT);
    assert_true(leader >= 0);
    unsigned long long value = 0;
    const char *reply = nodes_ask(&n, (unsigned)leader, 1, "INCR n", LIMIT);
    if (sscanf(reply, ":%llu", &value) != 1)
        fail_msg("seed %llu: %s", (unsigned long long)seed, reply);
    if (value <= acknowledged || value > attempted + 1)
        fail_msg("seed %llu: %llu acknowledged, %llu attempted, now %llu", (unsigned long long)seed,
                 (unsigned long long)acknowledged, (unsigned long long)attempted, value);
    assert_true(acknowledged > 0);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < n.count; i++) {
        assert_int_equal(n.one[i].fatal, 0);
        assert_int_equal(node_digest(n.one[i].node), node_digest(n.one[0].node));
    }
    nodes_close(&n);
}

/* R-CLI-5, R-REPL-11 */
static void power_cuts_lose_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        acknowledged_survives(seed);
}

/* Writes of 32 KiB through node i until the log of node `full`, whose disk takes nothing any more,
 * has no room left: its segments are prepared ahead. */
static void fill(struct nodes *n, unsigned i, unsigned full)
{
    static char words[32 * 1024];
    memvfs_set_capacity(n->one[full].disk, memvfs_used(n->one[full].disk, NULL));
    memset(words, 'x', sizeof(words) - 1);
    for (unsigned k = 0; k < 40; k++) {
        int len = snprintf(words, sizeof(words), "SET k%u ", k);
        words[len] = 'x';
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

/* A follower with a full disk is asked again by the heartbeat, not at once: the cluster is idle. */
static void a_full_follower_is_left_in_peace(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 20);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    fill(&n, l, f);
    nodes_run(&n, NS_PER_S);
    assert_int_not_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    uint64_t frames = n.frames_sent;
    nodes_run(&n, NS_PER_S);
    /* 20 heartbeat intervals: two heartbeats and one append, and their answers. */
    assert_in_range(n.frames_sent - frames, 60, 130);
    memvfs_set_capacity(n.one[f].disk, 0);
    nodes_run(&n, 3 * NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    nodes_close(&n);
}

/* Hands node i the newest frame of the network. */
static void deliver_newest(struct nodes *n, unsigned i)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    const struct nodes_frame *f = n->first;
    while (f->next != NULL)
        f = f->next;
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, f->data, f->len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(node_on_frame(n->one[i].node, n->now_ns, &frame, &e), 0);
    frame_decoder_free(&decoder);
}

/* A host acts on a deadline that had passed before it read its sockets: it must see it although
 * what it has read since, a forwarded write, is to be done at once. R-STATE-9. */
static void a_write_hides_no_deadline(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 21);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    nodes_run(&n, 10 * NS_PER_MS);
    uint64_t due_ns = node_wake_at(n.one[l].node);
    assert_true(due_ns > n.now_ns);
    n.now_ns = due_ns + 20 * NS_PER_MS;
    nodes_say(&n, f, 0, "SET k v");
    node_pump(n.one[f].node, n.now_ns);
    deliver_newest(&n, l);
    assert_int_equal(node_wake_at(n.one[l].node), due_ns);
    node_on_timer(n.one[l].node, n.now_ns);
    assert_int_equal(node_wake_at(n.one[l].node), n.now_ns); /* the write */
    node_pump(n.one[l].node, n.now_ns);
    assert_true(node_wake_at(n.one[l].node) > n.now_ns);
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(founds_and_serves),
        cmocka_unit_test(single_voter),
        cmocka_unit_test(no_leader_is_said),
        cmocka_unit_test(wrong_directory_is_refused),
        cmocka_unit_test(power_cuts_lose_nothing),
        cmocka_unit_test(sessions_said_wrongly),
        cmocka_unit_test(leadership_is_handed_over),
        cmocka_unit_test(transfer_to_a_dead_node_ends),
        cmocka_unit_test(a_change_gives_way_at_its_index),
        cmocka_unit_test(grows_and_shrinks),
        cmocka_unit_test(a_full_follower_is_left_in_peace),
        cmocka_unit_test(a_write_hides_no_deadline),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
