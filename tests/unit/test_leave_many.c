/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many leave at once, or one after the other: never so many that the rest is no cluster.
 * R-MEMB-16, R-MEMB-17, R-MEMB-21. */
#include "base/prng.h"
#include "base/units.h"
#include "node/members/voters_window.h"
#include "tests/support/leavers.h"
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

/* ---- all of them ---- */

static unsigned count(const struct leavers *l, enum node_parting how)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->n.count; i++)
        n += l->how[i] == how;
    return n;
}

/* Those that are still members elect when they are started again, and so do all. */
static void expect_a_cluster(struct leavers *l)
{
    for (unsigned i = 0; i < l->n.count; i++) {
        if (l->n.one[i].node == NULL && l->how[i] != NODE_LEFT)
            leavers_restart(l, i);
    }
    leavers_expect_service(l);
    for (unsigned i = 0; i < l->n.count; i++) {
        if (l->n.one[i].node == NULL)
            leavers_restart(l, i);
    }
    leavers_expect_service(l);
    unsigned leader = (unsigned)nodes_leader(&l->n, LIMIT);
    for (unsigned i = 0; i < l->n.count; i++)
        assert_int_equal(leavers_is_member(l, i, leader), !leavers_marked(l, i));
}

static void wait_for_all(struct leavers *l)
{
    for (uint64_t end = l->n.now_ns + LIMIT; l->n.now_ns < end;) {
        leavers_run(l, 10 * NS_PER_MS);
        unsigned running = 0;
        for (unsigned i = 0; i < l->n.count; i++)
            running += l->n.one[i].node != NULL;
        if (running == 0)
            return;
    }
    fail_msg("somebody never ended");
}

/* In one step, and some milliseconds apart in any order: two of five leave, three stop as what they
 * are, and nobody has to wait for a timeout. */
static void of_five_at_once_three_stay(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct leavers l;
        struct prng random = prng_named(seed, "signals");
        bool gone[5] = {false};
        (void)leavers_open(&l, 5, seed * 10);
        leavers_expect_service(&l);
        uint64_t began_ns = l.n.now_ns;
        for (unsigned left = 5; left > 0; left--) {
            unsigned i = (unsigned)prng_below(&random, 5);
            while (gone[i])
                i = (i + 1) % 5;
            gone[i] = true;
            if (l.n.one[i].node != NULL)
                leavers_leave(&l, i);
            if (seed % 2 == 0)
                leavers_run(&l, prng_below(&random, 4) * NS_PER_MS);
        }
        wait_for_all(&l);
        assert_true(l.n.now_ns - began_ns < 5 * NS_PER_S);
        assert_int_equal(count(&l, NODE_LEFT), 2);
        assert_int_equal(count(&l, NODE_STOPS), 3);
        expect_a_cluster(&l);
        leavers_close(&l);
    }
}

/* The leader changes in the middle of it, or dies: fewer may leave then, never more. */
static void whoever_leads_meanwhile(void **state)
{
    unsigned left = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct leavers l;
        struct prng random = prng_named(seed, "leaders");
        unsigned leader = leavers_open(&l, 5, seed * 10);
        leavers_expect_service(&l);
        bool dies = seed % 2 == 0;
        for (unsigned i = 0; i < 5; i++) {
            if (i != leader || !dies)
                leavers_leave(&l, i);
        }
        leavers_run(&l, prng_below(&random, 30) * NS_PER_MS);
        if (dies && l.n.one[leader].node != NULL)
            nodes_crash(&l.n, leader, MEMVFS_CUT_RANDOM);
        else if (l.n.one[leader].node != NULL)
            nodes_say(&l.n, leader, 0, "RAFT TRANSFER");
        wait_for_all(&l);
        assert_true(count(&l, NODE_LEFT) <= 2);
        left += count(&l, NODE_LEFT);
        expect_a_cluster(&l);
        leavers_close(&l);
    }
    print_message("%u left in 30 rounds\n", left);
    assert_true(left > 30);
}

