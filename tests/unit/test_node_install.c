/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots from node to node: who lags too far for the log catches up through one.
 * R-SNAP-5, R-SNAP-7, R-SNAP-8, R-SNAP-9, R-SNAP-10, R-SNAP-12. */
#include "base/prng.h"
#include "base/units.h"
#include "node/images.h"
#include "node/members_codec.h"
#include "tests/support/judge_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

/* Whatever a test looked at: nothing that the checkers know was broken. */
static void finish(struct nodes *n)
{
    const char *violated = judge_nodes(n, "snapshotPrefix");
    if (violated != NULL)
        fail_msg("%s", violated);
    nodes_close(n);
}

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

/* Images on request only, sent so slowly that one can see it. */
static void slowly(struct node_options *o)
{
    o->snapshot_rate = 64 * KIB;
}

static void in_pieces(struct node_options *o)
{
    o->snapshot_chunk_bytes = 8192;
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
    finish(&n);
}

static void who_lags_catches_up(void **state)
{
    (void)state;
    catches_up_by(small, 200);
    catches_up_by(in_tiny_pieces, 201);
}

/* 200 KiB of state: several pieces of the image's file. */
static void write_much(struct nodes *n, unsigned i)
{
    static char words[1024];
    for (unsigned k = 0; k < 200; k++) {
        memset(words, 'x', sizeof(words) - 1);
        int len = snprintf(words, sizeof(words), "SET much%u ", k);
        words[len] = 'x';
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

/* R-SNAP-6: the log above the image being sent stays, so that one is enough. */
static void while_writes_go_on(void **state)
{
    struct nodes n;
    unsigned l, done = 0;
    (void)state;
    nodes_open_tuned(&n, 3, 202, in_tiny_pieces);
    unsigned f = leave_behind(&n, &l);
    nodes_run(&n, 60 * NS_PER_MS);    /* it has heard the leader */
    nodes_say(&n, f, 1, "GET key99"); /* waits for the state, never served from before it */
    for (unsigned ms = 0; ms < 1000; ms++) {
        buf_reset(&n.one[l].replies[0]);
        nodes_say(&n, l, 0, "INCR n");
        nodes_run(&n, NS_PER_MS);
        done += n.one[l].replies[0].data[0] == ':';
    }
    assert_int_equal(done, 1000);
    assert_true(catches_up(&n, f, l, LIMIT));
    assert_int_equal(installed(&n, f), 1);
    assert_string_equal(nodes_ask(&n, f, 0, "GET n", LIMIT), "$4\r\n1000\r\n");
    assert_string_equal(buf_str(&n.one[f].replies[1]), "$7\r\nvalue99\r\n");
    finish(&n);
}

static void a_new_member_begins_with_it(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 1, 203, small);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    write_some(&n, 0, 100);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_join(&n), 1);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    assert_int_equal(installed(&n, 1), 1);
    assert_string_equal(nodes_ask(&n, 1, 0, "GET key99", LIMIT), "$7\r\nvalue99\r\n");
    /* It votes, and knows everybody, from the image's configuration and what follows. */
    const char *status = nodes_ask(&n, 1, 0, "RAFT STATUS", LIMIT);
    assert_non_null(strstr(status, "host1:7001"));
    assert_non_null(strstr(status, "host2:7001"));
    struct err e = {0};
    nodes_crash(&n, 1, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 1, &e), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "INCR n", LIMIT), ":1\r\n");
    finish(&n);
}

