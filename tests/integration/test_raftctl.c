/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl against nodes that are only sockets: what it prints, and its exit codes. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static void status_shows_a_dead_node_as_a_row(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    char expected[1024];
    fake_cluster_start(&c, 3);
    (void)snprintf(
        expected, sizeof(expected),
        "cluster demo   term 7   leader n2   commit 90   quorum 2 of 3 OK   via %s\n"
        "NODE  ROLE      TERM  LAST  COMMIT  APPLIED  LAG  CONTACT  VER    NOTE\n"
        "n1    follower     7    95      90       89    5     0 ms  0.1.0\n"
        "n2 *  leader       7   100      90       89    -        -  0.1.0\n"
        "n3    ?            -     -       -        -   40    2.4 s  -      Connection refused\n"
        "! 1 of 3 voters unreachable; the cluster survives 0 more failures: start n3 again, or "
        "mend "
        "the network; if it is lost for good: raftctl member replace n3 NEW HOST:PORT, NEW being a "
        "node started with raftd --join\n",
        c.addresses[0]);
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, expected);
    fake_cluster_stop(&c);
}

static void status_as_json(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 2);
    ctl_run(&r, "-o", "json", "-e", c.addresses[1], "status", NULL);
    assert_int_equal(r.exit_code, 0);
    ctl_expect_part(
        &r, "{\"v\":1,\"cluster\":{\"name\":\"demo\",\"id\":\"00000000000000aa\",\"term\":7,"
            "\"leader\":\"n2\",\"commit\":90,\"voters\":3,\"quorum\":2,\"healthy\":1,"
            "\"tolerates\":0,\"joint\":false},\"nodes\":[{\"name\":\"n1\",");
    ctl_expect_part(&r, "\"reachable\":false,\"lag\":40,\"contact_ms\":2400,\"error\":{\"code\":"
                        "\"ECONNREFUSED\",\"msg\":\"Connection refused\"}}");
    ctl_expect_part(&r,
                    "\"reachable\":true,\"role\":\"leader\",\"term\":7,\"last\":100,\"commit\":90,"
                    "\"applied\":89,\"first\":51,\"version\":\"0.1.0\"}");
    ctl_expect_part(
        &r, "\"warnings\":[\"2 of 3 voters unreachable: no quorum, writes wait; start them again; "
            "only if they are lost for good: raftctl recover --survivor NODE, which loses what "
            "NODE does not have\"],\"via\":{");
    ran_free(&r);
    fake_cluster_stop(&c);
}

static void status_as_plain_rows(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    ctl_run(&r, "status", "-o", "plain", "-e", c.addresses[2], NULL);
    ctl_expect(&r, 0,
               "n1\tfollower\t7\t95\t90\t89\t5\t0\t0.1.0\t\n"
               "n2\tleader\t7\t100\t90\t89\t-\t-\t0.1.0\t\n"
               "n3\tfollower\t7\t60\t90\t89\t40\t2400\t0.1.0\t\n");
    fake_cluster_stop(&c);
}

static void status_warns_of_two_leaders_and_two_clusters(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.roles[2] = "leader";
    c.ids[0] = "00000000000000bb";
    c.terms[0] = 3;
    ctl_run(&r, "status", "-e", c.addresses[1], NULL);
    assert_int_equal(r.exit_code, 0);
    ctl_expect_part(&r, "! 2 nodes claim to lead in term 7\n");
    ctl_expect_part(&r,
                    "! n1 belongs to another cluster of the same name: id 00000000000000bb, not "
                    "00000000000000aa\n");
    ran_free(&r);
    ctl_run(&r, "leader", "-e", c.addresses[1], NULL);
    ctl_expect_failure(&r, 75, "NOLEADER");
    fake_cluster_stop(&c);
}

