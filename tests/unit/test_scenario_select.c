/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selectors: reading, printing, resolving against a view; partitions as sets of cuts. */
#include "emulator/scenario/partition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N(i) ((nodeset)1 << ((i)-1))

/* Five voters, n3 leads term 4 after n1 led 2 and n2 led 3; a learner n6, a spare n7. */
static const struct view_leader leaders[] = {{1, 2}, {2, 0}, {3, 1}, {4, 2}};
static const nodeset groups[] = {N(3) | N(1), N(2) | N(4) | N(5)};
static const struct view_name bindings[] = {{"old", N(2)}, {"pair", N(4) | N(5)}, {"old", N(1)}};
static const struct view_name marks[] = {{"before", N(2)}};

static struct cluster_view five(void)
{
    struct cluster_view v = {.nodes_count = 7,
                             .leaders = leaders,
                             .leaders_count = ARRAY_LEN(leaders),
                             .groups = groups,
                             .groups_count = ARRAY_LEN(groups),
                             .bindings = bindings,
                             .bindings_count = ARRAY_LEN(bindings),
                             .marks = marks,
                             .marks_count = ARRAY_LEN(marks),
                             .transferee = -1,
                             .clients_count = 8};
    for (unsigned i = 0; i < 6; i++) {
        v.nodes[i] = (struct view_node){.started = true,
                                        .alive = true,
                                        .voter = i < 5,
                                        .learner = i == 5,
                                        .member_at_start = true,
                                        .role = VIEW_FOLLOWER,
                                        .term = 4,
                                        .commit = 100,
                                        .last_term = 4,
                                        .last_index = 100 + i};
    }
    v.nodes[2].role = VIEW_LEADER;
    v.nodes[0].role = VIEW_LEADER; /* deposed, does not know it yet */
    v.nodes[0].term = 2;
    v.nodes[0].last_term = 2;
    v.nodes[3].last_index = 40;
    return v;
}

static int resolve_in(const struct cluster_view *v, const char *const *texts, size_t count,
                      struct targets *taken, struct targets *ret, struct err *e)
{
    struct selector items[8];
    struct selectors who = {items, count};
    struct prng rnd = prng_seed(7);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(selector_parse(texts[i], v->nodes_count, &items[i], e), 0);
    return select_targets(&who, v, &rnd, taken, ret, e);
}

static nodeset resolve(const struct cluster_view *v, const char *text)
{
    struct targets taken = {0}, ret = {0};
    struct err e;
    if (resolve_in(v, &text, 1, &taken, &ret, &e) < 0)
        return 0;
    assert_true(taken.nodes == ret.nodes);
    return ret.nodes;
}

static void finds_nobody(const struct cluster_view *v, const char *text, const char *message)
{
    struct targets taken = {0}, ret = {.nodes = 99};
    struct err e;
    assert_int_equal(resolve_in(v, &text, 1, &taken, &ret, &e), -E_NOTFOUND);
    assert_true(ret.nodes == 99 && taken.nodes == 0);
    if (strstr(e.text, message) == NULL)
        fail_msg("%s: %s", text, e.text);
}

static void test_text(void **state)
{
    (void)state;
    static const char *const good[] = {"n1",
                                       "n7",
                                       "$old",
                                       "all",
                                       "alive",
                                       "crashed",
                                       "paused",
                                       "random(3)",
                                       "rest",
                                       "leader",
                                       "followers",
                                       "follower(0)",
                                       "candidates",
                                       "learners",
                                       "voters",
                                       "formerLeader(1)",
                                       "leaderOf(9)",
                                       "leaderAt(m-1)",
                                       "transferee",
                                       "mostLagging",
                                       "behind(5)",
                                       "minority",
                                       "majorityWithLeader",
                                       "quorum",
                                       "both",
                                       "removed",
                                       "added",
                                       "client(3)",
                                       "clients"};
    struct err e;
    char text[SELECTOR_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct selector s;
        if (selector_parse(good[i], 7, &s, &e) < 0)
            fail_msg("%s: %s", good[i], e.text);
        assert_string_equal(selector_print(&s, text), good[i]);
    }
}

