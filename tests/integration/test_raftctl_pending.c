/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl tells of a change of members that is under way. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* n3 is to take the place of n1. */
#define REPLACING                                                                         \
    "{\"asked\":\"replace n1 n3 host3:7001\",\"phase\":\"catching-up\",\"for_ms\":12345," \
    "\"newcomers\":[\"n3\"],\"leavers\":[\"n1\"]}"

static void a_change_under_way_shows(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.change = REPLACING;
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "\nchange   replace n1 n3 host3:7001, for 12s: n3 catches up before it "
                        "votes, 40 entries behind\nNODE ");
    ctl_expect_part(&r, "0.1.0  to be removed\n");
    ctl_expect_part(&r, "0.1.0  to vote once it has caught up\n");
    ran_free(&r);
    ctl_run(&r, "-o", "json", "-e", c.addresses[0], "status", NULL);
    ctl_expect_part(&r, "\"joint\":false,\"change\":{\"asked\":\"replace n1 n3 host3:7001\","
                        "\"phase\":\"catching-up\",\"for_ms\":12345,\"newcomers\":[\"n3\"],"
                        "\"leavers\":[\"n1\"],\"text\":\"replace n1 n3 host3:7001, for 12s: ");
    ctl_expect_part(&r, "\"pending\":\"promote\"");
    ran_free(&r);
    ctl_run(&r, "-o", "plain", "-e", c.addresses[0], "status", NULL);
    ctl_expect_part(&r, "\tto be removed\n");
    ran_free(&r);
    ctl_run(&r, "member", "list", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, " to be removed\n");
    ctl_expect_part(&r, " to vote once it has caught up\n");
    ran_free(&r);
    ctl_run(&r, "-o", "json", "-e", c.addresses[0], "member", "list", NULL);
    ctl_expect_part(&r, "\"pending\":\"remove\",\"note\":\"to be removed\"}");
    ctl_expect_part(&r, "],\"change\":{\"asked\":");
    ran_free(&r);
    /* Who is no leader any more does not make it any more. */
    c.terms[1] = 6;
    ctl_run(&r, "-o", "json", "-e", c.addresses[0], "member", "list", NULL);
    assert_null(strstr(buf_str(&r.out), "\"change\":"));
    ran_free(&r);
    fake_cluster_stop(&c);
}

/* Who is to go may well be away, and why does not take the place of that. */
static void a_leaver_that_is_away_shows(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 6);
    c.change = REPLACING;
    ctl_run(&r, "status", "-e", c.addresses[1], NULL);
    ctl_expect_part(&r, "  Connection refused; to be removed\n");
    ran_free(&r);
    ctl_run(&r, "member", "list", "-e", c.addresses[1], NULL);
    ctl_expect_part(&r, "  unreachable: Connection refused; to be removed\n");
    ran_free(&r);
    fake_cluster_stop(&c);
}

static void a_newcomer_that_was_not_started_shows(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 3);
    c.change = REPLACING;
    c.unheard[2] = true;
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "for 12s: n3 has not answered n2 yet: start raftd on n3, with --join (its "
                        "peer address is host3:7001)\n");
    ran_free(&r);
    ctl_run(&r, "member", "list", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "unreachable: Connection refused; to vote once it has caught up\n");
    ran_free(&r);
    c.refused = "n9 answers where n3 was expected";
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "for 12s: n3 does not take part: n9 answers where n3 was expected\n");
    ran_free(&r);
    c.change = "{\"asked\":\"priority n1 9\",\"phase\":\"committing\",\"for_ms\":20}";
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "\nchange   priority n1 9, for 0s: is being committed\n");
    ran_free(&r);
    c.change = "{\"asked\":\"demote n1\",\"phase\":\"queued\",\"for_ms\":1000}";
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "\nchange   demote n1, for 1s: waits until another change is committed\n");
    ran_free(&r);
    fake_cluster_stop(&c);
}