static void of_three_one_leaves(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 7), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_expect_service(&l);
    leavers_leave(&l, f);
    leavers_leave(&l, g);
    assert_true(leavers_wait(&l, f, NS_PER_S) != leavers_wait(&l, g, NS_PER_S));
    assert_int_equal(count(&l, NODE_LEFT), 1);
    assert_int_equal(count(&l, NODE_STOPS), 1);
    assert_int_equal(leavers_voters(&l, leader), 2);
    expect_a_cluster(&l);
    leavers_close(&l);
}

/* Whoever is let go by a leader that goes itself hears of it first. */
static void a_leader_goes_after_those_it_let_go(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 5, 17), f = (leader + 1) % 5;
    leavers_expect_service(&l);
    l.n.held[leader][f] = true;
    leavers_leave(&l, f);
    leavers_run(&l, 10 * NS_PER_MS);
    leavers_leave(&l, leader);
    leavers_run(&l, 100 * NS_PER_MS); /* later it asks others, who know */
    assert_false(leavers_is_member(&l, f, leader));
    assert_int_equal(nodes_leader(&l.n, LIMIT), leader);
    assert_int_equal(l.how[f], NODE_STAYS);
    l.n.held[leader][f] = false;
    assert_int_equal(leavers_wait(&l, f, NS_PER_S), NODE_LEFT);
    assert_int_equal(leavers_wait(&l, leader, NS_PER_S), NODE_LEFT);
    expect_a_cluster(&l);
    leavers_close(&l);
}

/* Judged by what is committed: the second has no answer while the first may still come back. */
static void the_next_waits_for_the_one_before(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 18), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_expect_service(&l);
    l.n.stalled[f] = l.n.stalled[g] = true;
    leavers_leave(&l, f);
    leavers_run(&l, 10 * NS_PER_MS);
    assert_false(leavers_is_member(&l, f, leader));
    assert_string_equal(leavers_ask(&l, g, "RAFT LEAVE", 100 * NS_PER_MS), "");
    l.n.stalled[f] = l.n.stalled[g] = false;
    leavers_run(&l, 100 * NS_PER_MS);
    assert_true(strncmp(buf_str(&l.n.one[g].replies[0]), "-LEAVELIMIT ", 12) == 0);
    leavers_close(&l);
}

/* ---- one after the other ---- */

/* Within the window too many are refused; slowly a cluster may shrink to one. */
static void slowly_down_to_one(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 8), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    leavers_run(&l, 10 * NS_PER_S);
    const char *reply = leavers_ask(&l, g, "RAFT LEAVE", LIMIT);
    assert_string_equal(reply, "-LEAVELIMIT of 3 voters within 30s at least 2 must stay\r\n");
    leavers_run(&l, 31 * NS_PER_S);
    assert_string_equal(leavers_ask(&l, g, "RAFT LEAVE", LIMIT), "+OK\r\n");
    assert_int_equal(leavers_wait(&l, g, NS_PER_S), NODE_LEFT);
    assert_int_equal(leavers_voters(&l, leader), 1);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* The window is of the log: a leader that was elected, or started, a moment ago knows it too. */
static void the_next_leader_knows_the_window(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 9), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    for (unsigned round = 0; round < 2; round++) {
        nodes_crash(&l.n, leader, MEMVFS_KILL);
        nodes_crash(&l.n, g, MEMVFS_KILL);
        leavers_restart(&l, leader);
        leavers_restart(&l, g);
        leavers_expect_service(&l);
        const char *reply = leavers_ask(&l, round == 0 ? g : leader, "RAFT LEAVE", LIMIT);
        assert_true(strncmp(reply, "-LEAVELIMIT ", 12) == 0);
    }
    leavers_close(&l);
}

