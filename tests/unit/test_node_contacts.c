/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A member that says a wrong address of itself: it reaches the others, and they cannot reach it. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

#define TOLD                                                                        \
    "n3 reaches n1, and cannot be dialed at wrong:1: Connection refused: is its --" \
    "advertise-peer right?"

static void says_wrong(struct node_options *o)
{
    if (strcmp(o->name, "n3") == 0)
        (void)snprintf(o->peer_address, sizeof(o->peer_address), "wrong:1");
}

static bool tells(struct nodes *n)
{
    return strstr(nodes_ask(n, 0, 0, "RAFT STATUS", LIMIT), "\"refused\":\"" TOLD "\"") != NULL;
}

static void the_leader_tells_why_it_is_not_reached(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 7);
    n.mute[1] = n.mute[2] = true;
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    nodes_run(&n, NS_PER_S);
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    nodes_run(&n, NS_PER_S);
    assert_false(tells(&n)); /* it does not run: nothing is wrong with its address */
    n.tune = says_wrong;
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_true(tells(&n));
    assert_non_null(strstr(buf_str(&n.one[0].said), "n3 does not take part: " TOLD));
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    nodes_run(&n, NS_PER_S);
    assert_false(tells(&n));
    n.tune = NULL;
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_false(tells(&n));
    assert_non_null(strstr(buf_str(&n.one[0].said), "n3 answers again"));
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leader_tells_why_it_is_not_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
