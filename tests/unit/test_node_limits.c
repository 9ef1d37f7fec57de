/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits too long is refused, and when. R-CLI-11, R-CLI-12. */
#include "base/mem.h"
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

/* A leader that cannot commit and does not step down. */
static void stubborn(struct node_options *options)
{
    options->check_quorum = false;
    options->client_deadline_ns = NS_PER_S + 1; /* no heartbeat comes just then */
}

static const char *reply_of(struct nodes *n, unsigned i, unsigned c)
{
    return buf_str(&n->one[i].replies[c]);
}

static void queued_writes_learn_early(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 91, stubborn);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        n.cut[l][i] = n.cut[i][l] = i != l;
    for (unsigned i = 0; i < LIMIT_UNCOMMITTED_ENTRIES; i++)
        nodes_say(&n, l, 0, "INCR n");
    nodes_settle(&n);
    nodes_say(&n, l, 1, "INCR n"); /* one too many */
    nodes_settle(&n);
    nodes_run(&n, 490 * NS_PER_MS);
    assert_string_equal(reply_of(&n, l, 1), "");
    nodes_run(&n, 20 * NS_PER_MS);
    assert_int_equal(strncmp(reply_of(&n, l, 1), "-BUSY", 5), 0);
    assert_string_equal(reply_of(&n, l, 0), ""); /* appended: they may still happen */
    nodes_run(&n, 500 * NS_PER_MS);
    assert_int_equal(strncmp(reply_of(&n, l, 0), "-UNKNOWN", 8), 0);
    nodes_close(&n);
}

/* The node asks to be woken for it. */
static void and_at_no_turn_of_others(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 92, stubborn);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        n.cut[l][i] = n.cut[i][l] = i != l;
    for (unsigned i = 0; i <= LIMIT_UNCOMMITTED_ENTRIES; i++)
        nodes_say(&n, l, i == LIMIT_UNCOMMITTED_ENTRIES, "INCR n");
    nodes_settle(&n);
    uint64_t half_ns = n.now_ns + 500 * NS_PER_MS + 1;
    for (int i = 0; i < 1000 && reply_of(&n, l, 1)[0] == '\0'; i++) {
        assert_true(node_wake_at(n.one[l].node) <= half_ns);
        n.now_ns = node_wake_at(n.one[l].node);
        node_on_timer(n.one[l].node, n.now_ns);
        node_pump(n.one[l].node, n.now_ns);
    }
    assert_int_equal(n.now_ns, half_ns);
    nodes_close(&n);
}

static void roomy(struct node_options *options)
{
    stubborn(options);
    options->segment_bytes = 4 * LIMIT_ENTRY_BYTES;
}

/* What other nodes forward is held here too, and counts. R-REPL-16. */
static void forwarded_writes_are_limited(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 93, roomy);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    nodes_run(&n, NS_PER_S);
    n.lose_type = RAFT_APPEND; /* nothing commits */
    size_t len = LIMIT_ENTRY_BYTES - 1024;
    char *words = mem_alloc(len + 1);
    memset(words, 'x', len);
    memcpy(words, "SET k ", 6);
    for (size_t held = 0; held <= 2 * LIMIT_UNCOMMITTED_BYTES; held += len)
        nodes_say(&n, l, 0, words);
    nodes_settle(&n);
    nodes_say(&n, f, 0, "INCR n");
    nodes_run(&n, 10 * NS_PER_MS);
    assert_int_equal(strncmp(reply_of(&n, f, 0), "-BUSY too many", 14), 0);
    free(words);
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_writes_learn_early),
        cmocka_unit_test(and_at_no_turn_of_others),
        cmocka_unit_test(forwarded_writes_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