/* R-CLI-3 */
static void sessions_come_with_it(void **state)
{
    struct nodes n;
    unsigned l;
    unsigned long long sid = 0;
    char words[64];
    (void)state;
    nodes_open_tuned(&n, 3, 204, small);
    l = (unsigned)nodes_leader(&n, LIMIT);
    assert_int_equal(sscanf(nodes_ask(&n, l, 0, "RAFT SESSION OPEN", LIMIT), ":%llu", &sid), 1);
    (void)snprintf(words, sizeof(words), "RAFT SESSION WRITE %llu 1 1 INCR n", sid);
    unsigned f = (l + 1) % 3;
    nodes_crash(&n, f, MEMVFS_CUT_LOSE);
    assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), ":1\r\n");
    nodes_run(&n, NS_PER_S);
    f = leave_behind(&n, &l);
    assert_true(catches_up(&n, f, l, LIMIT));
    assert_int_equal(installed(&n, f), 1);
    char transfer[32];
    (void)snprintf(transfer, sizeof(transfer), "RAFT TRANSFER %s", n.one[f].name);
    assert_int_equal(nodes_ask(&n, l, 0, transfer, LIMIT)[0], '$');
    assert_string_equal(nodes_ask(&n, f, 0, words, LIMIT), ":1\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "GET n", LIMIT), "$1\r\n1\r\n");
    finish(&n);
}

static uint64_t received(struct nodes *n, unsigned i)
{
    const char *status = nodes_ask(n, i, 7, "RAFT SNAPSHOT STATUS", LIMIT);
    return strstr(status, "\"receiving\":null") != NULL ? 0 : number_in(status, "received");
}

/* Node f is down meanwhile: then both others have the same image, of the same entry, and no log
 * below it. */
static unsigned two_with_an_image(struct nodes *n, unsigned *ret_leader, uint64_t *ret_bytes)
{
    struct err e = {0};
    unsigned l = (unsigned)nodes_leader(n, LIMIT), f = (l + 1) % 3, o = (l + 2) % 3;
    nodes_crash(n, f, MEMVFS_CUT_LOSE);
    write_much(n, l);
    nodes_run(n, NS_PER_S);
    *ret_bytes = number_in(nodes_ask(n, l, 0, "RAFT SNAPSHOT", LIMIT), "bytes");
    assert_int_equal(number_in(nodes_ask(n, o, 0, "RAFT SNAPSHOT", LIMIT), "bytes"), *ret_bytes);
    nodes_run(n, NS_PER_S);
    assert_int_equal(nodes_start(n, f, &e), 0);
    *ret_leader = l;
    return f;
}

static void run_until_half(struct nodes *n, unsigned f, uint64_t bytes)
{
    for (unsigned ms = 0; ms < 10000 && received(n, f) < bytes / 2; ms += 10)
        nodes_run(n, 10 * NS_PER_MS);
    assert_in_range(received(n, f), bytes / 2, bytes - 1);
}

/* R-SNAP-7: paced, and nobody misses a heartbeat. */
static void the_rate_is_kept(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 205, slowly);
    unsigned f = two_with_an_image(&n, &l, &bytes);
    uint64_t term = raft_term(node_raft(n.one[l].node)), begin_ns = n.now_ns;
    assert_true(catches_up(&n, f, l, LIMIT));
    uint64_t expected_ns = bytes * NS_PER_S / (64 * KIB);
    assert_in_range(n.now_ns - begin_ns, expected_ns * 9 / 10, expected_ns * 2);
    assert_int_equal(raft_term(node_raft(n.one[l].node)), term);
    assert_int_equal(installed(&n, f), 1);
    finish(&n);
}

/* R-SNAP-8, R-SNAP-11: another leader goes on where the first one ended. */
static void another_sender_goes_on(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 206, slowly);
    unsigned f = two_with_an_image(&n, &l, &bytes);
    run_until_half(&n, f, bytes);
    nodes_crash(&n, l, MEMVFS_CUT_LOSE);
    unsigned next = (unsigned)nodes_leader(&n, LIMIT);
    assert_int_equal(next, 3 - l - f);
    assert_true(catches_up(&n, f, next, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "installed"), 1);
    assert_in_range(number_in(status, "received_bytes"), bytes, bytes + bytes / 10);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[next].node));
    finish(&n);
}

static void the_receiver_goes_on_after_a_stop(enum memvfs_crash how)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    uint64_t bytes;
    nodes_open_tuned(&n, 3, 207, slowly);
    unsigned f = two_with_an_image(&n, &l, &bytes);
    run_until_half(&n, f, bytes);
    nodes_crash(&n, f, how);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    assert_true(received(&n, f) >= 65504);
    assert_true(catches_up(&n, f, l, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "installed"), 1);
    assert_true(number_in(status, "received_bytes") < bytes - 65000);
    finish(&n);
}