static void test_bad_text(void **state)
{
    (void)state;
    struct err e;
    char text[SELECTOR_TEXT_MAX];
    static const char *const bad[] = {"",
                                      "n0",
                                      "n8",
                                      "n01",
                                      "n1x",
                                      "$",
                                      "$a b",
                                      "leadr",
                                      "leader(1)",
                                      "random",
                                      "random()",
                                      "random(0)",
                                      "random(-1)",
                                      "random(x)",
                                      "random(1",
                                      "follower",
                                      "n",
                                      "leaderAt()",
                                      "leaderAt(a b)",
                                      "ALL",
                                      "random(1)x",
                                      "client",
                                      "node",
                                      "bound",
                                      "random(99999999999999999999999999999999999999999)"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct selector s;
        if (selector_parse(bad[i], 7, &s, &e) == 0)
            fail_msg("accepted: %s", bad[i]);
        (void)selector_hint(bad[i], 7, text);
    }
    assert_string_equal(selector_hint("leadr", 7, text), "did you mean \"leader\"?");
    assert_string_equal(selector_hint("randm(2)", 7, text), "did you mean \"random(k)\"?");
    assert_string_equal(selector_hint("n9", 7, text), "cluster has n1..n7; did you mean \"n7\"?");
    assert_string_equal(selector_hint("random", 7, text), "");
}

static void test_roles(void **state)
{
    (void)state;
    struct cluster_view v = five();
    assert_int_equal(view_leader_index(&v), 2);
    assert_true(resolve(&v, "leader") == N(3));
    assert_true(resolve(&v, "n7") == N(7));
    assert_true(resolve(&v, "followers") == (N(2) | N(4) | N(5) | N(6)));
    assert_true(resolve(&v, "follower(1)") == N(4));
    finds_nobody(&v, "follower(4)", "nobody");
    assert_true(resolve(&v, "voters") == (N(1) | N(2) | N(3) | N(4) | N(5)));
    assert_true(resolve(&v, "learners") == N(6));
    assert_true(resolve(&v, "all") == (N(1) | N(2) | N(3) | N(4) | N(5) | N(6)));
    assert_true(resolve(&v, "mostLagging") == N(4));
    assert_true(resolve(&v, "mostUpToDate") == N(6));
    assert_true(resolve(&v, "behind(59)") == N(4));
    finds_nobody(&v, "behind(60)", "nobody");
    assert_true(resolve(&v, "formerLeader(0)") == N(2));
    assert_true(resolve(&v, "formerLeader(1)") == N(1));
    finds_nobody(&v, "formerLeader(2)", "nobody");
    assert_true(resolve(&v, "leaderOf(2)") == N(1));
    finds_nobody(&v, "leaderOf(5)", "nobody");
    assert_true(resolve(&v, "leaderAt(before)") == N(2));
    assert_true(resolve(&v, "$old") == N(1));
    assert_true(resolve(&v, "$pair") == (N(4) | N(5)));
    finds_nobody(&v, "transferee", "nobody");
    v.transferee = 4;
    assert_true(resolve(&v, "transferee") == N(5));
    finds_nobody(&v, "candidates", "nobody");
    v.nodes[1].role = VIEW_CANDIDATE;
    assert_true(resolve(&v, "candidates") == N(2));
    v.nodes[2].role = v.nodes[0].role = VIEW_FOLLOWER;
    finds_nobody(&v, "leader", "no node leads");
    finds_nobody(&v, "minorityWithLeader", "no node leads");
    assert_true(resolve(&v, "formerLeader(0)") == N(3));
}

