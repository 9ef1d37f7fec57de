/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian integers written into memory of known size; base/bytes.h reads them back. */
#ifndef STORE_LE_H
#define STORE_LE_H

#include "base/must.h"

/* Invariant: at <= len (asserted by every put): a layout that does not fit is a bug. */
struct le {
    uint8_t *data; /* borrowed */
    size_t len;
    size_t at;
};

static inline void le_put(struct le *w, uint64_t v, size_t bytes)
{
    ASSERT(bytes <= w->len - w->at);
    for (size_t i = 0; i < bytes; i++)
        w->data[w->at++] = (uint8_t)(v >> (8 * i));
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
