/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenarios drawn from seeds: well-formed, the same again, printable, and not all alike. */
#include "base/checksum.h"
#include "emulator/scenario/parse.h"
#include "emulator/scenario/print.h"
#include "emulator/scenario/walk.h"
#include "emulator/sim/sim.h"
#include "emulator/swarm/swarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 3000

static struct scenario *draw(uint64_t seed)
{
    struct scenario *s = NULL;
    struct err e = {0};
    if (swarm_draw(seed, sim_world(), NULL, 0, &s, &e) < 0)
        fail_msg("%s", e.text);
    return s;
}

/* No complaint of any kind: warnings are mistakes of the drawing, too. */
static void test_every_one_passes_lint(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct buf text = {0}, said = {0};
        struct scenario_source src;
        struct err e = {0};
        swarm_text(seed, sim_world(), NULL, 0, &text);
        assert_int_equal(scenario_source_text(&src, "swarm", buf_str(&text), text.len, &e), 0);
        struct scenario *s = scenario_source_parse(&src);
        size_t errors = s == NULL ? 1 : scenario_lint(s, &src, sim_world());
        diags_render(&src.diags, &said);
        if (errors > 0 || said.len > 0)
            fail_msg("seed %llu: %s", (unsigned long long)seed, buf_str(&said));
        scenario_free(s);
        scenario_source_close(&src);
        buf_free(&text);
        buf_free(&said);
    }
}

static void test_a_seed_is_its_scenario(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct buf a = {0}, b = {0}, other = {0};
        swarm_text(seed, sim_world(), NULL, 0, &a);
        swarm_text(seed, sim_world(), NULL, 0, &b);
        swarm_text(seed + 1, sim_world(), NULL, 0, &other);
        assert_string_equal(buf_str(&a), buf_str(&b));
        assert_string_not_equal(strstr(buf_str(&a), "cluster"), strstr(buf_str(&other), "cluster"));
        buf_free(&a);
        buf_free(&b);
        buf_free(&other);
    }
}

/* What is kept of a failing seed is the same scenario. */
/* Of 500 drawings. Who changes what is drawn writes the new one here; no compiler may change it. */
#define DIGEST 0x76EE1B5BD34DCCE7ull

static void test_every_compiler_draws_the_same(void **state)
{
    (void)state;
    uint64_t digest = 0;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct buf text = {0};
        swarm_text(seed, sim_world(), NULL, 0, &text);
        digest = checksum64_seeded(digest, text.data, text.len);
        buf_free(&text);
    }
    if (digest != DIGEST)
        fail_msg("the digest is 0x%016llX", (unsigned long long)digest);
}

static void test_printed_and_read_again(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct buf first = {0}, second = {0};
        struct scenario_source src;
        struct err e = {0};
        struct scenario *s = draw(seed);
        scenario_print(s, &first);
        assert_int_equal(scenario_source_text(&src, "kept", buf_str(&first), first.len, &e), 0);
        struct scenario *again = scenario_source_parse(&src);
        assert_non_null(again);
        scenario_print(again, &second);
        assert_string_equal(buf_str(&first), buf_str(&second));
        scenario_free(s);
        scenario_free(again);
        scenario_source_close(&src);
        buf_free(&first);
        buf_free(&second);
    }
}

/* Every kind of step, every size and every setting comes up. */
static void test_nothing_is_never_drawn(void **state)
{
    static const char *const words[] = {
        "\"voters\": 1",
        "\"voters\": 7",
        "\"learners\"",
        "\"spare\"",
        "\"witness\"",
        "\"lease_reads\"",
        "\"snapshot_every\"",
        "\"prevote\": \"off\"",
        "\"check_quorum\": \"off\"",
        "\"leave\"",
        "\"lease\"",
        "net.partition",
        "net.isolate",
        "net.cut",
        "net.flap",
        "net.set",
        "proc.restart",
        "proc.pause",
        "proc.stutter",
        "\"SIGTERM\"",
        "load.burst",
        "member.add",
        "member.promote",
        "member.demote",
        "member.remove",
        "member.replace",
        "member.change",
        "node.leave",
        "leader.transfer",
        "leader.stepDown",
        "snapshot.take",
        "\"append\"",
        "\"counter\"",
        "\"cas\"",
        "net.filter",
        "proc.crashAt",
        "proc.stallAt",
    };
    bool seen[sizeof(words) / sizeof(words[0])] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct buf text = {0};
        swarm_text(seed, sim_world(), NULL, 0, &text);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            seen[i] = seen[i] || strstr(buf_str(&text), words[i]) != NULL;
        buf_free(&text);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!seen[i])
            fail_msg("never drawn: %s", words[i]);
    }
}

