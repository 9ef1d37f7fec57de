/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How raftd starts, or says why not: exit codes and messages. */
#include "tests/support/cluster.h"

#include "run_program.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *raftd;
static struct cluster cluster;

static int setup(void **state)
{
    (void)state;
    cluster_init(&cluster, raftd, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cluster_free(&cluster);
    return 0;
}

/* Runs raftd to its end with node 0's addresses and these further words. */
static void expect_exit(int exit_code, const char *said, const char *data_dir, const char *a,
                        const char *b)
{
    char peer[32], client[32];
    struct ran ran;
    (void)snprintf(peer, sizeof(peer), "127.0.0.1:%u", cluster.nodes[1].peer_port);
    (void)snprintf(client, sizeof(client), "127.0.0.1:%u", cluster.nodes[1].client_port);
    const char *const argv[] = {
        raftd,  "--name", "n1", "--data-dir", data_dir, "--listen-peer", peer, "--listen-client",
        client, a,        b,    NULL};
    run_program(argv, span_str(""), &ran);
    if (ran.exit_code != exit_code || strstr(buf_str(&ran.err), said) == NULL)
        print_error("exit %d, said:\n%s\n", ran.exit_code, buf_str(&ran.err));
    assert_int_equal(ran.exit_code, exit_code);
    assert_non_null(strstr(buf_str(&ran.err), said));
    ran_free(&ran);
}

static void empty_directory_names_both_ways(void **state)
{
    (void)state;
    expect_exit(78, "holds no node yet, and neither --bootstrap nor --join",
                cluster.nodes[0].data_dir, NULL, NULL);
    expect_exit(78, "--join HOST:PORT", cluster.nodes[0].data_dir, NULL, NULL);
    expect_exit(78, "--bootstrap n1=HOST:PORT", cluster.nodes[0].data_dir, NULL, NULL);
}

/* R-PERS-10: term and vote are gone, so it must not vote; the cure is named. */
static void lost_hard_state_names_the_cure(void **state)
{
    char path[CLUSTER_PATH_MAX + 16];
    (void)state;
    cluster_start(&cluster, 0, NULL);
    cluster_wait_log(&cluster, 0, "peers at");
    cluster_signal(&cluster, 0, SIGKILL);
    (void)snprintf(path, sizeof(path), "%s/hardstate", cluster.nodes[0].data_dir);
    assert_int_equal(unlink(path), 0);
    expect_exit(74, "it must never vote again", cluster.nodes[0].data_dir, "--bootstrap",
                cluster.founders);
    expect_exit(74, "raftctl member remove n1", cluster.nodes[0].data_dir, "--bootstrap",
                cluster.founders);
}

static void held_directory_names_its_holder(void **state)
{
    char said[64];
    (void)state;
    cluster_start(&cluster, 0, NULL);
    cluster_wait_log(&cluster, 0, "raftd ");
    (void)snprintf(said, sizeof(said), "held by process %d", (int)cluster.nodes[0].pid);
    expect_exit(78, said, cluster.nodes[0].data_dir, NULL, NULL);
    expect_exit(78, "fix: does n1 run already?", cluster.nodes[0].data_dir, NULL, NULL);
}

/* The usual slip: the port of the clients. */
static void joining_at_no_peer_port_is_named(void **state)
{
    char address[32];
    (void)state;
    cluster_start(&cluster, 1, NULL);
    cluster_wait_log(&cluster, 1, "peers at");
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", cluster.nodes[1].client_port);
    expect_exit(69, "is it a member's peer port?", cluster.nodes[0].data_dir, "--join", address);
}

static void found_alone(unsigned i)
{
    char founders[64];
    (void)snprintf(founders, sizeof(founders), "--bootstrap %s=127.0.0.1:%u", cluster.nodes[i].name,
                   cluster.nodes[i].peer_port);
    cluster_start(&cluster, i, founders); /* the later option wins */
    assert_int_equal(cluster_leader(&cluster, -1), i);
    cluster_signal(&cluster, i, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, i), 0);
}

static void directory_of_another_is_refused(void **state)
{
    (void)state;
    found_alone(1); /* n2's */
    expect_exit(78, "belongs to node", cluster.nodes[1].data_dir, NULL, NULL);
    expect_exit(78, "fix: start with those", cluster.nodes[1].data_dir, NULL, NULL);
}

