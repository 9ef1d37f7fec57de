/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads of entries: what is accepted comes back the same when encoded, and a machine fed with
 * the input as entries refuses without change or answers with one reply. */
#include "base/bytes.h"
#include "base/mem.h"
#include "kv/envelope.h"
#include "kv/machine.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(const struct envelope *e, const struct command_words *words,
                   const struct transaction *t, struct buf *out)
{
    const struct session_write *w = e->write.seq > 0 ? &e->write : NULL;
    switch (e->form) {
    case ENVELOPE_PLAIN:
    case ENVELOPE_SESSION:
        ASSERT(envelope_encode(out, w, words->argv, words->argc, NULL) == 0);
        break;
    case ENVELOPE_TRANSACTION:
    case ENVELOPE_SESSION_TRANSACTION:
        ASSERT(envelope_encode_transaction(out, w, t, NULL) == 0);
        break;
    case ENVELOPE_OPEN: envelope_encode_open(out, e->ttl_ns); break;
    case ENVELOPE_CLOSE: envelope_encode_close(out, e->write.sid); break;
    }
}

/* There is one way to write what was read. */
static void round_trip(struct span payload, struct command_words *words)
{
    struct envelope envelope;
    struct transaction t;
    struct buf again = {0};
    if (envelope_decode(payload, &envelope, NULL) < 0)
        return;
    if (envelope_is_transaction(&envelope)) {
        if (transaction_decode(envelope.command, words, &t, NULL) < 0)
            return;
    } else if (envelope_is_data(&envelope) && command_decode(envelope.command, words, NULL) < 0) {
        return;
    }
    encode(&envelope, words, &t, &again);
    ASSERT(span_equal(span_of(again.data, again.len), payload));
    buf_free(&again);
}

static void apply(struct machine *m, struct span payload, enum entry_kind kind, uint64_t stamp)
{
    struct buf reply = {0};
    struct err err = {0};
    struct machine_result result;
    uint64_t digest = machine_digest(m), index = machine_index(m);
    const struct entry e = {.index = index + 1,
                            .term = 1,
                            .stamp = stamp,
                            .kind = kind,
                            .len = (uint32_t)payload.len,
                            .payload = (const uint8_t *)payload.data};
    if (machine_apply(m, &e, &reply, &result, &err) < 0) {
        ASSERT(err.code == -E_CORRUPT && reply.len == 0);
        ASSERT(machine_digest(m) == digest && machine_index(m) == index);
    } else {
        ASSERT((reply.len > 0) == (kind == ENTRY_DATA || kind == ENTRY_SESSION));
        ASSERT(machine_index(m) == index + 1 && result.index <= index + 1);
    }
    buf_free(&reply);
}

/* The input as entries: kind u8, stamp u32, len u16, payload. Two machines must agree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct command_words *words = mem_alloc(sizeof(*words));
    struct machine *a = machine_new(), *b = machine_new();
    struct bytes c = bytes_of(data, size);
    struct history *seen = history_new(20, 4096);
    struct kv_change change;
    machine_set_history(a, seen); /* watched or not: the same state */
    round_trip(span_of(data, size), words);
    while (bytes_left(&c) > 0) {
        enum entry_kind kind = (enum entry_kind)(bytes_u8(&c) % ENTRY_TICK + 1);
        uint64_t stamp = (uint64_t)bytes_u32(&c) << 20;
        size_t len = bytes_u16(&c), left = bytes_left(&c);
        len = len < left ? len : left;
        struct span payload = span_of(bytes_take(&c, len), len);
        round_trip(payload, words);
        apply(a, payload, kind, stamp);
        apply(b, payload, kind, stamp);
        ASSERT(machine_digest(a) == machine_digest(b));
        ASSERT(history_at(seen, history_first(seen), &change) || history_bytes(seen) == 0);
    }
    machine_free(a);
    history_free(seen);
    machine_free(b);
    free(words);
    return 0;
}