/* A key of the drawn file can be set, and what cannot be set is said. */
/* A cluster of the size that is asked for, and steps for it. */
static void test_sizes_that_are_said(void **state)
{
    const char *const sets[] = {"cluster.voters=3", "cluster.learners=1", "cluster.spare=2"};
    struct scenario *s;
    struct err e;
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        if (swarm_draw(seed, sim_world(), sets, 3, &s, &e) < 0)
            fail_msg("%s", e.text);
        assert_int_equal(s->cluster.voters, 3);
        assert_int_equal(scenario_nodes_count(s), 6);
        scenario_free(s);
    }
    const char *const none[] = {"cluster.voters=0"};
    assert_int_equal(swarm_draw(1, sim_world(), none, 1, &s, &e), -E_INVALID);
}

static void test_overrides(void **state)
{
    static const char *const good[] = {"clients.ratePerS=7"};
    static const char *const bad[] = {"clients.ratePerS=fast"};
    struct scenario *s = NULL;
    struct err e = {0};
    (void)state;
    assert_int_equal(swarm_draw(1, sim_world(), good, 1, &s, &e), 0);
    assert_int_equal(s->clients.rate_per_s, 7);
    scenario_free(s);
    assert_int_equal(swarm_draw(1, sim_world(), bad, 1, &s, &e), -E_INVALID);
    assert_non_null(strstr(e.text, "ratePerS"));
}

struct used {
    bool actions[ACTIONS_COUNT];
};

static void use(const struct scenario_step *step, void *arg)
{
    struct used *used = arg;
    used->actions[step->action] = true;
}

/* Only what is in the alphabet, waiting and starting again; all of the alphabet. A network that all
 * drawings touch in the end is in it. */
static void test_within_an_alphabet(void **state)
{
    struct swarm_alphabet alphabet = {0};
    struct used used = {0};
    (void)state;
    alphabet.has[ACTION_net_set] = alphabet.has[ACTION_net_cut] = true;
    alphabet.has[ACTION_proc_crashAt] = true;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct scenario *s = NULL;
        struct err e = {0};
        if (swarm_draw_within(&alphabet, seed, sim_world(), NULL, 0, &s, &e) < 0)
            fail_msg("%s", e.text);
        scenario_each_step(s, use, &used);
        scenario_free(s);
    }
    alphabet.has[ACTION_wait] = alphabet.has[ACTION_proc_start] = true;
    for (int i = 0; i < ACTIONS_COUNT; i++)
        assert_int_equal(used.actions[i], alphabet.has[i]);
}

/* What the world cannot do is not drawn, whatever it is. */
static void test_within_a_world(void **state)
{
    struct used used = {0};
    struct lint_world poor = *sim_world();
    (void)state;
    poor.capabilities &= ~(1ull << CAP_procSignal | 1ull << CAP_procPause | 1ull << CAP_member |
                           1ull << CAP_loadShape | 1ull << CAP_clock);
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct scenario *s = NULL;
        struct err e = {0};
        if (swarm_draw(seed, &poor, NULL, 0, &s, &e) < 0)
            fail_msg("%s", e.text);
        scenario_each_step(s, use, &used);
        scenario_free(s);
    }
    assert_true(used.actions[ACTION_net_partition] && used.actions[ACTION_net_set]);
    for (int i = 0; i < ACTIONS_COUNT; i++)
        assert_true(!used.actions[i] ||
                    (poor.capabilities >> vocab_action((enum action_id)i)->capability & 1) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_one_passes_lint),
        cmocka_unit_test(test_a_seed_is_its_scenario),
        cmocka_unit_test(test_every_compiler_draws_the_same),
        cmocka_unit_test(test_printed_and_read_again),
        cmocka_unit_test(test_nothing_is_never_drawn),
        cmocka_unit_test(test_sizes_that_are_said),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_within_an_alphabet),
        cmocka_unit_test(test_within_a_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
