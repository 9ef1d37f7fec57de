/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inverse distribution functions, from their formulas: one source for the user carrier's draws and
 * for the tables given to the kernel. */
#include <math.h>

#include "netem/model/impair.h"

/* The normal distribution has no closed inverse. Bisection on its distribution function is exact
 * to the last bit in about 55 steps, needs no table of constants, and cannot diverge; Newton steps
 * from a middle that is already close save most of them. */
static double normal_quantile(double u)
{
    double low = -IMPAIR_SIGMA_MAX;
    double high = IMPAIR_SIGMA_MAX;
    double x = 0;
    for (int step = 0; step < 64; step++) {
        double error = 0.5 * erfc(-x / sqrt(2)) - u;
        if (error > 0)
            high = x;
        else
            low = x;
        double slope = exp(-x * x / 2) / sqrt(2 * M_PI);
        double next = slope > 0 ? x - error / slope : low;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - x) < 1e-12)
            break;
        x = next;
    }
    return x;
}

/* Shape 3, moved to mean 0 and scaled to deviation 1: mean 3/2, variance 3/4 before that. */
static double pareto_quantile(double u)
{
    return (pow(1 - u, -1.0 / 3) - 1.5) / sqrt(0.75);
}

/* A step function, as the kernel draws: with few quantiles there are few different delays. */
static double table_quantile(const struct impair_table *t, double u)
{
    uint32_t at = (uint32_t)(u * t->count);
    return (double)t->quantiles[at < t->count ? at : t->count - 1] / IMPAIR_TABLE_UNIT;
}

double impair_quantile(enum impair_distribution d, const struct impair_table *table, double u)
{
    double x = 0;
    ASSERT(u > 0 && u < 1);
    switch (d) {
    case IMPAIR_UNIFORM: x = 2 * u - 1; break;
    case IMPAIR_NORMAL: x = normal_quantile(u); break;
    case IMPAIR_PARETO: x = pareto_quantile(u); break;
    case IMPAIR_EXPONENTIAL: x = -log1p(-u) - 1; break;
    case IMPAIR_TABLE: x = table_quantile(table, u); break;
    }
    return fmax(-IMPAIR_SIGMA_MAX, fmin(IMPAIR_SIGMA_MAX, x));
}