/* A configuration that was rolled back was never in force: it does not make the window smaller. */
static void what_was_rolled_back_does_not_count(void **state)
{
    struct leavers l;
    char words[64];
    (void)state;
    unsigned leader = leavers_open(&l, 5, 16), f = (leader + 1) % 5;
    leavers_expect_service(&l);
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < 5; k++)
            l.n.cut[i][k] = (i == leader || i == f) != (k == leader || k == f);
    }
    (void)snprintf(words, sizeof(words), "RAFT MEMBER REMOVE n%u", f + 1);
    nodes_say(&l.n, leader, 0, words);
    leavers_run(&l, 2 * NS_PER_S);
    assert_int_equal(leavers_voters(&l, leader), 4);
    memset(l.n.cut, 0, sizeof(l.n.cut));
    leavers_run(&l, 35 * NS_PER_S);
    assert_int_equal(leavers_voters(&l, leader), 5);
    leavers_expect_service(&l); /* the log's clock goes on with its entries */
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER n%u", leader + 1);
    assert_int_equal(leavers_ask(&l, (unsigned)nodes_leader(&l.n, LIMIT), words, LIMIT)[0], '$');
    leavers_run(&l, NS_PER_S);
    for (unsigned i = 0; i < 5; i++) {
        if (i != leader)
            leavers_leave(&l, i);
    }
    leavers_run(&l, 2 * NS_PER_S);
    assert_int_equal(leavers_voters(&l, leader), 3);
    leavers_close(&l);
}

/* With one of three down the other follower is needed. R-MEMB-16. */
static void who_is_needed_stays(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 10), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_expect_service(&l);
    nodes_crash(&l.n, f, MEMVFS_KILL);
    leavers_run(&l, NS_PER_S);
    leavers_leave(&l, g);
    assert_int_equal(leavers_wait(&l, g, 2 * NS_PER_S), NODE_STOPS);
    assert_false(leavers_marked(&l, g));
    assert_int_equal(leavers_voters(&l, leader), 3);
    leavers_restart(&l, g);
    leavers_restart(&l, f);
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* ---- late wishes ---- */

/* As if it came from node i, to the leader. */
static void wish(struct leavers *l, unsigned i, unsigned to, uint64_t term, uint64_t attempt)
{
    struct peer_hello hello = node_hello(l->n.one[i].node, 0);
    struct peer_leave w = {.link = hello.link,
                           .from = hello.from,
                           .to = node_id_of_name(l->n.one[to].name),
                           .attempt = attempt,
                           .term = term};
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    assert_int_equal(peer_leave_encode(&bytes, &w, &e), 0);
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes.data, bytes.len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(node_on_frame(l->n.one[to].node, l->n.now_ns, &frame, &e), 0);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
}

/* Who was told that it stays, or has given up, is not removed by a frame that comes late. */
static void a_late_wish_removes_nobody(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 11), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    leavers_run(&l, NS_PER_S);
    assert_int_equal(nodes_leader(&l.n, LIMIT), leader);
    uint64_t term = raft_term(node_raft(l.n.one[leader].node));
    wish(&l, g, leader, term - 1, 1); /* meant for a leader of an older term */
    leavers_run(&l, 31 * NS_PER_S);   /* and whatever was said of the window is over */
    assert_true(leavers_is_member(&l, g, leader));
    leavers_ask(&l, leader, "SET k v", LIMIT);
    for (unsigned late = 0; late < 2; late++) {
        assert_int_equal(nodes_leader(&l.n, LIMIT), leader);
        wish(&l, g, leader, term - 1, 9);
        leavers_run(&l, NS_PER_S);
        assert_true(leavers_is_member(&l, g, leader));
    }
    wish(&l, g, leader, term, 10); /* of this term it is taken: the test could fail */
    leavers_run(&l, NS_PER_S);
    assert_false(leavers_is_member(&l, g, leader));
    leavers_close(&l);
}

static void a_refusal_is_final(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 12), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_leave(&l, f);
    assert_int_equal(leavers_wait(&l, f, 2 * NS_PER_S), NODE_LEFT);
    uint64_t term = raft_term(node_raft(l.n.one[leader].node));
    wish(&l, g, leader, term, 5); /* refused: of three at least two stay */
    leavers_run(&l, 40 * NS_PER_S);
    wish(&l, g, leader, term, 5); /* the same once more, when it would be allowed */
    wish(&l, g, leader, term, 4); /* and an attempt before it */
    leavers_run(&l, NS_PER_S);
    assert_int_equal(raft_term(node_raft(l.n.one[leader].node)), term);
    assert_true(leavers_is_member(&l, g, leader));
    wish(&l, g, leader, term, 6); /* a new attempt is judged anew */
    leavers_run(&l, NS_PER_S);
    assert_false(leavers_is_member(&l, g, leader));
    leavers_close(&l);
}

