/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XXH3-64: the checksum of every frame, record and digest. Not a defence against forgery. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include "base/must.h"

uint64_t checksum64(const void *data, size_t len);

/* Continues a chain: the result depends on seed and on every byte. */
uint64_t checksum64_seeded(uint64_t seed, const void *data, size_t len);

#endif
