/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl against nodes that are only sockets: what it prints, and its exit codes. */
#include "fake_node.h"
#include "run_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static const char *raftctl; /* path of the program, from the command line */
static const char *man_page;

#define NODES 3

/* A cluster of three: what each says of itself, and what the first two verbs need. */
struct cluster {
    struct fake_node nodes[NODES];
    bool started[NODES];
    char addresses[NODES][FAKE_ADDRESS_MAX];
    const char *roles[NODES];
    unsigned terms[NODES];
    const char *leaders[NODES]; /* whom each follows */
    const char *ids[NODES];     /* cluster id as each knows it */
    unsigned last[NODES];
    const char *data_reply; /* to everything that is not RAFT STATUS */
    enum fake_act data_act;
    size_t no_leader_for; /* so many status requests are answered without a leader */
};

static int index_of(const struct cluster *c, const struct fake_node *node)
{
    return (int)(node - c->nodes);
}

/* Node i says of member m: only the leader knows how far the others are. */
static void put_member(const struct cluster *c, int i, int m, struct buf *out)
{
    buf_putf(out, "%s{\"name\":\"n%d\",\"address\":\"%s\",\"voter\":true", m > 0 ? "," : "", m + 1,
             c->addresses[m]);
    if (strcmp(c->roles[i], "leader") == 0)
        buf_putf(out, ",\"match\":%u", c->last[m]);
    if (strcmp(c->roles[i], "leader") == 0 && m != i)
        buf_putf(out, ",\"contact_ms\":%d", 1200 * m);
    buf_puts(out, "}");
}

static void put_status(const struct cluster *c, int i, bool with_leader, struct buf *out)
{
    struct buf doc = {0};
    buf_putf(&doc,
             "{\"v\":1,\"cluster\":{\"name\":\"demo\",\"id\":\"%s\",\"term\":%u,\"leader\":\"%s\","
             "\"commit\":90},\"node\":{\"name\":\"n%d\",\"role\":\"%s\",\"term\":%u,\"last\":%u,"
             "\"commit\":90,\"applied\":89,\"first\":51,\"version\":\"0.1.0\"},\"members\":[",
             c->ids[i], c->terms[i], with_leader ? c->leaders[i] : "", i + 1,
             with_leader ? c->roles[i] : "follower", c->terms[i], c->last[i]);
    for (int m = 0; m < NODES; m++)
        put_member(c, i, m, &doc);
    buf_puts(&doc, "]}");
    respw_bulk(out, span_of(buf_str(&doc), doc.len));
    buf_free(&doc);
}

static enum fake_act handle(struct fake_node *node, const struct resp_request *request,
                            struct buf *reply)
{
    struct cluster *c = node->context;
    if (request->argc == 2 && span_is_word(request->argv[0], "raft") &&
        span_is_word(request->argv[1], "status")) {
        put_status(c, index_of(c, node), node->requests_count > c->no_leader_for, reply);
        return FAKE_ANSWER;
    }
    buf_puts(reply, c->data_reply);
    return c->data_act;
}

/* n2 leads in term 7; nodes in the mask run, the others refuse connections. */
static void start(struct cluster *c, unsigned running)
{
    *c = (struct cluster){.roles = {"follower", "leader", "follower"},
                          .terms = {7, 7, 7},
                          .leaders = {"n2", "n2", "n2"},
                          .ids = {"00000000000000aa", "00000000000000aa", "00000000000000aa"},
                          .last = {95, 100, 60},
                          .data_reply = "+OK\r\n",
                          .data_act = FAKE_ANSWER};
    for (int i = 0; i < NODES; i++) {
        c->started[i] = (running >> i & 1) != 0;
        if (!c->started[i]) {
            fake_address_closed(c->addresses[i]);
            continue;
        }
        fake_node_start(&c->nodes[i], handle, c);
        memcpy(c->addresses[i], c->nodes[i].address, sizeof(c->addresses[i]));
    }
}

