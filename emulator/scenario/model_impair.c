/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a scenario's words about links to the description the carriers and the simulator use. */
#include "emulator/scenario/model.h"

#include <string.h>

/* What every endpoint sends at most: bounds nothing, and so undoes a smaller one. */
#define ETHERNET_MTU_BYTES (IMPAIR_MTU_BYTES_MAX + 1)

static void set_loss(struct impairment *link, double loss)
{
    link->loss_model = IMPAIR_BERNOULLI;
    link->loss = loss;
}

static void set_loss_model(struct impairment *link, const struct scenario_loss *loss)
{
    double share = impairment_loss(link);
    switch (loss->model) {
    case LOSS_bernoulli: set_loss(link, share); return;
    case LOSS_gilbert:
        link->loss_model = IMPAIR_GILBERT_ELLIOTT;
        link->ge_p = loss->p;
        link->ge_r = loss->r;
        link->ge_h = link->ge_k1 = 0;
        return;
    case LOSS_burst:
        impairment_set_burst(link, share < 1 ? share : 0.999999, (double)loss->len_packets);
        return;
    }
    UNREACHABLE();
}

void scenario_impair_set(struct impairment *link, enum param_id id,
                         const struct scenario_value *value)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* most parameters say nothing about links */
    switch (id) {
    case PARAM_delay: link->delay_ns = value->u64; return;
    case PARAM_jitter: link->jitter_ns = value->u64; return;
    case PARAM_distribution:
        link->distribution = value->distribution.kind;
        link->table = value->distribution.table;
        return;
    case PARAM_correlation: link->delay_correlation = value->share; return;
    case PARAM_loss: set_loss(link, value->share); return;
    case PARAM_lossModel: set_loss_model(link, &value->loss); return;
    case PARAM_duplicate: link->duplicate = value->share; return;
    case PARAM_reorder: link->reorder = value->share; return;
    case PARAM_gapPackets: link->gap = (uint32_t)value->u64; return;
    case PARAM_corrupt: link->corrupt = value->share; return;
    case PARAM_corruptLayer: link->corrupt_payload = strcmp(value->text, "payload") == 0; return;
    case PARAM_rate: link->rate_bits_per_s = value->u64; return;
    case PARAM_queuePackets: link->limit_packets = (uint32_t)value->u64; return;
    case PARAM_mtu: link->mtu_bytes = value->u64 == ETHERNET_MTU_BYTES ? 0 : value->u64; return;
    default: return; /* link */
    }
#pragma GCC diagnostic pop
}

void scenario_impair(const struct scenario_args *args, struct impairment *link)
{
    /* The model of loss after its share, in whatever order they were written. */
    for (size_t i = 0; i < args->count; i++) {
        if (args->items[i].id != PARAM_lossModel)
            scenario_impair_set(link, args->items[i].id, &args->items[i]);
    }
    const struct scenario_value *model = scenario_arg(args, PARAM_lossModel);
    if (model != NULL)
        scenario_impair_set(link, PARAM_lossModel, model);
}
