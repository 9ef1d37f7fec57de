/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian integers written into memory of known size; base/bytes.h reads them back. */
#ifndef STORE_LE_H
#define STORE_LE_H

#include "base/must.h"

#include <string.h>

/* Invariant: at <= len (asserted by every put): a layout that does not fit is a bug. */
struct le {
    uint8_t *data; /* borrowed */
    size_t len;
    size_t at;
};

static inline void le_put(struct le *w, uint64_t v, size_t bytes)
{
    /* Written out, so that compilers make one store of each. */
    const uint8_t all[8] = {(uint8_t)v,         (uint8_t)(v >> 8),  (uint8_t)(v >> 16),
                            (uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
                            (uint8_t)(v >> 48), (uint8_t)(v >> 56)};
    ASSERT(bytes <= w->len - w->at);
    memcpy(w->data + w->at, all, bytes);
    w->at += bytes;
}

static inline void le_u8(struct le *w, uint8_t v)
{
    le_put(w, v, 1);
}

static inline void le_u16(struct le *w, uint16_t v)
{
    le_put(w, v, 2);
}

static inline void le_u32(struct le *w, uint32_t v)
{
    le_put(w, v, 4);
}

static inline void le_u64(struct le *w, uint64_t v)
{
    le_put(w, v, 8);
}

#endif