static void stop(struct cluster *c)
{
    for (int i = 0; i < NODES; i++) {
        if (c->started[i])
            fake_node_stop(&c->nodes[i]);
    }
}

#define WORDS_MAX 16

/* Runs raftctl with the words given, NULL at the end, and no input. */
static void run(struct ran *ret, ...)
{
    const char *argv[WORDS_MAX] = {raftctl};
    size_t argc = 1;
    va_list args;
    va_start(args, ret);
    for (const char *word; (word = va_arg(args, const char *)) != NULL;) {
        assert_true(argc < WORDS_MAX - 1);
        argv[argc++] = word;
    }
    va_end(args);
    run_program(argv, span_str(""), ret);
}

static void expect(struct ran *r, int exit_code, const char *out)
{
    if (r->exit_code != exit_code || strcmp(buf_str(&r->out), out) != 0)
        print_message("exit %d\n%s%s", r->exit_code, buf_str(&r->out), buf_str(&r->err));
    assert_int_equal(r->exit_code, exit_code);
    assert_string_equal(buf_str(&r->out), out);
    ran_free(r);
}

/* Exit code and name of a failure, as text and as JSON. */
static void expect_failure(struct ran *r, int exit_code, const char *name)
{
    char in_text[64];
    (void)snprintf(in_text, sizeof(in_text), "[%s]", name);
    if (r->exit_code != exit_code || strstr(buf_str(&r->err), in_text) == NULL)
        print_message("exit %d\n%s%s", r->exit_code, buf_str(&r->out), buf_str(&r->err));
    assert_int_equal(r->exit_code, exit_code);
    assert_non_null(strstr(buf_str(&r->err), in_text));
    assert_string_equal(buf_str(&r->out), "");
    ran_free(r);
}

static void expect_part(const struct ran *r, const char *part)
{
    if (strstr(buf_str(&r->out), part) == NULL)
        print_message("no \"%s\" in:\n%s%s", part, buf_str(&r->out), buf_str(&r->err));
    assert_non_null(strstr(buf_str(&r->out), part));
}

static void status_shows_a_dead_node_as_a_row(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    char expected[1024];
    start(&c, 3);
    (void)snprintf(
        expected, sizeof(expected),
        "cluster demo   term 7   leader n2   commit 90   quorum 2 of 3 OK   via %s\n"
        "NODE  ROLE      TERM  LAST  COMMIT  APPLIED  LAG  CONTACT  VER    NOTE\n"
        "n1    follower     7    95      90       89    5     0 ms  0.1.0\n"
        "n2 *  leader       7   100      90       89    -        -  0.1.0\n"
        "n3    ?            -     -       -        -   40    2.4 s  -      Connection refused\n"
        "! 1 of 3 voters unreachable; the cluster survives 0 more failures\n",
        c.addresses[0]);
    run(&r, "status", "-e", c.addresses[0], NULL);
    expect(&r, 0, expected);
    stop(&c);
}

static void status_as_json(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 2);
    run(&r, "-o", "json", "-e", c.addresses[1], "status", NULL);
    assert_int_equal(r.exit_code, 0);
    expect_part(&r,
                "{\"v\":1,\"cluster\":{\"name\":\"demo\",\"id\":\"00000000000000aa\",\"term\":7,"
                "\"leader\":\"n2\",\"commit\":90,\"voters\":3,\"quorum\":2,\"healthy\":1,"
                "\"tolerates\":0},\"nodes\":[{\"name\":\"n1\",");
    expect_part(&r, "\"reachable\":false,\"lag\":40,\"contact_ms\":2400,\"error\":{\"code\":"
                    "\"ECONNREFUSED\",\"msg\":\"Connection refused\"}}");
    expect_part(&r, "\"reachable\":true,\"role\":\"leader\",\"term\":7,\"last\":100,\"commit\":90,"
                    "\"applied\":89,\"first\":51,\"version\":\"0.1.0\"}");
    expect_part(&r, "\"warnings\":[\"2 of 3 voters unreachable: no quorum, writes wait\"]}\n");
    ran_free(&r);
    stop(&c);
}

