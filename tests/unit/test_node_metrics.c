/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a leader tells of its members in numbers. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (5 * NS_PER_S)

static bool tells(const struct nodes *n, unsigned i, const char *line)
{
    struct buf out = {0};
    node_metrics(n->one[i].node, nodes_clock(n, i), &out);
    bool found = strstr(buf_str(&out), line) != NULL;
    buf_free(&out);
    return found;
}

/* A number for it would be of another leader's time, or made up. */
static void who_was_never_heard_has_no_line(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_prepare(&n, 3, 1);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(nodes_start(&n, i, &e), 0);
    int l = nodes_leader(&n, LIMIT);
    assert_in_range(l, 0, 1);
    const char *other = l == 0 ? "raft_peer_silence_seconds{peer=\"n2\"}"
                               : "raft_peer_silence_seconds{peer=\"n1\"}";
    assert_true(tells(&n, (unsigned)l, other));
    assert_false(tells(&n, (unsigned)l, "raft_peer_silence_seconds{peer=\"n3\"}"));
    assert_false(tells(&n, (unsigned)l, "raft_peer_lag_entries{peer=\"n3\"}"));
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_leader(&n, LIMIT), l);
    assert_true(tells(&n, (unsigned)l, "raft_peer_silence_seconds{peer=\"n3\"} 0."));
    assert_true(tells(&n, (unsigned)l, "raft_peer_lag_entries{peer=\"n3\"} 0\n"));
    assert_false(tells(&n, 2, "raft_peer_lag_entries{"));
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_was_never_heard_has_no_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