static void test_life(void **state)
{
    (void)state;
    struct cluster_view v = five();
    finds_nobody(&v, "crashed", "nobody");
    finds_nobody(&v, "paused", "nobody");
    v.nodes[1].alive = false;
    v.nodes[3].paused = true;
    assert_true(resolve(&v, "crashed") == N(2));
    assert_true(resolve(&v, "paused") == N(4));
    assert_true(resolve(&v, "alive") == (N(1) | N(3) | N(4) | N(5) | N(6)));
    assert_true(resolve(&v, "random(5)") == resolve(&v, "alive"));
    finds_nobody(&v, "random(6)", "only 5 nodes that run are left");
    v.nodes[2].alive = false; /* a dead node leads nobody: the deposed one is left */
    assert_true(resolve(&v, "leader") == N(1));
}

static void test_sides(void **state)
{
    (void)state;
    struct cluster_view v = five();
    assert_true(resolve(&v, "minority") == groups[0]);
    assert_true(resolve(&v, "majority") == groups[1]);
    static const nodeset even[] = {N(1) | N(2), N(4) | N(5)};
    v.groups = even; /* n3 is in no group */
    finds_nobody(&v, "majority", "nobody");
    assert_true(resolve(&v, "minority") == (even[0] | even[1]));
    v.groups_count = 0;
    finds_nobody(&v, "minority", "no partition with sides is in force");
    static const struct {
        const char *text;
        unsigned size;
        bool leader;
    } drawn[] = {{"minorityWithLeader", 2, true},
                 {"minorityWithoutLeader", 2, false},
                 {"majorityWithLeader", 3, true},
                 {"majorityWithoutLeader", 3, false}};
    for (size_t i = 0; i < ARRAY_LEN(drawn); i++) {
        nodeset set = resolve(&v, drawn[i].text);
        assert_int_equal(nodeset_count(set), drawn[i].size);
        assert_int_equal((set & N(3)) != 0, drawn[i].leader);
        assert_true((set & (N(6) | N(7))) == 0);
    }
}

static void test_joint(void **state)
{
    (void)state;
    struct cluster_view v = five();
    finds_nobody(&v, "oldOnly", "no joint configuration");
    v.joint = true;
    for (unsigned i = 0; i < 3; i++)
        v.nodes[i].old_voter = true;
    v.nodes[0].voter = false;
    v.nodes[6].voter = true;
    for (int i = 0; i < 50; i++) { /* as few as make a majority of either half */
        nodeset set = resolve(&v, "quorum");
        assert_true(nodeset_count(set & (N(1) | N(2) | N(3))) >= 2);
        assert_true(nodeset_count(set & (N(2) | N(3) | N(4) | N(5) | N(7))) >= 3);
        assert_true(nodeset_count(set) <= 4);
    }
    assert_true(resolve(&v, "oldOnly") == N(1));
    assert_true(resolve(&v, "both") == (N(2) | N(3)));
    assert_true(resolve(&v, "newOnly") == (N(4) | N(5) | N(7)));
    assert_true(resolve(&v, "added") == N(7));
    finds_nobody(&v, "removed", "nobody");
    v.nodes[5].removed = true;
    assert_true(resolve(&v, "removed") == N(6));
}

static void test_taken(void **state)
{
    (void)state;
    struct cluster_view v = five();
    struct targets taken = {0}, first, second;
    struct err e;
    static const char *const some[] = {"leader", "random(1)"}, *const rest[] = {"rest"};
    static const char *const again[] = {"leader"};
    assert_int_equal(resolve_in(&v, some, 2, &taken, &first, &e), 0);
    assert_int_equal(nodeset_count(first.nodes), 2);
    assert_int_equal(resolve_in(&v, again, 1, &taken, &second, &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "n3 is taken already"));
    assert_int_equal(resolve_in(&v, rest, 1, &taken, &second, &e), 0);
    assert_true((first.nodes & second.nodes) == 0);
    assert_true((first.nodes | second.nodes) == resolve(&v, "all"));
    assert_int_equal(resolve_in(&v, rest, 1, &taken, &second, &e), -E_NOTFOUND);
    static const char *const both[] = {"$old", "n1"};
    taken = (struct targets){0};
    assert_int_equal(resolve_in(&v, both, 2, &taken, &first, &e), -E_NOTFOUND);
}