static void status_as_plain_rows(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 7);
    run(&r, "status", "-o", "plain", "-e", c.addresses[2], NULL);
    expect(&r, 0,
           "n1\tfollower\t7\t95\t90\t89\t5\t0\t0.1.0\t\n"
           "n2\tleader\t7\t100\t90\t89\t-\t-\t0.1.0\t\n"
           "n3\tfollower\t7\t60\t90\t89\t40\t2400\t0.1.0\t\n");
    stop(&c);
}

static void status_warns_of_two_leaders_and_two_clusters(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 7);
    c.roles[2] = "leader";
    c.ids[0] = "00000000000000bb";
    c.terms[0] = 3;
    run(&r, "status", "-e", c.addresses[1], NULL);
    assert_int_equal(r.exit_code, 0);
    expect_part(&r, "! 2 nodes claim to lead in term 7\n");
    expect_part(&r, "! n1 belongs to cluster 00000000000000bb, not to 00000000000000aa\n");
    ran_free(&r);
    run(&r, "leader", "-e", c.addresses[1], NULL);
    expect_failure(&r, 75, "NOLEADER");
    stop(&c);
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
        run(&r, "status", "-e", node.address, NULL);
        expect_failure(&r, 69, "UNREACHABLE");
        fake_node_stop(&node);
    }
}

static void leader_is_a_name(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 3);
    run(&r, "leader", "-e", c.addresses[0], NULL);
    expect(&r, 0, "n2\n");
    run(&r, "leader", "-o", "json", "-e", c.addresses[0], NULL);
    expect(&r, 0, "{\"v\":1,\"leader\":\"n2\",\"term\":7}\n");
    run(&r, "leader", "-q", "-e", c.addresses[0], NULL);
    expect(&r, 0, "");
    stop(&c);
}

/* One node alone still names the leader it lost: that is hearsay, not an answer. */
static void leader_needs_more_than_hearsay(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 1);
    run(&r, "leader", "-e", c.addresses[0], NULL);
    expect_failure(&r, 75, "NOLEADER");
    stop(&c);
    start(&c, 5);
    run(&r, "leader", "-e", c.addresses[0], NULL);
    expect(&r, 0, "n2\n");
    stop(&c);
}

static void wait_waits(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 7);
    c.no_leader_for = 3;
    run(&r, "wait", "leader", "--timeout", "60s", "-e", c.addresses[0], NULL);
    expect(&r, 0, "n2\n");
    c.no_leader_for = SIZE_MAX;
    run(&r, "wait", "leader", "--timeout", "200ms", "-e", c.addresses[0], NULL);
    expect_failure(&r, 2, "TIMEOUT");
    stop(&c);
    run(&r, "wait", "leader", "--timeout", "100ms", "-e", c.addresses[0], NULL);
    expect_failure(&r, 2, "TIMEOUT");
    start(&c, 5); /* two nodes name the third, whose port is closed */
    run(&r, "wait", "leader", "--timeout", "200ms", "-e", c.addresses[0], NULL);
    expect_failure(&r, 2, "TIMEOUT");
    stop(&c);
}

static void get_prints_the_value(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 1);
    c.data_reply = "$5\r\nhello\r\n";
    run(&r, "get", "k", "-e", c.addresses[0], NULL);
    expect(&r, 0, "hello\n");
    run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    expect(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":\"hello\"}\n");
    c.data_reply = "$4\r\n\x1b[m\xff\r\n";
    run(&r, "get", "k", "-e", c.addresses[0], NULL);
    expect(&r, 0, "\\x1b[m\\xff\n");
    run(&r, "get", "k", "-o", "plain", "-e", c.addresses[0], NULL);
    expect(&r, 0, "\x1b[m\xff\n");
    run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    expect(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":{\"b64\":\"G1tt/w==\"}}\n");
    c.data_reply = ":7\r\n";
    run(&r, "get", "k", "-e", c.addresses[0], NULL);
    expect_failure(&r, 70, "INTERNAL");
    stop(&c);
}

