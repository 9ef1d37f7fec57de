/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An impairment as a value: bounds, comparison, its share of loss, one line of text. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "netem/model/impair.h"

static int check_share(const char *name, double share, struct err *e)
{
    if (isfinite(share) && share >= 0 && share <= 1)
        return 0;
    return err_set(e, -E_INVALID, "link: %s: must be 0%% to 100%%", name);
}

static int check_shares(const struct impairment *i, struct err *e)
{
    const struct {
        const char *name;
        double share;
    } shares[] = {
        {"delay correlation", i->delay_correlation},
        {"loss", i->loss},
        {"Gilbert-Elliott p", i->ge_p},
        {"Gilbert-Elliott r", i->ge_r},
        {"Gilbert-Elliott h", i->ge_h},
        {"Gilbert-Elliott k1", i->ge_k1},
        {"duplicate", i->duplicate},
        {"reorder", i->reorder},
        {"corrupt", i->corrupt},
    };
    for (size_t s = 0; s < ARRAY_LEN(shares); s++) {
        int r = check_share(shares[s].name, shares[s].share, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_enums(const struct impairment *i, struct err *e)
{
    if ((unsigned)i->distribution > IMPAIR_TABLE)
        return err_set(e, -E_INVALID, "link: distribution: no such one");
    if (i->distribution == IMPAIR_TABLE && (i->table == NULL || i->table->count == 0))
        return err_set(e, -E_INVALID, "link: distribution: the table is empty");
    if ((unsigned)i->loss_model > IMPAIR_GILBERT_ELLIOTT)
        return err_set(e, -E_INVALID, "link: loss model: no such one");
    if ((unsigned)i->gate > IMPAIR_SYN_ONLY)
        return err_set(e, -E_INVALID, "link: gate: no such one");
    if ((unsigned)i->release_order > IMPAIR_SHUFFLE)
        return err_set(e, -E_INVALID, "link: release order: no such one");
    return 0;
}

int impairment_check(const struct impairment *i, struct err *e)
{
    int r = check_shares(i, e);
    if (r == 0)
        r = check_enums(i, e);
    if (r < 0)
        return r;
    if (i->delay_ns > IMPAIR_DELAY_NS_MAX)
        return err_set(e, -E_INVALID, "link: delay: at most 1h");
    if (i->jitter_ns > IMPAIR_DELAY_NS_MAX)
        return err_set(e, -E_INVALID, "link: jitter: at most 1h");
    if (i->reorder > 0 && i->delay_ns == 0)
        return err_set(e, -E_INVALID, "link: reorder: needs a delay that packets can skip");
    if (i->limit_packets > IMPAIR_LIMIT_PACKETS_MAX)
        return err_set(e, -E_INVALID, "link: queue: at most %u packets", IMPAIR_LIMIT_PACKETS_MAX);
    if (i->mtu_bytes != 0 &&
        (i->mtu_bytes < IMPAIR_MTU_BYTES_MIN || i->mtu_bytes > IMPAIR_MTU_BYTES_MAX))
        return err_set(e, -E_INVALID, "link: mtu: must be %uB to %uB (which bounds nothing)",
                       IMPAIR_MTU_BYTES_MIN, IMPAIR_MTU_BYTES_MAX + 1);
    if (i->rate_bits_per_s != 0 && (i->rate_bits_per_s < IMPAIR_RATE_BITS_PER_S_MIN ||
                                    i->rate_bits_per_s > IMPAIR_RATE_BITS_PER_S_MAX))
        return err_set(e, -E_INVALID, "link: rate: must be 1kbit to 100gbit");
    return 0;
}

void impairment_set_burst(struct impairment *i, double loss, double run_packets)
{
    ASSERT(loss >= 0 && loss < 1 && run_packets >= 1);
    i->loss_model = IMPAIR_GILBERT_ELLIOTT;
    i->loss = 0;
    i->ge_h = 0;
    i->ge_k1 = 0;
    i->ge_r = 1 / run_packets;
    i->ge_p = fmin(1, loss * i->ge_r / (1 - loss));
}

double impairment_loss(const struct impairment *i)
{
    if (i->loss_model == IMPAIR_BERNOULLI)
        return i->loss;
    if (i->ge_p + i->ge_r <= 0)
        return i->ge_k1; /* the chain starts good and stays there */
    return (i->ge_p * (1 - i->ge_h) + i->ge_r * i->ge_k1) / (i->ge_p + i->ge_r);
}

static bool same_share(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool same_distribution(const struct impairment *a, const struct impairment *b)
{
    if (a->distribution != b->distribution)
        return false;
    if (a->distribution != IMPAIR_TABLE || a->table == b->table)
        return true;
    return a->table->count == b->table->count &&
           memcmp(a->table->quantiles, b->table->quantiles,
                  a->table->count * sizeof(a->table->quantiles[0])) == 0;
}

bool impairment_equal(const struct impairment *a, const struct impairment *b)
{
    return a->delay_ns == b->delay_ns && a->jitter_ns == b->jitter_ns && same_distribution(a, b) &&
           same_share(a->delay_correlation, b->delay_correlation) &&
           a->loss_model == b->loss_model && same_share(a->loss, b->loss) &&
           same_share(a->ge_p, b->ge_p) && same_share(a->ge_r, b->ge_r) &&
           same_share(a->ge_h, b->ge_h) && same_share(a->ge_k1, b->ge_k1) &&
           same_share(a->duplicate, b->duplicate) && same_share(a->reorder, b->reorder) &&
           a->gap == b->gap && same_share(a->corrupt, b->corrupt) &&
           a->corrupt_payload == b->corrupt_payload && a->rate_bits_per_s == b->rate_bits_per_s &&
           a->limit_packets == b->limit_packets && a->mtu_bytes == b->mtu_bytes &&
           a->gate == b->gate && a->release_order == b->release_order &&
           a->hold_bytes == b->hold_bytes;
}

bool impairment_is_zero(const struct impairment *i)
{
    return i->delay_ns == 0 && i->jitter_ns == 0 && impairment_loss(i) <= 0 && i->duplicate <= 0 &&
           i->reorder <= 0 && i->corrupt <= 0 && i->rate_bits_per_s == 0 && i->limit_packets == 0 &&
           i->mtu_bytes == 0 && i->gate == IMPAIR_OPEN;
}

/* One line under construction; cut, never overflowed. */
struct line {
    char *text;
    size_t len;
};

static void PRINTF_LIKE(2, 3) item(struct line *l, const char *fmt, ...)
{
    const char *comma = l->len > 0 ? ", " : "";
    int n = snprintf(l->text + l->len, IMPAIRMENT_TEXT_MAX - l->len, "%s", comma);
    ASSERT(n >= 0);
    l->len += (size_t)n;
    if (l->len < IMPAIRMENT_TEXT_MAX) {
        va_list args;
        va_start(args, fmt);
        n = vsnprintf(l->text + l->len, IMPAIRMENT_TEXT_MAX - l->len, fmt, args);
        va_end(args);
        ASSERT(n >= 0);
        l->len += (size_t)n;
    }
    if (l->len >= IMPAIRMENT_TEXT_MAX)
        l->len = IMPAIRMENT_TEXT_MAX - 1;
}

static void print_delay(struct line *l, const struct impairment *i)
{
    char delay[UNITS_TEXT_MAX];
    char jitter[UNITS_TEXT_MAX];
    if (i->jitter_ns == 0 && i->delay_ns == 0)
        return;
    units_print_duration(i->delay_ns, delay);
    if (i->jitter_ns == 0) {
        item(l, "%s", delay);
        return;
    }
    item(l, "%s ±%s %s", delay, units_print_duration(i->jitter_ns, jitter),
         impair_distribution_name(i->distribution));
}

static void print_loss(struct line *l, const struct impairment *i)
{
    double loss = impairment_loss(i);
    if (loss <= 0)
        return;
    if (i->loss_model == IMPAIR_GILBERT_ELLIOTT && i->ge_r > 0)
        item(l, "loss %.4g%% in runs of %.3g", loss * 100, 1 / i->ge_r);
    else
        item(l, "loss %.4g%%", loss * 100);
}

const char *impairment_print(const struct impairment *i, char out[IMPAIRMENT_TEXT_MAX])
{
    struct line l = {.text = out};
    out[0] = '\0';
    print_delay(&l, i);
    print_loss(&l, i);
    if (i->duplicate > 0)
        item(&l, "duplicate %.4g%%", i->duplicate * 100);
    if (i->reorder > 0)
        item(&l, "reorder %.4g%%", i->reorder * 100);
    if (i->corrupt > 0)
        item(&l, "corrupt %.4g%%%s", i->corrupt * 100, i->corrupt_payload ? " of payload" : "");
    if (i->rate_bits_per_s > 0)
        item(&l, "rate %.6gkbit", (double)i->rate_bits_per_s / 1000);
    if (i->limit_packets > 0)
        item(&l, "queue %u packets", i->limit_packets);
    if (i->mtu_bytes > 0)
        item(&l, "mtu %uB", (unsigned)i->mtu_bytes);
    if (i->gate != IMPAIR_OPEN)
        item(&l, "%s", impair_gate_name(i->gate));
    if (l.len == 0)
        item(&l, "perfect");
    return out;
}

const char *impair_drop_name(enum impair_drop d)
{
    switch (d) {
    case IMPAIR_PASS: return "";
    case IMPAIR_DROP_LOSS: return "loss";
    case IMPAIR_DROP_CUT: return "cut";
    case IMPAIR_DROP_QUEUE_FULL: return "queue full";
    case IMPAIR_DROP_TOO_LARGE: return "larger than the mtu";
    }
    UNREACHABLE();
}

const char *impair_distribution_name(enum impair_distribution d)
{
    switch (d) {
    case IMPAIR_UNIFORM: return "uniform";
    case IMPAIR_NORMAL: return "normal";
    case IMPAIR_PARETO: return "pareto";
    case IMPAIR_EXPONENTIAL: return "exponential";
    case IMPAIR_TABLE: return "table";
    }
    UNREACHABLE();
}

const char *impair_gate_name(enum impair_gate g)
{
    switch (g) {
    case IMPAIR_OPEN: return "open";
    case IMPAIR_CUT: return "cut";
    case IMPAIR_HOLD: return "held";
    case IMPAIR_SYN_ONLY: return "SYN only";
    }
    UNREACHABLE();
}
