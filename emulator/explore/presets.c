/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/presets.h"

#include <string.h>

#define REDUCED .symmetry = true, .stale = true

/* Not one of the faults, but all of them in one schedule. */
#define THREE_TERMS                                                                    \
    [EX_TIMEOUT] = 3, [EX_ENTRY] = 2, [EX_CRASH] = 1, [EX_RESTART] = 1, [EX_DROP] = 2, \
    [EX_DUPLICATE] = 1

static const struct ex_preset presets[] = {
    /* two elections, an entry, a crash: seconds */
    {"quick",
     {.servers = 3,
      .terms = 2,
      .budget = {[EX_TIMEOUT] = 2, [EX_ENTRY] = 1, [EX_CRASH] = 1, [EX_DROP] = 2},
      REDUCED}},
    /* three elections, two entries, a server that starts again, two losses and a second copy */
    {"standard", {.servers = 3, .terms = 3, .budget = {THREE_TERMS}, REDUCED}},
    /* the same, and a write that waits: hours */
    {"deep", {.servers = 3, .terms = 3, .budget = {THREE_TERMS, [EX_LATE] = 1}, REDUCED}},
};

const struct ex_preset *ex_preset_at(size_t i)
{
    return i < ARRAY_LEN(presets) ? &presets[i] : NULL;
}

const struct ex_preset *ex_preset(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    }
    return NULL;
}

const char *ex_budget_name(enum ex_budget budget)
{
    static const char *const names[] = {
#define X(name, option) option,
        EX_BUDGETS(X)
#undef X
    };
    return names[budget];
}

uint32_t ex_bounds_faults(const struct ex_bounds *b)
{
    return (uint32_t)b->budget[EX_LATE] + b->budget[EX_CRASH] + b->budget[EX_DROP] +
           b->budget[EX_REORDER] + b->budget[EX_DUPLICATE];
}

const char *ex_bounds_chooser(const struct ex_bounds *b)
{
    if (b->budget[EX_CHANGE] > 0 && (b->changes & EX_CHANGE_SELF) != 0)
        return "a leader that goes";
    /* Its write is late when one deadline passes, and others were heard before the next. */
    if (b->budget[EX_LATE] > 0 && b->budget[EX_BEAT] > 0)
        return "a leader whose own disk is slow";
    return NULL;
}

/* Whether any of the changes fits the servers there are. */
static bool can_change(const struct ex_bounds *b)
{
    const uint32_t of_learners = EX_CHANGE_PROMOTE | EX_CHANGE_SWAP;
    bool add = (b->changes & EX_CHANGE_ADD) != 0 && b->spares > b->learners;
    bool others =
        (b->changes & ~(EX_CHANGE_ADD | of_learners)) != 0 && b->servers + b->learners > 1;
    return add || others || ((b->changes & of_learners) != 0 && b->learners > 0);
}

const char *ex_bounds_idle(const struct ex_bounds *b)
{
    if (b->budget[EX_TIMEOUT] == 0)
        return "no election can happen: --timeouts is 0";
    if (b->budget[EX_CHANGE] > 0 && !can_change(b))
        return "no change of members can happen: --kinds needs --spares, or --learners among them";
    return NULL;
}

const char *ex_bounds_wrong(const struct ex_bounds *b)
{
    if (b->servers < 1 || b->servers + b->spares > EX_SERVERS)
        return "voters and spares together are 1 to 5";
    if (b->learners > b->spares)
        return "learners are some of the spares";
    if (b->terms < 1 || b->terms > EX_TERMS)
        return "terms are 1 to 7";
    if (b->lease && !b->check_quorum)
        return "a lease needs --check-quorum";
    if (b->budget[EX_CHANGE] > 0 && b->changes == 0)
        return "--changes needs --kinds: which ones";
    return NULL;
}
