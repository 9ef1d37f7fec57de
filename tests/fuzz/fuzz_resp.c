/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RESP requests. First byte: size of the chunks the stream comes in. */
#include "wire/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes every request that comes out to again, as an array of bulk strings. */
static int parse(const uint8_t *stream, size_t size, size_t chunk, struct buf *again)
{
    struct resp_requests r;
    struct resp_request request;
    struct err e = {0};
    int rc = 0;
    resp_requests_init(&r);
    for (size_t at = 0; at < size && rc == 0; at += chunk) {
        resp_requests_feed(&r, stream + at, chunk < size - at ? chunk : size - at);
        while ((rc = resp_requests_next(&r, &request, &e)) > 0) {
            ASSERT(request.argc >= 1 && request.argc <= LIMIT_RESP_ARGS);
            respw_request(again, request.argv, request.argc);
        }
        ASSERT(resp_requests_pending(&r) <= size);
    }
    ASSERT((rc < 0) == (e.text[0] != '\0'));
    resp_requests_free(&r);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t chunk = 1 + (size_t)data[0];
    struct buf whole = {0}, pieces = {0}, again = {0};
    int rc = parse(data + 1, size - 1, size, &whole);
    ASSERT(parse(data + 1, size - 1, chunk, &pieces) == rc);
    ASSERT(whole.len == pieces.len);
    ASSERT(whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);
    /* What was understood once is understood the same way when written out. */
    if (whole.len > 0) {
        ASSERT(parse((const uint8_t *)whole.data, whole.len, chunk, &again) == 0);
        ASSERT(again.len == whole.len && memcmp(again.data, whole.data, whole.len) == 0);
    }
    buf_free(&whole);
    buf_free(&pieces);
    buf_free(&again);
    return 0;
}
