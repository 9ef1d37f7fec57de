/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the quorum is lost: one survivor goes on alone, and those it gave up are told. */
/* Rules: R-MEMB-22, R-MEMB-23, R-STATE-6. */
#include "base/prng.h"
#include "base/units.h"
#include "raft/recover.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)
#define ADMIN NODES_ADMIN

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *recover(struct nodes *n, unsigned i)
{
    char words[64];
    (void)snprintf(words, sizeof(words), "RAFT RECOVER %s", n->one[i].name);
    return nodes_ask(n, i, ADMIN, words, LIMIT);
}

/* Three nodes, a written key, and all but the survivor dead. */
static unsigned lose_two(struct nodes *n, uint64_t seed)
{
    nodes_open(n, 3, seed);
    unsigned l = (unsigned)nodes_leader(n, LIMIT), survivor = (l + 1) % 3;
    assert_string_equal(nodes_ask(n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_run(n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++) {
        if (i != survivor)
            nodes_crash(n, i, MEMVFS_CUT_LOSE);
    }
    nodes_run(n, NS_PER_S);
    return survivor;
}

/* The old majority comes back, finds itself given up, and stays that way. */
static void expect_given_up(struct nodes *n, unsigned i)
{
    struct err e = {0};
    assert_int_equal(nodes_start(n, i, &e), 0);
    nodes_run(n, 2 * NS_PER_S);
    assert_int_equal(n->one[i].fatal, NODE_EXIT_REMOVED);
    assert_non_null(strstr(n->one[i].fatal_text, "given up"));
    nodes_crash(n, i, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(n, i, &e), -E_CLOSED);
    assert_non_null(strstr(e.text, "never votes again"));
}

static void one_goes_on_and_the_others_are_told(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    unsigned s = lose_two(&n, 1), a = (s + 1) % 3, b = (s + 2) % 3;
    char words[64];
    assert_true(begins(nodes_ask(&n, s, 1, "SET k w", LIMIT), "-NOLEADER"));
    const char *reply = recover(&n, s);
    assert_true(begins(reply, "$"));
    assert_non_null(strstr(reply, "\"generation\":1"));
    assert_non_null(strstr(reply, "\"given_up\":[\"n"));
    assert_int_equal(nodes_leader(&n, LIMIT), s);
    assert_string_equal(nodes_ask(&n, s, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    assert_string_equal(nodes_ask(&n, s, 0, "SET k w", LIMIT), "+OK\r\n");
    /* One of them and a restart of the survivor; then the other. */
    expect_given_up(&n, a);
    nodes_crash(&n, s, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, s, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), s);
    expect_given_up(&n, b);
    /* They return empty, as learners first. */
    n.generation = node_hello(n.one[s].node, 0).link.generation;
    n.cluster_id = node_hello(n.one[s].node, 0).link.cluster_id;
    assert_int_equal(n.generation, 1);
    n.joins[a] = true;
    memvfs_free(n.one[a].disk);
    n.one[a].disk = memvfs_new(99);
    (void)memvfs_vfs(n.one[a].disk)->mkdir(memvfs_vfs(n.one[a].disk)->arg, "/data", NULL);
    assert_int_equal(nodes_start(&n, a, &e), 0);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER ADD n%u host%u:7001", a + 1, a + 1);
    assert_string_equal(nodes_ask(&n, s, 0, words, LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, a, 0, "GET k", LIMIT), "$1\r\nw\r\n");
    nodes_close(&n);
}

/* Both of the old ones at once are a majority of what was: neither leads for longer than it takes
 * to greet. */
static void the_old_majority_is_no_second_cluster(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    unsigned s = lose_two(&n, 2), a = (s + 1) % 3, b = (s + 2) % 3;
    assert_true(begins(recover(&n, s), "$"));
    assert_int_equal(nodes_start(&n, a, &e), 0);
    assert_int_equal(nodes_start(&n, b, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[a].fatal, NODE_EXIT_REMOVED);
    assert_int_equal(n.one[b].fatal, NODE_EXIT_REMOVED);
    assert_int_equal(nodes_leader(&n, LIMIT), s);
    nodes_close(&n);
}

static void refused_while_it_need_not_be(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 3);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3, o = (l + 2) % 3;
    assert_true(begins(nodes_ask(&n, f, 0, "RAFT RECOVER n1", LIMIT), "-NOPERM"));
    assert_true(begins(nodes_ask(&n, f, ADMIN, "RAFT RECOVER nobody", LIMIT), "-ERR"));
    assert_true(begins(recover(&n, f), "-QUORUMALIVE"));
    assert_true(begins(recover(&n, l), "-QUORUMALIVE"));
    /* A candidate of five that is behind: two of five are left, one has more. */
    nodes_close(&n);
    nodes_open(&n, 5, 4);
    l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 5, o = (l + 2) % 5;
    nodes_run(&n, NS_PER_S);
    nodes_crash(&n, f, MEMVFS_CUT_LOSE);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 5; i++) {
        if (i != f && i != o)
            nodes_crash(&n, i, MEMVFS_CUT_LOSE);
    }
    assert_int_equal(nodes_start(&n, f, &e), 0);
    nodes_run(&n, NS_PER_S);
    const char *reply = recover(&n, f);
    assert_true(begins(reply, "-BEHIND"));
    assert_non_null(strstr(reply, n.one[o].name));
    assert_true(begins(recover(&n, o), "$"));
    assert_int_equal(nodes_leader(&n, LIMIT), o);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[f].fatal, NODE_EXIT_REMOVED);
    nodes_close(&n);
}

/* Its removal comes while it waits for answers. */
static void removed_while_it_asks(void **state)
{
    struct nodes n;
    char words[64];
    (void)state;
    nodes_open(&n, 3, 9);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    nodes_run(&n, NS_PER_S);
    n.lose_type = PEER_PROBE_REPLY;
    (void)snprintf(words, sizeof(words), "RAFT RECOVER %s", n.one[f].name);
    buf_reset(&n.one[f].replies[ADMIN]);
    nodes_say(&n, f, ADMIN, words);
    nodes_run(&n, 10 * NS_PER_MS);
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s", n.one[f].name);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), "+OK\r\n");
    nodes_run(&n, 2 * NS_PER_S);
    assert_true(begins(buf_str(&n.one[f].replies[ADMIN]), "-ERR this node is no member"));
    assert_int_equal(n.one[f].fatal, 0);
    nodes_close(&n);
}

/* The latest configuration is not committed, and whom it lacks has more. */
static void an_open_removal_is_no_way_around(bool restarts)
{
    struct nodes n;
    struct err e = {0};
    char words[64];
    nodes_open(&n, 4, 10);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), x = (l + 1) % 4;
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 4; i++)
        n.cut[l][i] = n.cut[i][l] = i != l;
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s", n.one[x].name);
    nodes_say(&n, l, 0, words);
    nodes_settle(&n);
    if (restarts)
        nodes_crash(&n, l, MEMVFS_CUT_LOSE);
    nodes_run(&n, 2 * NS_PER_S);
    assert_string_equal(nodes_ask(&n, x, 0, "SET k v", LIMIT), "+OK\r\n");
    for (unsigned i = 0; i < 4; i++) {
        if (i != l && i != x)
            nodes_crash(&n, i, MEMVFS_CUT_LOSE);
    }
    if (restarts)
        assert_int_equal(nodes_start(&n, l, &e), 0);
    nodes_run(&n, NS_PER_S);
    n.cut[l][x] = n.cut[x][l] = false;
    const char *reply = recover(&n, l);
    assert_true(begins(reply, "-BEHIND"));
    assert_non_null(strstr(reply, n.one[x].name));
    nodes_close(&n);
}

