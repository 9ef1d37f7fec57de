/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The systems whose adapters are part of the laboratory. */
#ifndef EMULATOR_ADAPTERS_SYSTEMS_H
#define EMULATOR_ADAPTERS_SYSTEMS_H

#include "emulator/adapters/serve.h"

extern const struct adapter_system adapter_etcd;
extern const struct adapter_system adapter_redis_sentinel;

#define ADAPTER_SYSTEMS "etcd and redis-sentinel"

/* By its name; NULL: there is none. */
const struct adapter_system *adapter_system_find(const char *name);

#endif