/* A wish that is not repeated is forgotten: whoever stopped asking is not removed much later. */
static void a_wish_is_kept_while_it_is_repeated(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 5, 13), f = (leader + 1) % 5, g = (leader + 2) % 5;
    leavers_expect_service(&l);
    uint64_t term = raft_term(node_raft(l.n.one[leader].node));
    for (unsigned i = 0; i < 5; i++)
        l.n.stalled[i] = i != leader; /* the removal of f commits only later */
    wish(&l, f, leader, term, 1);
    leavers_run(&l, 10 * NS_PER_MS);
    wish(&l, g, leader, term, 1);
    leavers_run(&l, 2 * NS_PER_S);
    for (unsigned i = 0; i < 5; i++)
        l.n.stalled[i] = false;
    leavers_run(&l, 2 * NS_PER_S);
    assert_int_equal(raft_term(node_raft(l.n.one[leader].node)), term);
    assert_false(leavers_is_member(&l, f, leader));
    assert_true(leavers_is_member(&l, g, leader));
    leavers_expect_service(&l);
    leavers_close(&l);
}

/* As if node `to` had been answered by node i. */
static void reply(struct leavers *l, unsigned i, unsigned to, struct peer_leave_reply r)
{
    struct peer_hello hello = node_hello(l->n.one[i].node, 0);
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    r.link = hello.link;
    r.from = hello.from;
    r.to = node_id_of_name(l->n.one[to].name);
    assert_int_equal(peer_leave_reply_encode(&bytes, &r, &e), 0);
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes.data, bytes.len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(node_on_frame(l->n.one[to].node, l->n.now_ns, &frame, &e), 0);
    leavers_run(l, 10 * NS_PER_MS);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
}

/* An answer counts for the attempt and the term that were asked, and a removal only if it is newer
 * than what is known here: a member that lags may know a configuration from before it was added. */
static void answers_of_other_times_do_not_count(void **state)
{
    struct leavers l;
    (void)state;
    unsigned leader = leavers_open(&l, 3, 14), f = (leader + 1) % 3;
    leavers_expect_service(&l);
    for (unsigned i = 0; i < 3; i++)
        l.n.cut[i][f] = l.n.cut[f][i] = true;
    leavers_leave(&l, f);
    leavers_run(&l, 100 * NS_PER_MS);
    const struct raft *r = node_raft(l.n.one[f].node);
    uint64_t index, term = raft_term(r), attempt = 1ull << 40 | 1;
    (void)raft_config(r, &index);
    struct peer_leave_reply no = {
        .attempt = attempt, .term = term, .status = PEER_LEAVE_REFUSED, .why = "WHY not"};
    struct peer_leave_reply gone = {.attempt = attempt, .term = term, .status = PEER_LEAVE_REMOVED};
    no.term = term - 1;
    reply(&l, leader, f, no);
    no.term = term;
    no.attempt = attempt - 1;
    reply(&l, leader, f, no);
    gone.config_index = index - 1;
    reply(&l, leader, f, gone);
    gone.config_index = index + 1;
    gone.attempt = attempt - 1;
    reply(&l, leader, f, gone);
    assert_int_equal(l.how[f], NODE_STAYS);
    assert_int_equal(node_parting(l.n.one[f].node), NODE_PARTING);
    no.attempt = attempt;
    reply(&l, leader, f, no);
    assert_int_equal(l.how[f], NODE_STOPS);
    leavers_close(&l);
}

