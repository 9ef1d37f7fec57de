/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this world can do, and what it cannot. */
#include "emulator/judging/judged.h"
#include "emulator/live/run.h"
#include "emulator/scenario/walk.h"

#include <string.h>

const struct lint_world *live_world(void)
{
    static struct lint_world world;
    world = (struct lint_world){.name = "live",
                                .id = WORLD_live,
                                .capabilities = runner_capabilities(),
                                .checkers = judged_checkers(),
                                .coverage = judged_coverage()};
    return &world;
}

struct refusal {
    int code;
    struct err *e;
};

static void refuse_step(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                        uint64_t likely_ns, void *arg)
{
    struct refusal *r = arg;
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    if (r->code == 0)
        r->code = runner_refuse(step, r->e);
}

int live_refuse(const struct scenario *s, struct err *e)
{
    struct refusal steps = {.e = e};
    const struct walk w = {.visit = refuse_step, .arg = &steps};
    if (strcmp(s->cluster.sut, "raftd") != 0)
        return err_set(e, -E_UNSUPPORTED, "cluster: sut: the live world knows raftd only, not %s",
                       s->cluster.sut);
    (void)scenario_walk(s, &w);
    return steps.code;
}
