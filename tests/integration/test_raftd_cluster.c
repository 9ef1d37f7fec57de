/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three raftd on loopback: forwarding, a killed and a paused leader, a paused follower, a stranger.
 */
#include "tests/support/cluster.h"

#include "run_program.h"
#include "wire/peer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENT "--election-timeout 1s..2s"
#define IDLE    200 /* connections: more than a peer port has places */

static const char *raftd;
static struct cluster cluster;
static struct ask asks[CLUSTER_NODES_MAX];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLUSTER_NODES_MAX; i++)
        asks[i].fd = -1;
    cluster_init(&cluster, raftd, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLUSTER_NODES_MAX; i++)
        ask_close(&asks[i]);
    cluster_free(&cluster);
    return 0;
}

static bool listens(void *arg)
{
    unsigned i = *(unsigned *)arg;
    return ask_connect(&asks[i], cluster.nodes[i].client_port);
}

/* It may still be starting. */
static struct ask *connect_to(unsigned i)
{
    ask_close(&asks[i]);
    wait_until("the client port", listens, &i, 20000);
    return &asks[i];
}

static unsigned start_with(const char *extra)
{
    cluster_start_all(&cluster, extra);
    return cluster_leader(&cluster, -1);
}

/* Timeouts are long, so that a busy machine alone holds no election. */
static unsigned start(void)
{
    return start_with(PATIENT);
}

struct write_wait {
    struct ask *client;
    const char *command;
};

static bool accepted(void *arg)
{
    struct write_wait *w = arg;
    return ask(w->client, "%s", w->command)[0] == '+';
}

/* Until the cluster has a leader that this node knows. */
static void write_until_accepted(struct ask *client, const char *command)
{
    struct write_wait w = {client, command};
    wait_until(command, accepted, &w, 20000);
}

static void every_node_serves_what_any_wrote(void **state)
{
    (void)state;
    unsigned leader = start();
    for (unsigned i = 0; i < 3; i++)
        write_until_accepted(connect_to(i), "SET warm up");
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(ask(&asks[i], "SET by %u", i), "+OK");
        for (unsigned j = 0; j < 3; j++) {
            char wanted[16];
            (void)snprintf(wanted, sizeof(wanted), "$%u", i);
            assert_string_equal(ask(&asks[j], "GET by"), wanted);
        }
    }
    assert_int_equal(cluster_leader(&cluster, -1), leader);
}

static void benchmark(unsigned i)
{
    char port[16];
    struct ran ran;
    (void)snprintf(port, sizeof(port), "%u", cluster.nodes[i].client_port);
    const char *const argv[] = {"/usr/bin/redis-benchmark",
                                "-p",
                                port,
                                "-t",
                                "set,get",
                                "-n",
                                "20000",
                                "-c",
                                "50",
                                "-P",
                                "16",
                                "--csv",
                                NULL};
    run_program(argv, span_str(""), &ran);
    print_message("node %u:\n%s", i, buf_str(&ran.out));
    assert_int_equal(ran.exit_code, 0);
    assert_non_null(strstr(buf_str(&ran.out), "\"SET\""));
    assert_non_null(strstr(buf_str(&ran.out), "\"GET\""));
    assert_null(strstr(buf_str(&ran.out), "rror"));
    assert_null(strstr(buf_str(&ran.err), "rror"));
    ran_free(&ran);
}

static void redis_benchmark_runs_against_leader_and_follower(void **state)
{
    (void)state;
    if (access("/usr/bin/redis-benchmark", X_OK) != 0) {
        print_message("skip: redis-benchmark is not installed\n");
        skip();
    }
    unsigned leader = start();
    for (unsigned i = 0; i < 3; i++)
        write_until_accepted(connect_to(i), "SET warm up");
    benchmark(leader);
    benchmark((leader + 1) % 3);
}

