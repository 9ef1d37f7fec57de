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
    n.mute[2] = false; /* what it says arrives */
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

/* A founder that finds somebody of another cluster where another founder should be: it is not
 * ready, and says why until the right one answers. */
static void a_founder_meets_a_stranger(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_prepare(&n, 3, 7);
    assert_int_equal(nodes_start(&n, 0, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_string_equal(node_not_ready(n.one[0].node), "no leader is known");
    raft_id n2 = node_id_of_name("n2");
    struct peer_hello_reply reply = {.hello = node_hello(n.one[0].node, n2),
                                     .refusal = PEER_REFUSED_CLUSTER,
                                     .detail = "n1 is of cluster test (1), this is other (2)"};
    (void)snprintf(reply.hello.name, sizeof(reply.hello.name), "x9");
    assert_int_equal(node_check_hello_reply(n.one[0].node, n2, &reply, &e), -E_MISMATCH);
    assert_string_equal(node_not_ready(n.one[0].node),
                        "no leader is known, and where n2 should be x9 refuses us: belongs to "
                        "another cluster: n1 is of cluster test (1), this is other (2)");
    assert_non_null(strstr(buf_str(&n.one[0].said), "x9 refuses us: belongs to another cluster"));
    nodes_settle(&n); /* x9 ends: where n2 should be is nobody */
    assert_string_equal(node_not_ready(n.one[0].node), "no leader is known");
    assert_int_equal(nodes_start(&n, 1, &e), 0);
    nodes_settle(&n);
    assert_string_equal(node_not_ready(n.one[0].node), "no leader is known");
    nodes_close(&n);
}

/* A Hello has the id of who is looked for; who reads of it knows names. */
static void who_lives_elsewhere_is_named(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 7);
    nodes_run(&n, NS_PER_S);
    raft_id n2 = node_id_of_name("n2");
    struct peer_hello hello = node_hello(n.one[0].node, n2);
    struct peer_hello_reply reply = node_answer_hello(n.one[2].node, &hello);
    assert_int_equal(reply.refusal, PEER_REFUSED_NODE);
    assert_string_equal(reply.detail, "n1 looks for n2, this is n3");
    assert_int_equal(node_check_hello_reply(n.one[0].node, n2, &reply, &e), -E_MISMATCH);
    assert_string_equal(e.text,
                        "n3 refuses us: another node lives at this address: this is n3, not n2");
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leader_tells_why_it_is_not_reached),
        cmocka_unit_test(a_founder_meets_a_stranger),
        cmocka_unit_test(who_lives_elsewhere_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
