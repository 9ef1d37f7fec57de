/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/recovery.h"

#include "base/units.h"

/* How rarely a sound cluster may break the bound. */
#define EPSILON 1e-6
/* A write to disk that is waited for. */
#define SYNC_NS (10 * NS_PER_MS)
/* Rounds beyond which the links are too slow for the timeout, whatever is expected. */
#define ROUNDS_MAX 200

static double power(double base, size_t exponent)
{
    double product = 1;
    for (; exponent > 0; exponent--)
        product *= base;
    return product;
}

/* That one round elects somebody: the two earliest of all timers are further apart than a round
 * trip and a sync, and the votes arrive. */
static double round_succeeds(const struct scenario *s)
{
    const struct scenario_cluster *c = &s->cluster;
    uint64_t spread = c->election_ns_max - c->election_ns_min;
    uint64_t delay = scenario_arg_u64(&s->links_default, PARAM_delay, 0) +
                     scenario_arg_u64(&s->links_default, PARAM_jitter, 0);
    double loss = scenario_arg_share(&s->links_default, PARAM_loss, 0);
    size_t voters = scenario_nodes_count(s);
    double slow = spread == 0 ? 1 : (double)(2 * delay + SYNC_NS) / (double)spread;
    return slow >= 1 || loss >= 1 ? 0 : power(1 - slow, voters) * power(1 - loss, 2 * voters);
}

uint64_t scenario_recovery_ns(const struct scenario *s)
{
    const struct scenario_cluster *c = &s->cluster;
    double fails = 1 - round_succeeds(s), left = 1;
    uint64_t rounds = 0;
    for (; left > EPSILON && rounds < ROUNDS_MAX; rounds++)
        left *= fails;
    /* A leader without a quorum steps down; holds end; rounds; once more for a higher term; then
     * its first entry is committed. */
    return c->election_ns_max + c->election_ns_min + rounds * c->election_ns_max +
           c->election_ns_max + c->election_ns_min;
}

const struct selectors *scenario_core(const struct scenario *s)
{
    const struct scenario_expect *x = scenario_expect_find(s, CHECKER_recovers);
    return x == NULL ? NULL : scenario_arg_who(&x->args, PARAM_core);
}

static uint64_t within(const struct scenario *s, uint64_t otherwise)
{
    const struct scenario_expect *x = scenario_expect_find(s, CHECKER_recovers);
    return x == NULL ? otherwise : scenario_arg_u64(&x->args, PARAM_within, otherwise);
}

uint64_t scenario_core_within_ns(const struct scenario *s)
{
    return within(s, scenario_recovery_ns(s));
}

uint64_t scenario_within_ns(const struct scenario *s)
{
    return within(s, scenario_recovery_ns(s) + s->clients.timeout_ns);
}
