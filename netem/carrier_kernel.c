/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/carrier.h"

static int kernel_open(const struct carrier_options *o, struct carrier **ret, struct err *e)
{
    (void)o;
    (void)ret;
    return err_set(e, -E_UNSUPPORTED, "netem: the kernel carrier is not built yet");
}

const struct carrier_ops carrier_kernel = {.name = "kernel: sch_netem", .open = kernel_open};