/* Whoever wants another change meanwhile is told at once what it waits for, and once. */
static void another_change_waits_for_it(void **state)
{
    static const char said[] = "waits: replace n1 n3 host3:7001, for 12s: n3 has not answered n2 "
                               "yet: start raftd on n3";
    static const char *const words[] = {"remove", "promote"};
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 3);
    c.change = REPLACING;
    c.unheard[2] = true;
    c.data_reply = "-INPROGRESS another change is not committed yet; try again\r\n";
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        ctl_run(&r, "member", words[i], "n1", "-t", "3s", "-e", c.addresses[0], NULL);
        ctl_expect_said(&r, said);
        assert_null(strstr(strstr(buf_str(&r.err), said) + 1, "waits: "));
        ctl_expect_said(&r, "\n  fix: the same again once that has ended: raftctl status");
        ctl_expect_failure(&r, 75, "INPROGRESS");
    }
    c.change = "{\"asked\":\"demote n1\",\"phase\":\"committing\",\"for_ms\":1000}";
    ctl_run(&r, "member", "remove", "n1", "-t", "1s", "-e", c.addresses[0], NULL);
    ctl_expect_said(&r, "waits: demote n1, for 1s: is being committed\n");
    ran_free(&r);
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 2);
    c.change = "{\"asked\":\"demote n1\",\"phase\":\"committing\",\"for_ms\":1000}";
    ctl_run(&r, "status", "-e", c.addresses[1], NULL);
    ctl_expect_part(&r, "is being committed, and too few voters answer for that: not n1, n3\n");
    ran_free(&r);
    fake_cluster_stop(&c);
}

/* A reason may be as long as an error of the node: what the leader says counts all the same. */
static void a_long_reason_hides_nothing(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    char words[601], refused[601];
    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    fake_cluster_start(&c, 3);
    c.unheard[2] = true;
    c.refused = refused;
    c.change = REPLACING;
    static const size_t lens[] = {200, 511, 600};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        (void)snprintf(refused, sizeof(refused), "%.*s", (int)lens[i], words);
        ctl_run(&r, "status", "-o", "json", "-e", c.addresses[1], NULL);
        ctl_expect_part(&r, "\"term\":7,\"leader\":\"n2\"");
        char part[700];
        (void)snprintf(part, sizeof(part), "\"refused\":\"%.*s\"",
                       lens[i] < 511 ? (int)lens[i] : 511, words);
        ctl_expect_part(&r, part);
        assert_int_equal(r.exit_code, 0);
        ran_free(&r);
    }
    fake_cluster_stop(&c);
}

/* Who runs raftctl, as the node sees it. */
struct caller {
    char pid_file[64];
    int number;     /* the signal that comes once the change was asked for; 0: none */
    bool drained;   /* by the question before */
    bool on_status; /* it comes already then */
    bool opens;     /* sessions for writes */
};

static void signal_caller(const struct caller *caller)
{
    int pid = 0;
    FILE *f = fopen(caller->pid_file, "r");
    bool read = f != NULL && fscanf(f, "%d", &pid) == 1;
    if (f != NULL)
        (void)fclose(f);
    if (read && caller->number != 0)
        (void)kill(pid, caller->number);
}

static enum fake_act take_change(struct fake_node *node, const struct resp_request *request,
                                 struct buf *reply)
{
    struct caller *caller = node->context;
    if (span_is_word(request->argv[1], "status") && !caller->drained) {
        if (caller->on_status)
            signal_caller(caller);
        fake_put_alone(node, reply);
        return FAKE_ANSWER;
    }
    if (caller->opens && request->argc > 2 && span_is_word(request->argv[2], "open")) {
        respw_unsigned(reply, 7);
        return FAKE_ANSWER;
    }
    if (request->argc > 2 && span_is_word(request->argv[2], "priority")) {
        caller->drained = true;
        respw_simple(reply, "OK");
        return FAKE_ANSWER;
    }
    signal_caller(caller);
    return FAKE_SILENCE;
}

/* Runs raftctl with these words, NULL at the end, against one node that takes the change and has
 * the caller's signal sent to it. */
static void run_signalled(struct caller *caller, struct ran *ret, const char *const *words)
{
    const char *argv[16] = {"/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", caller->pid_file,
                            ctl_program};
    struct fake_node node;
    size_t argc = 5;
    int fd = mkstemp(caller->pid_file);
    assert_true(fd >= 0 && close(fd) == 0);
    fake_node_start(&node, take_change, caller);
    argv[argc++] = "-e";
    argv[argc++] = node.address;
    argv[argc++] = "-t";
    argv[argc++] = caller->number == 0 ? "1s" : "300s";
    for (; *words != NULL; words++)
        argv[argc++] = *words;
    run_program(argv, span_str(""), ret);
    fake_node_stop(&node);
    assert_int_equal(unlink(caller->pid_file), 0);
}

