/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl health says of the voters: who is up, and who agrees on a leader. */
#include "fake_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>

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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_leader),
        cmocka_unit_test(without_one),
        cmocka_unit_test(with_one_of_an_older_term),
        cmocka_unit_test(outgoing_voters_that_are_not_known),
        cmocka_unit_test(over_one_who_was_removed),
    };
    if (argc != 2)
        return 64;
    ctl_program = argv[1];
    return cmocka_run_group_tests_name("raftctl_health", tests, NULL, NULL);
}
