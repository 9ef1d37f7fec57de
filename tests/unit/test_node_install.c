/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots from node to node: who lags too far for the log catches up through one.
 * R-SNAP-5, R-SNAP-6, R-SNAP-8, R-SNAP-9, R-SNAP-11, R-SNAP-12. */
#include "base/units.h"
#include "node/images/images.h"
#include "node/members/members_codec.h"
#include "node/node_private.h"
#include "store/image.h"
#include "tests/support/lagging.h"

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

static void catches_up_by(void (*tune)(struct node_options *), uint64_t seed)
{
    struct nodes n;
    struct err e = {0};
    unsigned l;
    nodes_open_tuned(&n, 3, seed, tune);
    unsigned f = lagging_leave_behind(&n, &l);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(lagging_installed(&n, f), 1);
    lagging_write(&n, l, 10);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_int_equal(lagging_installed(&n, f), 1);
    assert_string_equal(nodes_ask(&n, f, 0, "GET key99", LIMIT), "$7\r\nvalue99\r\n");
    /* It stands on it after a power cut too. */
    nodes_crash(&n, f, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_int_equal(lagging_installed(&n, f), 0);
    lagging_finish(&n);
}

static void who_lags_catches_up(void **state)
{
    (void)state;
    catches_up_by(small, 200);
    catches_up_by(in_tiny_pieces, 201);
}

/* R-SNAP-6: the log above the image being sent stays, so that one is enough. */
static void while_writes_go_on(void **state)
{
    struct nodes n;
    unsigned l, done = 0;
    (void)state;
    nodes_open_tuned(&n, 3, 202, in_tiny_pieces);
    unsigned f = lagging_leave_behind(&n, &l);
    nodes_run(&n, 60 * NS_PER_MS);    /* it has heard the leader */
    nodes_say(&n, f, 1, "GET key99"); /* waits for the state, never served from before it */
    for (unsigned ms = 0; ms < 1000; ms++) {
        buf_reset(&n.one[l].replies[0]);
        nodes_say(&n, l, 0, "INCR n");
        nodes_run(&n, NS_PER_MS);
        done += n.one[l].replies[0].data[0] == ':';
    }
    assert_int_equal(done, 1000);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(lagging_installed(&n, f), 1);
    assert_string_equal(nodes_ask(&n, f, 0, "GET n", LIMIT), "$4\r\n1000\r\n");
    assert_string_equal(buf_str(&n.one[f].replies[1]), "$7\r\nvalue99\r\n");
    lagging_finish(&n);
}

static void a_new_member_begins_with_it(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 1, 203, small);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    lagging_write(&n, 0, 100);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_join(&n), 1);
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT MEMBER ADD n2 host2:7001", LIMIT), "+OK\r\n");
    assert_int_equal(lagging_installed(&n, 1), 1);
    assert_string_equal(nodes_ask(&n, 1, 0, "GET key99", LIMIT), "$7\r\nvalue99\r\n");
    /* It votes, and knows everybody, from the image's configuration and what follows. */
    const char *status = nodes_ask(&n, 1, 0, "RAFT STATUS", LIMIT);
    assert_non_null(strstr(status, "host1:7001"));
    assert_non_null(strstr(status, "host2:7001"));
    struct err e = {0};
    nodes_crash(&n, 1, MEMVFS_CUT_LOSE);
    assert_int_equal(nodes_start(&n, 1, &e), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "INCR n", LIMIT), ":1\r\n");
    lagging_finish(&n);
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
    f = lagging_leave_behind(&n, &l);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(lagging_installed(&n, f), 1);
    char transfer[32];
    (void)snprintf(transfer, sizeof(transfer), "RAFT TRANSFER %s", n.one[f].name);
    assert_int_equal(nodes_ask(&n, l, 0, transfer, LIMIT)[0], '$');
    assert_string_equal(nodes_ask(&n, f, 0, words, LIMIT), ":1\r\n");
    assert_string_equal(nodes_ask(&n, f, 0, "GET n", LIMIT), "$1\r\n1\r\n");
    lagging_finish(&n);
}

/* R-SNAP-12: what was proposed here before may be in the image, or not. */
static void covered_proposals_are_unknown(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 210, small);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), a = (l + 1) % 3, b = (l + 2) % 3;
    lagging_write(&n, l, 10);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = i != l;
    buf_reset(&n.one[l].replies[0]);
    nodes_say(&n, l, 0, "SET lost 1");
    nodes_say(&n, l, 1, "SET lost 2");
    nodes_run(&n, NS_PER_S);
    int next = nodes_leader(&n, LIMIT);
    assert_true(next == (int)a || next == (int)b);
    lagging_write(&n, (unsigned)next, 100);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[l].replies[0].len, 0);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = n.cut[l][i] = false;
    assert_true(lagging_catches_up(&n, l, (unsigned)next, NS_PER_S));
    assert_int_equal(lagging_installed(&n, l), 1);
    for (unsigned c = 0; c < 2; c++)
        assert_int_equal(strncmp(buf_str(&n.one[l].replies[c]), "-UNKNOWN", 8), 0);
    assert_string_equal(nodes_ask(&n, l, 0, "GET lost", LIMIT), "$-1\r\n");
    lagging_finish(&n);
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
    lagging_write(&n, l, 100);
    nodes_run(&n, NS_PER_S);
    for (unsigned k = 1; k <= 2; k++)
        assert_int_equal(nodes_start(&n, (l + k) % 5, &e), 0);
    lagging_write(&n, l, 50);
    nodes_run(&n, NS_PER_S);
    for (unsigned k = 1; k <= 2; k++) {
        assert_true(lagging_catches_up(&n, (l + k) % 5, l, LIMIT));
        assert_int_equal(lagging_installed(&n, (l + k) % 5), 1);
        assert_int_equal(node_digest(n.one[(l + k) % 5].node), node_digest(n.one[l].node));
    }
    lagging_finish(&n);
}

