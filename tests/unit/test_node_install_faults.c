/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots from node to node, disturbed: slow, broken off on either side, no space, replaced.
 * R-SNAP-7, R-SNAP-8, R-SNAP-9, R-SNAP-10, R-SNAP-11. */
#include "base/units.h"
#include "store/image.h"
#include "tests/support/lagging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

/* Images on request only, sent so slowly that one can see it. */
static void slowly(struct node_options *o)
{
    o->snapshot_rate = 64 * KIB;
}

static void in_pieces(struct node_options *o)
{
    o->snapshot_chunk_bytes = 8192;
}

/* R-SNAP-7: paced, and nobody misses a heartbeat. */
static void the_rate_is_kept(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 205, slowly);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    uint64_t term = raft_term(node_raft(n.one[l].node)), begin_ns = n.now_ns;
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    uint64_t expected_ns = bytes * NS_PER_S / (64 * KIB);
    assert_in_range(n.now_ns - begin_ns, expected_ns * 9 / 10, expected_ns * 2);
    assert_int_equal(raft_term(node_raft(n.one[l].node)), term);
    assert_int_equal(lagging_installed(&n, f), 1);
    lagging_finish(&n);
}

/* R-SNAP-8, R-SNAP-11: another leader goes on where the first one ended. */
static void another_sender_goes_on(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 206, slowly);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    lagging_run_until_half(&n, f, bytes);
    nodes_crash(&n, l, MEMVFS_CUT_LOSE);
    unsigned next = (unsigned)nodes_leader(&n, LIMIT);
    assert_int_equal(next, 3 - l - f);
    assert_true(lagging_catches_up(&n, f, next, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(lagging_number(status, "installed"), 1);
    assert_in_range(lagging_number(status, "received_bytes"), bytes, bytes + bytes / 10);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[next].node));
    lagging_finish(&n);
}

static void the_receiver_goes_on_after_a_stop(enum memvfs_crash how)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    uint64_t bytes;
    nodes_open_tuned(&n, 3, 207, slowly);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    lagging_run_until_half(&n, f, bytes);
    nodes_crash(&n, f, how);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    assert_true(lagging_received(&n, f) >= 65504);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(lagging_number(status, "installed"), 1);
    assert_true(lagging_number(status, "received_bytes") < bytes - 65000);
    lagging_finish(&n);
}

static void a_stop_loses_little(void **state)
{
    (void)state;
    the_receiver_goes_on_after_a_stop(MEMVFS_KILL);
    the_receiver_goes_on_after_a_stop(MEMVFS_CUT_LOSE);
}

/* Until an image of the state ends where a piece of its file ends. */
static void write_until_even(struct nodes *n)
{
    static char words[2 * IMAGE_PIECE_BYTES];
    unsigned l = (unsigned)nodes_leader(n, LIMIT);
    size_t len = 100;
    lagging_write_much(n, l);
    for (unsigned tries = 0; tries < 4; tries++) {
        int begin = snprintf(words, sizeof(words), "SET even ");
        memset(words + begin, 'x', len);
        words[(size_t)begin + len] = '\0';
        assert_string_equal(nodes_ask(n, l, 0, words, LIMIT), "+OK\r\n");
        uint64_t bytes = lagging_number(nodes_ask(n, l, 0, "RAFT SNAPSHOT", LIMIT), "bytes");
        if (bytes % IMAGE_PIECE_BYTES == 0)
            return;
        len += IMAGE_PIECE_BYTES - bytes % IMAGE_PIECE_BYTES;
    }
    fail_msg("its size does not follow that of a value");
}

/* Dies at the k-th call to its disk from the first piece on; false: it never made so many. */
static bool dies_at(uint64_t k, enum memvfs_crash how, bool even)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    uint64_t bytes;
    nodes_open_tuned(&n, 3, 208, in_pieces);
    if (even)
        write_until_even(&n);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    assert_true(!even || bytes % IMAGE_PIECE_BYTES == 0);
    memvfs_halt_at(n.one[f].disk, k);
    uint64_t end = n.now_ns + 2 * NS_PER_S;
    while (n.one[f].fatal == 0 && n.now_ns < end)
        nodes_run(&n, NS_PER_MS);
    bool died = n.one[f].fatal != 0;
    if (died) {
        assert_int_equal(n.one[f].fatal, NODE_EXIT_DISK);
        nodes_crash(&n, f, how);
        if (nodes_start(&n, f, &e) < 0)
            fail_msg("after call %u: %s", (unsigned)k, e.text);
    }
    memvfs_halt_at(n.one[f].disk, 1000000); /* not any more */
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_string_equal(nodes_ask(&n, f, 0, "INCR n", LIMIT), ":1\r\n");
    lagging_finish(&n);
    return died;
}

/* R-SNAP-9: whatever stands on the disk then, the next start finishes or begins anew. */
static void the_receiver_may_die_anywhere(void **state)
{
    static const enum memvfs_crash ways[] = {MEMVFS_KILL, MEMVFS_CUT_LOSE, MEMVFS_CUT_KEEP,
                                             MEMVFS_CUT_RANDOM};
    (void)state;
    for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
        uint64_t k = 1;
        while (dies_at(k, ways[w], w % 2 == 0))
            k++;
        assert_in_range(k, 20, 1000); /* so many calls belong to it */
    }
}

static void no_space_for_it_now(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open(&n, 3, 209);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    memvfs_set_capacity(n.one[f].disk, memvfs_used(n.one[f].disk, NULL) + 20000);
    nodes_run(&n, 3 * NS_PER_S);
    assert_int_equal(n.one[f].fatal, 0);
    assert_int_equal(lagging_installed(&n, f), 0);
    memvfs_set_capacity(n.one[f].disk, 0);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(lagging_installed(&n, f), 1);
    lagging_finish(&n);
}

/* R-SNAP-10: one that is replaced again and again would never arrive. */
static void a_newer_image_waits(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 211, slowly);
    unsigned f = lagging_two_with_an_image(&n, &l, &bytes);
    lagging_run_until_half(&n, f, bytes);
    for (unsigned round = 0; round < 3; round++) {
        lagging_write(&n, l, 10);
        assert_int_equal(nodes_ask(&n, l, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
        nodes_run(&n, 100 * NS_PER_MS);
    }
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(lagging_number(status, "installed"), 1);
    assert_in_range(lagging_number(status, "received_bytes"), bytes, bytes + bytes / 10);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    lagging_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_is_kept),    cmocka_unit_test(another_sender_goes_on),
        cmocka_unit_test(a_stop_loses_little), cmocka_unit_test(the_receiver_may_die_anywhere),
        cmocka_unit_test(no_space_for_it_now), cmocka_unit_test(a_newer_image_waits),
    };
    return cmocka_run_group_tests_name("node_install_faults", tests, NULL, NULL);
}