static void get_of_an_absent_key(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 1);
    c.data_reply = "$-1\r\n";
    run(&r, "get", "k", "-e", c.addresses[0], NULL);
    expect(&r, 0, "");
    run(&r, "get", "k", "-o", "json", "-e", c.addresses[0], NULL);
    expect(&r, 0, "{\"v\":1,\"key\":\"k\",\"value\":null}\n");
    run(&r, "get", "k", "--must-exist", "-e", c.addresses[0], NULL);
    expect(&r, 1, "");
    stop(&c);
}

static void set_and_del(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    start(&c, 1);
    run(&r, "set", "k", "v", "-e", c.addresses[0], NULL);
    expect(&r, 0, "ok\n");
    run(&r, "put", "k", "v", "-o", "json", "-e", c.addresses[0], NULL);
    expect(&r, 0, "{\"v\":1,\"set\":true}\n");
    c.data_reply = "$-1\r\n";
    run(&r, "set", "k", "v", "--if-absent", "-e", c.addresses[0], NULL);
    expect(&r, 1, "the key has a value already\n");
    c.data_reply = ":1\r\n";
    run(&r, "del", "a", "b", "-e", c.addresses[0], NULL);
    expect(&r, 0, "1\n");
    run(&r, "del", "a", "b", "--must-exist", "-e", c.addresses[0], NULL);
    expect(&r, 1, "1\n");
    stop(&c);
}

static enum fake_act echo_error(struct fake_node *node, const struct resp_request *request,
                                struct buf *reply)
{
    (void)node;
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
    const char *argv[] = {raftctl, "-e", node.address, "-o",          "json",
                          "set",   "k",  "-",          "--if-absent", NULL};
    run_program(argv, span_str("from stdin"), &r);
    assert_int_equal(r.exit_code, 1);
    expect_part(&r, "\"name\":\"ERR\",\"exit\":1,\"what\":\"got SET k from stdin NX\"");
    ran_free(&r);
    run(&r, "-e", node.address, "-o", "json", "--", "del", "-x", "y", NULL);
    expect_part(&r, "\"what\":\"got DEL -x y\"");
    ran_free(&r);
    fake_node_stop(&node);
}

/* Sent and not answered: it may have happened, and nobody else is asked to do it again. */
static void a_lost_write_is_unknown(void **state)
{
    (void)state;
    const enum fake_act acts[] = {FAKE_SILENCE, FAKE_HANG_UP};
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        struct cluster c;
        struct ran r;
        char both[2 * FAKE_ADDRESS_MAX];
        start(&c, 3);
        c.data_act = acts[i];
        c.data_reply = "";
        (void)snprintf(both, sizeof(both), "%s,%s", c.addresses[0], c.addresses[1]);
        run(&r, "set", "k", "v", "-t", "300ms", "-e", both, NULL);
        expect_failure(&r, 2, "UNKNOWN");
        stop(&c);
        assert_int_equal(c.nodes[0].requests_count, 1);
        assert_int_equal(c.nodes[1].requests_count, 0);
    }
}

static void error_codes_become_exit_codes(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        int exit_code;
        const char *name;
        size_t asked; /* how many of the two nodes were asked */
    } cases[] = {
        {"-NOLEADER no leader in term 8\r\n", 75, "NOLEADER", 2},
        {"-NOTLEADER n2 10.0.0.2:7201\r\n", 75, "NOTLEADER", 2},
        {"-BUSY too much at once\r\n", 75, "BUSY", 2},
        {"-UNKNOWN lost the leader\r\n", 2, "UNKNOWN", 1},
        {"-WRONGTYPE not a number\r\n", 1, "WRONGTYPE", 1},
        {"-NOPERM not for you\r\n", 77, "NOPERM", 1},
        {"-\r\n", 1, "", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct cluster c;
        struct ran r;
        char both[2 * FAKE_ADDRESS_MAX];
        start(&c, 3);
        c.data_reply = cases[i].reply;
        (void)snprintf(both, sizeof(both), "%s,%s", c.addresses[0], c.addresses[1]);
        run(&r, "set", "k", "v", "-e", both, NULL);
        expect_failure(&r, cases[i].exit_code, cases[i].name);
        stop(&c);
        assert_int_equal(c.nodes[0].requests_count + c.nodes[1].requests_count, cases[i].asked);
    }
}

