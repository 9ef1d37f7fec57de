/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One raftd and its clients: well-behaved, garbled, greedy and silent ones; signals. */
#include "tests/support/cluster.h"

#include "base/mem.h"
#include "base/respw.h"
#include "run_program.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENT_MS 20000
#define FILES      64      /* that the daemon may open */
#define WRITES_MAX 200000u /* their trace is more than any socket holds */

static const char *raftd;
static struct cluster cluster;
static struct ask a;

static int setup(void **state)
{
    (void)state;
    a.fd = -1;
    cluster_init(&cluster, raftd, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ask_close(&a);
    cluster_free(&cluster);
    return 0;
}

/* Starts the node and connects once it leads. */
static void start(const char *extra)
{
    cluster_start(&cluster, 0, extra);
    (void)cluster_leader(&cluster, -1);
    assert_true(ask_connect(&a, cluster.nodes[0].client_port));
}

static void written_is_read_also_after_a_kill(void **state)
{
    (void)state;
    start(NULL);
    assert_string_equal(ask(&a, "SET k v1"), "+OK");
    assert_string_equal(ask(&a, "GET k"), "$v1");
    assert_string_equal(ask(&a, "GET none"), "(nil)");
    assert_non_null(strstr(ask(&a, "INFO"), "raft_role:leader"));
    ask_close(&a);
    cluster_signal(&cluster, 0, SIGKILL);
    start(NULL);
    assert_string_equal(ask(&a, "GET k"), "$v1");
}

static void redis_cli_speaks_with_it(void **state)
{
    static const char *const words[][4] = {{"SET", "from", "cli", NULL}, {"GET", "from", NULL}};
    static const char *const answers[] = {"OK\n", "cli\n"};
    char port[16];
    (void)state;
    if (access("/usr/bin/redis-cli", X_OK) != 0) {
        print_message("skip: redis-cli is not installed\n");
        skip();
    }
    start(NULL);
    (void)snprintf(port, sizeof(port), "%u", cluster.nodes[0].client_port);
    for (size_t i = 0; i < 2; i++) {
        struct ran ran;
        const char *const argv[] = {"/usr/bin/redis-cli", "-p",        port, words[i][0],
                                    words[i][1],          words[i][2], NULL};
        run_program(argv, span_str(""), &ran);
        assert_string_equal(buf_str(&ran.out), answers[i]);
        ran_free(&ran);
    }
}

/* More requests at once than one connection may have open: it is read piecemeal. */
static void a_long_pipeline_is_answered_in_order(void **state)
{
    enum { COUNT = 5000 };
    (void)state;
    start(NULL);
    struct buf all = {0};
    for (int i = 0; i < COUNT; i++) {
        char value[16];
        (void)snprintf(value, sizeof(value), "%d", i);
        struct span set[3] = {span_str("SET"), span_str("k"), span_str(value)};
        struct span get[2] = {span_str("GET"), span_str("k")};
        respw_request(&all, set, 3);
        respw_request(&all, get, 2);
    }
    assert_true(ask_send_bytes(&a, all.data, all.len));
    for (int i = 0; i < COUNT; i++) {
        char wanted[16];
        (void)snprintf(wanted, sizeof(wanted), "$%d", i);
        assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
        assert_string_equal(ask_reply(&a, PATIENT_MS), wanted);
    }
    buf_free(&all);
}

/* Replies of one turn that are more than any buffer of the node holds at once. */
static void a_pipeline_of_large_answers_loses_none(void **state)
{
    enum { COUNT = 100, BYTES = 1 << 20 };
    char *value = mem_alloc(BYTES);
    struct buf all = {0};
    (void)state;
    start(NULL);
    memset(value, 'v', BYTES);
    struct span set[3] = {span_str("SET"), span_str("k"), span_of(value, BYTES)};
    struct span get[2] = {span_str("GET"), span_str("k")};
    respw_request(&all, set, 3);
    assert_true(ask_send_bytes(&a, all.data, all.len));
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
    buf_reset(&all);
    for (int i = 0; i < COUNT; i++)
        respw_request(&all, get, 2);
    assert_true(ask_send_bytes(&a, all.data, all.len));
    assert_true(ask_send(&a, "PING"));
    for (int i = 0; i < COUNT; i++) {
        const char *reply = ask_reply(&a, PATIENT_MS);
        assert_int_equal(strlen(reply), BYTES + 1);
        assert_int_equal(reply[0], '$');
    }
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+PONG");
    buf_free(&all);
    free(value);
}

static void a_client_that_stops_talking_gets_its_answers(void **state)
{
    (void)state;
    start(NULL);
    assert_true(ask_send(&a, "SET k half"));
    assert_true(ask_send(&a, "GET k"));
    assert_int_equal(shutdown(a.fd, SHUT_WR), 0);
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
    assert_string_equal(ask_reply(&a, PATIENT_MS), "$half");
    assert_string_equal(ask_reply(&a, PATIENT_MS), "!closed");
}

static void garbage_is_answered_behind_what_was_asked(void **state)
{
    (void)state;
    start(NULL);
    assert_true(ask_send(&a, "SET k v"));
    assert_true(ask_send_bytes(&a, "*1\r\n!nonsense\r\n", 15));
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
    assert_int_equal(strncmp(ask_reply(&a, PATIENT_MS), "-ERR Protocol error", 19), 0);
    assert_string_equal(ask_reply(&a, PATIENT_MS), "!closed");
}

static void random_bytes_on_both_ports_harm_nobody(void **state)
{
    unsigned seed = 1;
    (void)state;
    start(NULL);
    for (int round = 0; round < 200; round++) {
        struct ask noise;
        char bytes[512];
        unsigned port = round % 2 == 0 ? cluster.nodes[0].client_port : cluster.nodes[0].peer_port;
        assert_true(ask_connect(&noise, port));
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (char)rand_r(&seed);
        if (round % 3 == 0)
            memcpy(bytes, "RAFT\1\100", 6); /* begins like a greeting */
        (void)ask_send_bytes(&noise, bytes, sizeof(bytes));
        ask_close(&noise);
    }
    assert_string_equal(ask(&a, "SET still here"), "+OK");
    cluster_wait_log(&cluster, 0, "peer port: connection of 127.0.0.1");
}

static void set_value(size_t len)
{
    char *value = mem_alloc(len);
    struct buf request = {0};
    memset(value, 'x', len);
    struct span words[3] = {span_str("SET"), span_str("big"), span_of(value, len)};
    respw_request(&request, words, 3);
    assert_true(ask_send_bytes(&a, request.data, request.len));
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
    buf_free(&request);
    free(value);
}

/* R-CLI-11: it asks for far more than anybody would keep for it and reads nothing: it is not read
 * any more, others are served meanwhile, and it is hung up on. */
static void a_client_that_never_reads_is_dropped(void **state)
{
    struct ask deaf;
    (void)state;
    start(NULL);
    set_value(64 * 1024);
    assert_true(ask_connect(&deaf, cluster.nodes[0].client_port));
    for (int i = 0; i < 900; i++)
        assert_true(ask_send(&deaf, "GET big"));
    for (int i = 0; i < 100; i++)
        assert_string_equal(ask(&a, "SET others are"), "+OK");
    /* 30 seconds, by the daemon's clock; the limit is generous. */
    for (int i = 0; i < 90 && !cluster_log_has(&cluster, 0, "reads nothing for 30 s"); i++)
        assert_string_equal(ask_reply(&a, 1000), "!timeout");
    assert_true(cluster_log_has(&cluster, 0, "reads nothing for 30 s"));
    assert_string_equal(ask(&a, "GET others"), "$are");
    ask_close(&deaf);
}

static int descriptors_of(pid_t pid)
{
    char path[64];
    int count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir))
        count += d->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

