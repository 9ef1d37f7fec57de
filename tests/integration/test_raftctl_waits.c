/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl does with the time it is given. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* One node, that leads; changes of members it refuses, and takes 650 ms to say so. */
static enum fake_act refuse_slowly(struct fake_node *node, const struct resp_request *request,
                                   struct buf *reply)
{
    if (span_is_word(request->argv[1], "status")) {
        struct buf json = {0};
        buf_putf(&json,
                 "{\"v\":1,\"cluster\":{\"id\":\"0000000000000001\",\"leader\":\"n1\",\"term\":1},"
                 "\"node\":{\"name\":\"n1\",\"role\":\"leader\",\"term\":1},"
                 "\"members\":[{\"name\":\"n1\",\"voter\":true,\"address\":\"%s\"}]}",
                 node->address);
        respw_bulk(reply, span_of(json.data, json.len));
        buf_free(&json);
        return FAKE_ANSWER;
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = 650 * 1000 * 1000}, NULL);
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
    ctl_run(&r, "member", "promote", "n1", "-e", node.address, "-t", "2s", NULL);
    ctl_expect_failure(&r, 75, "INPROGRESS");
    fake_node_stop(&node);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_attempt_begins_that_would_not_be_answered),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_waits", tests, NULL, NULL);
}
