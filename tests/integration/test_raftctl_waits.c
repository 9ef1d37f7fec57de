/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl does with the time it is given. What is expected holds on a machine that stalls for
 * some seconds, too. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Changes of members it refuses, and takes 2.5 s to say so. */
static enum fake_act refuse_slowly(struct fake_node *node, const struct resp_request *request,
                                   struct buf *reply)
{
    if (span_is_word(request->argv[1], "status")) {
        fake_put_alone(node, reply);
        return FAKE_ANSWER;
    }
    (void)nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 500 * 1000 * 1000}, NULL);
    buf_puts(reply, "-INPROGRESS another change is not committed yet; try again\r\n");
    return FAKE_ANSWER;
}

/* Of an attempt that the end of the time cuts short nobody knows what became. */
static void no_attempt_begins_that_would_not_be_answered(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, refuse_slowly, NULL);
    ctl_run(&r, "member", "promote", "n1", "-e", node.address, "-t", "9s", NULL);
    ctl_expect_failure(&r, 75, "INPROGRESS");
    fake_node_stop(&node);
}

static const char *const leader_needed[][4] = {
    {"get", "k"}, {"mget", "k", "l"}, {"set", "k", "v"}, {"del", "k"}};

/* Three questions find no leader: of a write the opening of its session, and then the write. */
static void a_leader_is_waited_for(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    for (size_t i = 0; i < ARRAY_LEN(leader_needed); i++) {
        static const char *const replies[] = {"$1\r\nv\r\n", "*2\r\n$1\r\nv\r\n$1\r\nw\r\n",
                                              "+OK\r\n", ":1\r\n"};
        c.data_reply = replies[i];
        c.leaderless_for = 3;
        ctl_run(&r, "-t", "60s", "-q", "-e", c.addresses[0], leader_needed[i][0],
                leader_needed[i][1], leader_needed[i][2], NULL);
        ctl_expect(&r, 0, "");
        assert_int_equal(c.leaderless_for, 0);
    }
    fake_cluster_stop(&c);
}

static void ctl_expect_leaderless(struct ran *r, const char *why)
{
    ctl_expect_said(r, why);
    ctl_expect_failure(r, 75, "NOLEADER");
}

static double now_s(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* It says that it waited so long: not longer than it ran. */
static void expect_waited(const struct ran *r, double took_s)
{
    static const char begin[] = "no leader in ";
    ctl_expect_said(r, begin);
    char *unit = NULL;
    double waited = strtod(strstr(buf_str(&r->err), begin) + strlen(begin), &unit);
    assert_true(waited > 0);
    assert_true((strncmp(unit, "ms", 2) == 0 ? waited / 1000 : waited) <= took_s);
}

/* No second question begins that could take as long: much of the time is left to look around. */
static void who_is_up_is_told_when_nobody_leads(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    c.no_leader_for = c.leaderless_for = SIZE_MAX;
    c.leaderless_s = 2;
    for (size_t i = 0; i < ARRAY_LEN(leader_needed); i++) {
        double began_s = now_s();
        ctl_run(&r, "-t", "6s", "-e", c.addresses[0], leader_needed[i][0], leader_needed[i][1],
                leader_needed[i][2], NULL);
        expect_waited(&r, now_s() - began_s);
        ctl_expect_leaderless(&r, "; nothing was done   [NOLEADER]\n"
                                  "  why: up: n1; unreachable: n2 (Connection refused), n3 "
                                  "(Connection refused); 2 of 3 voters are needed\n");
    }
    ctl_run(&r, "leader", "-e", c.addresses[0], NULL);
    ctl_expect_leaderless(&r, "  why: up: n1; unreachable: n2 (Connection refused), n3 (Connection "
                              "refused); 2 of 3 voters are needed\n"
                              "  fix: raftctl wait leader   or   raftctl status; if they are lost "
                              "for good: raftctl explain no-quorum\n");
    ctl_run(&r, "transfer", "-t", "5s", "-e", c.addresses[0], NULL);
    ctl_expect_leaderless(&r, "  why: up: n1; unreachable: n2 ");
    fake_cluster_stop(&c);
}

/* Six seconds of pauses lie between so many looks: a wait that is longer than three is told. */
#define LOOKS 60

static void a_change_says_that_it_waits_for_a_leader(void **state)
{
    static const char waits[] =
        "waits: the cluster has no leader: up: n1, n2, n3; 2 of 3 voters are "
        "needed\n";
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.no_leader_for = LOOKS;
    c.data_reply = "+OK\r\n";
    ctl_run(&r, "member", "remove", "n3", "-t", "300s", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, waits);
    ctl_expect(&r, 0, "n3 is a member no more\n");
    fake_cluster_stop(&c);
}

/* n1 and n3 still name n2, which is gone. */
static void a_change_says_that_the_leader_is_gone(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 5);
    ctl_run(&r, "member", "remove", "n3", "-t", "20s", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, "waits: the cluster has no leader: up: n1, n3; unreachable: n2 (Connection "
                        "refused); 2 of 3 voters are needed\n");
    ctl_expect_failure(&r, 75, "NOLEADER");
    fake_cluster_stop(&c);
}

