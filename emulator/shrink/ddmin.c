/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/shrink/ddmin.h"

#include "base/mem.h"

#include <string.h>

struct ddmin {
    const struct ddmin_oracle *oracle;
    size_t *kept;
    size_t count;
    struct ddmin_cut *cuts; /* room for all that are asked about at once */
};

static void leave_out(struct ddmin *d, const struct ddmin_cut *cut)
{
    size_t left = 0;
    for (size_t i = 0; i < d->count; i++) {
        bool out = (i >= cut->from && i < cut->to) || (i >= cut->also_from && i < cut->also_to);
        if (!out)
            d->kept[left++] = d->kept[i];
    }
    d->count = left;
}

static int ask(struct ddmin *d, size_t cuts_count, size_t *ret)
{
    return cuts_count == 0
               ? 0
               : d->oracle->first(d->oracle->arg, d->kept, d->count, d->cuts, cuts_count, ret);
}

/* Every stretch of that many items once, from the end on. 1: something was left out. */
static int leave_out_stretches(struct ddmin *d, size_t size)
{
    int any = 0;
    size_t end = d->count; /* what stands behind was tried */
    for (;;) {
        size_t cuts_count = 0, hit;
        for (size_t to = end; to > 0; to = d->cuts[cuts_count - 1].from)
            d->cuts[cuts_count++] = (struct ddmin_cut){.from = to > size ? to - size : 0, .to = to};
        int code = ask(d, cuts_count, &hit);
        if (code <= 0)
            return code < 0 ? code : any;
        struct ddmin_cut cut = d->cuts[hit];
        leave_out(d, &cut);
        end = cut.from;
        any = 1;
    }
}

/* Two that only make sense together: what begins something, and what ends it. */
static int leave_out_pair(struct ddmin *d)
{
    size_t cuts_count = 0, hit;
    if (d->count > DDMIN_PAIRS_MAX)
        return 0;
    for (size_t j = d->count; j-- > 1;) {
        for (size_t i = j; i-- > 0;)
            d->cuts[cuts_count++] = (struct ddmin_cut){i, i + 1, j, j + 1};
    }
    int code = ask(d, cuts_count, &hit);
    if (code == 1) {
        struct ddmin_cut cut = d->cuts[hit];
        leave_out(d, &cut);
    }
    return code;
}

/* Halves, quarters, … single ones; these until nothing changes any more. */
static int minimise(struct ddmin *d)
{
    size_t size = d->count;
    int code = 0;
    while (d->count > 0) {
        code = leave_out_stretches(d, size);
        if (code < 0)
            return code;
        bool single = size == 1;
        if (single && code == 0)
            code = leave_out_pair(d);
        if (code < 0 || (single && code == 0))
            return code;
        size = size > d->count ? d->count : size;
        size = size > 1 ? size / 2 : 1;
    }
    return 0;
}

int ddmin(const struct ddmin_oracle *oracle, size_t *kept, size_t *count)
{
    size_t pairs = DDMIN_PAIRS_MAX * (DDMIN_PAIRS_MAX - 1) / 2;
    struct ddmin d = {.oracle = oracle, .kept = kept, .count = *count};
    if (d.count == 0)
        return 0;
    d.cuts = mem_array(d.count > pairs ? d.count : pairs, sizeof(*d.cuts));
    int code = minimise(&d);
    mem_free(d.cuts);
    *count = d.count;
    return code;
}
