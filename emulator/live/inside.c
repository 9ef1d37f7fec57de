/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the laboratory does inside of nodes, through their lab channels. */
#include "emulator/live/run.h"

void inside_greet(void *arg, unsigned node, struct node_lab *lab)
{
    struct live *l = arg;
    disks_greet(&l->disks, node, lab);
}

void inside_met(void *arg, unsigned node, uint64_t number)
{
    struct live *l = arg;
    if (disks_met(&l->disks, node, number))
        return;
    (void)err_set(&l->failed, -E_IO, "n%u: lab channel: met %llu, which nobody asked for", node + 1,
                  (unsigned long long)number);
}

const char *inside_struck(void *arg, unsigned node, int status, bool told)
{
    struct live *l = arg;
    return disks_ended(&l->disks, node, status, told);
}