/* Also after a start, when only the log tells what was before. */
static void whom_an_open_change_removes_is_asked_too(void **state)
{
    (void)state;
    an_open_removal_is_no_way_around(false);
    an_open_removal_is_no_way_around(true);
}

/* Either side may be the one that greets. */
static void the_given_up_are_told_both_ways(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    unsigned s = lose_two(&n, 8), a = (s + 1) % 3, b = (s + 2) % 3;
    for (unsigned i = 0; i < 3; i++)
        n.cut[s][i] = n.cut[i][s] = true; /* only what is said here is heard */
    assert_int_equal(nodes_start(&n, a, &e), 0);
    assert_int_equal(nodes_start(&n, b, &e), 0);
    nodes_run(&n, NS_PER_S);
    struct peer_hello old = node_hello(n.one[b].node, node_id_of_name(n.one[s].name));
    nodes_crash(&n, b, MEMVFS_KILL);
    nodes_crash(&n, a, MEMVFS_KILL);
    assert_true(begins(recover(&n, s), "$"));
    assert_int_equal(node_answer_hello(n.one[s].node, &old).refusal, PEER_REFUSED_GIVEN_UP);
    assert_int_equal(nodes_start(&n, a, &e), 0);
    struct peer_hello new = node_hello(n.one[s].node, node_id_of_name(n.one[a].name));
    assert_true(new.given_up);
    (void)node_answer_hello(n.one[a].node, &new);
    assert_int_equal(n.one[a].fatal, NODE_EXIT_REMOVED);
    nodes_close(&n);
}

