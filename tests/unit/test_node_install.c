/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots from node to node: who lags too far for the log catches up through one.
 * R-SNAP-5, R-SNAP-7, R-SNAP-8, R-SNAP-9, R-SNAP-10, R-SNAP-12. */
#include "base/prng.h"
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

static void small(struct node_options *o)
{
    o->snapshot_every = 20;
    o->snapshot_trailing = 5;
}

static void in_tiny_pieces(struct node_options *o)
{
    small(o);
    o->snapshot_chunk_bytes = 64;
}

static uint64_t number_in(const char *json, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (at == NULL)
        fail_msg("no %s in %s", quoted, json);
    return strtoull(at + strlen(quoted), NULL, 10);
}

static void write_some(struct nodes *n, unsigned i, unsigned count)
{
    char words[64];
    for (unsigned k = 0; k < count; k++) {
        (void)snprintf(words, sizeof(words), "SET key%u value%u", k, k);
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

/* Until node i has applied all that node `of` has committed. */
static bool catches_up(struct nodes *n, unsigned i, unsigned of, uint64_t limit_ns)
{
    uint64_t target = raft_commit(node_raft(n->one[of].node)), end = n->now_ns + limit_ns;
    while (node_applied(n->one[i].node) < target && n->now_ns < end)
        nodes_run(n, 10 * NS_PER_MS);
    return node_applied(n->one[i].node) >= target;
}

static uint64_t installed(struct nodes *n, unsigned i)
{
    return number_in(nodes_ask(n, i, 7, "RAFT SNAPSHOT STATUS", LIMIT), "installed");
}

/* Two of three nodes write until the third needs an image. */
static unsigned leave_behind(struct nodes *n, unsigned *ret_leader)
{
    struct err e = {0};
    unsigned l = (unsigned)nodes_leader(n, LIMIT), f = (l + 1) % 3;
    nodes_crash(n, f, MEMVFS_CUT_LOSE);
    write_some(n, l, 100);
    nodes_run(n, NS_PER_S); /* until it counts as gone: before, the log is kept for it */
    assert_true(raft_base(node_raft(n->one[l].node)).index > 50);
    assert_int_equal(nodes_start(n, f, &e), 0);
    *ret_leader = l;
    return f;
}

static void catches_up_by(void (*tune)(struct node_options *), uint64_t seed)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    nodes_open_tuned(&n, 3, seed, tune);
    unsigned f = leave_behind(&n, &l);
    assert_true(catches_up(&n, f, l, LIMIT));
    assert_int_equal(installed(&n, f), 1);
    write_some(&n, l, 10);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_int_equal(installed(&n, f), 1);
    assert_string_equal(nodes_ask(&n, f, 0, "GET key99", LIMIT), "$7\r\nvalue99\r\n");
    /* It stands on it after a power cut too. */
    nodes_crash(&n, f, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    assert_true(catches_up(&n, f, l, LIMIT));
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_int_equal(installed(&n, f), 0);
    nodes_close(&n);
}

static void who_lags_catches_up(void **state)
{
    (void)state;
    catches_up_by(small, 200);
    catches_up_by(in_tiny_pieces, 201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_lags_catches_up),
    };
    return cmocka_run_group_tests_name("node_install", tests, NULL, NULL);
}
