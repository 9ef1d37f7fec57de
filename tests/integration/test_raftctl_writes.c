/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl set and del: executed once, however often a reply gets lost; and what is not known. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void set_and_del(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    ctl_run(&r, "set", "k", "v", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "ok\n");
    ctl_run(&r, "put", "k", "v", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_json(&r, 0, "{\"v\":1,\"set\":true,", c.addresses[0]);
    c.data_reply = "$-1\r\n";
    ctl_run(&r, "set", "k", "v", "--if-absent", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 1, "the key has a value already\n");
    c.data_reply = ":1\r\n";
    ctl_run(&r, "del", "a", "b", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 0, "1\n");
    ctl_run(&r, "del", "a", "b", "--must-exist", "-e", c.addresses[0], NULL);
    ctl_expect(&r, 1, "1\n");
    fake_cluster_stop(&c);
}

static enum fake_act echo_error(struct fake_node *node, const struct resp_request *request,
                                struct buf *reply)
{
    (void)node;
    if (request->argc == 4 && span_is_word(request->argv[2], "open")) {
        respw_unsigned(reply, 7);
        return FAKE_ANSWER;
    }
    buf_puts(reply, "-ERR got");
    for (size_t i = 0; i < request->argc; i++)
        buf_putf(reply, " %.*s", (int)request->argv[i].len, request->argv[i].data);
    buf_puts(reply, "\r\n");
    return FAKE_ANSWER;
}

static void what_is_sent(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, echo_error, NULL);
    const char *argv[] = {ctl_program, "-e", node.address, "-o",          "json",
                          "set",       "k",  "-",          "--if-absent", NULL};
    run_program(argv, span_str("from stdin"), &r);
    assert_int_equal(r.exit_code, 1);
    ctl_expect_part(&r, "\"what\":\"got RAFT SESSION WRITE 7 1 1 SET k from stdin NX\"");
    ran_free(&r);
    ctl_run(&r, "-e", node.address, "-o", "json", "--", "del", "-x", "y", NULL);
    ctl_expect_part(&r, "\"what\":\"got RAFT SESSION WRITE 7 1 1 DEL -x y\"");
    ran_free(&r);
    fake_node_stop(&node);
}

/* Without a verb standard input is not read: a script whose word got lost does nothing. */
static void commands_from_a_pipe_need_the_verb(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    const char *argv[] = {ctl_program, "-e", c.addresses[0], NULL, NULL};
    run_program(argv, span_str("set k v\n"), &r);
    ctl_expect_said(&r, "for commands from standard input, raftctl shell\n");
    ctl_expect_failure(&r, 64, "USAGE");
    argv[3] = "shell";
    run_program(argv, span_str("set k v\n"), &r);
    ctl_expect(&r, 0, "ok\n");
    fake_cluster_stop(&c);
    assert_int_equal(c.writes[0], 1);
}

static void both_of(const struct fake_cluster *c, char out[2 * FAKE_ADDRESS_MAX])
{
    (void)snprintf(out, 2 * FAKE_ADDRESS_MAX, "%s,%s", c->addresses[0], c->addresses[1]);
}

/* Executed, and the reply lost: asked for again under the same number, here and elsewhere. */
static void a_lost_reply_is_asked_for_again(void **state)
{
    (void)state;
    for (size_t lost = 1; lost <= 3; lost++) {
        struct fake_cluster c;
        struct ran r;
        char both[2 * FAKE_ADDRESS_MAX];
        fake_cluster_start(&c, 3);
        c.writes_lost = lost;
        both_of(&c, both);
        ctl_run(&r, "set", "k", "v", "-t", "20s", "-e", both, NULL);
        ctl_expect(&r, 0, "ok\n");
        fake_cluster_stop(&c);
        assert_int_equal(c.writes[0] + c.writes[1], lost + 1);
        assert_string_equal(c.last_write[0], "7 1 1");
        assert_string_equal(c.last_write[1], "7 1 1");
    }
}