/* What no recovery named: refused, but nobody ends for it. */
static void another_generation_alone_ends_nobody(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 5);
    nodes_run(&n, NS_PER_S);
    struct peer_hello hello = node_hello(n.one[1].node, node_id_of_name("n1"));
    hello.link.generation = 5;
    struct peer_hello_reply reply = node_answer_hello(n.one[0].node, &hello);
    assert_int_equal(reply.refusal, PEER_REFUSED_GENERATION);
    reply.hello = hello;
    assert_int_equal(node_check_hello_reply(n.one[0].node, node_id_of_name("n2"), &reply, &e),
                     -E_MISMATCH);
    assert_int_equal(n.one[0].fatal, 0);
    nodes_close(&n);
}

/* ---- at rest ---- */

static bool complete(void *arg, struct vfs_op **ret_op, int *ret_status)
{
    return memvfs_complete(arg, ret_op, ret_status);
}

static int recover_disk(struct memvfs *disk, bool really, struct node_recovery *ret, struct err *e)
{
    struct node_recover_host host = {.vfs = memvfs_vfs(disk), .complete = complete, .arg = disk};
    return node_recover(&host, "/data", really, ret, e);
}

static void a_directory_at_rest_is_recovered(void **state)
{
    struct nodes n;
    struct err e = {0};
    struct node_recovery found;
    (void)state;
    unsigned s = lose_two(&n, 6);
    uint64_t last = raft_last(node_raft(n.one[s].node)).index;
    nodes_crash(&n, s, MEMVFS_CUT_LOSE);
    /* Looking changes nothing. */
    assert_int_equal(recover_disk(n.one[s].disk, false, &found, &e), 0);
    assert_string_equal(found.name, n.one[s].name);
    assert_string_equal(found.cluster, "test");
    assert_int_equal(found.generation, 0);
    assert_int_equal(found.last.index, last);
    assert_in_range(found.commit, 1, last);
    assert_int_equal(found.members_count, 3);
    assert_true(found.member);
    assert_int_equal(nodes_start(&n, s, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_leader(&n, NS_PER_S), -1);
    nodes_crash(&n, s, MEMVFS_CUT_LOSE);
    assert_int_equal(recover_disk(n.one[s].disk, true, &found, &e), 0);
    assert_int_equal(nodes_start(&n, s, &e), 0);
    assert_int_equal(nodes_leader(&n, LIMIT), s);
    assert_string_equal(nodes_ask(&n, s, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    expect_given_up(&n, (s + 1) % 3);
    nodes_crash(&n, (s + 2) % 3, MEMVFS_KILL);
    expect_given_up(&n, (s + 2) % 3);
    assert_int_equal(recover_disk(n.one[(s + 1) % 3].disk, true, &found, &e), -E_CLOSED);
    /* Who was given up can be looked at. */
    assert_int_equal(recover_disk(n.one[(s + 1) % 3].disk, false, &found, &e), 0);
    assert_string_equal(found.name, n.one[(s + 1) % 3].name);
    assert_true(found.given_up);
    assert_int_equal(recover_disk(n.one[s].disk, false, &found, &e), -E_BUSY);
    /* An empty one has nothing. */
    struct memvfs *empty = memvfs_new(1);
    (void)memvfs_vfs(empty)->mkdir(memvfs_vfs(empty)->arg, "/data", NULL);
    assert_int_equal(recover_disk(empty, true, &found, &e), -E_NOTFOUND);
    memvfs_free(empty);
    nodes_close(&n);
}

/* Who was removed has nothing to recover, but may be looked at. */
static void a_removed_one_is_looked_at(void **state)
{
    struct nodes n;
    struct err e = {0};
    struct node_recovery found;
    (void)state;
    nodes_open(&n, 3, 12);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), gone = (l + 1) % 3;
    char words[64];
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE %s", n.one[gone].name);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S);
    nodes_crash(&n, gone, MEMVFS_CUT_LOSE);
    assert_int_equal(recover_disk(n.one[gone].disk, false, &found, &e), 0);
    assert_false(found.member);
    assert_string_equal(found.name, n.one[gone].name);
    assert_int_equal(found.members_count, 2);
    assert_true(found.config_index > 1);
    assert_int_equal(recover_disk(n.one[gone].disk, true, &found, &e), -E_INVALID);
    nodes_close(&n);
}

/* A crash at every call of the disk: afterwards it has happened or it has not, and it can be done
 * again. */
static void broken_off_it_is_undone_or_done(void **state)
{
    unsigned undone = 0, done = 0;
    (void)state;
    for (unsigned call = 1; call < 200; call += call < 40 ? 1 : 4) {
        struct nodes n;
        struct err e = {0};
        struct node_recovery found;
        unsigned s = lose_two(&n, 7);
        nodes_crash(&n, s, MEMVFS_CUT_LOSE);
        memvfs_halt_at(n.one[s].disk, call);
        int code = recover_disk(n.one[s].disk, true, &found, &e);
        memvfs_crash(n.one[s].disk, call % 2 == 0 ? MEMVFS_CUT_RANDOM : MEMVFS_CUT_LOSE);
        assert_int_equal(nodes_start(&n, s, &e), 0);
        nodes_run(&n, 2 * NS_PER_S);
        bool alone = nodes_leader(&n, NS_PER_S) == (int)s;
        uint64_t generation = node_hello(n.one[s].node, 0).link.generation;
        assert_int_equal(generation, alone ? 1 : 0);
        assert_true(alone || code < 0);
        done += alone;
        undone += !alone;
        if (!alone) {
            nodes_crash(&n, s, MEMVFS_CUT_LOSE);
            assert_int_equal(recover_disk(n.one[s].disk, true, &found, &e), 0);
            assert_int_equal(nodes_start(&n, s, &e), 0);
            assert_int_equal(nodes_leader(&n, LIMIT), s);
        }
        assert_string_equal(nodes_ask(&n, s, 0, "GET k", LIMIT), "$1\r\nv\r\n");
        nodes_close(&n);
        if (code == 0)
            break;
    }
    print_message("%u undone, %u done\n", undone, done);
    assert_true(undone > 5 && done > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_goes_on_and_the_others_are_told),
        cmocka_unit_test(the_old_majority_is_no_second_cluster),
        cmocka_unit_test(refused_while_it_need_not_be),
        cmocka_unit_test(removed_while_it_asks),
        cmocka_unit_test(whom_an_open_change_removes_is_asked_too),
        cmocka_unit_test(the_given_up_are_told_both_ways),
        cmocka_unit_test(another_generation_alone_ends_nobody),
        cmocka_unit_test(a_directory_at_rest_is_recovered),
        cmocka_unit_test(a_removed_one_is_looked_at),
        cmocka_unit_test(broken_off_it_is_undone_or_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
