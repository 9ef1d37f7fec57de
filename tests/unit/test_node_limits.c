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

static void hasty(struct node_options *options)
{
    stubborn(options);
    options->client_deadline_ns = 400 * NS_PER_MS;
}

/* Half of its own time, though it comes from a node whose clients wait for less long than those
 * here. */
static void forwarded_writes_wait_for_half_their_time(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 3, 95, stubborn);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    nodes_crash(&n, f, MEMVFS_KILL);
    n.tune = hasty;
    assert_int_equal(nodes_start(&n, f, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_leader(&n, LIMIT), l);
    n.lose_type = RAFT_APPEND; /* nothing commits */
    for (unsigned i = 0; i < LIMIT_UNCOMMITTED_ENTRIES; i++)
        nodes_say(&n, l, 0, "INCR n");
    nodes_settle(&n);
    nodes_say(&n, f, 1, "INCR n"); /* one too many */
    nodes_settle(&n);
    nodes_run(&n, 190 * NS_PER_MS);
    assert_string_equal(reply_of(&n, f, 1), "");
    nodes_run(&n, 20 * NS_PER_MS);
    assert_int_equal(strncmp(reply_of(&n, f, 1), "-BUSY", 5), 0);
    nodes_close(&n);
}

/* Whoever collects and then says nothing leaves room for those who ask. */
static void what_is_collected_holds_up_nobody_else(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 95);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    size_t len = LIMIT_ENTRY_BYTES - 1024;
    char *words = mem_alloc(len + 1);
    memset(words, 'x', len);
    memcpy(words, "SET k ", 6);
    unsigned c = 0;
    do {
        assert_string_equal(nodes_ask(&n, 0, c, "MULTI", LIMIT), "+OK\r\n");
    } while (nodes_ask(&n, 0, c, words, LIMIT)[0] == '+' && ++c < NODES_CLIENTS - 1);
    assert_in_range(c, 2, NODES_CLIENTS - 2);
    assert_int_equal(strncmp(reply_of(&n, 0, c), "-BUSY too much is watched", 25), 0);
    assert_int_equal(strncmp(nodes_ask(&n, 0, c, "EXEC", LIMIT), "-EXECABORT", 10), 0);
    assert_string_equal(nodes_ask(&n, 0, c, "SET k v", LIMIT), "+OK\r\n");
    assert_int_equal(strncmp(nodes_ask(&n, 0, c, "WATCH k", LIMIT), "-BUSY too much", 14), 0);
    assert_string_equal(nodes_ask(&n, 0, c, "MULTI", LIMIT), "+OK\r\n");
    assert_int_equal(strncmp(nodes_ask(&n, 0, c, "EXEC", LIMIT), "-EXECABORT", 10), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "DISCARD", LIMIT), "+OK\r\n");
    assert_string_equal(nodes_ask(&n, 0, c, "WATCH k", LIMIT), "+OK\r\n");
    free(words);
    nodes_close(&n);
}

/* A term with nothing behind it is no reason to write it down: the next start is as before.
 * R-STATE-7. */
static void the_last_term_is_nobodys(void **state)
{
    struct nodes n;
    struct err e = {0};
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    (void)state;
    nodes_open(&n, 3, 94);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    struct raft_message m = {.type = RAFT_HEARTBEAT,
                             .from = node_id_of_name(n.one[l].name),
                             .to = node_id_of_name(n.one[f].name),
                             .term = INT64_MAX};
    struct peer_link link = node_hello(n.one[l].node, 0).link;
    assert_int_equal(peer_raft_encode(&bytes, &link, &m, NULL, &e), 0);
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes.data, bytes.len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(node_on_frame(n.one[f].node, n.now_ns, &frame, &e), 0);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
    assert_int_equal(n.one[f].fatal, NODE_EXIT_INVARIANT);
    assert_non_null(strstr(n.one[f].fatal_text, "below 2^63"));
    nodes_crash(&n, f, MEMVFS_CUT_KEEP);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[f].fatal, 0);
    assert_int_equal(raft_leader(node_raft(n.one[f].node)), m.from);
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_writes_learn_early),
        cmocka_unit_test(and_at_no_turn_of_others),
        cmocka_unit_test(forwarded_writes_are_limited),
        cmocka_unit_test(forwarded_writes_wait_for_half_their_time),
        cmocka_unit_test(what_is_collected_holds_up_nobody_else),
        cmocka_unit_test(the_last_term_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