static void a_stop_loses_little(void **state)
{
    (void)state;
    the_receiver_goes_on_after_a_stop(MEMVFS_KILL);
    the_receiver_goes_on_after_a_stop(MEMVFS_CUT_LOSE);
}

/* Dies at the k-th call to its disk from the first piece on; false: it never made so many. */
static bool dies_at(uint64_t k, enum memvfs_crash how)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    uint64_t bytes;
    nodes_open_tuned(&n, 3, 208, in_pieces);
    unsigned f = two_with_an_image(&n, &l, &bytes);
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
    assert_true(catches_up(&n, f, l, LIMIT));
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_string_equal(nodes_ask(&n, f, 0, "INCR n", LIMIT), ":1\r\n");
    finish(&n);
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
        while (dies_at(k, ways[w]))
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
    unsigned f = two_with_an_image(&n, &l, &bytes);
    memvfs_set_capacity(n.one[f].disk, memvfs_used(n.one[f].disk) + 20000);
    nodes_run(&n, 3 * NS_PER_S);
    assert_int_equal(n.one[f].fatal, 0);
    assert_int_equal(installed(&n, f), 0);
    memvfs_set_capacity(n.one[f].disk, 0);
    assert_true(catches_up(&n, f, l, LIMIT));
    assert_int_equal(installed(&n, f), 1);
    finish(&n);
}

/* R-SNAP-12: what was proposed here before may be in the image, or not. */
static void covered_proposals_are_unknown(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 210, small);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), a = (l + 1) % 3, b = (l + 2) % 3;
    write_some(&n, l, 10);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = i != l;
    buf_reset(&n.one[l].replies[0]);
    nodes_say(&n, l, 0, "SET lost 1");
    nodes_say(&n, l, 1, "SET lost 2");
    nodes_run(&n, NS_PER_S);
    int next = nodes_leader(&n, LIMIT);
    assert_true(next == (int)a || next == (int)b);
    write_some(&n, (unsigned)next, 100);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[l].replies[0].len, 0);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = false;
    assert_true(catches_up(&n, l, (unsigned)next, NS_PER_S));
    assert_int_equal(installed(&n, l), 1);
    for (unsigned c = 0; c < 2; c++)
        assert_int_equal(strncmp(buf_str(&n.one[l].replies[c]), "-UNKNOWN", 8), 0);
    assert_string_equal(nodes_ask(&n, l, 0, "GET lost", LIMIT), "$-1\r\n");
    finish(&n);
}

