/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which keys a scan asks for. They are named before it is asked, since what is not in the answer is
 * absent; between them there are none of the load. */
#include "emulator/workload/model.h"

#include <stdio.h>

/* The slot whose key follows in the order of bytes: k1, k10, k11, k2. keys: there is none. */
static uint64_t slot_after(uint64_t slot, uint64_t keys)
{
    if (slot == 0)
        return 1;
    if (slot * 10 < keys)
        return slot * 10;
    while (slot % 10 == 9 || slot + 1 >= keys) {
        slot /= 10;
        if (slot == 0)
            return keys;
    }
    return slot + 1;
}

static void name(char out[WORKLOAD_SCAN_KEY], uint64_t slot)
{
    (void)snprintf(out, WORKLOAD_SCAN_KEY, "k%llu", (unsigned long long)slot);
}

void model_scan(const struct workload_shape *how, struct workload_op *op)
{
    uint64_t slot = op->slot;
    for (op->scans = 0; slot < how->keys && op->scans < WORKLOAD_SCAN_KEYS;
         slot = slot_after(slot, how->keys))
        name(op->scan_keys[op->scans++], slot);
    if (slot < how->keys)
        name(op->scan_end, slot);
    else
        (void)snprintf(op->scan_end, sizeof(op->scan_end), "l");
}
