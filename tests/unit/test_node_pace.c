/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commits that take more than a fifth of the election timeout are counted, and said. R-TIME-3. */
#include "base/units.h"
#include "node/pace.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT_NS 1000

/* One append after the other, each committed after took_ns. True if any judgement was bad. */
static bool commits(struct pace *p, uint64_t *index, unsigned count, uint64_t took_ns)
{
    bool bad = false;
    for (unsigned i = 0; i < count; i++) {
        pace_appended(p, ++*index, 5000);
        bad = pace_committed(p, *index, 5000 + took_ns, LIMIT_NS) || bad;
    }
    return bad;
}

static void one_in_a_hundred_may_be_slow(void **state)
{
    struct pace p = {0};
    uint64_t index = 0;
    (void)state;
    assert_false(commits(&p, &index, PACE_SAMPLES - 5, LIMIT_NS));
    assert_false(commits(&p, &index, 5, LIMIT_NS + 1)); /* 1 % of 500 */
    assert_int_equal(p.slow_permille, 10);
    assert_false(commits(&p, &index, PACE_SAMPLES - 6, LIMIT_NS));
    assert_true(commits(&p, &index, 6, LIMIT_NS + 1));
    assert_int_equal(p.slow_permille, 12);
    assert_false(commits(&p, &index, PACE_SAMPLES, 0)); /* judged anew */
    assert_int_equal(p.slow_permille, 0);
}

/* Many under way: one commit may end several; what is above it waits; a new term begins anew. */
static void each_append_is_timed_by_itself(void **state)
{
    struct pace p = {0};
    (void)state;
    for (uint64_t i = 1; i <= PACE_WAITING + 5; i++)
        pace_appended(&p, 10 * i, i);
    assert_int_equal(p.waiting_count, PACE_WAITING);
    assert_false(pace_committed(&p, 35, LIMIT_NS + 3, LIMIT_NS));
    assert_int_equal(p.samples, 3);
    assert_int_equal(p.slow, 2); /* those appended at 1 and 2 */
    assert_int_equal(p.waiting[0].index, 40);
    assert_false(pace_committed(&p, 39, 99999, LIMIT_NS));
    assert_int_equal(p.samples, 3);
    pace_restart(&p);
    assert_false(pace_committed(&p, 999, 99999, LIMIT_NS));
    assert_int_equal(p.samples, 0);
}

/* Whole nodes: a network that takes 40 ms of an election timeout of 150. */
static void a_slow_network_is_said(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 7);
    unsigned l = (unsigned)nodes_leader(&n, 10 * NS_PER_S), a = (l + 1) % 3, b = (l + 2) % 3;
    for (unsigned i = 0; i < PACE_SAMPLES; i++)
        assert_string_equal(nodes_ask(&n, l, 0, "SET k quick", NS_PER_S), "+OK\r\n");
    const char *status = nodes_ask(&n, l, 1, "RAFT STATUS", NS_PER_S);
    assert_non_null(strstr(status, "\"slow_commits_permille\":0"));
    for (unsigned i = 0; i < PACE_SAMPLES; i++) {
        n.held[l][a] = n.held[l][b] = true;
        nodes_say(&n, l, 0, "SET k slow");
        nodes_run(&n, 40 * NS_PER_MS);
        n.held[l][a] = n.held[l][b] = false;
        nodes_settle(&n);
    }
    status = nodes_ask(&n, l, 1, "RAFT STATUS", NS_PER_S);
    assert_null(strstr(status, "\"slow_commits_permille\":0"));
    assert_non_null(strstr(status, "\"slow_commits_permille\":"));
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_a_hundred_may_be_slow),
        cmocka_unit_test(each_append_is_timed_by_itself),
        cmocka_unit_test(a_slow_network_is_said),
    };
    return cmocka_run_group_tests_name("node_pace", tests, NULL, NULL);
}
