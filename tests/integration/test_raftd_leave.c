/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals that let a real process leave its cluster, or hand over, before it ends; and removals
 * that end one. */
#include "tests/support/cluster.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Patient, so that a busy machine alone holds no election. */
#define PATIENT   "--election-timeout 1s..2s --heartbeat 100ms --leave-timeout 15s "
#define LEAVES    PATIENT "--on-sigterm leave"
#define TRANSFERS PATIENT "--on-sigterm transfer"

static const char *raftd;
static struct cluster cluster;

static int setup_of(unsigned count)
{
    cluster_init(&cluster, raftd, count);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    return setup_of(3);
}

static int setup_five(void **state)
{
    (void)state;
    return setup_of(5);
}

static int teardown(void **state)
{
    (void)state;
    cluster_free(&cluster);
    return 0;
}

/* What node i answers, in words; reconnects each time. Borrowed until the next. */
static const char *say(unsigned i, const char *words)
{
    static char reply[8192];
    struct ask a;
    (void)snprintf(reply, sizeof(reply), "!closed");
    if (cluster.nodes[i].pid == 0 || !ask_connect_path(&a, cluster.nodes[i].admin_socket))
        return reply;
    (void)snprintf(reply, sizeof(reply), "%s", ask(&a, "%s", words));
    ask_close(&a);
    return reply;
}

struct wanted {
    unsigned node;
    const char *words;
    const char *begin; /* of the reply */
};

static bool answers(void *arg)
{
    const struct wanted *w = arg;
    return strncmp(say(w->node, w->words), w->begin, strlen(w->begin)) == 0;
}

static void until(unsigned i, const char *words, const char *begin)
{
    struct wanted w = {i, words, begin};
    wait_until(words, answers, &w, 20000);
}

static bool has(void *arg)
{
    const struct wanted *w = arg;
    return strstr(say(w->node, w->words), w->begin) != NULL;
}

static void until_has(unsigned i, const char *words, const char *part)
{
    struct wanted w = {i, words, part};
    wait_until(part, has, &w, 20000);
}

static unsigned start(const char *options)
{
    cluster_start_all(&cluster, options);
    unsigned leader = cluster_leader(&cluster, -1);
    for (unsigned i = 0; i < cluster.count; i++)
        until(i, "SET k v", "+OK");
    return leader;
}

static void a_follower_leaves_and_comes_back(void **state)
{
    char words[128];
    (void)state;
    unsigned leader = start(LEAVES), f = (leader + 1) % 3;
    cluster_signal(&cluster, f, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, f), 0);
    assert_true(cluster_log_has(&cluster, f, "left the cluster: its removal is committed"));
    assert_string_equal(say(leader, "SET k w"), "+OK");
    char name[32];
    (void)snprintf(name, sizeof(name), "\"name\":\"%s\"", cluster.nodes[f].name);
    assert_null(strstr(say(leader, "RAFT STATUS"), name));
    cluster_start(&cluster, f, LEAVES);
    cluster_wait_log(&cluster, f, "an outsider until raftctl member add");
    /* A leader that has not yet heard it knows of its removal may still be followed for a while,
     * and a write forwarded to it takes effect. */
    until(f, "SET other x", "-NOTMEMBER");
    (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD %s 127.0.0.1:%u", cluster.nodes[f].name,
                   cluster.nodes[f].peer_port);
    until(cluster_leader(&cluster, -1), words, "+OK");
    until(f, "GET k", "$w");
    assert_true(cluster_log_has(&cluster, f, "a member of the cluster again"));
}

/* ---- under load ---- */

struct load {
    unsigned node; /* asked: another than the one that leaves */
    unsigned long long acknowledged;
    unsigned writes;
    unsigned enough;
};

/* One write, acknowledged or not. */
static bool counts_on(void *arg)
{
    struct load *l = arg;
    const char *reply = say(l->node, "INCR n");
    l->writes++;
    if (*reply == ':')
        l->acknowledged = strtoull(reply + 1, NULL, 10);
    return l->acknowledged >= l->enough;
}

/* SIGTERM to the leader in the middle of writes: none that was acknowledged is lost. */
static void a_leader_leaves_under_load(void **state)
{
    (void)state;
    unsigned leader = start(LEAVES);
    struct load load = {.node = (leader + 1) % 3, .enough = 100};
    wait_until("writes", counts_on, &load, 20000);
    cluster_signal(&cluster, leader, SIGTERM);
    load.enough = 300;
    wait_until("more writes", counts_on, &load, 20000);
    assert_int_equal(cluster_wait_exit(&cluster, leader), 0);
    assert_true(cluster_log_has(&cluster, leader, "left the cluster"));
    unsigned next = cluster_leader(&cluster, (int)leader);
    const char *reply = say(next, "INCR n");
    assert_int_equal(*reply, ':');
    unsigned long long last = strtoull(reply + 1, NULL, 10);
    print_message("%llu acknowledged, %u asked for, %llu at the end\n", load.acknowledged,
                  load.writes, last);
    assert_true(last > load.acknowledged && last <= load.writes + 1);
}

/* SIGTERM to all five within milliseconds: who is still a member elects when it is started again,
 * and what was written is there. */
