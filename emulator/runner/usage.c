/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Now and then a look at what every node takes, when the scenario sets a bound to it. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"

#define LOOK_NS (250 * NS_PER_MS)

bool usage_is_asked(const struct scenario *s)
{
    return scenario_expect_find(s, CHECKER_memMiB) != NULL ||
           scenario_expect_find(s, CHECKER_fds) != NULL ||
           scenario_expect_find(s, CHECKER_logBytes) != NULL;
}

uint64_t usage_advance(struct runner *r)
{
    uint64_t now = runner_now(r);
    if (!r->looks || r->phase == RUNNER_DONE)
        return UINT64_MAX;
    if (now < r->look_ns)
        return r->look_ns;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if (r->o->nodes[i].alive)
            r->w.usage(r->w.arg, i);
    }
    r->look_ns = now + LOOK_NS;
    return r->look_ns;
}
