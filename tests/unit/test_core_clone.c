/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server is one block without a pointer: a memcpy of it in the middle of a run, given the same
 * events, answers the same for the rest of the run, and both have the same fingerprint. */
#include "base/mem.h"
#include "base/units.h"
#include "raft/fingerprint.h"
#include "tests/support/core_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 60

/* The clone of one node and what became of comparing it. */
struct clone {
    struct net net;
    raft_id id;
    struct raft *core;
    struct raft_output out;
    uint64_t compared;
    const char *difference; /* the first; NULL: none */
};

static bool same_state(const struct raft_output *a, const struct raft_output *b)
{
    return a->hard_state == b->hard_state && a->truncate_from == b->truncate_from &&
           a->append_from == b->append_from && a->append_to == b->append_to &&
           a->append_term == b->append_term && a->append_kind == b->append_kind &&
           a->proposal == b->proposal && a->reads_ready_ctx == b->reads_ready_ctx &&
           a->reads_ready_index == b->reads_ready_index && a->log_reset == b->log_reset &&
           a->chunk == b->chunk && a->installed == b->installed &&
           raft_pos_compare(a->base, b->base) == 0 && a->reads_failed_ctx == b->reads_failed_ctx &&
           a->term == b->term && a->vote == b->vote && raft_pos_compare(a->last, b->last) == 0 &&
           a->truncations == b->truncations && a->role == b->role && a->leader == b->leader &&
           a->commit == b->commit && a->wake_at_ns == b->wake_at_ns && a->fatal == b->fatal;
}

static bool same_reasons(const struct raft_output *a, const struct raft_output *b)
{
    for (uint32_t i = 0; i < a->reasons_count && i < b->reasons_count; i++) {
        const struct raft_reason *x = &a->reasons[i], *y = &b->reasons[i];
        if (x->code != y->code || x->peer != y->peer || x->a != y->a || x->b != y->b)
            return false;
    }
    return a->reasons_count == b->reasons_count;
}

static void compare(void *arg, raft_id id)
{
    struct clone *c = arg;
    struct host *h = &c->net.hosts[id - 1];
    if (id != c->id || c->difference != NULL)
        return;
    const struct raft_output *a = &h->out, *b = &c->out;
    size_t bytes = a->messages_count * sizeof(a->messages[0]);
    if (!same_state(a, b))
        c->difference = "the clone answers something else";
    else if (a->messages_count != b->messages_count || memcmp(a->messages, b->messages, bytes) != 0)
        c->difference = "the clone sends something else";
    else if (!same_reasons(a, b))
        c->difference = "the clone gives other reasons";
    else if (raft_fingerprint(h->core, c->net.now) != raft_fingerprint(c->core, c->net.now))
        c->difference = "the clone has another fingerprint";
    else if (memcmp(h->core, c->core, raft_size(&h->setup.limits)) != 0)
        c->difference = "the clone's block differs";
    c->compared++;
}

static void same_event(void *arg, const struct raft_event *event)
{
    struct clone *c = arg;
    raft_step(c->core, event, &c->out);
}

/* A clone is made when node id has taken part for a while; it lives until the end of the run. */
static void make_clone(struct clone *c, raft_id id)
{
    struct host *h = &c->net.hosts[id - 1];
    size_t size = raft_size(&h->setup.limits);
    c->id = id;
    c->core = mem_dup(h->core, size);
    h->mirror = (struct host_mirror){.step = same_event, .arg = c};
    memset(&c->out, 0xa5, sizeof(c->out)); /* what an output held before must not matter */
    c->net.after = compare;
    c->net.after_arg = c;
}

static bool run_seed(uint64_t seed)
{
    struct clone *c = mem_alloc(sizeof(*c));
    net_init(&c->net, seed);
    raft_id id = 0;
    while (c->net.steps < 3000 && net_step(&c->net)) {
        /* the leader, so that every part of the state is in use; at the latest any node */
        raft_id leader = net_leader(&c->net);
        if (id == 0 && c->net.steps > 500 && (leader != 0 || c->net.steps > 1500))
            id = leader != 0 ? leader : 1;
        if (id != 0 && c->core == NULL && c->net.hosts[id - 1].up)
            make_clone(c, id);
    }
    if (c->difference == NULL)
        c->difference = net_failure(&c->net);
    if (c->difference != NULL)
        print_error("seed %llu: %s\n", (unsigned long long)seed, c->difference);
    bool good = c->difference == NULL && c->compared > 100;
    net_free(&c->net);
    free(c->core);
    free(c);
    return good;
}

static void clones_live_the_same_life(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        assert_true(run_seed(seed));
}

/* The fingerprint sees time only as time left: the same history an hour later is the same state. */
static void fingerprint_is_relative(void **state)
{
    (void)state;
    const struct raft_limits limits = {16, 4, 8, 100, 64};
    const struct raft_timing timing = {150 * NS_PER_MS, 300 * NS_PER_MS, 50 * NS_PER_MS};
    const struct raft_config config = {.count = 1, .members = {{1, RAFT_VOTER, 0}}};
    const uint64_t index = 0;
    uint64_t prints[2];
    struct raft_output *out = mem_alloc(sizeof(*out));
    struct raft *r = mem_alloc(raft_size(&limits));
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t now = NS_PER_S * (1 + 3600 * i);
        struct raft_boot boot = {.self = 1,
                                 .configs_count = 1,
                                 .configs = &config,
                                 .config_indexes = &index,
                                 .hold_ns = NS_PER_S,
                                 .now_ns = now,
                                 .seed = 7};
        assert_int_equal(raft_open(r, &limits, &timing, &boot), 0);
        now += 2 * NS_PER_S;
        raft_step(r, &(struct raft_event){.type = RAFT_TIMEOUT, .now_ns = now}, out);
        struct raft_event synced = {.type = RAFT_PERSISTED, .now_ns = now + 5};
        synced.persisted.term = out->term;
        synced.persisted.vote = out->vote;
        raft_step(r, &synced, out);
        assert_int_equal(out->role, RAFT_LEADER);
        prints[i] = raft_fingerprint(r, now + 9);
        assert_true(prints[i] != raft_fingerprint(r, now + NS_PER_MS));
    }
    assert_true(prints[0] == prints[1]);
    free(r);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(clones_live_the_same_life),
                                       cmocka_unit_test(fingerprint_is_relative)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