/* R-SNAP-10: one that is replaced again and again would never arrive. */
static void a_newer_image_waits(void **state)
{
    struct nodes n;
    unsigned l;
    uint64_t bytes;
    (void)state;
    nodes_open_tuned(&n, 3, 211, slowly);
    unsigned f = two_with_an_image(&n, &l, &bytes);
    run_until_half(&n, f, bytes);
    for (unsigned round = 0; round < 3; round++) {
        write_some(&n, l, 10);
        assert_int_equal(nodes_ask(&n, l, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
        nodes_run(&n, 100 * NS_PER_MS);
    }
    assert_true(catches_up(&n, f, l, LIMIT));
    const char *status = nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_int_equal(number_in(status, "installed"), 1);
    assert_in_range(number_in(status, "received_bytes"), bytes, bytes + bytes / 10);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    finish(&n);
}

static void two_at_once(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 5, 212, in_tiny_pieces);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    for (unsigned k = 1; k <= 2; k++)
        nodes_crash(&n, (l + k) % 5, MEMVFS_CUT_LOSE);
    write_some(&n, l, 100);
    nodes_run(&n, NS_PER_S);
    for (unsigned k = 1; k <= 2; k++)
        assert_int_equal(nodes_start(&n, (l + k) % 5, &e), 0);
    write_some(&n, l, 50);
    nodes_run(&n, NS_PER_S);
    for (unsigned k = 1; k <= 2; k++) {
        assert_true(catches_up(&n, (l + k) % 5, l, LIMIT));
        assert_int_equal(installed(&n, (l + k) % 5), 1);
        assert_int_equal(node_digest(n.one[(l + k) % 5].node), node_digest(n.one[l].node));
    }
    finish(&n);
}

/* Hands node f a piece of an image in the name of its leader. */
static void forge(struct nodes *n, unsigned l, unsigned f, const struct image_meta *meta,
                  struct span data, const char **ret_status)
{
    struct err e = {0};
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    struct raft_message m = {.type = RAFT_INSTALL_SNAPSHOT,
                             .from = node_id_of_name(n->one[l].name),
                             .to = node_id_of_name(n->one[f].name),
                             .term = raft_term(node_raft(n->one[l].node)),
                             .image = image_described(meta),
                             .size = (uint32_t)data.len,
                             .round = 1};
    struct peer_link link = node_hello(n->one[l].node, 0).link;
    assert_int_equal(peer_chunk_encode(&bytes, &link, &m, data, &e), 0);
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes.data, bytes.len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(node_on_frame(n->one[f].node, n->now_ns, &frame, &e), 0);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
    nodes_settle(n);
    *ret_status = nodes_ask(n, f, 7, "RAFT SNAPSHOT STATUS", LIMIT);
}

/* Well-formed, checksummed, and wrong: nothing of it stays. */
static void nonsense_is_refused(void **state)
{
    struct nodes n;
    const char *status;
    (void)state;
    nodes_open_tuned(&n, 3, 213, small);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    write_some(&n, l, 30);
    nodes_run(&n, NS_PER_S);
    struct image_meta meta = {.at = {.index = 1000, .term = raft_term(node_raft(n.one[l].node))},
                              .config_index = 1,
                              .config = (const uint8_t *)"not members",
                              .config_len = 11,
                              .state_format = KV_IMAGE_VERSION,
                              .state_bytes = 10,
                              .digest = 1};
    struct buf data = {0};
    buf_puts(&data, "neither a head nor long enough for one, but many bytes all the same "
                    "until it ought to be one");
    forge(&n, l, f, &meta, span_of(data.data, data.len), &status);
    assert_non_null(strstr(status, "\"receiving\":null"));
    buf_reset(&data);
    image_head_encode(&data, &meta);
    buf_puts(&data, "ten  bytes");
    forge(&n, l, f, &meta, span_of(data.data, data.len), &status);
    assert_non_null(strstr(status, "\"receiving\":null"));
    /* Members, and a state of another digest. */
    struct membership members;
    struct node_peer peer = {.name = "n1", .address = "host1:7001"};
    struct buf config = {0};
    struct err e = {0};
    assert_int_equal(membership_of_voters(&peer, 1, &members, &e), 0);
    membership_encode(&config, &members);
    meta.config = (const uint8_t *)config.data;
    meta.config_len = (uint32_t)config.len;
    buf_reset(&data);
    image_head_encode(&data, &meta);
    buf_puts(&data, "ten  bytes");
    forge(&n, l, f, &meta, span_of(data.data, data.len), &status);
    assert_non_null(strstr(status, "\"receiving\":null"));
    buf_free(&config);
    buf_free(&data);
    assert_non_null(strstr(buf_str(&n.one[f].trace), "snapshotChunk"));
    assert_int_equal(n.one[f].fatal, 0);
    write_some(&n, l, 10);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_lags_catches_up),
        cmocka_unit_test(while_writes_go_on),
        cmocka_unit_test(a_new_member_begins_with_it),
        cmocka_unit_test(sessions_come_with_it),
        cmocka_unit_test(the_rate_is_kept),
        cmocka_unit_test(another_sender_goes_on),
        cmocka_unit_test(a_stop_loses_little),
        cmocka_unit_test(the_receiver_may_die_anywhere),
        cmocka_unit_test(no_space_for_it_now),
        cmocka_unit_test(covered_proposals_are_unknown),
        cmocka_unit_test(a_newer_image_waits),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests_name("node_install", tests, NULL, NULL);
}