static void test_clients(void **state)
{
    (void)state;
    struct cluster_view v = five();
    struct targets taken = {0}, ret;
    struct err e;
    static const char *const one[] = {"client(3)"}, *const all[] = {"clients"};
    static const char *const beyond[] = {"client(8)"};
    assert_int_equal(resolve_in(&v, one, 1, &taken, &ret, &e), 0);
    assert_true(ret.clients == 8 && ret.nodes == 0);
    assert_int_equal(resolve_in(&v, one, 1, &taken, &ret, &e), -E_NOTFOUND);
    assert_int_equal(resolve_in(&v, all, 1, &taken, &ret, &e), 0);
    assert_true(ret.clients == 0xf7);
    assert_int_equal(resolve_in(&v, beyond, 1, &taken, &ret, &e), -E_NOTFOUND);
    v.clients_count = 64;
    taken = (struct targets){0};
    assert_int_equal(resolve_in(&v, all, 1, &taken, &ret, &e), 0);
    assert_true(ret.clients == UINT64_MAX);
}

/* Equal seeds draw equal nodes, and every node is drawn at some time. */
static void test_draw(void **state)
{
    (void)state;
    nodeset seen = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct prng a = prng_seed(seed), b = prng_seed(seed);
        nodeset drawn = nodeset_draw(0x7f, 3, &a);
        assert_true(drawn == nodeset_draw(0x7f, 3, &b));
        assert_int_equal(nodeset_count(drawn), 3);
        assert_true((drawn & ~(nodeset)0x7f) == 0);
        seen |= drawn;
    }
    assert_true(seen == 0x7f);
    char text[NODESET_TEXT_MAX];
    assert_string_equal(nodeset_print(N(1) | N(5), text), "n1 n5");
    assert_string_equal(nodeset_print(0, text), "nobody");
    assert_int_equal(strlen(nodeset_print(UINT32_MAX, text)), 9 * 3 + 23 * 4 - 1);
}

/* ---- partitions ---- */

static void sound(const struct partition *p, nodeset among, bool directed)
{
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        assert_false(partition_is_cut(p, i, i));
        if ((among >> i & 1) == 0)
            assert_true(p->cut[i] == 0);
        assert_true((p->cut[i] & ~among) == 0);
        for (unsigned k = 0; k < LIMIT_MEMBERS && !directed; k++)
            assert_true(partition_is_cut(p, i, k) == partition_is_cut(p, k, i));
    }
    nodeset all = 0;
    for (size_t i = 0; i < p->groups_count; i++) {
        assert_true(p->groups[i] != 0 && (all & p->groups[i]) == 0);
        all |= p->groups[i];
    }
}

static void test_groups(void **state)
{
    (void)state;
    struct partition p;
    struct err e;
    const nodeset two[] = {N(1) | N(2), N(3) | N(4) | N(5)};
    assert_int_equal(partition_groups(two, 2, false, &p, &e), 0);
    sound(&p, 0x1f, false);
    assert_int_equal(partition_cuts_count(&p), 12);
    assert_true(partition_is_cut(&p, 0, 2) && !partition_is_cut(&p, 0, 1));
    assert_int_equal(partition_groups(two, 2, true, &p, &e), 0);
    sound(&p, 0x1f, true);
    assert_int_equal(partition_cuts_count(&p), 6);
    assert_true(partition_is_cut(&p, 0, 2) && !partition_is_cut(&p, 2, 0));
    const nodeset twice[] = {N(1), N(1) | N(2)}, empty[] = {N(1), 0};
    assert_int_equal(partition_groups(twice, 2, false, &p, &e), -E_INVALID);
    assert_int_equal(partition_groups(empty, 2, false, &p, &e), -E_INVALID);
    assert_int_equal(partition_groups(two, 1, false, &p, &e), -E_INVALID);
}

/* The nodes a node can hear and be heard by, itself included. */
static unsigned sees(const struct partition *p, nodeset among, unsigned node)
{
    unsigned count = 0;
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        bool linked = i == node || (!partition_is_cut(p, i, node) && !partition_is_cut(p, node, i));
        count += (among >> i & 1) != 0 && linked;
    }
    return count;
}