static void a_dead_endpoint_is_passed_over(void **state)
{
    (void)state;
    struct cluster c;
    struct ran r;
    char list[NODES * FAKE_ADDRESS_MAX + 32];
    start(&c, 4);
    (void)snprintf(list, sizeof(list), "/nonexistent/socket,%s,%s", c.addresses[0], c.addresses[2]);
    assert_int_equal(setenv("RAFTCTL_ENDPOINTS", list, 1), 0);
    run(&r, "set", "k", "v", NULL);
    expect(&r, 0, "ok\n");
    stop(&c);
    run(&r, "set", "k", "v", NULL);
    expect_failure(&r, 69, "UNREACHABLE");
    assert_int_equal(unsetenv("RAFTCTL_ENDPOINTS"), 0);
}

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
        {"get", "k", "-e", "127.0.0.1:1", "-t5"},
        {"get", "k", "-e", "127.0.0.1:1", "-oxml"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct ran r;
        run(&r, lines[i][0], lines[i][1], lines[i][2], lines[i][3], lines[i][4], lines[i][5], NULL);
        expect_failure(&r, 64, "USAGE");
    }
}

static void read_without_backslashes(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF;) {
        if (c != '\\')
            buf_putc(out, (char)c);
    }
    (void)fclose(file);
}

/* Every verb and every option of the help is in the man page. */
static void the_man_page_is_complete(void **state)
{
    (void)state;
    struct buf page = {0};
    struct ran r;
    size_t verbs = 0, options = 0;
    read_without_backslashes(man_page, &page);
    run(&r, "--help", NULL);
    assert_int_equal(r.exit_code, 0);
    char *rest = NULL;
    for (char *line = strtok_r(r.out.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char word[64], wanted[80];
        const char *option = strstr(line, "--");
        if (strncmp(line, "  ", 2) != 0 ||
            sscanf(option != NULL ? option : line, "%63s", word) != 1)
            continue;
        (void)snprintf(wanted, sizeof(wanted), option != NULL ? "%s" : ".B %s", word);
        if (strstr(buf_str(&page), wanted) == NULL)
            fail_msg("%s is not in the man page", word);
        verbs += option == NULL;
        options += option != NULL;
    }
    assert_int_equal(verbs, 6);
    assert_int_equal(options, 6);
    ran_free(&r);
    buf_free(&page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_shows_a_dead_node_as_a_row),
        cmocka_unit_test(status_as_json),
        cmocka_unit_test(status_as_plain_rows),
        cmocka_unit_test(status_warns_of_two_leaders_and_two_clusters),
        cmocka_unit_test(nonsense_is_no_answer),
        cmocka_unit_test(leader_is_a_name),
        cmocka_unit_test(leader_needs_more_than_hearsay),
        cmocka_unit_test(wait_waits),
        cmocka_unit_test(get_prints_the_value),
        cmocka_unit_test(get_of_an_absent_key),
        cmocka_unit_test(set_and_del),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(a_lost_write_is_unknown),
        cmocka_unit_test(error_codes_become_exit_codes),
        cmocka_unit_test(a_dead_endpoint_is_passed_over),
        cmocka_unit_test(a_wrong_command_line_is_64),
        cmocka_unit_test(the_man_page_is_complete),
    };
    if (argc != 3)
        return 64;
    raftctl = argv[1];
    man_page = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
