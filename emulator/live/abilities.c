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

/* Parameters of actions this world has, which it would have to ignore. */
static const struct {
    enum action_id action;
    enum param_id param;
} ignored[] = {
    {ACTION_load_start, PARAM_profile}, {ACTION_load_start, PARAM_ops},
    {ACTION_load_start, PARAM_keys},    {ACTION_load_start, PARAM_hot},
    {ACTION_load_start, PARAM_value},   {ACTION_load_burst, PARAM_ratePerS},
    {ACTION_load_burst, PARAM_keys},    {ACTION_load_burst, PARAM_hot},
    {ACTION_load_burst, PARAM_value},   {ACTION_load_burst, PARAM_mix},
    {ACTION_net_set, PARAM_mtu},
};

struct refusal {
    int code;
    struct err *e;
};

static void refuse_step(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                        uint64_t likely_ns, void *arg)
{
    struct refusal *r = arg;
    const struct action_spec *spec = vocab_action(step->action);
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    for (size_t i = 0; i < ARRAY_LEN(ignored) && r->code == 0; i++) {
        if (step->action == ignored[i].action &&
            scenario_arg(&step->args, ignored[i].param) != NULL)
            r->code =
                err_set(r->e, -E_UNSUPPORTED, "step %u: %s: %s: the live world cannot do this yet",
                        step->number, spec->name, vocab_param_name(ignored[i].param));
    }
    if (r->code == 0 && spec->area == AREA_workload && step->for_ns > 0 &&
        step->action != ACTION_client_pin && step->action != ACTION_client_cut)
        r->code =
            err_set(r->e, -E_UNSUPPORTED, "step %u: %s: for: the live world cannot do this yet",
                    step->number, spec->name);
}

static int refuse_links(const struct scenario *s, struct err *e)
{
    bool mtu = scenario_arg(&s->links_default, PARAM_mtu) != NULL;
    for (size_t i = 0; i < s->links_pairs_count; i++)
        mtu = mtu || scenario_arg(&s->links_pairs[i].args, PARAM_mtu) != NULL;
    return mtu ? err_set(e, -E_UNSUPPORTED, "links: mtu: the live world cannot do this yet") : 0;
}

int live_refuse(const struct scenario *s, struct err *e)
{
    struct refusal steps = {.e = e};
    const struct walk w = {.visit = refuse_step, .arg = &steps};
    int code = 0;
    if (strcmp(s->cluster.sut, "raftd") != 0)
        return err_set(e, -E_UNSUPPORTED, "cluster: sut: the live world knows raftd only, not %s",
                       s->cluster.sut);
    code = refuse_links(s, e);
    (void)scenario_walk(s, &w);
    return code < 0 ? code : steps.code;
}
