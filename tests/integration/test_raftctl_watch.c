/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How raftctl watch ends. Where the time has to run out it is long enough for a machine that stalls
 * for some seconds. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* The stream begins, and one change comes. */
static enum fake_act tell_one_change(struct fake_node *node, const struct resp_request *request,
                                     struct buf *reply)
{
    (void)node;
    (void)request;
    buf_puts(reply, "*3\r\n$8\r\nwatchkey\r\n$5\r\nstart\r\n:4\r\n"
                    "*5\r\n$8\r\nwatchkey\r\n$3\r\nset\r\n:6\r\n$1\r\nk\r\n$1\r\nv\r\n");
    return FAKE_ANSWER;
}

static void a_watch_ends_in_time(void **state)
{
    (void)state;
    struct fake_node node;
    struct ran r;
    fake_node_start(&node, tell_one_change, NULL);
    ctl_run(&r, "watch", "-n", "2", "-t", "5s", "-e", node.address, NULL);
    assert_string_equal(buf_str(&r.out), "set 6 k v\n");
    assert_string_equal(buf_str(&r.err),
                        "error: not 2 changes within 5s: 1 are missing   [TIMEOUT]\n"
                        "  fix: raftctl watch --from-rev 7 goes on from there\n");
    assert_int_equal(r.exit_code, 2);
    ran_free(&r);
    ctl_run(&r, "watch", "-t", "5s", "-e", node.address, NULL);
    ctl_expect(&r, 0, "set 6 k v\n");
    ctl_run(&r, "watch", "-n", "1", "-t", "60s", "-e", node.address, NULL);
    ctl_expect(&r, 0, "set 6 k v\n");
    fake_node_stop(&node);
}

/* The node tells one change, and is gone; whoever comes again is hung up on. */
static enum fake_act tell_and_go(struct fake_node *node, const struct resp_request *request,
                                 struct buf *reply)
{
    if (node->requests_count == 1)
        (void)tell_one_change(node, request, reply);
    return FAKE_HANG_UP;
}

/* That it had ended before says nothing of what was told until then. */
static void a_watch_ends_in_time_while_a_node_is_away(void **state)
{
    (void)state;
    static const struct {
        const char *count;
        int exit_code;
    } rows[] = {{"2", 2}, {NULL, 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fake_node node;
        struct ran r;
        fake_node_start(&node, tell_and_go, NULL);
        ctl_run(&r, "watch", "-e", node.address, "-t", "5s", rows[i].count != NULL ? "-n" : NULL,
                rows[i].count, NULL);
        assert_string_equal(buf_str(&r.out), "set 6 k v\n");
        assert_int_equal(r.exit_code, rows[i].exit_code);
        ran_free(&r);
        fake_node_stop(&node);
        assert_true(node.requests_count > 1);
    }
}

static void a_watch_that_is_refused_names_the_node_once(void **state)
{
    (void)state;
    struct ran r;
    char closed[FAKE_ADDRESS_MAX], why[128];
    fake_address_closed(closed);
    ctl_run(&r, "watch", "-t", "5s", "-e", closed, NULL);
    (void)snprintf(why, sizeof(why), "\n  why: %s: Connection refused\n", closed);
    ctl_expect_said(&r, why);
    ctl_expect_failure(&r, 69, "UNREACHABLE");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_ends_in_time),
        cmocka_unit_test(a_watch_ends_in_time_while_a_node_is_away),
        cmocka_unit_test(a_watch_that_is_refused_names_the_node_once),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_watch", tests, NULL, NULL);
}
