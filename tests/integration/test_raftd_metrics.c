/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and health over HTTP, of nodes with and without a leader. Election timeouts are long, so
 * that a busy machine alone holds no election. */
#include "tests/support/cluster.h"

#include "run_program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
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

static const char *raftd;
static struct cluster cluster;
static unsigned ports[3];
static struct buf answer;

static int setup(void **state)
{
    (void)state;
    cluster_init(&cluster, raftd, 3);
    for (unsigned i = 0; i < 3; i++) {
        char extra[96];
        ports[i] = cluster.spare_port + i;
        (void)snprintf(extra, sizeof(extra), "--election-timeout 1s..2s --metrics 127.0.0.1:%u",
                       ports[i]);
        cluster_start(&cluster, i, extra);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cluster_free(&cluster);
    buf_free(&answer);
    return 0;
}

static int dial(unsigned port)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&where, sizeof(where)) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Everything that comes until the other side closes; "" if nobody listens. */
static const char *http(unsigned i, const char *request)
{
    char piece[4096];
    buf_reset(&answer);
    int fd = dial(ports[i]);
    if (fd < 0)
        return "";
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request));
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, PATIENT_MS) == 1) {
        ssize_t n = recv(fd, piece, sizeof(piece), 0);
        if (n <= 0)
            break;
        buf_put(&answer, piece, (size_t)n);
    }
    (void)close(fd);
    return buf_str(&answer);
}

static const char *get(unsigned i, const char *path)
{
    char request[128];
    (void)snprintf(request, sizeof(request),
                   "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return http(i, request);
}

static bool is_status(const char *text, const char *status)
{
    return strncmp(text, "HTTP/1.1 ", 9) == 0 && strncmp(text + 9, status, 3) == 0;
}

static bool all_ready(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 3; i++) {
        if (!is_status(get(i, "/readyz"), "200"))
            return false;
    }
    return true;
}

static bool not_ready(void *arg)
{
    const char *text = get(*(unsigned *)arg, "/readyz");
    return is_status(text, "503") && strstr(text, "not ready: no leader is known") != NULL;
}

/* The value behind "name "; fails the test if there is none. */
static double value_of(unsigned i, const char *name)
{
    char line[96];
    (void)snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = strstr(get(i, "/metrics"), line);
    if (at == NULL)
        fail_msg("no %s in %s", name, buf_str(&answer));
    return strtod(at + strlen(line), NULL);
}

static void numbers_move(void **state)
{
    struct ask a;
    (void)state;
    unsigned l = cluster_leader(&cluster, -1);
    wait_until("all three are ready", all_ready, NULL, PATIENT_MS);
    assert_true(ask_connect(&a, cluster.nodes[l].client_port));
    assert_string_equal(ask(&a, "SET k v EX 100"), "+OK");
    assert_string_equal(ask(&a, "GET k"), "$v");
    assert_string_equal(ask(&a, "ZADD k 1 v") + 1,
                        "ERR 'ZADD' is not supported: keys hold strings; of lists there are RPUSH, "
                        "LPOP and LRANGE, of sets SADD, SREM, SISMEMBER and SMEMBERS");
    assert_true(value_of(l, "raft_is_leader") == 1);
    assert_true(value_of((l + 1) % 3, "raft_is_leader") == 0);
    assert_true(value_of(l, "raft_requests_total{outcome=\"ok\"}") == 2);
    assert_true(value_of(l, "raft_request_seconds_count{kind=\"write\"}") == 1);
    assert_true(value_of(l, "raft_request_seconds_bucket{kind=\"read\",le=\"+Inf\"}") == 1);
    assert_true(value_of(l, "raft_request_seconds_sum{kind=\"write\"}") > 0);
    assert_true(value_of(l, "raft_keys_expiring") == 1);
    assert_true(value_of(l, "raft_commit_index") >= 3);
    assert_true(value_of(l, "raft_members") == 3);
    assert_non_null(strstr(buf_str(&answer), "raft_peer_lag_entries{peer=\"n"));
    assert_non_null(strstr(buf_str(&answer), "# TYPE raft_request_seconds histogram\n"));
    assert_non_null(strstr(buf_str(&answer), "text/plain; version=0.0.4"));
    ask_close(&a);
}

