/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of writes: batched, forwarded, caught in a change of leaders, sent twice. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

static unsigned open_three(struct nodes *n, uint64_t seed)
{
    nodes_open(n, 3, seed);
    int leader = nodes_leader(n, LIMIT);
    assert_true(leader >= 0);
    nodes_run(n, 100 * NS_PER_MS); /* everybody knows it */
    return (unsigned)leader;
}

static void cut_both(struct nodes *n, unsigned a, unsigned b, bool cut)
{
    n->cut[a][b] = cut;
    n->cut[b][a] = cut;
}

static const char *reply_of(struct nodes *n, unsigned i, unsigned client)
{
    return buf_str(&n->one[i].replies[client]);
}

/* A leader other than this one, its term committed. */
static unsigned next_leader(struct nodes *n, unsigned not_this)
{
    for (unsigned ms = 0; ms < 5000; ms++) {
        for (unsigned i = 0; i < n->count; i++) {
            if (i != not_this && raft_term_committed(node_raft(n->one[i].node)))
                return i;
        }
        nodes_run(n, NS_PER_MS);
    }
    fail_msg("no other leader");
    return 0;
}

/* R-REPL-19 */
static void a_turn_is_one_batch_and_nobody_waits_for_company(void **state)
{
    struct nodes n;
    (void)state;
    unsigned l = open_three(&n, 1);
    uint64_t before = n.now_ns;
    nodes_say(&n, l, 0, "SET lone x");
    nodes_settle(&n); /* no time passes */
    assert_string_equal(reply_of(&n, l, 0), "+OK\r\n");
    assert_int_equal(n.now_ns, before);

    uint64_t frames = n.frames_sent;
    nodes_say(&n, l, 0, "SET lone y");
    nodes_settle(&n);
    uint64_t frames_of_one = n.frames_sent - frames;
    frames = n.frames_sent;
    for (unsigned i = 0; i < 100; i++) {
        for (unsigned c = 0; c < 4; c++)
            nodes_say(&n, l, c, "INCR many");
    }
    buf_reset(&n.one[l].trace);
    nodes_settle(&n);
    assert_int_equal(n.now_ns, before);
    assert_true(n.frames_sent - frames <= frames_of_one);
    const char *appended = strstr(buf_str(&n.one[l].trace), "\"appended\"");
    assert_non_null(appended);
    assert_null(strstr(appended + 1, "\"appended\"")); /* 400 entries, one range */
    assert_string_equal(nodes_ask(&n, l, 5, "GET many", LIMIT), "$3\r\n400\r\n");
    nodes_close(&n);
}

/* R-CLI-7: another entry committed in its place, so it never will be. */
static void an_overwritten_write_is_aborted(void **state)
{
    struct nodes n;
    (void)state;
    unsigned l = open_three(&n, 2), a = (l + 1) % 3, b = (l + 2) % 3;
    cut_both(&n, l, a, true);
    cut_both(&n, l, b, true);
    nodes_say(&n, l, 0, "SET k lost");
    nodes_settle(&n);
    unsigned next = next_leader(&n, l);
    assert_string_equal(nodes_ask(&n, next, 0, "SET k won", LIMIT), "+OK\r\n");
    assert_string_equal(reply_of(&n, l, 0), ""); /* truncation or not: nothing is known yet */
    cut_both(&n, l, a, false);
    cut_both(&n, l, b, false);
    nodes_run(&n, 500 * NS_PER_MS);
    assert_true(strncmp(reply_of(&n, l, 0), "-ABORTED", 8) == 0);
    assert_string_equal(nodes_ask(&n, l, 1, "GET k", LIMIT), "$3\r\nwon\r\n");
    nodes_close(&n);
}

/* R-CLI-7: the next leader has the entry and commits it. R-CLI-10: the client that gave up waiting
 * and sent it again, without a session, has it executed twice. */
static void a_write_that_outlives_its_leader_is_done(void **state)
{
    struct nodes n;
    (void)state;
    unsigned l = open_three(&n, 3), heir = (l + 1) % 3, other = (l + 2) % 3;
    cut_both(&n, l, other, true);
    n.cut[heir][l] = true; /* entries arrive, acknowledgements do not */
    nodes_say(&n, l, 0, "INCR n");
    nodes_settle(&n);
    cut_both(&n, l, heir, true);
    assert_int_equal(next_leader(&n, l), heir);
    assert_string_equal(reply_of(&n, l, 0), "");
    assert_string_equal(nodes_ask(&n, heir, 0, "INCR n", LIMIT), ":2\r\n");
    cut_both(&n, l, heir, false);
    cut_both(&n, l, other, false);
    nodes_run(&n, 500 * NS_PER_MS);
    assert_string_equal(reply_of(&n, l, 0), ":1\r\n");
    nodes_close(&n);
}

/* R-CLI-8, R-CLI-6: a forwarded write that reaches a node which leads no more goes to the leader it
 * names, once; one whose way is cut after it left has an unknown fate and goes nowhere. */
static void a_forwarded_write_is_tried_again_only_after_a_no(void **state)
{
    struct nodes n;
    char words[32];
    (void)state;
    unsigned l = open_three(&n, 4), f = (l + 1) % 3, next = (l + 2) % 3;
    n.held[f][l] = true;
    nodes_say(&n, f, 0, "INCR n");
    nodes_settle(&n);
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER n%u", next + 1);
    nodes_say(&n, l, 1, words);
    nodes_run(&n, 200 * NS_PER_MS);
    assert_int_equal(next_leader(&n, l), next);
    assert_string_equal(reply_of(&n, f, 0), "");
    n.held[f][l] = false;
    nodes_run(&n, 100 * NS_PER_MS);
    assert_string_equal(reply_of(&n, f, 0), ":1\r\n");

    n.held[f][next] = true;
    nodes_say(&n, f, 2, "INCR n");
    nodes_settle(&n);
    nodes_crash(&n, next, MEMVFS_KILL);
    nodes_settle(&n);
    assert_true(strncmp(reply_of(&n, f, 2), "-UNKNOWN", 8) == 0);
    n.held[f][next] = false;
    assert_true(nodes_leader(&n, LIMIT) >= 0);
    nodes_run(&n, 100 * NS_PER_MS);
    assert_string_equal(nodes_ask(&n, f, 3, "GET n", LIMIT), "$1\r\n1\r\n");
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_is_one_batch_and_nobody_waits_for_company),
        cmocka_unit_test(an_overwritten_write_is_aborted),
        cmocka_unit_test(a_write_that_outlives_its_leader_is_done),
        cmocka_unit_test(a_forwarded_write_is_tried_again_only_after_a_no),
    };
    return cmocka_run_group_tests_name("node_writes", tests, NULL, NULL);
}
