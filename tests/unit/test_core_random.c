/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thousands of random runs of the core alone: safety after every step, and once everything works
 * again a leader within the bound. A failure prints its seed: `test_core_random SEED` replays it.
 */
/* Rules: R-INV-12, R-INV-28. */
#include "base/units.h"
#include "tests/support/core_net.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEEDS       EFFORT(1500u)
#define STEPS       2500
#define CONVERGE_NS (30 * NS_PER_S) /* a window of one message, thousands of entries */

/* What was exercised, so that a run in which nothing happened cannot pass. */
static struct {
    uint64_t steps, commits, images, reads, leased, acks, terms, joints, rolled_back;
    uint64_t reasons[RAFT_REASON_CODES];
    uint64_t changes[RAFT_CHANGE_ANSWERS];
    uint64_t transfers[RAFT_TRANSFER_NEWS];
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

/* Nothing that was asked of a leader may stop it from taking writes for ever. */
static const char *run_writes(struct net *n)
{
    uint64_t until = n->now + net_bound_ns(n);
    for (;;) {
        raft_id id = net_leader(n);
        if (id != 0)
            net_propose(n, id);
        if (net_failure(n) != NULL)
            return net_failure(n);
        if (id != 0 && n->hosts[id - 1].out.proposal == RAFT_PROPOSED)
            return NULL;
        if (n->now > until)
            return "no leader takes a write";
        if (!net_step(n))
            return net_failure(n);
    }
}

/* After the heal: a leader within the bound, then every node has everything, every read ended, and
 * writes are taken. */
static const char *run_healed(struct net *n)
{
    uint64_t until = n->now + net_bound_ns(n);
    net_heal(n);
    while (net_leader(n) == 0) {
        if (!net_step(n))
            return net_failure(n);
        if (n->now > until)
            return "no leader with a committed entry within the bound";
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
    return run_writes(n);
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
    for (uint32_t i = 0; i < n->nodes_count; i++) {
        uint64_t index;
        const struct raft_config *c = raft_config(n->hosts[i].core, &index);
        print_error("  %s\n   members of entry %llu:",
                    raft_describe_state(n->hosts[i].core, NULL, text, sizeof(text)),
                    (unsigned long long)index);
        for (uint32_t m = 0; m < c->count; m++)
            print_error(" %u=%u", (unsigned)c->members[m].id, c->members[m].flags);
        print_error("\n");
    }
}

static void add(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void count_run(const struct net *n)
{
    total.steps += n->steps;
    total.commits += n->checks.commits_counted;
    total.reads += n->checks.reads_checked;
    total.leased += n->checks.leased_checked;
    total.acks += n->checks.acks_checked;
    total.images += n->checks.images_checked;
    total.terms += n->checks.terms_count;
    total.joints += n->checks.joints;
    total.rolled_back += n->checks.rolled_back;
    add(total.reasons, n->checks.reasons, ARRAY_LEN(total.reasons));
    add(total.changes, n->checks.changes, ARRAY_LEN(total.changes));
    add(total.transfers, n->checks.transfers, ARRAY_LEN(total.transfers));
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
    count_run(&n);
    net_free(&n);
    return failure == NULL;
}

static void print_counts(const char *what, const uint64_t *counts, size_t count)
{
    print_message("%s:", what);
    for (size_t i = 1; i < count; i++)
        print_message(" %llu", (unsigned long long)counts[i]);
    print_message("\n");
}

/* Images were sent, taken over, given up, found obsolete. That a log agrees with one, or passes it
 * while it gets its name, is rare. */
static void images_moved(void)
{
    const struct {
        enum raft_reason_code code;
        uint64_t least;
    } seen[] = {{RAFT_BECAUSE_IMAGE_TAKEN, 5 * SEEDS},
                {RAFT_BECAUSE_COMPACTED, 4 * SEEDS},
                {RAFT_BECAUSE_IMAGE_BEGUN, SEEDS},
                {RAFT_BECAUSE_IMAGE_DONE, SEEDS / 4},
                {RAFT_BECAUSE_IMAGE_REPLACED, SEEDS / 20},
                {RAFT_BECAUSE_IMAGE_RETRY, SEEDS / 4},
                {RAFT_BECAUSE_IMAGE_UNSENT, SEEDS / 10},
                {RAFT_BECAUSE_IMAGE_WAITS, SEEDS / 20},
                {RAFT_BECAUSE_IMAGE_FAILED, SEEDS / 50},
                {RAFT_BECAUSE_CHUNK_OLD, 1},
                {RAFT_BECAUSE_IMAGE_OBSOLETE, SEEDS / 10},
                {RAFT_BECAUSE_LOG_RESET, SEEDS / 4},
                {RAFT_BECAUSE_IMAGE_INSTALLED, 0},
                {RAFT_BECAUSE_IMAGE_IGNORED, 0},
                {RAFT_BECAUSE_IMAGE_GONE, 0}};
    print_message("%llu images checked\n", (unsigned long long)total.images);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        print_message("image reason %zu: %llu\n", i,
                      (unsigned long long)total.reasons[seen[i].code]);
        assert_true(total.reasons[seen[i].code] >= seen[i].least);
    }
    assert_true(total.images > 5 * SEEDS);
}

/* Every answer was given, every way out was gone. */
static void members_moved(void)
{
    const struct {
        enum raft_reason_code code;
        uint64_t least;
    } seen[] = {{RAFT_BECAUSE_CHANGE_APPENDED, 2 * SEEDS},
                {RAFT_BECAUSE_JOINT_LEFT, SEEDS / 10},
                {RAFT_BECAUSE_REMOVED_SELF, SEEDS / 10},
                {RAFT_BECAUSE_CAUGHT_UP, SEEDS},
                {RAFT_BECAUSE_TIMEOUT_NOW_OBEYED, SEEDS / 4},
                {RAFT_BECAUSE_TRANSFER_FROZEN, SEEDS / 4},
                {RAFT_BECAUSE_TIMEOUT_NOW_IGNORED, SEEDS / 10},
                {RAFT_BECAUSE_TRANSFER_GIVEN_UP, SEEDS / 40},
                {RAFT_BECAUSE_STRANGER, SEEDS / 10},
                {RAFT_BECAUSE_LEASE_TAKEN, SEEDS},
                {RAFT_BECAUSE_LEASE_ENDED, SEEDS},
                {RAFT_BECAUSE_DISK_SLOW, 1},
                {RAFT_BECAUSE_DISK_STUCK, 1},
                {RAFT_BECAUSE_STEPPED_DOWN, SEEDS / 10},
                {RAFT_BECAUSE_REMOVED, SEEDS / 10},
                {RAFT_BECAUSE_ORPHAN, SEEDS / 40}};
    print_counts("answers to changes", total.changes, ARRAY_LEN(total.changes));
    print_counts("news of transfers", total.transfers, ARRAY_LEN(total.transfers));
    print_message("%llu joint, %llu rolled back\n", (unsigned long long)total.joints,
                  (unsigned long long)total.rolled_back);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        print_message("reason %d: %llu\n", (int)seen[i].code,
                      (unsigned long long)total.reasons[seen[i].code]);
        assert_true(total.reasons[seen[i].code] >= seen[i].least);
    }
    for (size_t i = 1; i < ARRAY_LEN(total.changes); i++)
        assert_true(total.changes[i] > 0 || i == RAFT_CHANGE_TOO_MANY);
    for (size_t i = 1; i < ARRAY_LEN(total.transfers); i++)
        assert_true(total.transfers[i] > 0);
    assert_true(total.joints > SEEDS / 10);
    assert_true(total.rolled_back > SEEDS / 40);
}

static void random_runs(void **state)
{
    (void)state;
    uint32_t failed = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        failed += !run_seed(seed);
    print_message("%llu steps, %llu terms, %llu commits, %llu acks, %llu reads, %llu leased\n",
                  (unsigned long long)total.steps, (unsigned long long)total.terms,
                  (unsigned long long)total.commits, (unsigned long long)total.acks,
                  (unsigned long long)total.reads, (unsigned long long)total.leased);
    assert_int_equal(failed, 0);
    assert_true(total.commits > 100 * SEEDS);
    assert_true(total.reads > 10 * SEEDS);
    assert_true(total.leased > SEEDS);
    assert_true(total.acks > 100 * SEEDS);
    assert_true(total.terms > 5 * SEEDS);
    members_moved();
    images_moved();
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
