/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of real raftd processes: who lags or begins anew catches up through one, and all start
 * from theirs. R-SNAP-6, R-SNAP-7, R-SNAP-8, R-SNAP-9. */
#include "tests/support/cluster.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPTIONS                                                          \
    "--snapshot-every 100 --snapshot-trailing 10 --segment-size 256KiB " \
    "--election-timeout 1s..2s --heartbeat 100ms" /* a busy machine alone holds no election */
#define KEYS 400

static const char *raftd;
static struct cluster cluster;

static int setup(void **state)
{
    (void)state;
    cluster_init(&cluster, raftd, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cluster_free(&cluster);
    return 0;
}

/* One request to node i, on a connection of its own. Borrowed until the next call. */
static const char *say(unsigned i, const char *words)
{
    static char text[8192];
    struct ask a = {.fd = -1};
    if (!ask_connect(&a, cluster.nodes[i].client_port)) {
        ask_close(&a);
        return "!closed";
    }
    (void)snprintf(text, sizeof(text), "%s", ask(&a, "%s", words));
    ask_close(&a);
    return text;
}

struct asked {
    unsigned node;
    const char *words;
    const char *answer;
};

static bool is_answered(void *arg)
{
    const struct asked *a = arg;
    return strstr(say(a->node, a->words), a->answer) != NULL;
}

static void wait_answer(unsigned node, const char *words, const char *answer)
{
    struct asked a = {node, words, answer};
    wait_until(words, is_answered, &a, 30000);
}

static uint64_t number_in(const char *json, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    const char *at = strstr(json, quoted);
    return at == NULL ? 0 : strtoull(at + strlen(quoted), NULL, 10);
}

/* Each value of 1 KiB, through node i, one after the other. */
static void write_keys(unsigned i, unsigned round)
{
    struct ask a = {.fd = -1};
    char value[1025];
    memset(value, 'v', 1024);
    value[1024] = '\0';
    assert_true(ask_connect(&a, cluster.nodes[i].client_port));
    for (unsigned k = 0; k < KEYS; k++)
        assert_string_equal(ask(&a, "SET key%u %s%u", k, value, round), "+OK");
    ask_close(&a);
}

static bool log_is_cut(void *arg)
{
    return number_in(say(*(unsigned *)arg, "RAFT STATUS"), "first") > KEYS;
}

static bool has_installed(void *arg)
{
    return number_in(say(*(unsigned *)arg, "RAFT SNAPSHOT STATUS"), "installed") > 0;
}

static bool same_digest(void *arg)
{
    char first[32] = "";
    (void)arg;
    for (unsigned i = 0; i < 3; i++) {
        const char *status = say(i, "RAFT STATUS");
        const char *at = strstr(status, "\"digest\":");
        if (at == NULL)
            return false;
        if (i == 0)
            (void)snprintf(first, sizeof(first), "%.27s", at);
        else if (strncmp(at, first, 27) != 0)
            return false;
    }
    return true;
}

static unsigned start_and_write(void)
{
    cluster_start_all(&cluster, OPTIONS);
    unsigned leader = cluster_leader(&cluster, -1);
    write_keys(leader, 1);
    return leader;
}

static void who_lags_catches_up(void **state)
{
    (void)state;
    unsigned leader = start_and_write(), lagging = (leader + 1) % 3;
    cluster_signal(&cluster, lagging, SIGKILL);
    write_keys(leader, 2);
    wait_until("the log is cut", log_is_cut, &leader, 20000);
    cluster_start(&cluster, lagging, OPTIONS);
    wait_until("a snapshot is installed", has_installed, &lagging, 30000);
    write_keys(leader, 3);
    wait_until("equal digests", same_digest, NULL, 20000);
    /* It is a whole member again. */
    cluster_signal(&cluster, (leader + 2) % 3, SIGKILL);
    wait_answer(leader, "SET after 1", "+OK");
    assert_string_equal(say(lagging, "GET after"), "$1");
}

static void a_wiped_member_begins_anew(void **state)
{
    char words[64];
    (void)state;
    unsigned leader = start_and_write(), wiped = leader == 2 ? 1 : 2;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s", cluster.nodes[wiped].name);
    assert_string_equal(say(leader, words), "+OK");
    cluster_signal(&cluster, wiped, SIGKILL);
    cluster_wipe(&cluster, wiped);
    write_keys(leader, 2);
    cluster.nodes[wiped].joins = true;
    cluster_start(&cluster, wiped, OPTIONS);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD %s 127.0.0.1:%u",
                   cluster.nodes[wiped].name, cluster.nodes[wiped].peer_port);
    wait_answer(leader, words, "+OK");
    assert_true(has_installed(&wiped));
    write_keys(wiped, 3);
    wait_until("equal digests", same_digest, NULL, 20000);
}

static void all_start_from_theirs(void **state)
{
    (void)state;
    unsigned leader = start_and_write();
    (void)say(leader, "INCR n");
    write_keys(leader, 2);
    wait_until("the log is cut", log_is_cut, &leader, 20000);
    for (unsigned i = 0; i < 3; i++)
        cluster_signal(&cluster, i, SIGKILL);
    cluster_start_all(&cluster, OPTIONS);
    leader = cluster_leader(&cluster, -1);
    wait_answer(leader, "GET n", "$1");
    assert_true(log_is_cut(&leader));
    wait_until("equal digests", same_digest, NULL, 20000);
    const char *snapshot = say(leader, "RAFT SNAPSHOT");
    assert_true(number_in(snapshot, "bytes") > KEYS * 1024);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_lags_catches_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wiped_member_begins_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(all_start_from_theirs, setup, teardown),
    };
    raftd = argc > 1 ? argv[1] : "raftd";
    return cmocka_run_group_tests_name("raftd_snapshot", tests, NULL, NULL);
}