/* Not even those who are turned away have them for a while. */
static void the_last_descriptors_are_not_for_clients(void **state)
{
    struct ask many[FILES];
    struct rlimit few;
    (void)state;
    start(NULL);
    pid_t pid = cluster.nodes[0].pid;
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &few), 0);
    few.rlim_cur = FILES;
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &few, NULL), 0);
    for (int i = 0; i < FILES; i++)
        assert_true(ask_connect(&many[i], cluster.nodes[0].client_port));
    assert_string_equal(ask_reply(&many[FILES - 1], PATIENT_MS), "!closed");
    assert_true(descriptors_of(pid) <= FILES - 4);
    assert_string_equal(ask(&a, "PING"), "+PONG");
    for (int i = 0; i < FILES; i++)
        ask_close(&many[i]);
}

static void too_many_clients_are_told(void **state)
{
    struct ask second, third, admin;
    (void)state;
    start("--max-clients 2");
    assert_true(ask_connect(&second, cluster.nodes[0].client_port));
    assert_string_equal(ask(&second, "PING"), "+PONG");
    assert_true(ask_connect(&third, cluster.nodes[0].client_port));
    assert_string_equal(ask_reply(&third, PATIENT_MS), "-ERR max number of clients reached");
    assert_string_equal(ask_reply(&third, PATIENT_MS), "!closed");
    assert_true(ask_connect_path(&admin, cluster.nodes[0].admin_socket));
    assert_string_equal(ask(&admin, "PING"), "+PONG");
    ask_close(&admin);
    ask_close(&third);
    ask_close(&second);
}