/* Another cluster's terms and leaders are its own, wherever it is among the endpoints. */
static void another_cluster_is_no_part_of_this_one(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    char both[2 * FAKE_ADDRESS_MAX];
    fake_cluster_start(&c, 7);
    c.ids[2] = "00000000000000bb";
    c.terms[2] = 9;
    c.roles[2] = "leader";
    c.leaders[2] = "n3";
    (void)snprintf(both, sizeof(both), "%s,%s", c.addresses[0], c.addresses[2]);
    ctl_run(&r, "status", "-e", both, NULL);
    ctl_expect_part(&r, "cluster demo   term 7   leader n2   commit 90   quorum 2 of 3 OK   via ");
    ctl_expect_part(&r, "n2 *  leader       7 ");
    ctl_expect_part(&r,
                    "\n! n3 belongs to another cluster of the same name: id 00000000000000bb, not "
                    "00000000000000aa\n");
    assert_null(strstr(buf_str(&r.out), "claim to lead"));
    ran_free(&r);
    ctl_run(&r, "health", "-q", "-e", both, NULL);
    ctl_expect(&r, 1, "");
    fake_cluster_stop(&c);
}

/* R-TIME-2 */
static void status_tells_of_leases_and_of_timeouts(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.election_ms[0] = c.election_ms[1] = 150;
    c.election_ms[2] = 100;
    c.lease_ms[1] = 112;
    ctl_run(&r, "status", "-o", "plain", "-e", c.addresses[2], NULL);
    ctl_expect_part(&r, "n2\tleader\t7\t100\t90\t89\t-\t-\t0.1.0\tlease 112 ms\n");
    ran_free(&r);
    ctl_run(&r, "status", "-o", "json", "-e", c.addresses[2], NULL);
    ctl_expect_part(&r, "\"election_ms\":150,\"lease_ms\":112,");
    ctl_expect_part(&r,
                    "\"warnings\":[\"election timeouts differ: n3 begins after 100 ms, n1 after "
                    "150 ms\"]");
    ran_free(&r);
    fake_cluster_stop(&c);
}

static enum fake_act say_nonsense(struct fake_node *node, const struct resp_request *request,
                                  struct buf *reply)
{
    (void)request;
    buf_puts(reply, node->context);
    return FAKE_ANSWER;
}

static void nonsense_is_no_answer(void **state)
{
    (void)state;
    static char not_json[] = "$5\r\n{\"v\":\r\n", not_resp[] = "HTTP/1.1 400 Bad Request\r\n\r\n",
                refusal[] = "-ERR unknown command\r\n", newer[] = "$7\r\n{\"v\":9}\r\n";
    char *const replies[] = {not_json, not_resp, refusal, newer};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        struct fake_node node;
        struct ran r;
        fake_node_start(&node, say_nonsense, replies[i]);
        ctl_run(&r, "status", "-e", node.address, NULL);
        ctl_expect_failure(&r, 69, "UNREACHABLE");
        fake_node_stop(&node);
    }
}

static void leader_is_a_name(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 3);
    ctl_run(&r, "leader", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n2\n");
    ctl_run(&r, "leader", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 0, "{\"v\":1,\"leader\":\"n2\",\"term\":7,", c.addresses[0]);
    ctl_run(&r, "leader", "-q", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "");
    fake_cluster_stop(&c);
}

/* Who still names the leader it lost, be it a quorum, is about to elect another: that is hearsay,
 * not an answer. */
static void leader_needs_more_than_hearsay(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    ctl_run(&r, "leader", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 75, "NOLEADER");
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 5);
    ctl_run(&r, "leader", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 75, "NOLEADER");
    ctl_run(&r, "health", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "none: n2 led, and its process is gone");
    ran_free(&r);
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "   leader none (gone: n2)   ");
    ctl_expect_part(&r, "\nn2    ?  ");
    ran_free(&r);
    fake_cluster_stop(&c);
}