static void health_tells_the_truth(void **state)
{
    (void)state;
    unsigned l = cluster_leader(&cluster, -1);
    wait_until("all three are ready", all_ready, NULL, PATIENT_MS);
    assert_true(is_status(get(l, "/livez"), "200"));
    for (unsigned i = 0; i < 3; i++) {
        if (i != l)
            cluster_signal(&cluster, i, SIGKILL);
    }
    wait_until("the last one is not ready", not_ready, &l, PATIENT_MS);
    assert_true(is_status(get(l, "/livez"), "200")); /* it lives: restarting it would not help */
    assert_true(is_status(get(l, "/"), "404"));
    assert_true(is_status(http(l, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                                  "Connection: close\r\n\r\nabc"),
                          "405"));
    assert_true(is_status(http(l, "nonsense\r\n\r\n"), "400") || answer.len == 0);
    cluster_signal(&cluster, l, SIGTERM);
    assert_int_equal(cluster_wait_exit(&cluster, l), 0);
}

/* Connections that say nothing keep nobody else from being answered, nor the node from its work. */
static void idle_strangers_harm_nobody(void **state)
{
    int idle[20];
    struct ask a;
    (void)state;
    unsigned l = cluster_leader(&cluster, -1);
    wait_until("all three are ready", all_ready, NULL, PATIENT_MS);
    for (unsigned i = 0; i < 20; i++) {
        idle[i] = dial(ports[l]);
        assert_true(idle[i] >= 0);
    }
    assert_true(is_status(get(l, "/livez"), "200"));
    assert_true(ask_connect(&a, cluster.nodes[l].client_port));
    assert_string_equal(ask(&a, "SET k v"), "+OK");
    ask_close(&a);
    for (unsigned i = 0; i < 20; i++)
        (void)close(idle[i]);
}

static void a_port_in_use_is_said(void **state)
{
    struct ran ran;
    char metrics[32], dir[CLUSTER_PATH_MAX + 8];
    (void)state;
    wait_until("all three are ready", all_ready, NULL, PATIENT_MS);
    (void)snprintf(metrics, sizeof(metrics), "127.0.0.1:%u", ports[0]);
    (void)snprintf(dir, sizeof(dir), "%s/other", cluster.root);
    const char *const argv[] = {raftd,
                                "--name",
                                "n9",
                                "--data-dir",
                                dir,
                                "--listen-peer",
                                "127.0.0.1:0",
                                "--listen-client",
                                "127.0.0.1:0",
                                "--bootstrap",
                                "n9=127.0.0.1:9",
                                "--metrics",
                                metrics,
                                NULL};
    char peer[32], client[32], founders[48];
    (void)snprintf(peer, sizeof(peer), "127.0.0.1:%u", cluster.spare_port + 3);
    (void)snprintf(client, sizeof(client), "127.0.0.1:%u", cluster.spare_port + 4);
    (void)snprintf(founders, sizeof(founders), "n9=%s", peer);
    const char *with_ports[ARRAY_LEN(argv)];
    memcpy(with_ports, argv, sizeof(argv));
    with_ports[6] = peer;
    with_ports[8] = client;
    with_ports[10] = founders;
    run_program(with_ports, span_str(""), &ran);
    assert_int_equal(ran.exit_code, 69);
    char wanted[96];
    (void)snprintf(wanted, sizeof(wanted), "metrics: %s: another process listens there", metrics);
    assert_non_null(strstr(buf_str(&ran.err), wanted));
    ran_free(&ran);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_move, setup, teardown),
        cmocka_unit_test_setup_teardown(health_tells_the_truth, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_strangers_harm_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_port_in_use_is_said, setup, teardown),
    };
    if (argc != 2)
        return 64;
    raftd = argv[1];
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