/* What was sent may go on: that is told, and how to see it and to undo it. */
static void a_change_that_is_not_waited_for_is_told(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *what;
    } ends[] = {{SIGINT, "it was ended before the reply"},
                {SIGTERM, "it was ended before the reply"},
                {0, "no reply within "}};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct caller caller = {"/tmp/raftctl-pending-XXXXXX", .number = ends[i].number};
        const char *const words[] = {"member", "add", "n4", "h:1", NULL};
        struct ran r;
        char said[128];
        run_signalled(&caller, &r, words);
        (void)snprintf(said, sizeof(said), "error: outcome unknown: %s", ends[i].what);
        ctl_expect_said(&r, said);
        ctl_expect_said(&r, "; it may or may not be done, now or later   [UNKNOWN]\n");
        ctl_expect_said(&r, "raftctl member list   or the same again: it goes on from where it is; "
                            "once it is made, raftctl member remove n4 undoes it\n");
        ctl_expect_failure(&r, 2, "UNKNOWN");
    }
}

/* It is two questions: the first one done is not "nothing was sent". */
static void a_drain_that_is_half_done_is_told(void **state)
{
    (void)state;
    struct caller caller = {"/tmp/raftctl-pending-XXXXXX", .number = SIGINT};
    const char *const words[] = {"drain", "n1", NULL};
    struct ran r;
    run_signalled(&caller, &r, words);
    ctl_expect_said(&r,
                    "cancelled: the priority of n1 is 0 now, and it was not asked to hand over");
    ctl_expect_said(&r, "raftctl member priority n1 100 undoes it\n");
    ctl_expect_failure(&r, 130, "CANCELLED");
}

/* A leader alone: its priority falls, and nobody takes over. */
static enum fake_act keep_office(struct fake_node *node, const struct resp_request *request,
                                 struct buf *reply)
{
    if (span_is_word(request->argv[1], "status"))
        fake_put_alone(node, reply);
    else if (span_is_word(request->argv[1], "member"))
        respw_simple(reply, "OK");
    else
        respw_error(reply, "NOTARGET nobody can take over");
    return FAKE_ANSWER;
}

/* The same again would not go on: there has to be somebody first. */
static void a_drain_without_an_heir_says_what_it_needs(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, keep_office, NULL);
    ctl_run(&r, "drain", "n1", "-e", node.address, NULL);
    ctl_expect_said(&r, "start another voter, or add one (raftctl member list), then the same "
                        "again   or   raftctl member priority n1 100 undoes it\n");
    ctl_expect_failure(&r, 1, "NOTARGET");
    fake_node_stop(&node);
}

/* n2 led when it was looked for, and the answer may be that of its successor. */
static void who_leads_already_is_said_by_who_answers(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.data_reply = "-NOTARGET n2 leads already\r\n";
    ctl_run(&r, "transfer", "n2", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "n2 leads already\n");
    c.data_reply = "-NOTARGET n2 is no voter with data that was heard lately\r\n";
    ctl_run(&r, "transfer", "n2", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 1, "NOTARGET");
    fake_cluster_stop(&c);
}

/* What is known of a question that was given up: nothing was done, or nobody knows. */
static void what_is_not_waited_for_is_told(void **state)
{
    (void)state;
    static const char pid_file[] = "/tmp/raftctl-pending-XXXXXX";
    static const struct {
        const char *words[5];
        bool on_status, opens;
        int exit;
        const char *name, *what;
    } rows[] = {
        {{"get", "k"}, false, false, 130, "CANCELLED", "error: cancelled: nothing was read "},
        {{"set", "k", "v"}, false, false, 130, "CANCELLED", "cancelled: nothing was written "},
        {{"set", "k", "v"}, false, true, 2, "UNKNOWN", "it was ended before the reply; the write "},
        {{"wait", "members=3"}, true, false, 130, "CANCELLED", "cancelled: not members=3 yet "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct caller caller = {
            .number = SIGINT, .on_status = rows[i].on_status, .opens = rows[i].opens};
        struct ran r;
        memcpy(caller.pid_file, pid_file, sizeof(pid_file));
        run_signalled(&caller, &r, rows[i].words);
        ctl_expect_said(&r, rows[i].what);
        ctl_expect_failure(&r, rows[i].exit, rows[i].name);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_under_way_shows),
        cmocka_unit_test(a_leaver_that_is_away_shows),
        cmocka_unit_test(a_newcomer_that_was_not_started_shows),
        cmocka_unit_test(another_change_waits_for_it),
        cmocka_unit_test(a_long_reason_hides_nothing),
        cmocka_unit_test(a_change_that_is_not_waited_for_is_told),
        cmocka_unit_test(a_drain_that_is_half_done_is_told),
        cmocka_unit_test(a_drain_without_an_heir_says_what_it_needs),
        cmocka_unit_test(who_leads_already_is_said_by_who_answers),
        cmocka_unit_test(what_is_not_waited_for_is_told),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_pending", tests, NULL, NULL);
}
