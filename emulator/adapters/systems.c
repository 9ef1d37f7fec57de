/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/systems.h"

#include <string.h>

const struct adapter_system *adapter_system_find(const char *name)
{
    static const struct adapter_system *const all[] = {&adapter_etcd, &adapter_redis_sentinel};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    }
    return NULL;
}
