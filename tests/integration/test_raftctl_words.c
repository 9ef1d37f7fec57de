/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl makes of the words it is given, and answers to those it cannot use. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void a_wrong_command_line_is_64(void **state)
{
    (void)state;
    static const char *const lines[][6] = {
        {NULL},
        {"frobnicate"},
        {"status"}, /* no endpoint */
        {"status", "-e", "127.0.0.1"},
        {"status", "-e", "127.0.0.1:0"},
        {"status", "-e", "::1:7201"},
        {"status", "-e", ""},
        {"status", "-e", "127.0.0.1:7201,"},
        {"status", "-e", "127.0.0.1:1", "surplus"},
        {"get", "-e", "127.0.0.1:1"},
        {"get", "k", "-e", "127.0.0.1:1", "--if-absent"},
        {"get", "k", "-e", "127.0.0.1:1", "--nonsense"},
        {"get", "k", "-e"},
        {"wait", "godot", "-e", "127.0.0.1:1"},
        {"wait", "caught-up=", "-e", "127.0.0.1:1"},
        {"wait", "caught-upon", "-e", "127.0.0.1:1"},
        {"wait", "node=n1:witness", "-e", "127.0.0.1:1"},
        {"get", "k", "-e", "127.0.0.1:1", "-t5"},
        {"get", "k", "-e", "127.0.0.1:1", "-oxml"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct ran r;
        ctl_run(&r, lines[i][0], lines[i][1], lines[i][2], lines[i][3], lines[i][4], lines[i][5],
                NULL);
        ctl_expect_failure(&r, 64, "USAGE");
    }
}

static void help_is_a_verb_too(void **state)
{
    (void)state;
    static const char *const verbs[][2] = {{"get"}, {"member", "add"}, {"member"}, {"put"}};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        struct ran r, option;
        const char *second = verbs[i][1];
        ctl_run(&option, verbs[i][0], second != NULL ? second : "--help", "--help", NULL);
        ctl_run(&r, "help", verbs[i][0], second, NULL);
        ctl_expect(&r, 0, buf_str(&option.out));
        ran_free(&option);
    }
    struct ran r;
    ctl_run(&r, "help", NULL);
    ctl_expect_part(&r, "\nverbs\n  status ");
    ran_free(&r);
    ctl_run(&r, "help", "member", "ad", NULL);
    ctl_expect_said(&r, "there is no verb \"member ad\"; did you mean member add?");
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "help", "get", "k", NULL);
    ctl_expect_said(&r, "help of one verb at a time");
    ctl_expect_failure(&r, 64, "USAGE");
}

/* What is not known is answered with what is, and with what is spelled nearly so. */
static void a_word_that_is_not_known_is_answered_with_those_that_are(void **state)
{
    (void)state;
    static const char all[] = "  fix: raftctl wait leader, healthy, applied=N, caught-up, ";
    struct ran r;
    ctl_run(&r, "wait", "-e", "127.0.0.1:1", NULL);
    ctl_expect_said(&r, all);
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "wait", "node=n1", "-e", "127.0.0.1:1", NULL);
    ctl_expect_said(&r, "\"node=n1\" is not known   [USAGE]");
    ctl_expect_said(&r, all);
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "wait", "helthy", "-e", "127.0.0.1:1", NULL);
    ctl_expect_said(&r, "\"helthy\" is not known; did you mean healthy?   [USAGE]\n");
    ctl_expect_said(&r, all);
    ctl_expect_failure(&r, 64, "USAGE");
    static const char *const wrong[][2] = {{"NOLEADR", "; did you mean NOLEADER?"},
                                           {"noqorum", "; did you mean no quorum?"},
                                           {"foo", "there is no explanation of foo   [ABSENT]"},
                                           {"76", "there is no explanation of 76   [ABSENT]"}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        ctl_run(&r, "explain", wrong[i][0], NULL);
        ctl_expect_said(&r, wrong[i][1]);
        ctl_expect_failure(&r, 1, "ABSENT");
    }
}

/* One node that has options. */
static enum fake_act tell_options(struct fake_node *node, const struct resp_request *request,
                                  struct buf *reply)
{
    struct buf json = {0};
    if (span_is_word(request->argv[1], "status"))
        buf_putf(&json,
                 "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
                 "\"node\":{\"name\":\"n1\",\"role\":\"leader\"},"
                 "\"members\":[{\"name\":\"n1\",\"address\":\"%s\"}]}",
                 node->address);
    else
        buf_puts(&json, "{\"v\":1,\"snapshot_every\":10000,\"forward\":true,"
                        "\"election_timeout_min_us\":150000,\"election_timeout_max_us\":300000}");
    respw_bulk(reply, span_of(json.data, json.len));
    buf_free(&json);
    return FAKE_ANSWER;
}

static void an_option_that_nobody_has_is_no_answer(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, tell_options, NULL);
    static const char *const spellings[] = {"snapshot-every", "snapshot_every"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        ctl_run(&r, "config", "get", spellings[i], "-o", "plain", "-e", node.address, NULL);
        ctl_expect(&r, 0, "n1\tsnapshot_every\t10000\n");
    }
    ctl_run(&r, "config", "get", "snapshot-evry", "-e", node.address, NULL);
    ctl_expect_said(&r, "no node has an option snapshot_evry; did you mean snapshot_every?");
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "config", "get", "election-timeout", "-o", "plain", "-e", node.address, NULL);
    ctl_expect(&r, 0,
               "n1\telection_timeout_min_us\t150000\n"
               "n1\telection_timeout_max_us\t300000\n");
    ctl_run(&r, "config", "get", "elction-timeout", "-e", node.address, NULL);
    ctl_expect_said(&r, "no node has an option elction_timeout; did you mean election_timeout?");
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "config", "get", "nix", "-e", node.address, NULL);
    ctl_expect_said(&r, "no node has an option nix   [USAGE]\n  fix: raftctl config get ");
    ctl_expect_failure(&r, 64, "USAGE");
    ctl_run(&r, "config", "get", "v", "-e", node.address, NULL);
    ctl_expect_failure(&r, 64, "USAGE");
    fake_node_stop(&node);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_command_line_is_64),
        cmocka_unit_test(a_word_that_is_not_known_is_answered_with_those_that_are),
        cmocka_unit_test(help_is_a_verb_too),
        cmocka_unit_test(an_option_that_nobody_has_is_no_answer),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_words", tests, NULL, NULL);
}