static int asks_for_one; /* the node that is asked for a snapshot as soon as it has a leader */

static void ask_when_led(struct nodes *n)
{
    if (asks_for_one < 0 || raft_leader(node_raft(n->one[asks_for_one].node)) == 0)
        return;
    nodes_say(n, (unsigned)asks_for_one, 1, "RAFT SNAPSHOT");
    asks_for_one = -1;
}

/* R-SNAP-11: a large one of its own is half written when a small one of the leader arrives. */
static void its_own_is_given_up(void **state)
{
    struct nodes n;
    static char words[64 * 1024];
    (void)state;
    nodes_open(&n, 3, 214);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    for (unsigned k = 0; k < 64; k++) {
        memset(words, 'x', sizeof(words) - 1);
        int len = snprintf(words, sizeof(words), "SET big%u ", k);
        words[len] = 'x';
        assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), "+OK\r\n");
    }
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][f] = n.cut[f][i] = i != f;
    for (unsigned k = 0; k < 64; k++) {
        (void)snprintf(words, sizeof(words), "DEL big%u", k);
        assert_string_equal(nodes_ask(&n, l, 0, words, LIMIT), ":1\r\n");
    }
    nodes_run(&n, NS_PER_S);
    assert_int_equal(nodes_ask(&n, l, 0, "RAFT SNAPSHOT", LIMIT)[0], '$');
    nodes_run(&n, NS_PER_S);
    assert_int_equal(raft_leader(node_raft(n.one[f].node)), 0);
    buf_reset(&n.one[f].replies[1]);
    asks_for_one = (int)f;
    n.watch = ask_when_led;
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][f] = n.cut[f][i] = false;
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    n.watch = NULL;
    assert_non_null(strstr(buf_str(&n.one[f].trace), "snapshotBegin"));
    assert_int_equal(lagging_installed(&n, f), 1);
    assert_int_equal(strncmp(buf_str(&n.one[f].replies[1]), "-ABORTED", 8), 0);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    assert_int_equal(nodes_ask(&n, f, 1, "RAFT SNAPSHOT", LIMIT)[0], '$');
    lagging_finish(&n);
}

static const char *const phase_words[] = {[RECEIVE_BYTES] = "receiving",
                                          [RECEIVE_LOADING] = "loading",
                                          [RECEIVE_FINISHING] = "finishing",
                                          [RECEIVE_INSTALLING] = "installing",
                                          [RECEIVE_KEEPING] = "keeping"};
static bool phases_seen[ARRAY_LEN(phase_words)];

static void expect_phase_said(const struct node *node)
{
    struct buf json = {0};
    struct jsonw w;
    char said[48];
    enum receive_phase phase = node->images.receiving.phase;
    phases_seen[phase] = true;
    (void)snprintf(said, sizeof(said), "\"phase\":\"%s\"", phase_words[phase]);
    jsonw_init(&w, &json);
    images_status(node, &w);
    assert_non_null(strstr(buf_str(&json), said));
    buf_free(&json);
}

/* The last phase is one of races between leaders: it is put there for the look. */
static void look_at_phases(struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        if (n->one[i].node == NULL || n->one[i].node->images.receiving.image.bytes == 0)
            continue;
        enum receive_phase *phase = &n->one[i].node->images.receiving.phase, was = *phase;
        expect_phase_said(n->one[i].node);
        *phase = RECEIVE_KEEPING;
        expect_phase_said(n->one[i].node);
        *phase = was;
    }
}

/* How far it is, in a word. */
static void its_phase_is_said(void **state)
{
    struct nodes n;
    unsigned l;
    (void)state;
    nodes_open_tuned(&n, 3, 218, in_tiny_pieces);
    unsigned f = lagging_leave_behind(&n, &l);
    n.watch = look_at_phases;
    n.stalled[f] = true; /* its disk does one thing at a time, to be seen at each */
    while (node_applied(n.one[f].node) < node_applied(n.one[l].node)) {
        n.steps[f] = 1;
        nodes_run(&n, NS_PER_MS);
        assert_true(n.now_ns < LIMIT);
    }
    n.watch = NULL;
    for (size_t i = 0; i < ARRAY_LEN(phases_seen); i++)
        assert_true(phases_seen[i]);
    lagging_finish(&n);
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
    lagging_write(&n, l, 30);
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
    lagging_write(&n, l, 10);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    lagging_finish(&n);
}