/* Hangs up so often that the pauses between take five seconds. */
static enum fake_act be_late(struct fake_node *node, const struct resp_request *request,
                             struct buf *reply)
{
    (void)request;
    if (node->requests_count <= 100)
        return FAKE_HANG_UP;
    fake_put_alone(node, reply);
    return FAKE_ANSWER;
}

/* A minute without a word looks as if it hung. */
static void a_wait_says_what_it_waits_for(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, be_late, NULL);
    ctl_run(&r, "wait", "leader", "-t", "300s", "-e", node.address, NULL);
    ctl_expect_said(&r, "waits: no node answers: 127.0.0.1:");
    ctl_expect(&r, 0, "n1\n");
    fake_node_stop(&node);
    fake_node_start(&node, be_late, NULL);
    ctl_run(&r, "wait", "leader", "-q", "-t", "300s", "-e", node.address, NULL);
    assert_string_equal(buf_str(&r.err), "");
    ctl_expect(&r, 0, "");
    fake_node_stop(&node);
}

/* It leads after a while in which it does not, and one in which it hangs up, of five seconds each.
 */
static enum fake_act lead_at_last(struct fake_node *node, const struct resp_request *request,
                                  struct buf *reply)
{
    static const char leaderless[] =
        "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"term\":1},"
        "\"node\":{\"name\":\"n1\",\"role\":\"follower\",\"term\":1},"
        "\"members\":[{\"name\":\"n1\",\"voter\":true}]}";
    (void)request;
    if (node->requests_count <= 100) {
        respw_bulk(reply, span_str(leaderless));
        return FAKE_ANSWER;
    }
    if (node->requests_count <= 200)
        return FAKE_HANG_UP;
    fake_put_alone(node, reply);
    return FAKE_ANSWER;
}

/* How it was is not how it is. */
static void a_wait_says_that_nobody_answers_any_more(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, lead_at_last, NULL);
    ctl_run(&r, "wait", "leader", "-t", "300s", "-e", node.address, NULL);
    ctl_expect_said(&r, "waits: leader none\nwaits: no node answers: 127.0.0.1:");
    ctl_expect(&r, 0, "n1\n");
    fake_node_stop(&node);
}

/* The node asked is cut off from the others, and raftctl is not. */
static void a_leader_that_is_not_heard_of_is_told(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.leaderless_for = SIZE_MAX;
    c.leaderless_s = 2;
    ctl_run(&r, "get", "k", "-t", "6s", "-e", c.addresses[0], NULL);
    assert_null(strstr(buf_str(&r.err), "lost for good"));
    ctl_expect_leaderless(&r, ", but n2 leads in term 7\n");
    fake_cluster_stop(&c);
}

