/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No server is special: a cluster under other names, its members in another order, does the same,
 * and every server has the fingerprint that the first one has under those names. */
#include "base/mem.h"
#include "base/units.h"
#include "tests/support/core_net.h"
#include "tests/support/core_renamed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 80
#define STEPS 2500

struct pair {
    struct net net;
    struct renamed others[CHECK_NODES];
    uint64_t compared;
    bool tie; /* a choice between equals went the other way */
    const char *difference;
};

/* Whom a leader chooses, equals of the first one included, it says. */
static bool chose_differently(const struct raft_output *a, const struct raft_output *b,
                              const struct raft_renaming *as)
{
    static const enum raft_reason_code choices[] = {
        RAFT_BECAUSE_TRANSFER_BEGUN, RAFT_BECAUSE_REMOVED_SELF, RAFT_BECAUSE_HANDED_BACK,
        RAFT_BECAUSE_DISK_SLOW, RAFT_BECAUSE_DISK_FULL};
    for (uint32_t i = 0; i < a->reasons_count && i < b->reasons_count; i++) {
        const struct raft_reason *x = &a->reasons[i], *y = &b->reasons[i];
        for (size_t c = 0; c < ARRAY_LEN(choices); c++) {
            if (x->code == choices[c] && y->code == x->code && x->peer != 0 && y->peer != 0 &&
                as->to[x->peer] != y->peer)
                return true;
        }
    }
    return false;
}

static void compare(void *arg, raft_id id)
{
    struct pair *p = arg;
    const struct host *h = &p->net.hosts[id - 1];
    const struct renamed *other = &p->others[id - 1];
    uint64_t now = net_clock(&p->net, id);
    if (p->difference != NULL || p->tie)
        return;
    p->difference = output_difference(&h->out, &other->out, now, &other->as);
    p->tie = p->difference != NULL && chose_differently(&h->out, &other->out, &other->as);
    if (p->tie)
        p->difference = NULL;
    else if (p->difference == NULL &&
             raft_fingerprint_as(h->core, now, &other->as) != raft_fingerprint(other->core, now))
        p->difference = "it has another fingerprint";
    p->compared++;
}

static struct raft_renaming draw_names(struct net *n)
{
    struct raft_renaming as = {.count = n->nodes_count};
    struct prng dice = prng_named(n->seed, "names");
    for (raft_id i = 1; i <= as.count; i++) {
        raft_id at = 1 + prng_below(&dice, i);
        as.to[i] = as.to[at];
        as.to[at] = i;
    }
    return as;
}

/* Returns whether the whole run was compared; false: it ended at a tie. */
static bool run_seed(uint64_t seed)
{
    struct pair *p = mem_alloc(sizeof(*p));
    *p = (struct pair){0};
    net_draw(&p->net, seed);
    struct raft_renaming as = draw_names(&p->net);
    for (uint32_t i = 0; i < p->net.nodes_count; i++)
        renamed_init(&p->others[i], &p->net.hosts[i], &as);
    p->net.after = compare;
    p->net.after_arg = p;
    net_begin(&p->net);
    while (p->net.steps < STEPS && !p->tie && p->difference == NULL && net_step(&p->net))
        continue;
    if (p->difference == NULL)
        p->difference = net_failure(&p->net);
    if (p->difference != NULL)
        print_error("seed %llu, step %llu: %s\n", (unsigned long long)seed,
                    (unsigned long long)p->net.steps, p->difference);
    assert_null(p->difference);
    assert_true(p->tie || p->compared >= STEPS);
    bool whole = !p->tie;
    net_free(&p->net);
    for (uint32_t i = 0; i < ARRAY_LEN(p->others); i++)
        renamed_free(&p->others[i]);
    free(p);
    return whole;
}

static void names_do_not_matter(void **state)
{
    (void)state;
    uint32_t whole = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        whole += run_seed(seed);
    assert_true(whole > SEEDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_do_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