/* Members and digest are right, and the state is none: seen before it gets its final name, which a
 * start would trust. */
static void a_state_that_is_none_is_refused(void **state)
{
    struct nodes n;
    const char *status;
    static const char words[] = "ten  bytes";
    struct membership members;
    struct node_peer peer = {.name = "n1", .address = "host1:7001"};
    struct buf config = {0}, data = {0};
    struct err e = {0};
    (void)state;
    nodes_open_tuned(&n, 3, 215, small);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    lagging_write(&n, l, 30);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(membership_of_voters(&peer, 1, &members, &e), 0);
    membership_encode(&config, &members);
    struct image_digest digest = {0};
    image_digest_add(&digest, words, 10);
    struct image_meta meta = {.at = {.index = 1000, .term = raft_term(node_raft(n.one[l].node))},
                              .config_index = 1,
                              .config = (const uint8_t *)config.data,
                              .config_len = (uint32_t)config.len,
                              .state_format = KV_IMAGE_VERSION,
                              .state_bytes = 10,
                              .digest = image_digest_value(&digest)};
    image_head_encode(&data, &meta);
    buf_puts(&data, words);
    forge(&n, l, f, &meta, span_of(data.data, data.len), &status);
    nodes_run(&n, NS_PER_S);
    assert_int_equal(n.one[f].fatal, 0);
    status = nodes_ask(&n, f, 7, "RAFT SNAPSHOT STATUS", LIMIT);
    assert_non_null(strstr(status, "\"receiving\":null"));
    assert_int_equal(lagging_installed(&n, f), 0);
    buf_free(&config);
    buf_free(&data);
    nodes_crash(&n, f, MEMVFS_CUT_KEEP);
    assert_int_equal(nodes_start(&n, f, &e), 0);
    lagging_write(&n, l, 10);
    assert_true(lagging_catches_up(&n, f, l, LIMIT));
    assert_int_equal(node_digest(n.one[f].node), node_digest(n.one[l].node));
    lagging_finish(&n);
}

/* What an install contradicts is said of the snapshot, not of whoever spoke last. */
static void the_snapshot_that_contradicts_is_named(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 216);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    lagging_write(&n, l, 10);
    nodes_run(&n, NS_PER_S);
    for (unsigned i = 0; i < 3; i++)
        n.cut[i][l] = i != l; /* what is accepted now is not committed */
    nodes_say(&n, l, 0, "SET key value");
    nodes_run(&n, 20 * NS_PER_MS);
    struct node *node = n.one[f].node;
    struct raft_image image = {.pos = node->out->last, .bytes = 100, .digest = 1};
    assert_true(image.pos.index > node->commit);
    image.pos.term--;
    node_step(node, &(struct raft_event){.type = RAFT_INSTALL,
                                         .now_ns = node->now_ns,
                                         .install = {.image = image,
                                                     .config = &node->membership.config,
                                                     .config_index = 1}});
    assert_int_equal(n.one[f].fatal, NODE_EXIT_INVARIANT);
    assert_non_null(strstr(n.one[f].fatal_text, "the snapshot of entry"));
    assert_null(strstr(n.one[f].fatal_text, n.one[l].name));
    nodes_close(&n);
}

/* R-SNAP-11: its last write was under way when the leader's snapshot was taken over. */
static void its_own_ends_after_all(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 217);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    lagging_write(&n, l, 50);
    nodes_run(&n, NS_PER_S);
    assert_true(lagging_number(nodes_ask(&n, f, 0, "RAFT SNAPSHOT STATUS", LIMIT), "since_bytes") >
                0);
    nodes_say(&n, f, 1, "RAFT SNAPSHOT");
    struct node *node = n.one[f].node;
    while (node->images.taking.writer == NULL ||
           image_writer_state(node->images.taking.writer) != IMAGE_FINISHING)
        node_pump(node, n.now_ns);
    node->images.log_bytes = 0; /* as images_take_over does */
    images_take_cancel(node, "ABORTED");
    nodes_run(&n, NS_PER_S);
    assert_null(node->images.taking.writer);
    assert_int_equal(node->images.taken, 1); /* it was */
    assert_in_range(node->images.log_bytes, 0, 1000000);
    lagging_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_lags_catches_up),
        cmocka_unit_test(while_writes_go_on),
        cmocka_unit_test(a_new_member_begins_with_it),
        cmocka_unit_test(sessions_come_with_it),
        cmocka_unit_test(covered_proposals_are_unknown),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(its_own_is_given_up),
        cmocka_unit_test(its_phase_is_said),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_state_that_is_none_is_refused),
        cmocka_unit_test(the_snapshot_that_contradicts_is_named),
        cmocka_unit_test(its_own_ends_after_all),
    };
    return cmocka_run_group_tests_name("node_install", tests, NULL, NULL);
}
