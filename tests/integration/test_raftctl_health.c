/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl health says of the voters: who is up, and who agrees on a leader. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void quorum_is(const struct fake_cluster *c, int at, const char *result, const char *detail)
{
    struct ran r;
    char part[256];
    ctl_run(&r, "health", "-o", "json", "-t", "60s", "-e", c->addresses[at], NULL);
    (void)snprintf(part, sizeof(part),
                   "{\"check\":\"quorum\",\"result\":\"%s\",\"detail\":\"%s; 2 needed\"}", result,
                   detail);
    ctl_expect_part(&r, part);
    ran_free(&r);
}

static void with_a_leader(void **state)
{
    (void)state;
    struct fake_cluster c;
    fake_cluster_start(&c, 7);
    quorum_is(&c, 0, "ok", "3 of 3 voters answer and agree on the leader");
    c.leaders[2] = "";
    quorum_is(&c, 0, "ok", "3 of 3 voters answer, 2 agree on the leader");
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 3);
    quorum_is(&c, 0, "ok", "2 of 3 voters answer and agree on the leader");
    fake_cluster_stop(&c);
}

/* Up they are: that none is well says nothing of that. */
static void without_one(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.no_leader_for = SIZE_MAX;
    quorum_is(&c, 0, "fail", "3 of 3 voters answer, none knows a leader");
    ctl_run(&r, "health", "-o", "json", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "{\"check\":\"lag\",\"result\":\"unknown\",\"detail\":\"nobody leads\"}");
    assert_int_equal(r.exit_code, 1);
    ran_free(&r);
    fake_cluster_stop(&c);
    fake_cluster_start(&c, 1);
    c.no_leader_for = SIZE_MAX;
    quorum_is(&c, 0, "fail", "1 of 3 voters answer, none knows a leader");
    fake_cluster_stop(&c);
}

/* n2 leads, and n1 stands for election in a later term, of which n2 has not heard. */
static void with_one_of_an_older_term(void **state)
{
    (void)state;
    struct fake_cluster c;
    fake_cluster_start(&c, 7);
    c.terms[0] = 8;
    c.roles[0] = "candidate";
    c.leaders[0] = "";
    quorum_is(&c, 0, "fail", "3 of 3 voters answer, none knows a leader of term 8");
    fake_cluster_stop(&c);
}

/* n1 is asked, who votes are as it knows them: it is cut off, and has not heard that two quorums
 * count by now. */
static void outgoing_voters_that_are_not_known(void **state)
{
    (void)state;
    struct fake_cluster c;
    fake_cluster_start(&c, 7);
    c.terms[0] = 6;
    c.joint[1] = c.joint[2] = true;
    quorum_is(&c, 0, "warning", "3 of 3 voters answer, 2 agree on the leader");
    fake_cluster_stop(&c);
}

/* n1 was removed and knows nothing of it: the members it lists are not asked as its cluster. */
static void over_one_who_was_removed(void **state)
{
    (void)state;
    struct fake_cluster c;
    struct ran r;
    fake_cluster_start(&c, 7);
    c.config_index[0] = 1;
    c.config_index[1] = c.config_index[2] = c.left_at[0] = 9;
    quorum_is(&c, 0, "ok", "2 of 2 voters answer and agree on the leader");
    ctl_run(&r, "status", "-e", c.addresses[0], NULL);
    ctl_expect_part(&r, "not a member");
    ran_free(&r);
    c.config_index[1] = c.config_index[2] = c.left_at[0] = 91; /* not committed: it may be undone */
    quorum_is(&c, 0, "ok", "3 of 3 voters answer and agree on the leader");
    fake_cluster_stop(&c);
}

/* One that is called like a member does not stand for it, whether that answers or not. */
static void a_namesake_is_no_member(void **state)
{
    (void)state;
    struct fake_cluster ours, theirs;
    struct ran r;
    char both[2 * FAKE_ADDRESS_MAX];
    fake_cluster_start(&ours, 7);
    fake_cluster_start(&theirs, 7);
    for (int i = 0; i < FAKE_NODES; i++)
        theirs.ids[i] = "00000000000000bb";
    (void)snprintf(both, sizeof(both), "%s,%s", ours.addresses[0], theirs.addresses[0]);
    ctl_run(&r, "status", "-o", "plain", "-e", both, NULL);
    ctl_expect(&r, 0,
               "n1\tfollower\t7\t95\t90\t89\t5\t0\t0.1.0\t\n"
               "n2\tleader\t7\t100\t90\t89\t-\t-\t0.1.0\t\n"
               "n3\tfollower\t7\t60\t90\t89\t40\t2400\t0.1.0\t\n"
               "n1\tfollower\t7\t95\t90\t89\t-\t-\t0.1.0\tanother cluster\n");
    fake_cluster_stop(&ours);
    /* Now n3 of ours is the only one left of it: the others are where theirs are. */
    fake_cluster_start(&ours, 4);
    ours.no_leader_for = SIZE_MAX;
    memcpy(ours.addresses[0], theirs.addresses[0], sizeof(ours.addresses[0]));
    memcpy(ours.addresses[1], theirs.addresses[1], sizeof(ours.addresses[1]));
    ctl_run(&r, "leader", "-e", ours.addresses[2], NULL);
    ctl_expect_said(&r, "why: up: n3; unreachable: n1 (another cluster's node answers there), n2 "
                        "(another cluster's node answers there); 2 of 3 voters are needed\n");
    ctl_expect_said(&r, "if they are lost for good: raftctl explain no-quorum\n");
    ctl_expect_failure(&r, 75, "NOLEADER");
    ctl_run(&r, "health", "-o", "json", "-t", "60s", "-e", ours.addresses[2], NULL);
    ctl_expect_part(&r, "\"detail\":\"1 of 3 voters answer, none knows a leader; 2 needed\"");
    ran_free(&r);
    fake_cluster_stop(&ours);
    fake_cluster_stop(&theirs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_leader),
        cmocka_unit_test(without_one),
        cmocka_unit_test(with_one_of_an_older_term),
        cmocka_unit_test(outgoing_voters_that_are_not_known),
        cmocka_unit_test(over_one_who_was_removed),
        cmocka_unit_test(a_namesake_is_no_member),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_health", tests, NULL, NULL);
}
