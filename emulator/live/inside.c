/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the laboratory does inside of nodes, through their lab channels. */
#include "emulator/live/run.h"

void inside_greet(void *arg, unsigned node, struct node_lab *lab)
{
    (void)arg;
    (void)node;
    node_lab_say(lab, "ping");
}

void inside_met(void *arg, unsigned node, uint64_t number)
{
    struct live *l = arg;
    (void)err_set(&l->failed, -E_IO, "n%u: lab channel: met %llu, which nobody asked for", node + 1,
                  (unsigned long long)number);
}
