/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands, as a stream of RESP requests against two maps that must stay equal: one executes what
 * was parsed, the other what comes back out of the log's form. Besides, the input as a payload. */
#include "base/mem.h"
#include "kv/command.h"
#include "wire/resp.h"
#include "wire/resp_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void apply(struct kv *kv, uint64_t index, const struct span *argv, size_t argc,
                  struct buf *reply)
{
    const struct command *c = command_find(argv[0]);
    bool write = c != NULL && (c->flags & COMMAND_WRITE);
    const struct command_call call = {
        .kv = kv, .index = write ? index : 0, .version = RESP2, .argv = argv, .argc = argc};
    uint64_t digest = kv_digest(kv);
    buf_reset(reply);
    command_apply(&call, reply);
    if (reply->data[0] == '-' || !write)
        ASSERT(kv_digest(kv) == digest);
}

/* Exactly one reply, of one size in both versions but for its nulls. */
static void expect_one_reply(const struct buf *reply)
{
    struct resp_replies r;
    const struct resp_value *v;
    struct buf upgraded = {0};
    resp_replies_init(&r, 0);
    resp_replies_feed(&r, reply->data, reply->len);
    ASSERT(resp_replies_next(&r, &v, NULL) == 1);
    ASSERT(resp_replies_next(&r, &v, NULL) == 0 && r.start == r.in.len);
    resp_replies_free(&r);
    ASSERT(respw_upgrade(&upgraded, span_of(reply->data, reply->len)) == 0);
    buf_free(&upgraded);
}

static void run(struct kv *a, struct kv *b, uint64_t index, const struct resp_request *request,
                struct command_words *words)
{
    struct buf payload = {0}, reply_a = {0}, reply_b = {0};
    ASSERT(command_encode(&payload, request->argv, request->argc, NULL) == 0);
    ASSERT(command_decode(span_of(payload.data, payload.len), words, NULL) == 0);
    apply(a, index, request->argv, request->argc, &reply_a);
    apply(b, index, words->argv, words->argc, &reply_b);
    ASSERT(reply_a.len == reply_b.len && memcmp(reply_a.data, reply_b.data, reply_a.len) == 0);
    ASSERT(kv_digest(a) == kv_digest(b) && kv_bytes(a) == kv_bytes(b));
    expect_one_reply(&reply_a);
    buf_free(&payload);
    buf_free(&reply_a);
    buf_free(&reply_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct command_words *words = mem_alloc(sizeof(*words));
    if (command_decode(span_of(data, size), words, NULL) == 0) {
        struct buf again = {0};
        ASSERT(command_encode(&again, words->argv, words->argc, NULL) == 0);
        ASSERT(again.len == size && memcmp(again.data, data, size) == 0);
        buf_free(&again);
    }
    struct kv *a = kv_new(), *b = kv_new(), *frozen = kv_copy(a);
    struct resp_requests r;
    struct resp_request request;
    resp_requests_init(&r);
    resp_requests_feed(&r, data, size);
    for (uint64_t index = 1; resp_requests_next(&r, &request, NULL) > 0; index++)
        run(a, b, index, &request, words);
    ASSERT(kv_count(frozen) == 0);
    resp_requests_free(&r);
    kv_free(a);
    kv_free(frozen);
    kv_free(b);
    free(words);
    return 0;
}
