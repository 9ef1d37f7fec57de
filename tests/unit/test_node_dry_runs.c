/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT MEMBER DRYRUN at whole nodes: it changes nothing, and is refused as the command is. */
#include "base/units.h"
#include "tests/support/member_nodes.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT MEMBER_NODES_LIMIT

static const char *ask_dry(struct nodes *n, unsigned i, const char *rest)
{
    char words[160];
    (void)snprintf(words, sizeof(words), "RAFT MEMBER DRYRUN %s", rest);
    return nodes_ask(n, i, 0, words, LIMIT);
}

/* The dry run says what the command says then. */
static void refused_alike(struct nodes *n, unsigned i, const char *rest, const char *with)
{
    char words[160], dry[1024];
    (void)snprintf(dry, sizeof(dry), "%s", ask_dry(n, i, rest));
    assert_true(reply_begins(dry, with));
    (void)snprintf(words, sizeof(words), "RAFT MEMBER %s", rest);
    assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), dry);
}

static void foretells(struct nodes *n, const char *rest, const char *part)
{
    const char *told = ask_dry(n, 0, rest);
    if (strstr(told, part) == NULL)
        fail_msg("%s: no %s in %s", rest, part, told);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 41);
    nodes_run(&n, NS_PER_S); /* disks are written down meanwhile */
    uint64_t last = raft_last(node_raft(n.one[0].node)).index;
    foretells(&n, "REMOVE n3",
              "\"now\":{\"voters\":[\"n1\",\"n2\",\"n3\"],\"quorum\":2,\"reachable\":3,"
              "\"tolerates\":1},\"after\":{\"voters\":[\"n1\",\"n2\"],\"quorum\":2,"
              "\"reachable\":2,\"tolerates\":0},\"joint\":false,\"blocks\":false");
    foretells(&n, "ADD n9 host9:7001", "\"silent\":[\"n9\"]");
    foretells(&n, "ADD n9 host9:7001 LEARNER", "\"silent\":[]");
    foretells(&n, "REPLACE n3 n9 host9:7001", "\"after\":{\"voters\":[\"n1\",\"n2\",\"n9\"]");
    foretells(&n, "DEMOTE n3", "\"after\":{\"voters\":[\"n1\",\"n2\"]");
    foretells(&n, "PROMOTE n3", "\"after\":{\"voters\":[\"n1\",\"n2\",\"n3\"]");
    foretells(&n, "PRIORITY n3 90", "\"blocks\":false");
    foretells(&n, "CHANGE n1=host1:7001,n8=host8:7001,n9=host9:7001",
              "\"joint\":true,\"blocks\":false,\"commits\":false,\"silent\":[\"n8\",\"n9\"]");
    foretells(&n, "REPLACE n9 n3 host3:7001", "\"blocks\":false"); /* done already */
    nodes_run(&n, NS_PER_S);
    assert_int_equal(raft_last(node_raft(n.one[0].node)).index, last);
    assert_false(status_has(&n, 0, "\"name\":\"n9\""));
    nodes_done(&n);
}

static void a_dry_run_is_refused_alike(void **state)
{
    static const char *const bad[] = {"ADD n9",
                                      "ADD n9 host9:0",
                                      "ADD n9 host1:7001",
                                      "ADD n2 host9:7001",
                                      "PRIORITY n2 256",
                                      "REPLACE n3 n3 host3:7001",
                                      "REPLACE n3 n4 host2:7001",
                                      "CHANGE n1",
                                      "CHANGE n1=host1:x",
                                      "CHANGE n1=host9:7001",
                                      "FROB n1",
                                      "REMOVE n3 x",
                                      "DRYRUN REMOVE n3"};
    static const char *const nobody[] = {"PROMOTE n9", "DEMOTE n9", "REMOVE n9",
                                         "REPLACE n9 n8 host8:7001", "PRIORITY n9 1"};
    struct nodes n;
    (void)state;
    nodes_open_three(&n, 42);
    for (size_t i = 0; i < ARRAY_LEN(bad) - 1; i++)
        refused_alike(&n, 0, bad[i], "-ERR");
    for (size_t i = 0; i < ARRAY_LEN(nobody); i++)
        refused_alike(&n, 0, nobody[i], "-NOSUCHMEMBER");
    assert_true(reply_begins(ask_dry(&n, 0, bad[ARRAY_LEN(bad) - 1]), "-ERR"));
    refused_alike(&n, 1, "REMOVE n3", "-NOTLEADER");
    refused_alike(&n, 0, "DEMOTE n3 EXPECT 1", "-CONFLICT");
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n9 host9:7001 LEARNER", LIMIT),
                        "+OK\r\n");
    refused_alike(&n, 0, "PROMOTE n9", "-NOTCAUGHTUP");
    nodes_say(&n, 0, 1, "RAFT MEMBER ADD n9 host9:7001");
    nodes_run(&n, 100 * NS_PER_MS);
    refused_alike(&n, 0, "REMOVE n3", "-INPROGRESS");
    nodes_run(&n, LIMIT);
    /* The guard counts who was heard: that is told beside its words. */
    nodes_crash(&n, 2, MEMVFS_KILL);
    nodes_run(&n, 5 * NS_PER_S);
    foretells(&n, "REMOVE n2", "\"blocks\":true,\"commits\":false,\"silent\":[\"n3\"]");
    foretells(&n, "REMOVE n2", "\"refusal\":\"QUORUMGUARD the voters heard lately are no quorum");
    assert_true(reply_begins(nodes_ask(&n, 0, 0, "RAFT MEMBER REMOVE n2", LIMIT),
                             "-QUORUMGUARD the voters heard lately are no quorum"));
    nodes_done(&n);
}

/* What is refused in the second step is said before the first one is made. */
static void a_dry_run_looks_at_both_steps(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_one(&n, 43);
    refused_alike(&n, 0, "REMOVE n1", "-LASTVOTER");
    refused_alike(&n, 0, "DEMOTE n1", "-LASTVOTER");
    assert_int_equal(nodes_join(&n), 1);
    refused_alike(&n, 0, "ADD n2 host2:7001 WITNESS", "-LASTVOTER");
    refused_alike(&n, 0, "ADD n2 host2:7001", "-ERR n2 is a member without data");
    nodes_done(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dry_run_changes_nothing),
        cmocka_unit_test(a_dry_run_is_refused_alike),
        cmocka_unit_test(a_dry_run_looks_at_both_steps),
    };
    return cmocka_run_group_tests_name("node_dry_runs", tests, NULL, NULL);
}
