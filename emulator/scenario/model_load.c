/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How clients ask: from words to numbers. */
#include "emulator/scenario/model.h"

#include <string.h>

static struct scenario_mix profile_of(const char *name)
{
    static const struct {
        const char *name;
        uint64_t reads, writes;
    } profiles[] = {{"readOnly", 100, 0},
                    {"readMostly", 95, 5},
                    {"mixed", 50, 50},
                    {"writeMostly", 5, 95},
                    {"writeOnly", 0, 100}};
    struct scenario_mix mix = {{0}};
    for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
        if (strcmp(profiles[i].name, name) != 0)
            continue;
        mix.weight[OP_read] = profiles[i].reads;
        mix.weight[OP_write] = profiles[i].writes;
        return mix;
    }
    UNREACHABLE(); /* the parser lets no other one through */
}

struct scenario_load scenario_load_of(const struct scenario_clients *clients)
{
    return (struct scenario_load){.rate_per_s = clients->rate_per_s,
                                  .keys = clients->keys,
                                  .hot = clients->hot,
                                  .value_bytes = clients->value_bytes,
                                  .mix = clients->mix};
}

void scenario_load_set(struct scenario_load *load, const struct scenario_args *args)
{
    const struct scenario_value *mix = scenario_arg(args, PARAM_mix);
    const char *profile = scenario_arg_text(args, PARAM_profile, NULL);
    load->rate_per_s = scenario_arg_u64(args, PARAM_ratePerS, load->rate_per_s);
    load->keys = scenario_arg_u64(args, PARAM_keys, load->keys);
    load->hot = scenario_arg_share(args, PARAM_hot, load->hot);
    load->value_bytes = scenario_arg_u64(args, PARAM_value, load->value_bytes);
    if (profile != NULL)
        load->mix = profile_of(profile);
    if (mix != NULL)
        load->mix = mix->mix;
}