static void other_founders_are_refused_and_none_are_fine(void **state)
{
    char founders[64];
    (void)state;
    found_alone(0);
    (void)snprintf(founders, sizeof(founders), "n1=127.0.0.1:%u,n9=127.0.0.1:9",
                   cluster.nodes[0].peer_port);
    expect_exit(78, "belongs to cluster", cluster.nodes[0].data_dir, "--bootstrap", founders);
    (void)snprintf(founders, sizeof(founders), "n1=127.0.0.1:%u", cluster.nodes[0].peer_port);
    memcpy(cluster.founders, founders, sizeof(founders));
    cluster_start(&cluster, 0, NULL);
    assert_int_equal(cluster_leader(&cluster, -1), 0);
    assert_true(cluster_log_has(&cluster, 0, "--bootstrap is ignored"));
}

static void cluster_of_another_name_is_refused(void **state)
{
    (void)state;
    found_alone(0);
    expect_exit(78, "belongs to the cluster named \"raftlab\", not \"other\"",
                cluster.nodes[0].data_dir, "--cluster", "other");
}

static void taken_address_is_named(void **state)
{
    char other[CLUSTER_PATH_MAX + 8], founders[64];
    (void)state;
    cluster_start(&cluster, 1, NULL);
    cluster_wait_log(&cluster, 1, "raftd ");
    (void)snprintf(other, sizeof(other), "%s/other", cluster.root);
    (void)snprintf(founders, sizeof(founders), "n1=127.0.0.1:%u", cluster.nodes[1].peer_port);
    expect_exit(69, "another process listens there", other, "--bootstrap", founders);
}

static void data_dir_that_is_a_file(void **state)
{
    char path[CLUSTER_PATH_MAX + 8];
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/file", cluster.root);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    expect_exit(73, "is not a directory", path, NULL, NULL);
}

static void data_dir_without_permission(void **state)
{
    char path[CLUSTER_PATH_MAX + 8];
    (void)state;
    if (geteuid() == 0) {
        print_message("skip: root may write everywhere\n");
        skip();
    }
    (void)snprintf(path, sizeof(path), "%s/shut", cluster.root);
    assert_int_equal(mkdir(path, 0500), 0);
    expect_exit(77, "Permission denied", path, NULL, NULL);
}

static void lab_fd_that_is_no_socket(void **state)
{
    (void)state;
    expect_exit(64, "lab_fd: 77: not an open descriptor", cluster.nodes[0].data_dir, "--lab-fd",
                "77");
    expect_exit(64, "must be a stream socket", cluster.nodes[0].data_dir, "--lab-fd", "0");
}

static void socket_path_that_is_a_file(void **state)
{
    (void)state;
    FILE *f = fopen(cluster.nodes[0].admin_socket, "we");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    cluster_start(&cluster, 0, NULL);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 69);
    assert_true(cluster_log_has(&cluster, 0, "a file that is no socket"));
}

/* What a killed process leaves behind must not keep the next one from starting. */
static void stale_socket_is_replaced(void **state)
{
    (void)state;
    cluster_start(&cluster, 0, NULL);
    cluster_wait_log(&cluster, 0, "raftd ");
    cluster_signal(&cluster, 0, SIGKILL);
    assert_int_equal(access(cluster.nodes[0].admin_socket, F_OK), 0);
    cluster_start(&cluster, 0, NULL);
    struct ask a;
    while (!ask_connect_path(&a, cluster.nodes[0].admin_socket))
        ;
    assert_string_equal(ask(&a, "PING"), "+PONG");
    ask_close(&a);
    cluster_signal(&cluster, 0, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
    assert_int_not_equal(access(cluster.nodes[0].admin_socket, F_OK), 0);
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
        CASE(empty_directory_names_both_ways),
        CASE(lost_hard_state_names_the_cure),
        CASE(held_directory_names_its_holder),
        CASE(joining_at_no_peer_port_is_named),
        CASE(directory_of_another_is_refused),
        CASE(other_founders_are_refused_and_none_are_fine),
        CASE(cluster_of_another_name_is_refused),
        CASE(taken_address_is_named),
        CASE(data_dir_that_is_a_file),
        CASE(data_dir_without_permission),
        CASE(lab_fd_that_is_no_socket),
        CASE(socket_path_that_is_a_file),
        CASE(stale_socket_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