static void wait_waits(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.no_leader_for = 3;
    ctl_run(&r, "wait", "leader", "--timeout", "60s", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n2\n");
    c.no_leader_for = SIZE_MAX;
    ctl_run(&r, "wait", "leader", "--timeout", "200ms", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 2, "TIMEOUT");
    fake_cluster_stop(&c);
    ctl_run(&r, "wait", "leader", "--timeout", "100ms", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 2, "TIMEOUT");
    fake_cluster_start(&c, 5); /* two nodes name the third, whose port is closed */
    ctl_run(&r, "wait", "leader", "--timeout", "200ms", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 2, "TIMEOUT");
    fake_cluster_stop(&c);
}

static void ctl_expect_why(struct ran *r, const char *why)
{
    assert_int_equal(r->exit_code, 2);
    ctl_expect_said(r, why);
    ran_free(r);
}

/* The last look ends with the time given; what it had no time to see is not told. */
static void wait_tells_of_the_last_whole_look(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.silent_after[2] = 1;
    ctl_run(&r, "wait", "applied=1000", "--timeout", "1900ms", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: applied 89 by every member\n");
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 7);
    c.silent_after[2] = 1;
    ctl_run(&r, "wait", "node=n3:leader", "--timeout", "1900ms", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: n3 is follower\n");
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 3);
    ctl_run(&r, "wait", "applied=1", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r,
                   "last seen: applied 89 by every member that answers, 1 of 3 are unreachable\n");
    fake_cluster_stop(&c);
}

static void wait_for_who_is_no_member(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    ctl_run(&r, "wait", "node=n7:down", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: no member is named n7\n");
    ctl_run(&r, "wait", "node=n7:caught-up", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: no member is named n7\n");
    c.roles[0] = "pre-candidate";
    ctl_run(&r, "wait", "node=n1:candidate", "--timeout", "60s", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n1 is pre-candidate\n");
    fake_cluster_stop(&c);
}

/* All have applied 89 of 90. */
static void wait_until_caught_up(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    ctl_run(&r, "wait", "caught-up", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: 0 of 3 voters caught up\n");
    ctl_run(&r, "wait", "caught-up=1", "--timeout", "60s", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "3 of 3 voters caught up\n");
    ctl_run(&r, "wait", "node=n3:caught-up", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: n3 has applied 89 of 90\n");
    ctl_run(&r, "wait", "node=n3:caught-up=1", "--timeout", "60s", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n3 has applied 89 of 90\n");
    c.leaders[2] = "";
    ctl_run(&r, "wait", "caught-up=1", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: 2 of 3 voters caught up\n");
    ctl_run(&r, "wait", "node=n3:caught-up=1", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: n3 follows no leader\n");
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 3);
    ctl_run(&r, "wait", "node=n3:caught-up=90", "--timeout", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_why(&r, "last seen: n3 is unreachable\n");
    fake_cluster_stop(&c);
}

static void get_prints_the_value(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    c.data_reply = "$5\r\nhello\r\n";
    ctl_run(&r, "get", "k", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "hello\n");
    ctl_run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":\"hello\",", c.addresses[0]);
    c.data_reply = "$4\r\n\x1b[m\xff\r\n";
    ctl_run(&r, "get", "k", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "\\x1b[m\\xff\n");
    ctl_run(&r, "get", "k", "-o", "plain", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "\x1b[m\xff\n");
    ctl_run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":{\"b64\":\"G1tt/w==\"},",
                    c.addresses[0]);
    c.data_reply = ":7\r\n";
    ctl_run(&r, "get", "k", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 70, "INTERNAL");
    assert_string_equal(c.modes[0], "");
    c.data_reply = "$1\r\nv\r\n";
    ctl_run(&r, "get", "k", "--consistency", "local", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "v\n");
    assert_string_equal(c.modes[0], "local");
    ctl_run(&r, "get", "k", "--consistency", "lease", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 1, "ERR");
    ctl_run(&r, "get", "k", "--consistency", "some", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "set", "k", "v", "--consistency", "local", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 64, "USAGE");
    c.data_reply = "-STALE the leader was heard 900 ms ago, 400 ms are allowed\r\n";
    ctl_run(&r, "get", "k", "--consistency", "local", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, "\n  fix: raftctl wait leader, then again   or   ");
    ctl_expect_failure(&r, 75, "STALE");
    fake_cluster_stop(&c);
}

static void get_of_an_absent_key(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    c.data_reply = "$-1\r\n";
    ctl_run(&r, "get", "k", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "");
    ctl_run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":null,", c.addresses[0]);
    ctl_run(&r, "get", "k", "--must-exist", "-q", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 1, "");
    ctl_run(&r, "get", "k", "--must-exist", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 1, "{\"v\":1,\"key\":\"k\",\"value\":null,", c.addresses[0]);
    ctl_run(&r, "get", "k", "--must-exist", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, "error: there is no key k   [ABSENT]\n");
    ctl_expect_failure(&r, 1, "ABSENT");
    fake_cluster_stop(&c);
}

/* The node tells null for what is no text. */
static void scan_shows_what_is_no_text(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    c.data_reply = "*4\r\n$1\r\ne\r\n$0\r\n\r\n$1\r\nl\r\n$-1\r\n";
    ctl_run(&r, "scan", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "KEY  VALUE\ne    -\nl    (list/set)\n");
    fake_cluster_stop(&c);
}

static void a_dead_endpoint_is_passed_over(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    char list[FAKE_NODES * FAKE_ADDRESS_MAX + 32];
    fake_cluster_start(&c, 4);
    (void)snprintf(list, sizeof(list), "/nonexistent/socket,%s,%s", c.addresses[0], c.addresses[2]);
    assert_int_equal(setenv("RAFTCTL_ENDPOINTS", list, 1), 0);
    ctl_run(&r, "set", "k", "v", NULL);
    ctl_expect(&r, 0, "ok\n");
    fake_cluster_stop(&c);
    ctl_run(&r, "set", "k", "v", NULL);
    ctl_expect_failure(&r, 69, "UNREACHABLE");
    assert_int_equal(unsetenv("RAFTCTL_ENDPOINTS"), 0);
}

/* One line in its first incarnation, two in its second, and then one more each time it is asked. */
static enum fake_act start_again(struct fake_node *node, const struct resp_request *request,
                                 struct buf *reply)
{
    size_t *asked = node->context;
    struct buf json = {0};
    if (request->argc > 1 && span_is_word(request->argv[1], "status")) {
        buf_putf(&json,
                 "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
                 "\"node\":{\"name\":\"n1\",\"role\":\"leader\"},"
                 "\"members\":[{\"name\":\"n1\",\"address\":\"%s\"}]}",
                 node->address);
    } else {
        size_t lines = (*asked)++ == 0 ? 1 : *asked;
        buf_putf(&json, "{\"v\":1,\"incarnation\":%d,\"events\":[", *asked == 1 ? 1 : 2);
        for (size_t i = 1; i <= lines; i++)
            buf_putf(&json,
                     "%s{\"number\":%zu,\"ago_ms\":%zu,\"level\":\"info\",\"topic\":\"leader\","
                     "\"text\":\"line %zu of %d\"}",
                     i == 1 ? "" : ",", i, 1000 - i, i, *asked == 1 ? 1 : 2);
        buf_puts(&json, "]}");
    }
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
    return FAKE_ANSWER;
}

static void events_of_a_new_incarnation(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    char line[512];
    size_t asked = 0;
    fake_node_start(&node, start_again, &asked);
    (void)snprintf(line, sizeof(line),
                   "'%s' -e %s events -f -o plain 2>/dev/null | head -n 3 | cut -f 5", ctl_program,
                   node.address);
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    run_program(argv, span_str(""), &r);
    assert_string_equal(buf_str(&r.out), "line 1 of 1\nline 1 of 2\nline 2 of 2\n");
    ran_free(&r);
    fake_node_stop(&node);
}

/* Three members with the same state, and n9, which has stopped before. */
static enum fake_act tell_digest(struct fake_node *node, const struct resp_request *request,
                                 struct buf *reply)
{
    const struct fake_node *nodes = node->context;
    static const char *const names[] = {"n1", "n2", "n3", "n9"};
    const char *name = names[node - nodes];
    struct buf json = {0};
    if (request->argc > 1 && span_is_word(request->argv[1], "status"))
        buf_putf(&json,
                 "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
                 "\"node\":{\"name\":\"%s\",\"role\":\"follower\"},"
                 "\"members\":[{\"name\":\"n1\",\"address\":\"%s\"},"
                 "{\"name\":\"n2\",\"address\":\"%s\"},"
                 "{\"name\":\"n3\",\"address\":\"%s\"}]}",
                 name, nodes[0].address, nodes[1].address, nodes[2].address);
    else
        buf_putf(&json, "{\"v\":1,\"applied\":%d,\"digest\":\"00000000000000aa\",\"marks\":[]}",
                 name[1] == '9' ? 20 : 50);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
    return FAKE_ANSWER;
}

#define SAME(verdict)                           \
    verdict "NODE  DIGEST            APPLIED\n" \
            "n1    00000000000000aa       50\n" \
            "n2    00000000000000aa       50\n"

static void consistency_is_that_of_the_members(void **state)
{
    (void)state;
    struct fake_node nodes[4];
    struct ran r;
    char list[128];
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
        fake_node_start(&nodes[i], tell_digest, nodes);
    (void)snprintf(list, sizeof(list), "%s,%s,%s", nodes[3].address, nodes[0].address,
                   nodes[1].address);
    ctl_run(&r, "check", "consistency", "-e", list, "-t", "60s", NULL);
    ctl_expect(&r, 0,
               SAME("the same state: 3 nodes at entry 50\n") "n3    00000000000000aa       50\n"
                                                             "! n9: not a member: not compared\n");
    fake_node_stop(&nodes[2]); /* a voter: what state it has nobody says */
    ctl_run(&r, "check", "consistency", "-e", list, "-t", "60s", NULL);
    ctl_expect(&r, 2,
               SAME("not known: 2 nodes have the same state at entry 50; not compared: n3 "
                    "(unreachable: Connection refused)\n") "! n3: unreachable: Connection refused\n"
                                                           "! n9: not a member: not compared\n");
    ctl_run(&r, "check", "consistency", "--partial", "-e", list, "-t", "60s", NULL);
    ctl_expect(
        &r, 0,
        SAME("the same state: 2 nodes at entry 50\n") "! n3: unreachable: Connection refused\n"
                                                      "! n9: not a member: not compared\n");
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
        if (i != 2)
            fake_node_stop(&nodes[i]);
    }
}

/* n1 has entries 1 to 20, n2 the first ten of them. */
static enum fake_act tell_log(struct fake_node *node, const struct resp_request *request,
                              struct buf *reply)
{
    const struct fake_node *nodes = node->context;
    int number = (int)(node - nodes) + 1;
    struct buf json = {0};
    if (request->argc == 6) { /* RAFT LOG FROM I COUNT N */
        uint64_t from = 0, count = 0, last = number == 1 ? 20 : 10;
        assert_true(span_to_u64(request->argv[3], &from) && span_to_u64(request->argv[5], &count));
        buf_putf(&json, "{\"v\":1,\"first\":1,\"last\":%d,\"entries\":[", (int)last);
        for (uint64_t i = from; i < from + count && i <= last; i++)
            buf_putf(&json, "%s{\"index\":%d,\"term\":1,\"kind\":\"set\",\"key\":\"k\"}",
                     i > from ? "," : "", (int)i);
        buf_puts(&json, "]}");
    } else {
        buf_putf(&json,
                 "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
                 "\"node\":{\"name\":\"n%d\",\"role\":\"follower\"},"
                 "\"members\":[{\"name\":\"n1\",\"address\":\"%s\"},"
                 "{\"name\":\"n2\",\"address\":\"%s\"}]}",
                 number, nodes[0].address, nodes[1].address);
    }
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
    return FAKE_ANSWER;
}

static void log_diff_tells_what_it_does_not_show(void **state)
{
    (void)state;
    struct fake_node nodes[2];
    struct ran r;
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
        fake_node_start(&nodes[i], tell_log, nodes);
    ctl_run(&r, "log", "diff", "n1", "n2", "-e", nodes[0].address, "-t", "60s", NULL);
    ctl_expect_part(&r, "n1 and n2 are the same up to entry 10; n1 has 10 more\n"
                        "INDEX  n1.TERM  n1.KIND  n1.KEY  n2.TERM  n2.KIND  n2.KEY\n");
    ctl_expect_part(&r, "\n   15        1  set      k             -  -        -\n"
                        "! 5 more are not shown: raftctl log show --node n1 --from-index 16\n");
    assert_int_equal(r.exit_code, 0);
    ran_free(&r);
    ctl_run(&r, "log", "diff", "n1", "n1", "-e", nodes[0].address, "-t", "60s", NULL);
    ctl_expect(&r, 0, "n1 is compared with itself: that is the same node\n");
    fake_node_stop(&nodes[1]);
    ctl_run(&r, "log", "diff", "n1", "n2", "-e", nodes[0].address, "-t", "60s", NULL);
    ctl_expect(&r, 2,
               "not known: n1 has entries 1 to 20; not compared: n2 (unreachable: Connection "
               "refused)\n! n2: unreachable: Connection refused\n");
    ctl_run(&r, "log", "diff", "n1", "n7", "-e", nodes[0].address, "-t", "60s", NULL);
    ctl_expect_failure(&r, 1, "NOSUCHMEMBER");
    fake_node_stop(&nodes[0]);
}

/* The words that stand in tables and lines for how a node is. */
static void words_for_states_are_explained(void **state)
{
    (void)state;
    static const char *const words[] = {
        "leader",  "follower",  "candidate", "pre-candidate", "starting",     "voter",
        "learner", "witness",   "outgoing",  "joint",         "down",         "unreachable",
        "well",    "caught up", "lag",       "contact",       "not a member", "another cluster",
        "drained", "recovered"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct ran r;
        ctl_run(&r, "explain", words[i], NULL);
        if (r.exit_code != 0)
            print_message("%s is not explained\n", words[i]);
        assert_int_equal(r.exit_code, 0);
        ran_free(&r);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_shows_a_dead_node_as_a_row),
        cmocka_unit_test(status_as_json),
        cmocka_unit_test(status_as_plain_rows),
        cmocka_unit_test(status_tells_of_leases_and_of_timeouts),
        cmocka_unit_test(status_warns_of_two_leaders_and_two_clusters),
        cmocka_unit_test(another_cluster_is_no_part_of_this_one),
        cmocka_unit_test(nonsense_is_no_answer),
        cmocka_unit_test(leader_is_a_name),
        cmocka_unit_test(leader_needs_more_than_hearsay),
        cmocka_unit_test(wait_waits),
        cmocka_unit_test(wait_tells_of_the_last_whole_look),
        cmocka_unit_test(wait_for_who_is_no_member),
        cmocka_unit_test(wait_until_caught_up),
        cmocka_unit_test(get_prints_the_value),
        cmocka_unit_test(get_of_an_absent_key),
        cmocka_unit_test(scan_shows_what_is_no_text),
        cmocka_unit_test(a_dead_endpoint_is_passed_over),
        cmocka_unit_test(events_of_a_new_incarnation),
        cmocka_unit_test(log_diff_tells_what_it_does_not_show),
        cmocka_unit_test(words_for_states_are_explained),
        cmocka_unit_test(consistency_is_that_of_the_members),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
