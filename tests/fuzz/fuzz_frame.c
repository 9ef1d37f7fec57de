/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peer frames. First byte: size of the chunks the stream comes in; second: 0 for the bytes as they
 * are, else with both checksums of the first frame put right, or no input would get past them. */
#include "base/checksum.h"
#include "base/mem.h"
#include "wire/frame.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(uint8_t *stream, size_t size)
{
    if (size < FRAME_HEADER_BYTES)
        return;
    size_t declared = (size_t)stream[12] | (size_t)stream[13] << 8 | (size_t)stream[14] << 16 |
                      (size_t)stream[15] << 24;
    size_t len = size - FRAME_HEADER_BYTES;
    len = declared < len ? declared : len;
    uint64_t sum = checksum64(stream + FRAME_HEADER_BYTES, len);
    for (size_t i = 0; i < 8; i++)
        stream[48 + i] = (uint8_t)(sum >> (8 * i));
    sum = checksum64(stream, 56);
    for (size_t i = 0; i < 8; i++)
        stream[56 + i] = (uint8_t)(sum >> (8 * i));
}

/* Writes every frame that comes out to again; returns the decoder's last word. */
static int decode(const uint8_t *stream, size_t size, size_t chunk, struct buf *again)
{
    struct frame_decoder d;
    struct frame frame;
    struct err e = {0};
    int rc = 0;
    frame_decoder_init(&d);
    for (size_t at = 0; at < size && rc == 0; at += chunk) {
        frame_decoder_feed(&d, stream + at, chunk < size - at ? chunk : size - at);
        while ((rc = frame_decoder_next(&d, &frame, &e)) > 0) {
            size_t begin = frame_begin(again);
            buf_put(again, frame.payload.data, frame.payload.len);
            ASSERT(frame_end(again, begin, &frame.header, NULL) == 0);
        }
    }
    ASSERT((rc < 0) == (e.text[0] != '\0'));
    frame_decoder_free(&d);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t chunk = 1 + (size_t)data[0];
    uint8_t *stream = mem_dup(data + 2, size - 2);
    if (data[1] != 0)
        seal(stream, size - 2);
    struct buf whole = {0}, pieces = {0};
    int rc = decode(stream, size - 2, size, &whole);
    ASSERT(decode(stream, size - 2, chunk, &pieces) == rc);
    /* However it is cut, the same frames; and they are the bytes that came in. */
    ASSERT(whole.len == pieces.len && whole.len <= size - 2);
    ASSERT(whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);
    ASSERT(whole.len == 0 || memcmp(whole.data, stream, whole.len) == 0);
    buf_free(&whole);
    buf_free(&pieces);
    free(stream);
    return 0;
}
