/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/judged_names.h"

#include "emulator/check/counters.h"
#include "emulator/check/registry.h"

bool judged_property(const char *name)
{
    return registry_find(name) != NULL;
}

bool judged_counter(const char *name)
{
    return counter_find(name) >= 0;
}
