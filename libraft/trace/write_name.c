/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/write_name.h"

#include "base/checksum.h"
#include "base/prng.h"

uint64_t trace_write_name(uint64_t sid, uint64_t seq, const struct span *words, size_t count)
{
    uint64_t name = prng_mix(prng_mix(sid) ^ seq);
    for (size_t i = 0; i < count; i++)
        name = checksum64_seeded(name ^ words[i].len, words[i].data, words[i].len);
    return name | 1;
}
