/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this world can do, and what it cannot. */
#include "emulator/judging/judged.h"
#include "emulator/live/run.h"

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

int live_refuse(const struct scenario *s, struct err *e)
{
    if (strcmp(s->cluster.sut, "raftd") != 0)
        return err_set(e, -E_UNSUPPORTED, "cluster: sut: the live world knows raftd only, not %s",
                       s->cluster.sut);
    return 0; /* what a step says is done here, all of it */
}
