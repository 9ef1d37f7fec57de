/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/judged.h"

#include "emulator/judging/judged_names.h"
#include "emulator/scenario/vocab.h"

uint64_t judged_checkers(void)
{
    uint64_t set = 0;
    for (int i = 0; i < CHECKERS_COUNT; i++) {
        if (judged_property(vocab_checker((enum checker_id)i)->name))
            set |= 1ull << i;
    }
    return set | 1ull << CHECKER_finally; /* the runner's own */
}

/* Packets are counted by the carrier, the rest is read from the trace. */
uint64_t judged_coverage(void)
{
    uint64_t set = 1ull << COVERAGE_packetsDropped;
    for (int i = 0; i < COVERAGE_COUNT; i++) {
        if (judged_counter(vocab_coverage_name((enum coverage_id)i)))
            set |= 1ull << i;
    }
    return set;
}