static void a_killed_leader_is_replaced(void **state)
{
    (void)state;
    unsigned leader = start();
    assert_string_equal(ask(connect_to(leader), "SET k old"), "+OK");
    cluster_signal(&cluster, leader, SIGKILL);
    unsigned next = cluster_leader(&cluster, (int)leader);
    write_until_accepted(connect_to(next), "SET other x");
    assert_string_equal(ask(&asks[next], "GET k"), "$old");
    cluster_start(&cluster, leader, PATIENT);
    write_until_accepted(connect_to(next), "SET k new");
    struct ask *back = connect_to(leader);
    write_until_accepted(back, "SET other y");
    assert_string_equal(ask(back, "GET k"), "$new");
}

/* R-STATE-9: a stopped process hears first what happened meanwhile: it comes back as a follower,
 * without serving an old value and without disturbing the new leader. */
static void a_paused_leader_finds_itself_deposed(void **state)
{
    (void)state;
    unsigned old = start();
    struct ask *late = connect_to(old);
    write_until_accepted(late, "SET k old");
    cluster_signal(&cluster, old, SIGSTOP);
    unsigned next = cluster_leader(&cluster, (int)old);
    write_until_accepted(connect_to(next), "SET k new");
    assert_true(ask_send(late, "GET k")); /* waits in its socket */
    cluster_signal(&cluster, old, SIGCONT);
    const char *reply = ask_reply(late, 20000);
    if (reply[0] == '-') /* a refusal is honest, an old value is not */
        write_until_accepted(late, "SET probe x");
    reply = reply[0] == '-' ? ask(late, "GET k") : reply;
    assert_string_equal(reply, "$new");
    assert_string_equal(cluster_info(&cluster, old, "raft_role"), "follower");
}

/* R-STATE-9: the heartbeats that wait in its socket count: no election, though it was away for
 * longer than its longest timeout. */
static void a_paused_follower_disturbs_nobody(void **state)
{
    char term[32];
    (void)state;
    unsigned leader = start();
    unsigned follower = (leader + 1) % 3;
    write_until_accepted(connect_to(leader), "SET k v");
    (void)snprintf(term, sizeof(term), "%s", cluster_info(&cluster, leader, "raft_term"));
    for (int round = 0; round < 2; round++) {
        cluster_signal(&cluster, follower, SIGSTOP);
        assert_string_equal(ask_reply(&asks[leader], 2500), "!timeout"); /* nothing was asked */
        assert_string_equal(ask(&asks[leader], "SET k %d", round), "+OK");
        cluster_signal(&cluster, follower, SIGCONT);
        write_until_accepted(connect_to(follower), "SET k back");
    }
    assert_string_equal(cluster_info(&cluster, leader, "raft_role"), "leader");
    assert_string_equal(cluster_info(&cluster, leader, "raft_term"), term);
}

static void one_of_three_does_not_answer_alone(void **state)
{
    (void)state;
    unsigned leader = start();
    write_until_accepted(connect_to(leader), "SET k v");
    cluster_signal(&cluster, (leader + 1) % 3, SIGKILL);
    cluster_signal(&cluster, (leader + 2) % 3, SIGKILL);
    assert_int_equal(ask(&asks[leader], "GET k")[0], '-');
    assert_int_equal(ask(&asks[leader], "SET k w")[0], '-');
}

/* A node of another cluster at a member's address is turned away, each side saying why. */
static void another_cluster_is_refused(void **state)
{
    (void)state;
    cluster_start(&cluster, 2, "--cluster other"); /* beside two of another it would not start */
    cluster_wait_log(&cluster, 2, "peers at");
    cluster_start(&cluster, 0, NULL);
    cluster_start(&cluster, 1, NULL);
    unsigned leader = cluster_leader(&cluster, 2);
    write_until_accepted(connect_to(leader), "SET k v");
    cluster_wait_log(&cluster, 2, "refuses us: belongs to another cluster");
    cluster_wait_log(&cluster, leader, "refuses us: belongs to another cluster");
    cluster_wait_log(&cluster, leader, "n3 refused: belongs to another cluster");
    assert_string_not_equal(cluster_info(&cluster, 2, "raft_role"), "leader");
}