/* What no write can have left behind is not looked for, and of nothing is it said to be left. */
static void a_load_that_wrote_nothing_leaves_nothing(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.leaderless_for = SIZE_MAX;
    ctl_run(&r, "latency", "-d", "500ms", "--reads", "0", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "the first: NOLEADER");
    assert_string_equal(buf_str(&r.err), "");
    assert_int_equal(r.exit_code, 1);
    ran_free(&r);
    /* Of what was hung up on nobody knows. */
    c.leaderless_for = 0;
    c.data_act = FAKE_HANG_UP;
    c.data_reply = "";
    ctl_run(&r, "latency", "-d", "500ms", "--reads", "0", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, "keys raftctl:bench:N are left");
    ran_free(&r);
    fake_cluster_stop(&c);
}

/* n3 accepts connections and says nothing. Who leads was looked for as long as all was to take, and
 * then everybody was asked. */
static void log_show_keeps_to_its_time(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    static const char doc[] =
        "{\"v\":1,\"first\":1,\"last\":1,\"entries\":[{\"index\":1,\"term\":1,\"kind\":\"set\"}]}";
    char reply[sizeof(doc) + 16];
    (void)snprintf(reply, sizeof(reply), "$%zu\r\n%s\r\n", strlen(doc), doc);
    fake_cluster_start(&c, 7);
    c.data_reply = reply;
    c.silent_after[2] = 1;
    ctl_run(&r, "leader", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n2\n");
    double began_s = now_s();
    ctl_run(&r, "log", "show", "-t", "10s", "-o", "plain", "-e", c.addresses[0], NULL);
    double took_s = now_s() - began_s;
    ctl_expect_part(&r, "n2\t1\t1\t");
    assert_int_equal(r.exit_code, 0);
    ran_free(&r);
    assert_true(took_s < 14); /* 7.5 it takes, and 15 were too many */
    fake_cluster_stop(&c);
}

#define LOG_LAST "1099511627776" /* halved 40 times */

/* It takes half a second to tell of an entry. */
static enum fake_act tell_entry_slowly(struct fake_node *node, const struct resp_request *request,
                                       struct buf *reply)
{
    struct buf json = {0};
    if (span_is_word(request->argv[1], "status")) {
        fake_put_alone(node, reply);
        return FAKE_ANSWER;
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = 500 * 1000 * 1000}, NULL);
    buf_putf(&json,
             "{\"v\":1,\"first\":1,\"last\":" LOG_LAST ",\"entries\":[{\"index\":%.*s,\"term\":1,"
             "\"kind\":\"set\"}]}",
             (int)request->argv[3].len, request->argv[3].data);
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
    return FAKE_ANSWER;
}

/* Each of its many questions was given all the time. */
static void log_diff_keeps_to_its_time(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, tell_entry_slowly, NULL);
    ctl_run(&r, "log", "diff", "n1", "n1", "-t", "5s", "-e", node.address, NULL);
    ctl_expect_failure(&r, 2, "TIMEOUT");
    fake_node_stop(&node);
    assert_in_range(node.requests_count, 2, 20);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_attempt_begins_that_would_not_be_answered),
        cmocka_unit_test(a_leader_is_waited_for),
        cmocka_unit_test(who_is_up_is_told_when_nobody_leads),
        cmocka_unit_test(a_change_says_that_it_waits_for_a_leader),
        cmocka_unit_test(a_change_says_that_the_leader_is_gone),
        cmocka_unit_test(a_wait_says_what_it_waits_for),
        cmocka_unit_test(a_wait_says_that_nobody_answers_any_more),
        cmocka_unit_test(a_leader_that_is_not_heard_of_is_told),
        cmocka_unit_test(a_load_that_wrote_nothing_leaves_nothing),
        cmocka_unit_test(log_show_keeps_to_its_time),
        cmocka_unit_test(log_diff_keeps_to_its_time),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_waits", tests, NULL, NULL);
}
