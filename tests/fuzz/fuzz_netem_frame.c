/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames from the nodes' side: any bytes are read within bounds, and damage stays inside. */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "netem/user/frame.h"

#define FRAME_BYTES_MAX 9018

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame f;
    if (size > FRAME_BYTES_MAX || !frame_parse(data, (uint32_t)size, &f))
        return 0;
    ASSERT(f.payload_at >= FRAME_ETHERNET_BYTES && f.payload_at <= size);
    ASSERT(f.checksum_at == 0 || f.checksum_at + 2 <= size);
    uint8_t *copy = malloc(size);
    ASSERT(copy != NULL);
    for (size_t byte = FRAME_ETHERNET_BYTES; byte < size; byte += size / 8 + 1) {
        memcpy(copy, data, size);
        frame_damage(copy, &f, (uint32_t)byte, 0x10, true);
        ASSERT(copy[byte] != data[byte] || (byte >= f.checksum_at && byte < f.checksum_at + 2));
    }
    free(copy);
    return 0;
}