static void test_shapes(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 9; n++) {
        nodeset among = ((nodeset)1 << n) - 1;
        for (int shape = 0; shape < SHAPES_COUNT; shape++) {
            for (uint64_t seed = 0; seed < 40; seed++) {
                struct prng rnd = prng_seed(seed);
                struct partition p;
                struct err e;
                bool directed = seed % 4 == 3;
                if (partition_shape((enum shape_id)shape, among, -1, (int)(seed % n), directed,
                                    &rnd, &p, &e) < 0)
                    continue;
                sound(&p, among, directed);
                assert_true(partition_cuts_count(&p) > 0);
                for (unsigned i = 0; shape == SHAPE_ring && !directed && i < n; i++)
                    assert_true(sees(&p, among, i) >= n / 2 + 1);
                if (shape == SHAPE_minorityWithLeader)
                    assert_true((p.groups[0] >> seed % n & 1) != 0 &&
                                nodeset_count(p.groups[0]) == (n - 1) / 2);
                if (shape == SHAPE_majority)
                    assert_int_equal(nodeset_count(p.groups[0]), n / 2 + 1);
                if (shape == SHAPE_halves)
                    assert_int_equal(nodeset_count(p.groups[0]), n / 2);
            }
        }
    }
}

static void test_centres(void **state)
{
    (void)state;
    struct prng rnd = prng_seed(1);
    struct partition p;
    struct err e;
    assert_int_equal(partition_shape(SHAPE_bridge, 0x1f, 2, -1, false, &rnd, &p, &e), 0);
    assert_int_equal(sees(&p, 0x1f, 2), 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(sees(&p, 0x1f, i), i == 2 ? 5 : 3);
    assert_int_equal(partition_shape(SHAPE_star, 0x1f, 4, -1, false, &rnd, &p, &e), 0);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(sees(&p, 0x1f, i), i == 4 ? 5 : 2);
    assert_int_equal(partition_shape(SHAPE_oneVsRest, 0x1f, 0, -1, false, &rnd, &p, &e), 0);
    assert_true(p.groups[0] == N(1));
    assert_int_equal(partition_shape(SHAPE_chain, 0x1f, -1, -1, false, &rnd, &p, &e), 0);
    assert_int_equal(partition_cuts_count(&p), 12);
    assert_int_equal(partition_shape(SHAPE_ring, 0x1f, -1, -1, false, &rnd, &p, &e), 0);
    assert_int_equal(partition_cuts_count(&p), 10);
    assert_int_equal(partition_shape(SHAPE_bridge, 0x1f, 6, -1, false, &rnd, &p, &e), -E_INVALID);
    assert_int_equal(partition_shape(SHAPE_ring, 0x7, -1, -1, false, &rnd, &p, &e), -E_NOTFOUND);
    assert_int_equal(partition_shape(SHAPE_minorityWithLeader, 0x1f, -1, -1, false, &rnd, &p, &e),
                     -E_NOTFOUND);
}

static void test_isolate(void **state)
{
    (void)state;
    struct partition p;
    partition_isolate(N(2) | N(3), 0x1f, true, true, &p);
    sound(&p, 0x1f, false);
    assert_int_equal(partition_cuts_count(&p), 12);
    assert_false(partition_is_cut(&p, 1, 2));
    partition_isolate(N(2), 0x1f, true, false, &p);
    assert_true(partition_is_cut(&p, 1, 0) && !partition_is_cut(&p, 0, 1));
    partition_isolate(N(2), 0x1f, false, true, &p);
    assert_true(!partition_is_cut(&p, 1, 0) && partition_is_cut(&p, 0, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),    cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_roles),   cmocka_unit_test(test_life),
        cmocka_unit_test(test_sides),   cmocka_unit_test(test_joint),
        cmocka_unit_test(test_taken),   cmocka_unit_test(test_clients),
        cmocka_unit_test(test_draw),    cmocka_unit_test(test_groups),
        cmocka_unit_test(test_shapes),  cmocka_unit_test(test_centres),
        cmocka_unit_test(test_isolate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