static void signals_describe_reload_and_stop(void **state)
{
    char path[CLUSTER_PATH_MAX], extra[CLUSTER_PATH_MAX + 16];
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/conf.json", cluster.root);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    (void)fputs("{\"log_level\": \"warning\"}", f);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(extra, sizeof(extra), "--config %s", path);
    start(extra);
    assert_false(cluster_log_has(&cluster, 0, "raftd "));
    f = fopen(path, "we");
    assert_non_null(f);
    (void)fputs("{\"log_level\": \"debug\"}", f);
    assert_int_equal(fclose(f), 0);
    cluster_signal(&cluster, 0, SIGHUP);
    cluster_wait_log(&cluster, 0, "SIGHUP: log_level is debug");
    cluster_signal(&cluster, 0, SIGUSR1);
    cluster_wait_log(&cluster, 0, "connections from peers: 0");
    assert_true(cluster_log_has(&cluster, 0, "leader term"));
    cluster_signal(&cluster, 0, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
    assert_true(cluster_log_has(&cluster, 0, "stopped"));
}

/* Requests that are open when the signal comes are still answered. */
static void stop_answers_first(void **state)
{
    (void)state;
    start(NULL);
    assert_string_equal(ask(&a, "PING"), "+PONG");
    assert_true(ask_send(&a, "SET last words"));
    cluster_signal(&cluster, 0, SIGINT);
    const char *reply = ask_reply(&a, PATIENT_MS);
    assert_true(strcmp(reply, "+OK") == 0 || strcmp(reply, "!closed") == 0);
    assert_string_equal(ask_reply(&a, PATIENT_MS), "!closed");
    assert_int_equal(cluster_wait_exit(&cluster, 0), 0);
}

/* Writes until no reply comes: the number of acknowledged writes. */
static unsigned write_until_silent(unsigned acknowledged)
{
    static char value[2000];
    memset(value, 'x', sizeof(value) - 1);
    for (; acknowledged < WRITES_MAX; acknowledged++) {
        assert_true(ask_send(&a, "SET k%u %s", acknowledged, value));
        const char *reply = ask_reply(&a, 2000);
        if (strcmp(reply, "+OK") != 0)
            break;
    }
    assert_string_equal(ask_reply(&a, 1), "!timeout");
    return acknowledged;
}

/* Reads what is there, and all until the end once the node is gone; the last committed index. */
static unsigned long long read_trace(int fd, struct buf *trace)
{
    char chunk[65536];
    unsigned long long committed = 0;
    ssize_t n;
    while ((n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
        buf_put(trace, chunk, (size_t)n);
    for (const char *at = buf_str(trace); (at = strstr(at, "\"ev\":\"committed\"")) != NULL; at++) {
        const char *to = strstr(at, "\"to\":");
        if (to != NULL)
            committed = strtoull(to + 5, NULL, 10);
    }
    return committed;
}

/* A laboratory that does not read holds the acknowledgements up, and so its trace knows of every
 * write that was acknowledged before a kill. */
static void nothing_is_acknowledged_ahead_of_the_trace(void **state)
{
    int fds[2];
    char extra[32];
    struct buf trace = {0};
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    (void)snprintf(extra, sizeof(extra), "--lab-fd %d", fds[1]);
    cluster_start_with_fd(&cluster, 0, extra, fds[1]);
    (void)close(fds[1]);
    (void)cluster_leader(&cluster, -1);
    assert_true(ask_connect(&a, cluster.nodes[0].client_port));
    unsigned acknowledged = write_until_silent(0);
    unsigned long long before = read_trace(fds[0], &trace);
    assert_true(before >= acknowledged);
    assert_string_equal(ask_reply(&a, PATIENT_MS), "+OK");
    acknowledged = write_until_silent(acknowledged + 1);
    cluster_signal(&cluster, 0, SIGKILL);
    assert_true(read_trace(fds[0], &trace) >= acknowledged);
    (void)close(fds[0]);
    buf_free(&trace);
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
        CASE(written_is_read_also_after_a_kill),
        CASE(redis_cli_speaks_with_it),
        CASE(a_long_pipeline_is_answered_in_order),
        CASE(a_pipeline_of_large_answers_loses_none),
        CASE(a_client_that_stops_talking_gets_its_answers),
        CASE(garbage_is_answered_behind_what_was_asked),
        CASE(random_bytes_on_both_ports_harm_nobody),
        CASE(a_client_that_never_reads_is_dropped),
        CASE(the_last_descriptors_are_not_for_clients),
        CASE(too_many_clients_are_told),
        CASE(signals_describe_reload_and_stop),
        CASE(stop_answers_first),
        CASE(nothing_is_acknowledged_ahead_of_the_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
