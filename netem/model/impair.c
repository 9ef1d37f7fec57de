/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/model/impair.h"

#include <math.h>
#include <string.h>

static uint64_t delay_draw(struct impair_link *l)
{
    const struct impairment *i = &l->now;
    double u = prng_unit(&l->delay_dice);
    if (i->jitter_ns == 0)
        return i->delay_ns;
    if (u == 0)
        u = 0x1p-54;
    if (i->delay_correlation > 0) {
        /* A Gaussian chain seen through its distribution function: neighbours resemble each
         * other, yet all delays together are spread exactly as without correlation. */
        double rho = i->delay_correlation;
        double fresh = impair_quantile(IMPAIR_NORMAL, NULL, u);
        l->delay_last = rho * l->delay_last + sqrt(1 - rho * rho) * fresh;
        u = 0.5 * erfc(-l->delay_last / sqrt(2));
    }
    double ns =
        (double)i->delay_ns + (double)i->jitter_ns * impair_quantile(i->distribution, i->table, u);
    return ns > 0 ? (uint64_t)ns : 0;
}

static bool lost(struct impair_link *l)
{
    const struct impairment *i = &l->now;
    if (i->loss_model == IMPAIR_BERNOULLI)
        return prng_chance(&l->loss_dice, i->loss);
    /* The packet meets the state the chain is in; then the chain moves. */
    bool bad = l->ge_bad;
    bool moves = prng_chance(&l->loss_dice, bad ? i->ge_r : i->ge_p);
    if (moves)
        l->ge_bad = !bad;
    return prng_chance(&l->loss_dice, bad ? 1 - i->ge_h : i->ge_k1);
}

/* Whether this packet skips the delay. The dice roll for every packet; the gap only decides
 * whether the result counts. */
static bool jumps_ahead(struct impair_link *l)
{
    bool chosen = prng_chance(&l->reorder_dice, l->now.reorder);
    if (l->since_reorder < UINT32_MAX)
        l->since_reorder++;
    if (!chosen || l->since_reorder < l->now.gap)
        return false;
    l->since_reorder = 0;
    return true;
}

static uint64_t serialised(struct impair_link *l, uint64_t now_ns, uint32_t len_bytes)
{
    if (l->now.rate_bits_per_s == 0)
        return now_ns;
    uint64_t start_ns = l->busy_until_ns > now_ns ? l->busy_until_ns : now_ns;
    /* 2^32 bytes * 8 * 10^9 overflows 64 bits: the sum is done in double, exact below 2^53 ns. */
    double wire_ns = (double)len_bytes * 8e9 / (double)l->now.rate_bits_per_s;
    l->busy_until_ns = start_ns + (uint64_t)ceil(wire_ns);
    return l->busy_until_ns;
}

static uint64_t due(struct impair_link *l, uint64_t now_ns, uint32_t len_bytes, bool ahead)
{
    uint64_t delay_ns = delay_draw(l);
    uint64_t sent_ns = serialised(l, now_ns, len_bytes);
    if (ahead)
        return sent_ns;
    uint64_t due_ns = sent_ns + delay_ns;
    if (l->now.rate_bits_per_s == 0)
        return due_ns;
    if (due_ns < l->due_last_ns)
        due_ns = l->due_last_ns;
    l->due_last_ns = due_ns;
    return due_ns;
}

static void damage(struct impair_link *l, uint32_t len_bytes, uint32_t protected_bytes,
                   struct impair_copy *copy)
{
    bool hit = prng_chance(&l->corrupt_dice, l->now.corrupt);
    uint64_t draw = prng_u64(&l->corrupt_dice);
    if (!hit || len_bytes == protected_bytes)
        return;
    copy->corrupted = true;
    copy->corrupt_byte = protected_bytes + (uint32_t)((draw >> 3) % (len_bytes - protected_bytes));
    copy->corrupt_mask = (uint8_t)(1u << (draw & 7));
}

static bool too_large(const struct impairment *i, uint32_t len_bytes)
{
    return i->mtu_bytes != 0 && len_bytes > i->mtu_bytes + IMPAIR_ETHERNET_BYTES;
}

static struct impair_copy decide_copy(struct impair_link *l, uint64_t now_ns, uint32_t len_bytes,
                                      uint32_t protected_bytes)
{
    struct impair_copy copy = {.drop = IMPAIR_PASS};
    uint32_t limit = l->now.limit_packets ? l->now.limit_packets : IMPAIR_LIMIT_PACKETS_DEFAULT;
    if (lost(l)) {
        copy.drop = IMPAIR_DROP_LOSS;
        return copy;
    }
    if (too_large(&l->now, len_bytes)) {
        copy.drop = IMPAIR_DROP_TOO_LARGE;
        return copy;
    }
    if (l->queued >= limit) {
        copy.drop = IMPAIR_DROP_QUEUE_FULL;
        return copy;
    }
    copy.reordered = jumps_ahead(l);
    copy.due_ns = due(l, now_ns, len_bytes, copy.reordered);
    damage(l, len_bytes, protected_bytes, &copy);
    if (l->now.gate == IMPAIR_HOLD)
        copy.due_ns = IMPAIR_DUE_NS_NEVER;
    l->queued++;
    return copy;
}

void impair_link_init(struct impair_link *l, uint64_t seed)
{
    memset(l, 0, sizeof(*l));
    l->seed = seed;
}

static void deal(struct impair_link *l)
{
    l->loss_dice = prng_named(l->seed, "loss");
    l->delay_dice = prng_named(l->seed, "delay");
    l->duplicate_dice = prng_named(l->seed, "duplicate");
    l->reorder_dice = prng_named(l->seed, "reorder");
    l->corrupt_dice = prng_named(l->seed, "corrupt");
    l->dealt = true;
}

void impair_link_set(struct impair_link *l, const struct impairment *i)
{
    ASSERT(impairment_check(i, NULL) == 0);
    if (i->loss_model != l->now.loss_model)
        l->ge_bad = false;
    if (i->rate_bits_per_s != l->now.rate_bits_per_s) {
        /* What was serialised at the old speed is under way; the new wire starts free. */
        l->busy_until_ns = 0;
        l->due_last_ns = 0;
    }
    l->now = *i;
}

void impair_link_decide(struct impair_link *l, uint64_t now_ns, uint32_t len_bytes,
                        uint32_t protected_bytes, bool syn, struct impair_fate *ret)
{
    ASSERT(protected_bytes <= len_bytes);
    ret->copies_count = 1;
    if (l->now.gate == IMPAIR_CUT || (l->now.gate == IMPAIR_SYN_ONLY && !syn)) {
        ret->copies[0] = (struct impair_copy){.drop = IMPAIR_DROP_CUT};
        return;
    }
    if (!l->dealt)
        deal(l);
    if (prng_chance(&l->duplicate_dice, l->now.duplicate))
        ret->copies_count = 2;
    for (int c = 0; c < ret->copies_count; c++)
        ret->copies[c] = decide_copy(l, now_ns, len_bytes, protected_bytes);
}

void impair_link_leave(struct impair_link *l)
{
    ASSERT(l->queued > 0);
    l->queued--;
}

uint32_t impair_link_clear(struct impair_link *l)
{
    uint32_t thrown_away = l->queued;
    l->queued = 0;
    l->busy_until_ns = 0;
    l->due_last_ns = 0;
    return thrown_away;
}
