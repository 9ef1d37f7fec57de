/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/presets.h"

#include <string.h>

#define REDUCED .symmetry = true, .stale = true

static const struct ex_preset presets[] = {
    {"quick",
     "two elections, an entry, a crash: seconds",
     {.servers = 3,
      .terms = 2,
      .budget = {[EX_TIMEOUT] = 2, [EX_ENTRY] = 1, [EX_CRASH] = 1, [EX_DROP] = 2},
      REDUCED}},
    {"standard",
     "three terms, two entries, a crash, a restart, a duplicate: minutes",
     {.servers = 3,
      .terms = 3,
      .budget = {[EX_TIMEOUT] = 3,
                 [EX_ENTRY] = 2,
                 [EX_FAULT] = 2,
                 [EX_LATE] = 1,
                 [EX_CRASH] = 1,
                 [EX_RESTART] = 1,
                 [EX_DROP] = 2,
                 [EX_DUPLICATE] = 1},
      REDUCED}},
    {"deep",
     "more of everything: hours",
     {.servers = 3,
      .terms = 4,
      .budget = {[EX_TIMEOUT] = 4,
                 [EX_BEAT] = 1,
                 [EX_ENTRY] = 3,
                 [EX_FAULT] = 3,
                 [EX_LATE] = 2,
                 [EX_CRASH] = 2,
                 [EX_RESTART] = 2,
                 [EX_DROP] = 3,
                 [EX_DUPLICATE] = 2},
      REDUCED}},
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

static const struct {
    const char *name;
    const char *what;
} budgets[] = {
#define X(name, option, what) {option, what},
    EX_BUDGETS(X)
#undef X
};

const char *ex_budget_name(enum ex_budget budget)
{
    return budgets[budget].name;
}

const char *ex_budget_what(enum ex_budget budget)
{
    return budgets[budget].what;
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
