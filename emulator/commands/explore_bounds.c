/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_bounds.h"

#include "base/span.h"
#include "emulator/explore/presets.h"

const char *explore_kind_name(size_t i)
{
    static const char *const names[] = {"add", "promote", "remove", "self", "demote", "swap"};
    return i < ARRAY_LEN(names) ? names[i] : NULL;
}

static void kinds(uint32_t changes, struct buf *out)
{
    const char *before = " --kinds ";
    for (size_t i = 0; explore_kind_name(i) != NULL; i++) {
        if ((changes & 1u << i) == 0)
            continue;
        buf_putf(out, "%s%s", before, explore_kind_name(i));
        before = ",";
    }
}

/* As many as all faults together have is no bound of its own. */
static bool says_nothing(const struct ex_bounds *b, int budget)
{
    if (budget == EX_FAULT)
        return b->budget[EX_FAULT] == 0 || b->budget[EX_FAULT] >= ex_bounds_faults(b);
    return b->budget[budget] == 0 && ex_preset_at(0)->bounds.budget[budget] == 0;
}

void explore_bounds_text(const struct ex_bounds *b, struct buf *out)
{
    buf_putf(out, "--servers %u", b->servers);
    if (b->spares > 0)
        buf_putf(out, " --spares %u", b->spares);
    if (b->learners > 0)
        buf_putf(out, " --learners %u", b->learners);
    buf_putf(out, " --terms %u", b->terms);
    for (int i = 0; i < EX_BUDGETS_COUNT; i++) {
        if (!says_nothing(b, i))
            buf_putf(out, " --%s %u", ex_budget_name((enum ex_budget)i), b->budget[i]);
    }
    kinds(b->changes, out);
    buf_putf(out, "%s%s%s%s%s", b->pre_vote ? " --pre-vote" : "",
             b->check_quorum && !b->lease ? " --check-quorum" : "", b->lease ? " --lease" : "",
             b->symmetry ? "" : " --no-symmetry", b->stale ? "" : " --no-stale");
}