/* Nobody hands over to a node that is about to stop. R-XFER-1. */
static void who_goes_does_not_lead_next(void **state)
{
    struct leavers l;
    char words[64];
    (void)state;
    unsigned leader = leavers_open(&l, 3, 15), f = (leader + 1) % 3, g = (leader + 2) % 3;
    leavers_expect_service(&l);
    nodes_say(&l.n, leader, 0, "RAFT TRANSFER"); /* the usual choice */
    leavers_run(&l, 100 * NS_PER_MS);
    if ((unsigned)nodes_leader(&l.n, LIMIT) == g) {
        g = f;
        f = 3 - leader - g;
    }
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER n%u", leader + 1);
    assert_int_equal(leavers_ask(&l, f, words, LIMIT)[0], '$');
    leavers_run(&l, 100 * NS_PER_MS);
    assert_int_equal(nodes_leader(&l.n, LIMIT), leader);
    uint64_t term = raft_term(node_raft(l.n.one[leader].node));
    for (unsigned i = 0; i < 3; i++)
        l.n.cut[i][g] = l.n.cut[g][i] = true;
    leavers_run(&l, 400 * NS_PER_MS);
    wish(&l, f, leader, term, 1); /* refused: the other one is not heard */
    memset(l.n.cut, 0, sizeof(l.n.cut));
    leavers_run(&l, 200 * NS_PER_MS);
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER n%u", f + 1);
    assert_true(strncmp(leavers_ask(&l, leader, words, LIMIT), "-NOTARGET ", 10) == 0);
    assert_int_equal(leavers_ask(&l, leader, "RAFT TRANSFER", LIMIT)[0], '$');
    assert_int_equal(nodes_leader(&l.n, LIMIT), g);
    leavers_close(&l);
}

/* ---- the window itself ---- */

static struct raft_config voters(uint32_t n)
{
    struct raft_config c = {.count = n};
    for (uint32_t i = 0; i < n; i++)
        c.members[i] = (struct raft_member){.id = i + 1, .flags = RAFT_VOTER};
    return c;
}

static void the_window_counts_what_was_in_force(void **state)
{
    struct voters_window w = {0};
    struct raft_config c;
    (void)state;
    assert_int_equal(voters_window_most(&w, 0), 0);
    static const struct {
        uint64_t index, stamp;
        uint32_t voters;
    } history[] = {{1, 0, 5}, {10, 100, 4}, {20, 200, 3}};
    for (size_t i = 0; i < ARRAY_LEN(history); i++) {
        c = voters(history[i].voters);
        voters_window_note(&w, history[i].index, history[i].stamp, &c);
    }
    assert_int_equal(voters_window_most(&w, 0), 5);
    assert_int_equal(voters_window_most(&w, 99), 5);  /* five were in force then */
    assert_int_equal(voters_window_most(&w, 100), 4); /* no more */
    assert_int_equal(voters_window_most(&w, 1000), 3);
    voters_window_cut(&w, 15); /* the last one is rolled back */
    assert_int_equal(voters_window_most(&w, 1000), 4);
    c = voters(2);
    voters_window_note(&w, 10, 100, &c); /* another one in its place */
    assert_int_equal(voters_window_most(&w, 1000), 2);
    /* More than there is room for: their voters stay in mind. */
    for (uint64_t i = 0; i < 3 * VOTERS_WINDOW_MAX; i++) {
        c = voters(i % 2 == 0 ? 1 : 2);
        voters_window_note(&w, 100 + i, 1000 + i, &c);
    }
    assert_int_equal(voters_window_most(&w, 0), 5);
    c = voters(3);
    c.joint = true;
    c.members[0].flags = RAFT_VOTER | RAFT_VOTER_OLD;
    assert_int_equal(voters_count(&c), 3);
    for (uint32_t i = 0; i < 3; i++)
        c.members[i].flags = i == 0 ? RAFT_VOTER : RAFT_VOTER_OLD;
    assert_int_equal(voters_count(&c), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_five_at_once_three_stay),
        cmocka_unit_test(whoever_leads_meanwhile),
        cmocka_unit_test(of_three_one_leaves),
        cmocka_unit_test(a_leader_goes_after_those_it_let_go),
        cmocka_unit_test(the_next_waits_for_the_one_before),
        cmocka_unit_test(slowly_down_to_one),
        cmocka_unit_test(the_next_leader_knows_the_window),
        cmocka_unit_test(what_was_rolled_back_does_not_count),
        cmocka_unit_test(who_is_needed_stays),
        cmocka_unit_test(a_late_wish_removes_nobody),
        cmocka_unit_test(a_refusal_is_final),
        cmocka_unit_test(a_wish_is_kept_while_it_is_repeated),
        cmocka_unit_test(answers_of_other_times_do_not_count),
        cmocka_unit_test(who_goes_does_not_lead_next),
        cmocka_unit_test(the_window_counts_what_was_in_force),
    };
    return cmocka_run_group_tests_name("leave_many", tests, NULL, NULL);
}