static void all_leave_at_once(void **state)
{
    unsigned left = 0, stayed = 0;
    bool member[5];
    (void)state;
    (void)start(LEAVES);
    for (unsigned i = 0; i < 5; i++)
        cluster_signal(&cluster, i, SIGTERM);
    for (unsigned i = 0; i < 5; i++) {
        int code = cluster_wait_exit(&cluster, i);
        assert_true(code == 0 || code == 75);
        member[i] = !cluster_log_has(&cluster, i, "left the cluster: its removal is committed");
        left += !member[i];
        stayed += cluster_log_has(&cluster, i, "still a member: ");
    }
    print_message("%u left, %u were told that they stay\n", left, stayed);
    assert_true(left <= 2 && left + stayed <= 5);
    unsigned some = 5;
    for (unsigned i = 0; i < 5; i++) {
        if (member[i])
            cluster_start(&cluster, i, LEAVES);
        some = member[i] ? i : some;
    }
    until(some, "SET after all", "+OK");
    until(some, "GET k", "$v");
    for (unsigned i = 0; i < 5; i++) { /* those that left disturb nobody */
        if (!member[i])
            cluster_start(&cluster, i, LEAVES);
    }
    until(some, "GET after", "$all");
}

/* ---- ends that are none ---- */

static void the_last_voter_stops_as_one(void **state)
{
    (void)state;
    cluster.count = 1;
    (void)snprintf(cluster.founders, sizeof(cluster.founders), "n1=127.0.0.1:%u",
                   cluster.nodes[0].peer_port);
    (void)start(LEAVES);
    assert_int_equal(strncmp(say(0, "RAFT LEAVE"), "-LASTVOTER", 10), 0);
    cluster_signal(&cluster, 0, SIGINT);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
    assert_true(cluster_log_has(&cluster, 0, "still a member: LASTVOTER"));
    cluster_start(&cluster, 0, LEAVES);
    until(0, "GET k", "$v");
}

/* Without the others nothing is confirmed: 75 in time, or at once with a second signal. */
static void alone_it_is_not_confirmed(void **state)
{
    (void)state;
    unsigned leader = start("--on-sigterm leave --leave-timeout 1500ms"), f = (leader + 1) % 3;
    cluster_signal(&cluster, (leader + 2) % 3, SIGKILL);
    cluster_signal(&cluster, leader, SIGKILL);
    cluster_signal(&cluster, f, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, f), 75);
    assert_true(cluster_log_has(&cluster, f, "outcome unknown"));
    cluster_start(&cluster, f, "--on-sigterm leave --leave-timeout 1h");
    until(f, "PING", "+PONG");
    cluster_signal(&cluster, f, SIGTERM);
    until_has(f, "RAFT STATUS", "\"leaving\":true"); /* the admin socket stays open */
    struct ask guest;
    assert_false(ask_connect(&guest, cluster.nodes[f].client_port));
    cluster_signal(&cluster, f, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, f), 75);
    assert_true(cluster_log_has(&cluster, f, "SIGTERM again: stopping at once"));
}

static void a_leader_hands_over_before_it_stops(void **state)
{
    (void)state;
    unsigned leader = start(TRANSFERS);
    cluster_signal(&cluster, leader, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, leader), 0);
    assert_true(cluster_log_has(&cluster, leader, " leads now"));
    (void)cluster_leader(&cluster, (int)leader);
    cluster_start(&cluster, leader, TRANSFERS);
    until(leader, "SET k w", "+OK"); /* a member as before */
}

/* ---- by word of others ---- */

static void commands_end_a_node(void **state)
{
    char words[64];
    (void)state;
    unsigned leader = start(PATIENT), f = (leader + 1) % 5, g = (leader + 2) % 5;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s SHUTDOWN", cluster.nodes[f].name);
    until(leader, words, "+OK");
    assert_int_equal(cluster_wait_exit(&cluster, f), 86);
    assert_true(cluster_log_has(&cluster, f, "removed from the cluster: stops"));
    until(g, "RAFT LEAVE", "+OK");
    assert_int_equal(cluster_wait_exit(&cluster, g), 0);
    until(leader, "SET k w", "+OK");
}

static void a_node_may_want_to_end_when_removed(void **state)
{
    char words[64];
    (void)state;
    unsigned leader = start(PATIENT "--shutdown-on-remove on"), f = (leader + 1) % 3;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s", cluster.nodes[f].name);
    until(leader, words, "+OK");
    assert_int_equal(cluster_wait_exit(&cluster, f), 86);
    cluster_start(&cluster, f, PATIENT "--shutdown-on-remove on"); /* waits to be added again */
    cluster_wait_log(&cluster, f, "an outsider until raftctl member add");
    until(f, "PING", "+PONG");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FIVE(name) cmocka_unit_test_setup_teardown(name, setup_five, teardown)

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s RAFTD\n", argv[0]);
        return 64;
    }
    raftd = argv[1];
    const struct CMUnitTest tests[] = {
        CASE(a_follower_leaves_and_comes_back),
        CASE(a_leader_leaves_under_load),
        FIVE(all_leave_at_once),
        CASE(the_last_voter_stops_as_one),
        CASE(alone_it_is_not_confirmed),
        CASE(a_leader_hands_over_before_it_stops),
        FIVE(commands_end_a_node),
        CASE(a_node_may_want_to_end_when_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
