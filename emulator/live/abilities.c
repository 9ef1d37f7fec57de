/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this world can do, and what it cannot. */
#include "emulator/live/judged.h"
#include "emulator/live/run.h"

static uint64_t judged(void)
{
    uint64_t set = 0;
    for (int i = 0; i < CHECKERS_COUNT; i++) {
        if (judged_property(vocab_checker((enum checker_id)i)->name))
            set |= 1ull << i;
    }
    return set | 1ull << CHECKER_finally; /* the runner's own */
}

/* Packets are counted by the carrier, the rest is read from the trace. */
static uint64_t counted(void)
{
    uint64_t set = 1ull << COVERAGE_packetsDropped;
    for (int i = 0; i < COVERAGE_COUNT; i++) {
        if (judged_counter(vocab_coverage_name((enum coverage_id)i)))
            set |= 1ull << i;
    }
    return set;
}

const struct lint_world *live_world(void)
{
    static struct lint_world world;
    world = (struct lint_world){.name = "live",
                                .id = WORLD_live,
                                .capabilities = runner_capabilities(),
                                .checkers = judged(),
                                .coverage = counted()};
    return &world;
}

int live_refuse(const struct scenario *s, struct err *e)
{
    const struct scenario_clients *c = &s->clients;
    if (s->cluster.learners > 0)
        return err_set(e, -E_UNSUPPORTED,
                       "cluster: learners: the live world cannot start learners yet");
    if (c->count > 0 && c->sessions)
        return err_set(e, -E_UNSUPPORTED, "clients: sessions: the live world has none yet");
    if (c->count > 0 && c->retry)
        return err_set(e, -E_UNSUPPORTED, "clients: retry: the live world's clients do not yet");
    if (c->count > 0 && c->read_mode != READ_index)
        return err_set(e, -E_UNSUPPORTED,
                       "clients: readMode: the live world reads by index only yet");
    return 0;
}
