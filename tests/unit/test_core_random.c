/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thousands of random runs of the core alone: safety after every step, and once everything works
 * again a leader within the bound. A failure prints its seed: `test_core_random SEED` replays it.
 */
#include "base/units.h"
#include "tests/support/core_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEEDS       1500
#define STEPS       2500
#define E_NS        (150 * NS_PER_MS)
#define BOUND_NS    (26 * E_NS) /* a collision of five voters' timers more than ten times: 1e-6 */
#define CONVERGE_NS (30 * NS_PER_S) /* a window of one message, thousands of entries */

/* What was exercised, so that a run in which nothing happened cannot pass. */
static struct {
    uint64_t steps, commits, reads, acks, terms;
} total;

static bool is_member(const struct raft_config *config, raft_id id)
{
    for (uint32_t i = 0; i < config->count; i++) {
        if (config->members[i].id == id)
            return true;
    }
    return false;
}

/* Every member knows the whole log of the leader to be committed. */
static bool all_committed(const struct net *n)
{
    if (net_leader(n) == 0)
        return false;
    const struct raft *leader = n->hosts[net_leader(n) - 1].core;
    uint64_t index = raft_last(leader).index, config_index;
    const struct raft_config *config = raft_config(leader, &config_index);
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        if (is_member(config, i + 1) && raft_commit(n->hosts[i].core) < index)
            return false;
    }
    return true;
}

static bool all_read(const struct net *n)
{
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        if (n->checks.nodes[i].resolved < n->checks.nodes[i].reads)
            return false;
    }
    return true;
}

/* After the heal: a leader within the bound, then every node has everything, every read ended. */
static const char *run_healed(struct net *n)
{
    uint64_t until = n->now + BOUND_NS;
    net_heal(n);
    while (net_leader(n) == 0) {
        if (!net_step(n))
            return net_failure(n);
        if (n->now > until)
            return "no leader with a committed entry within 26 E";
    }
    n->weather.client_ns = 0; /* silence: nothing may wait for the next write */
    until = n->now + CONVERGE_NS;
    while (!all_committed(n) || !all_read(n)) {
        if (!net_step(n))
            return net_failure(n);
        if (n->now > until)
            return all_read(n) ? "a node did not learn of all commits"
                               : "a read was neither served nor refused";
    }
    return NULL;
}

static const char *run(struct net *n)
{
    while (n->steps < STEPS) {
        if (!net_step(n))
            return net_failure(n);
    }
    return run_healed(n);
}

static void print_nodes(const struct net *n)
{
    char text[256];
    for (uint32_t i = 0; i < n->nodes_count; i++)
        print_error("  %s\n", raft_describe_state(n->hosts[i].core, NULL, text, sizeof(text)));
}

static bool run_seed(uint64_t seed)
{
    struct net n;
    net_init(&n, seed);
    const char *failure = run(&n);
    if (failure != NULL) {
        print_error("seed %llu, step %llu: %s\n", (unsigned long long)seed,
                    (unsigned long long)n.steps, failure);
        print_nodes(&n);
    }
    total.steps += n.steps;
    total.commits += n.checks.commits_counted;
    total.reads += n.checks.reads_checked;
    total.acks += n.checks.acks_checked;
    total.terms += n.checks.terms_count;
    net_free(&n);
    return failure == NULL;
}

static void random_runs(void **state)
{
    (void)state;
    uint32_t failed = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        failed += !run_seed(seed);
    print_message("%llu steps, %llu terms, %llu commits, %llu acks, %llu reads\n",
                  (unsigned long long)total.steps, (unsigned long long)total.terms,
                  (unsigned long long)total.commits, (unsigned long long)total.acks,
                  (unsigned long long)total.reads);
    assert_int_equal(failed, 0);
    assert_true(total.commits > 100 * SEEDS);
    assert_true(total.reads > 10 * SEEDS);
    assert_true(total.acks > 100 * SEEDS);
    assert_true(total.terms > 5 * SEEDS);
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        bool ok = true;
        for (uint64_t seed = strtoull(argv[1], NULL, 10); seed < strtoull(argv[2], NULL, 10);
             seed++)
            ok = run_seed(seed) && ok;
        return ok ? 0 : 1;
    }
    if (argc == 2)
        return run_seed(strtoull(argv[1], NULL, 10)) ? 0 : 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