/* A refusal after a lost reply proves nothing: unless it is the session's answer. */
static void a_refusal_does_not_end_a_doubt(void **state)
{
    static const struct {
        const char *reply;
        int exit_code;
        const char *name;
    } cases[] = {
        {"-NOLEADER no leader in term 8\r\n", 2, "UNKNOWN"},
        {"-NOSESSION expired\r\n", 2, "UNKNOWN"},
        {"-WRONGTYPE not a number\r\n", 1, "WRONGTYPE"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fake_cluster c;
        struct ran r;
        fake_cluster_start(&c, 1);
        c.writes_lost = 1;
        c.data_reply = cases[i].reply;
        ctl_run(&r, "set", "k", "v", "-t", "400ms", "-e", c.addresses[0], NULL);
        ctl_expect_failure(&r, cases[i].exit_code, cases[i].name);
        fake_cluster_stop(&c);
    }
}

static void a_write_nobody_answers_is_unknown(void **state)
{
    (void)state;
    const enum fake_act acts[] = {FAKE_SILENCE, FAKE_HANG_UP};
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        struct fake_cluster c;
        struct ran r;
        char both[2 * FAKE_ADDRESS_MAX];
        fake_cluster_start(&c, 3);
        c.data_act = acts[i];
        c.data_reply = "";
        both_of(&c, both);
        ctl_run(&r, "set", "k", "v", "-t", "300ms", "-e", both, NULL);
        ctl_expect_failure(&r, 2, "UNKNOWN");
        fake_cluster_stop(&c);
        assert_true(c.writes[0] >= 1 && c.writes[1] >= 1);
    }
}

static void without_a_session_nothing_is_written(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 1);
    c.open_act = FAKE_SILENCE;
    ctl_run(&r, "set", "k", "v", "-t", "200ms", "-e", c.addresses[0], NULL);
    ctl_expect_failure(&r, 75, "TIMEOUT");
    fake_cluster_stop(&c);
    assert_int_equal(c.writes[0], 0);
}

static void error_codes_become_exit_codes(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        int exit_code;
        const char *name;
        bool both; /* the second node was asked too */
    } cases[] = {
        {"-NOLEADER no leader in term 8\r\n", 75, "NOLEADER", true},
        {"-NOTLEADER n2 10.0.0.2:7201\r\n", 75, "NOTLEADER", true},
        {"-BUSY too much at once\r\n", 75, "BUSY", true},
        {"-UNKNOWN lost the leader\r\n", 2, "UNKNOWN", true},
        {"-WRONGTYPE not a number\r\n", 1, "WRONGTYPE", false},
        {"-NOPERM not for you\r\n", 77, "NOPERM", false},
        {"-\r\n", 1, "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fake_cluster c;
        struct ran r;
        char both[2 * FAKE_ADDRESS_MAX];
        fake_cluster_start(&c, 3);
        c.data_reply = cases[i].reply;
        both_of(&c, both);
        ctl_run(&r, "set", "k", "v", "-t", "500ms", "-e", both, NULL);
        ctl_expect_failure(&r, cases[i].exit_code, cases[i].name);
        fake_cluster_stop(&c);
        assert_true(c.writes[0] >= 1);
        assert_int_equal(c.writes[1] > 0, cases[i].both);
    }
}

static enum fake_act say_outsider(struct fake_node *node, const struct resp_request *request,
                                  struct buf *reply)
{
    (void)node;
    (void)request;
    buf_puts(reply, "-NOTMEMBER this node is no member; nothing was done\r\n");
    return FAKE_ANSWER;
}

/* A member: the leader is lost once the session is open, and another is there at the third try. */
static enum fake_act lead_late(struct fake_node *node, const struct resp_request *request,
                               struct buf *reply)
{
    size_t *tries = node->context;
    if (span_is_word(request->argv[2], "open"))
        respw_unsigned(reply, 7);
    else if (span_is_word(request->argv[2], "write") && ++*tries < 3)
        buf_puts(reply, "-NOLEADER no leader is known here; nothing was done, try again\r\n");
    else
        respw_ok(reply);
    return FAKE_ANSWER;
}

/* What the member says is what counts: a leader is waited for. */
static void an_outsider_does_not_hide_a_member(void **state)
{
    (void)state;
    struct fake_node outsider, member;
    struct ran r;
    size_t tries = 0;
    char both[2 * FAKE_ADDRESS_MAX];
    fake_node_start(&outsider, say_outsider, NULL);
    fake_node_start(&member, lead_late, &tries);
    (void)snprintf(both, sizeof(both), "%s,%s", outsider.address, member.address);
    ctl_run(&r, "set", "k", "v", "-t", "60s", "-e", both, NULL);
    ctl_expect(&r, 0, "ok\n");
    fake_node_stop(&outsider);
    fake_node_stop(&member);
    assert_int_equal(tries, 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_and_del),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(commands_from_a_pipe_need_the_verb),
        cmocka_unit_test(a_lost_reply_is_asked_for_again),
        cmocka_unit_test(a_refusal_does_not_end_a_doubt),
        cmocka_unit_test(a_write_nobody_answers_is_unknown),
        cmocka_unit_test(without_a_session_nothing_is_written),
        cmocka_unit_test(error_codes_become_exit_codes),
        cmocka_unit_test(an_outsider_does_not_hide_a_member),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_writes", tests, NULL, NULL);
}
