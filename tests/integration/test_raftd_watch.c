/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WATCHKEY over real sockets: on every node, and for a client that does not read. */
#include "tests/support/cluster.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENT_MS 20000
#define PATIENT    "--election-timeout 1s..2s" /* no election because the machine is busy */

static const char *raftd;
static struct cluster cluster;
static struct ask a, w[3];

static int setup(void **state)
{
    (void)state;
    a.fd = w[0].fd = w[1].fd = w[2].fd = -1;
    cluster_init(&cluster, raftd, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ask_close(&a);
    for (unsigned i = 0; i < 3; i++)
        ask_close(&w[i]);
    cluster_free(&cluster);
    return 0;
}

static unsigned start(const char *extra)
{
    cluster_start_all(&cluster, extra);
    unsigned l = cluster_leader(&cluster, -1);
    assert_true(ask_connect(&a, cluster.nodes[l].client_port));
    assert_string_equal(ask(&a, "RAFT INDEXED ON"), "+OK");
    return l;
}

/* "[+OK :17]" → 17. */
static unsigned long long index_of(const char *reply)
{
    const char *at = strrchr(reply, ':');
    if (at == NULL)
        fail_msg("no index in %s", reply);
    return strtoull(at + 1, NULL, 10);
}

static void expect(struct ask *who, const char *kind, unsigned long long rev, const char *rest)
{
    char wanted[128];
    (void)snprintf(wanted, sizeof(wanted), "[$watchkey $%s :%llu%s]", kind, rev, rest);
    assert_string_equal(ask_reply(who, PATIENT_MS), wanted);
}

static void all_nodes_stream_the_same(void **state)
{
    (void)state;
    (void)start(PATIENT);
    unsigned long long rev = index_of(ask(&a, "SET user:1 a"));
    for (unsigned i = 0; i < 3; i++) {
        cluster_connect(&cluster, i, &w[i]);
        assert_true(ask_send(&w[i], "WATCHKEY user: %llu", rev));
        expect(&w[i], "start", rev, "");
        expect(&w[i], "set", rev, " $user:1 $a");
    }
    (void)ask(&a, "SET other b");
    unsigned long long del = index_of(ask(&a, "DEL user:1 other"));
    unsigned long long brief = index_of(ask(&a, "SET user:2 c PX 300"));
    for (unsigned i = 0; i < 3; i++) {
        expect(&w[i], "del", del, " $user:1");
        expect(&w[i], "set", brief, " $user:2 $c");
        assert_non_null(strstr(ask_reply(&w[i], PATIENT_MS), "$expired :")); /* nobody asked */
    }
    assert_string_equal(ask(&w[0], "PING"), "[$pong $]");
    assert_string_equal(ask(&w[0], "RESET"), "+RESET");
    assert_string_equal(ask(&w[0], "GET user:2"), "(nil)");
}

/* It reads nothing while far more changes than the history and the socket hold. */
static void a_slow_one_is_told_and_left(void **state)
{
    (void)state;
    unsigned l = start(PATIENT " --watch-history 50");
    assert_true(ask_connect(&w[0], cluster.nodes[l].client_port));
    int small = 64 << 10;
    (void)setsockopt(w[0].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_non_null(strstr(ask(&w[0], "WATCHKEY k"), "$start"));
    char *value = malloc(100001);
    assert_non_null(value);
    memset(value, 'v', 100000);
    value[100000] = '\0';
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(strncmp(ask(&a, "SET k %s", value), "[+OK", 4), 0);
    free(value);
    const char *reply = "";
    unsigned sets = 0;
    while (strstr((reply = ask_reply(&w[0], PATIENT_MS)), "$set") != NULL)
        sets++;
    assert_true(sets > 5 && sets < 300);
    assert_non_null(strstr(reply, "$gap"));
    assert_non_null(strstr(reply, "reads too slowly"));
    assert_string_equal(ask_reply(&w[0], PATIENT_MS), "!closed");
}

static void log_lines_have_topics(void **state)
{
    (void)state;
    cluster_start(&cluster, 0, "--log-format json");
    cluster_wait_log(&cluster, 0,
                     "\"level\":\"info\",\"node\":\"n1\",\"topic\":\"process\","
                     "\"text\":\"raftd ");
    cluster_start(&cluster, 1, NULL);
    cluster_wait_log(&cluster, 1, " info    n2 process  raftd ");
    (void)cluster_leader(&cluster, -1);
    cluster_wait_log(&cluster, 0, "\"topic\":\"leader\",\"text\":\"term ");
    cluster_wait_log(&cluster, 0, "\"topic\":\"peer\",\"text\":\"peer n2 at ");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_nodes_stream_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_one_is_told_and_left, setup, teardown),
        cmocka_unit_test_setup_teardown(log_lines_have_topics, setup, teardown),
    };
    if (argc != 2)
        return 64;
    raftd = argv[1];
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