static void connect_idle(unsigned port, int *fds, int count)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    for (int i = 0; i < count; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fds[i] >= 0);
        assert_int_equal(connect(fds[i], (const struct sockaddr *)&where, sizeof(where)), 0);
    }
}

/* Somebody who comes after all of them and greets is answered, if only with a refusal. */
static void greet_as_stranger(unsigned port)
{
    struct peer_hello hello = {.link = {.cluster_id = 1},
                               .from = 77,
                               .version_min = 1,
                               .version_max = 1,
                               .incarnation = 1,
                               .name = "n77",
                               .address = "127.0.0.1:9"};
    struct buf frame = {0};
    struct err e = {0};
    char reply[FRAME_HEADER_BYTES];
    int fd;
    assert_int_equal(peer_hello_encode(&frame, &hello, &e), 0);
    connect_idle(port, &fd, 1);
    assert_int_equal(write(fd, frame.data, frame.len), frame.len);
    assert_int_equal(recv(fd, reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
    assert_memory_equal(reply, "RAFT", 4);
    (void)close(fd);
    buf_free(&frame);
}

/* Connections that say nothing take all places there are, and give them up for one who speaks. */
static void idle_strangers_keep_no_member_out(void **state)
{
    static int fds[2][IDLE];
    (void)state;
    unsigned third = (start() + 1) % 3;
    unsigned others[2] = {(third + 1) % 3, (third + 2) % 3};
    cluster_signal(&cluster, third, SIGKILL);
    for (int i = 0; i < 2; i++) {
        connect_idle(cluster.nodes[others[i]].peer_port, fds[i], IDLE);
        greet_as_stranger(cluster.nodes[others[i]].peer_port);
    }
    cluster_start(&cluster, third, PATIENT);
    /* The other two need the third now: alone, none has a majority. */
    cluster_signal(&cluster, others[1], SIGKILL);
    struct ask *back = connect_to(third);
    write_until_accepted(back, "SET k new");
    write_until_accepted(connect_to(others[0]), "SET k newer");
    for (int i = 0; i < 2 * IDLE; i++)
        (void)close(fds[i / IDLE][i % IDLE]);
}

/* Only a greeting may come first, and a greeting is short. */
static void a_long_beginning_is_cut_off(void **state)
{
    static const char zeros[8192];
    struct frame_header header = {.type = PEER_HELLO};
    struct buf frame = {0};
    struct err e = {0};
    int fd;
    (void)state;
    cluster_start(&cluster, 0, NULL);
    cluster_wait_log(&cluster, 0, "peers at");
    size_t at = frame_begin(&frame);
    buf_put(&frame, zeros, sizeof(zeros));
    assert_int_equal(frame_end(&frame, at, &header, &e), 0);
    connect_idle(cluster.nodes[0].peer_port, &fd, 1);
    /* All but its last byte: it is never complete. */
    assert_int_equal(write(fd, frame.data, frame.len - 1), frame.len - 1);
    cluster_wait_log(&cluster, 0, "closed: begins with more than 4096 bytes");
    (void)close(fd);
    buf_free(&frame);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s RAFTD\n", argv[0]);
        return 64;
    }
    raftd = argv[1];
    const struct CMUnitTest tests[] = {
        CASE(every_node_serves_what_any_wrote),
        CASE(redis_benchmark_runs_against_leader_and_follower),
        CASE(a_killed_leader_is_replaced),
        CASE(a_paused_leader_finds_itself_deposed),
        CASE(a_paused_follower_disturbs_nobody),
        CASE(one_of_three_does_not_answer_alone),
        CASE(another_cluster_is_refused),
        CASE(idle_strangers_keep_no_member_out),
        CASE(a_long_beginning_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
