/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node that heard a leader keeps to what it promised over a restart, whatever its log holds.
 * R-ELEC-3, R-READ-11. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

static unsigned leading(const struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        const struct raft *r = node_raft(n->one[i].node);
        if (r != NULL && raft_role(r) == RAFT_LEADER)
            return i;
    }
    return n->count;
}

static void decode(struct frame_decoder *d, const void *data, size_t len, struct frame *ret)
{
    struct err e = {0};
    frame_decoder_init(d);
    frame_decoder_feed(d, data, len);
    assert_int_equal(frame_decoder_next(d, ret, &e), 1);
}

/* Whether an answer to a pre-vote is among the frames under way, and what it says. */
static bool find_answer(const struct nodes *n, uint64_t nonce, bool *ret_granted)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    bool found = false;
    for (const struct nodes_frame *f = n->first; f != NULL && !found; f = f->next) {
        struct peer_raft p = {0};
        decode(&decoder, f->data, f->len, &frame);
        if (frame.header.type == RAFT_PRE_VOTE_REPLY) {
            assert_int_equal(peer_raft_decode(&frame, &p, &e), 0);
            found = p.message.nonce == nonce;
            *ret_granted = p.message.granted != 0;
        }
        peer_raft_free(&p);
        frame_decoder_free(&decoder);
    }
    return found;
}

/* Whether node i would vote for node k now, which asks with a log as new as any. */
static bool would_vote(struct nodes *n, unsigned i, unsigned k)
{
    static uint64_t nonce;
    struct err e = {0};
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    bool granted = false;
    uint64_t term = raft_term(node_raft(n->one[i].node));
    struct raft_message m = {.type = RAFT_PRE_VOTE,
                             .from = node_id_of_name(n->one[k].name),
                             .to = node_id_of_name(n->one[i].name),
                             .term = term,
                             .for_term = term + 1,
                             .last = {.term = term, .index = 100},
                             .nonce = ++nonce};
    struct peer_link link = node_hello(n->one[i].node, 0).link;
    assert_int_equal(peer_raft_encode(&bytes, &link, &m, NULL, &e), 0);
    decode(&decoder, bytes.data, bytes.len, &frame);
    assert_int_equal(node_on_frame(n->one[i].node, nodes_clock(n, i), &frame, &e), 0);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
    assert_true(find_answer(n, nonce, &granted));
    nodes_settle(n);
    return granted;
}

/* Heartbeats need no entries: a lease may rest on a member that has none yet. */
static void a_promise_without_entries(void **state)
{
    struct nodes n;
    struct err e = {0};
    (void)state;
    nodes_open(&n, 3, 401);
    n.lose_type = RAFT_APPEND;
    n.cut[0][2] = n.cut[2][0] = n.cut[1][2] = n.cut[2][1] = true;
    for (uint64_t end = n.now_ns + LIMIT; leading(&n) == n.count && n.now_ns < end;)
        nodes_run(&n, NS_PER_MS);
    unsigned l = leading(&n);
    assert_in_range(l, 0, 1);
    n.cut[l][2] = n.cut[2][l] = false;
    nodes_run(&n, 200 * NS_PER_MS); /* it hears the leader, and did not vote for it */
    assert_int_equal(raft_leader(node_raft(n.one[2].node)), node_id_of_name(n.one[l].name));
    assert_int_equal(raft_last(node_raft(n.one[2].node)).index, 1);
    nodes_crash(&n, 2, MEMVFS_CUT_LOSE);
    n.cut[l][2] = n.cut[2][l] = true;
    n.cut[1 - l][2] = n.cut[2][1 - l] = false;
    assert_int_equal(nodes_start(&n, 2, &e), 0);
    nodes_settle(&n);
    assert_false(would_vote(&n, 2, 1 - l));
    nodes_run(&n, 140 * NS_PER_MS);
    assert_false(would_vote(&n, 2, 1 - l));
    nodes_run(&n, 10 * NS_PER_MS);
    assert_true(would_vote(&n, 2, 1 - l));
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_without_entries),
    };
    return cmocka_run_group_tests_name("node_hold", tests, NULL, NULL);
}
